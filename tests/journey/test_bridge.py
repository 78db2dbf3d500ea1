"""What moved the value between two runs, on every engine: each cause alone shows as itself, all add up to the cent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.bridge import STEPS, Bridge
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.exchange_rate import ExchangeRate
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Grade, Ledger, Outcome, OutcomeKind, PiEvidence
from app.domain.report import ReportKind
from app.drawing.waterfall import bridge_picture
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.reports import KeepReport
from app.usecases.value_bridge import BridgeValue
from app.usecases.value_scoring import ScoreParameters
from tests.journey.value_chains import DAY, NOW, USD, cus, filled, run_of

SINCE = NOW + 10 * DAY  # when what is new is recorded
AFTER = replace(USD, valuation_at=NOW, known_at=NOW + 20 * DAY)
MET = "out_met"


def flow(number: int, minor: int, **changes: Any) -> CashFlow:
    made = CashFlow(f"flow_n{number}", MET, FlowKind.MARGIN, Ledger.OPERATOR, Money(minor, "USD"), NOW - 5 * DAY, SINCE)
    return replace(made, **changes)


def nothing(tx: Any) -> None:
    pass


def took_back_and_replaced(tx: Any) -> None:
    """A forecast that came otherwise: both its reversal and what came in its place are corrections."""
    first = tx.flows.of_outcomes([MET])[0]
    back = flow(1, -first.money.minor, valid_at=first.valid_at, reverses=first.id)
    tx.flows.save([back, flow(2, first.money.minor + 5_000, valid_at=first.valid_at)])


def saved_anew(tx: Any) -> None:
    (one,) = tx.outcomes.get([MET])
    tx.outcomes.save([replace(one, recorded_at=SINCE, pi=0.9)])


def studied(tx: Any) -> None:
    tx.evidence.save([PiEvidence("evi_n", MET, 0.8, Grade.A, SINCE, "study")])


def paid(tx: Any) -> None:
    tx.flows.save([flow(3, 70_000)])


def won(tx: Any) -> None:
    one = Outcome("out_new", OutcomeKind.INTRODUCTION, NOW - 9 * DAY, SINCE, "test", "new", pi=0.4)
    tx.outcomes.save([replace(one, seeker_id=cus("f"), provider_id=cus("e"))])
    tx.flows.save([flow(4, 90_000, outcome_id="out_new"), flow(5, -1_000, outcome_id="out_new")])


def learned_a_rate(tx: Any) -> None:
    tx.rates.save([ExchangeRate("rate_2", "EUR", "USD", 1.5, NOW - 2 * DAY, SINCE, "bank")])


CASES: list[tuple[str, Callable[[Any], None], ScoreParameters]] = [
    ("", nothing, AFTER),
    ("corrections", took_back_and_replaced, AFTER),
    ("corrections", saved_anew, AFTER),
    ("exchange rates", learned_a_rate, AFTER),
    ("π", studied, AFTER),
    ("time", nothing, replace(AFTER, valuation_at=NOW + 20 * DAY)),
    ("discount rate", nothing, replace(AFTER, annual_rate=0.3)),
    ("method", nothing, replace(AFTER, horizon_months=1)),
    ("method", nothing, replace(AFTER, strict=True)),
    ("volume", paid, AFTER),
    ("volume", won, AFTER),
]


@pytest.fixture
def store(runner: GraphRunner) -> GraphStore:
    """With some money in euros, and a first run."""
    store = filled(runner)

    def foreign(tx: Any) -> None:
        euros = flow(9, 40_000, money=Money(40_000, "EUR"), valid_at=NOW - 2 * DAY, recorded_at=NOW - DAY)
        tx.rates.save([ExchangeRate("rate_1", "EUR", "USD", 1.1, NOW - 2 * DAY, NOW - DAY, "bank")])
        tx.flows.save([euros])

    store.write(ME, foreign)
    run_of(store, USD, 1)
    return store


def adds_up(found: Bridge) -> None:
    changes = sum(one.change.minor for one in found.steps)
    assert found.before.value.minor + changes == found.after.value.minor
    assert tuple(one.name for one in found.steps) == STEPS
    for step in found.steps:
        assert len(step.largest) <= 5
        sizes = [abs(one.change.minor) for one in step.largest]
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(("cause", "change", "parameters"), CASES)
def test_each_cause_shows_as_itself_and_as_no_other(
    store: GraphStore, cause: str, change: Callable[[Any], None], parameters: ScoreParameters
) -> None:
    store.write(ME, change)
    run_of(store, parameters, 2)
    found = BridgeValue(store)(ME)
    adds_up(found)
    assert {one.name for one in found.steps if one.change.minor} == ({cause} if cause else set())
    for step in found.steps:
        assert (step.outcomes > 0) == bool(step.change.minor)
    if cause in ("corrections", "π"):
        assert [one.outcome_id for step in found.steps for one in step.largest] == [MET]


def test_everything_at_once_adds_up_and_what_is_new_is_valued_at_the_new_rate(store: GraphStore) -> None:
    for change in (took_back_and_replaced, studied, won, learned_a_rate):
        store.write(ME, change)
    everything = replace(AFTER, annual_rate=0.2, valuation_at=NOW + 20 * DAY, horizon_months=30)
    run_of(store, everything, 2)
    found = BridgeValue(store)(ME, "run_1", "run_2")
    adds_up(found)
    steps = {one.name: one for one in found.steps}
    assert all(steps[name].change.minor for name in ("corrections", "exchange rates", "π", "time", "discount rate"))
    assert [one.outcome_id for one in steps["volume"].largest] == ["out_new"]
    assert steps["code and erasures"].change.minor == 0
    kept = KeepReport(store)(ME, ReportKind.BRIDGE, found, NOW).document
    picture = ElementTree.fromstring(bridge_picture(kept))
    assert len([one for one in picture.iter("{http://www.w3.org/2000/svg}rect") if one.get("x")]) == len(STEPS) + 2


def test_facts_that_are_gone_are_a_cause_of_their_own(store: GraphStore) -> None:
    """An import that was taken back: what the first run had can no longer be computed."""
    kept = store.read(ME, lambda tx: tx.values.run("run_1"))
    wrong = replace(kept, id="run_0", outcomes_minor=kept.outcomes_minor + 12_345)
    store.write(ME, lambda tx: tx.values.write_run(wrong, []))
    run_of(store, AFTER, 2)
    found = BridgeValue(store)(ME, "run_0")
    adds_up(found)
    assert found.steps[0].change.minor == -12_345


def test_what_cannot_be_compared_is_refused(store: GraphStore) -> None:
    with pytest.raises(NotFound):
        BridgeValue(store)(ME)  # one run only
    run_of(store, AFTER, 2)
    with pytest.raises(NotFound):
        BridgeValue(store)(ME, "run_gone")
    with pytest.raises(Conflict):
        BridgeValue(store)(ME, "run_2", "run_2")
    with pytest.raises(BadInput, match="knew more"):
        BridgeValue(store)(ME, "run_2", "run_1")
    run_of(store, replace(AFTER, currency="EUR"), 3)
    with pytest.raises(BadInput, match="one currency"):
        BridgeValue(store)(ME, "run_2", "run_3")
