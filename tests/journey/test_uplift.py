"""Retention uplift in the service, on every engine: by the formula, for parties of whom enough is known, no others."""

from dataclasses import replace
from math import exp

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.customer import Standing
from app.domain.errors import BadInput
from app.domain.money import Money
from app.domain.value import KINDS
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.referral_value import ScoreValue
from app.usecases.value_bridge import BridgeValue
from app.usecases.value_scoring import ScoreParameters
from app.usecases.value_sensitivity import PortfolioSensitivity
from tests.journey.value_chains import DAY, NAMES, NOW, USD, cus, explained, filled, run_of

RATIO = 0.344  # one of the published ones (VALUE.md)
TIED = replace(USD, hazard_ratio=RATIO, hazard_sigma=0.2, annual_rate=0.0)
MARGIN, HAZARD = 10_000, 0.05


def known(store: GraphStore, *names: str, **changes: object) -> None:
    """What these bring and how likely they leave."""
    facts = {"monthly_margin": Money(MARGIN, "USD"), "monthly_hazard": HAZARD} | changes

    def work(tx) -> None:  # type: ignore[no-untyped-def]
        found = tx.customers.get([cus(one) for one in names])
        tx.customers.save([replace(one, **facts) for one in found])

    store.write(ME, work, patient=True)


def retention(store: GraphStore, number: int, parameters: ScoreParameters = TIED) -> int:
    """Of all outcomes, in minor units."""
    values = run_of(store, parameters, number)
    operator, nobody = store.read(ME, lambda tx: tx.values.get(f"run_{number}", ["OPERATOR", "UNATTRIBUTED"]))
    cells = slice(2 * KINDS.index("retention"), 2 * KINDS.index("retention") + 2)
    rows = [*values.values(), operator, nobody]
    return sum(sum(one.crv_referral[cells]) + sum(one.crv_introduction[cells]) for one in rows)


def expected(hazard: float = HAZARD, other: float = HAZARD, margin: int = MARGIN) -> float:
    """U of one party at r = 0: Σ m · (S1 − S0), month by month, of 36."""
    uplift, without, tied = 0.0, 0.0, 0.0
    for month in range(1, 37):
        without += hazard
        tied += hazard * (1.0 - exp(-other * month) * (1.0 - RATIO))
        uplift += margin * (exp(-tied) - exp(-without))
    return uplift


def test_both_parties_of_an_introduction_count_by_the_formula(runner: GraphRunner) -> None:
    """f with d, and d with g; d and f and g are known."""
    store = filled(runner)
    known(store, "d", "f", "g")
    assert retention(store, 1) == pytest.approx(4 * expected(), abs=4)
    assert retention(store, 2, replace(TIED, hazard_ratio=1.0)) == 0


def test_of_whom_it_is_not_known_nothing_is_claimed(runner: GraphRunner) -> None:
    store = filled(runner)
    known(store, "f")
    assert retention(store, 1) == 0  # d may leave at any time, for all that is known
    known(store, "d", monthly_margin=None, monthly_hazard=0.1)
    assert retention(store, 2) == pytest.approx(expected(other=0.1), abs=2)
    known(store, "d", monthly_margin=Money(1, "EUR"), monthly_hazard=0.1)
    assert retention(store, 3) == pytest.approx(expected(other=0.1), abs=2)
    run = store.read(ME, lambda tx: tx.values.current())
    assert any("1 parties" in one and "0.344" in one for one in run.assumptions)


def test_who_has_left_stays_no_longer_and_keeps_nobody(runner: GraphRunner) -> None:
    store = filled(runner)
    known(store, "d", "f", "g")
    known(store, "f", standing=Standing.LEFT)
    assert retention(store, 1) == pytest.approx(2 * expected(), abs=4)  # d with g only


def test_it_is_in_the_intervals_the_explanation_the_bridge_and_the_sensitivity(runner: GraphRunner) -> None:
    store = filled(runner)
    known(store, "d", "f", "g")
    run_of(store, replace(TIED, hazard_ratio=1.0), 1)
    later = replace(TIED, known_at=NOW + DAY)
    values = run_of(store, later, 2)
    for name in NAMES:
        told = explained(store, name)
        assert told.value == replace(values[cus(name)], run_id="")
        assert sum(one.credit.minor for one in told.lines) == told.value.both.minor
    cell = 2 * KINDS.index("retention") + 1
    e = values[cus("e")]
    found = e.interval(e.quantiles_introduction, cell)
    assert found.low.minor < e.crv_introduction[cell] < found.high.minor
    steps = {one.name: one.change.minor for one in BridgeValue(store)(ME).steps}
    assert steps["method"] == pytest.approx(4 * expected(), abs=4)
    assert {name for name, change in steps.items() if change} == {"method"}
    swings = {one.name: one for one in PortfolioSensitivity(store, lambda: NOW)(ME).swings}
    assert swings["hazard ratio"].value_low.minor > swings["hazard ratio"].value_high.minor


def test_the_strict_formula_knows_no_uplift(runner: GraphRunner) -> None:
    store = filled(runner)
    for wrong in (replace(TIED, strict=True), replace(USD, hazard_ratio=-0.1), replace(USD, hazard_sigma=4.0)):
        with pytest.raises(BadInput):
            ScoreValue(store, lambda: NOW, lambda kind: "run_1")(ME, wrong)
