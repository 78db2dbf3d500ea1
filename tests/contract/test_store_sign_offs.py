"""What takes two people, on every engine: decided once, by another one, on what it was proposed on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.errors import BadInput, Conflict, IcrmError, IllegalMove, NotAllowed, NotFound
from app.domain.ledger import LedgerTotal
from app.domain.money import Money
from app.domain.reconciliation import MonthState
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.domain.report import ReportKind
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.ports.store import PageOf
from app.store.store import GraphStore
from app.usecases.reconciliation import ReconcileCash, closed_months
from app.usecases.referral_value import ScoreValue
from app.usecases.reports import KeepReport
from app.usecases.scoring_parameters import asked_for, in_force
from app.usecases.sign_offs import Decide, Proposal, Propose
from app.usecases.value_scoring import ScoreParameters
from tests.contract.portfolio import outcome

NOW = datetime(2026, 3, 10, tzinfo=UTC)
SCOPES = frozenset({Scope.READ, Scope.SIGN})
ANN, BEA = Caller("key_ann", SCOPES), Caller("key_bea", SCOPES)
DEFAULTS = ScoreParameters("USD", 0.15, draws=0)
Asks = Callable[..., SignOff]


@pytest.fixture
def propose(store: GraphStore) -> Asks:
    number, second = count(1), timedelta(seconds=1)

    def asked(who: Caller, subject: Subject, month: str | None = None, **parameters: object) -> SignOff:
        at = next(number)
        act = Propose(store, lambda: NOW + at * second, lambda kind: f"sgn_{at}", DEFAULTS)
        return act(who, Proposal(subject, "because", month, parameters))

    return asked


def approve(store: GraphStore, who: Caller, one: SignOff, at: datetime = NOW + timedelta(hours=1)) -> SignOff:
    return Decide(store, lambda: at)(who, one.id, approve=True)


def test_one_proposes_and_another_one_approves_once(store: GraphStore, propose: Asks) -> None:
    made = propose(ANN, Subject.PARAMETERS, annual_rate=0.1)
    assert store.read(ME, in_force) is None
    with pytest.raises(NotAllowed, match="cannot approve"):
        approve(store, ANN, made)
    assert store.read(ME, in_force) is None
    done = approve(store, BEA, made)
    assert (done.state, done.proposed_by, done.decided_by) == (SignOffState.APPROVED, "key_ann", "key_bea")
    assert store.read(ME, in_force) == done
    assert store.read(ME, lambda tx: tx.sign_offs.page(PageOf())) == [done]
    for who in (ANN, BEA):
        with pytest.raises(IllegalMove):
            Decide(store, lambda: NOW)(who, made.id, approve=False)


def test_who_proposed_may_take_it_back_and_then_nothing_is_in_force(store: GraphStore, propose: Asks) -> None:
    made = propose(ANN, Subject.PARAMETERS, annual_rate=0.1)
    assert Decide(store, lambda: NOW)(ANN, made.id, approve=False).state is SignOffState.REJECTED
    with pytest.raises(IllegalMove):
        approve(store, BEA, made)
    assert store.read(ME, in_force) is None
    with pytest.raises(NotFound):
        Decide(store, lambda: NOW)(ANN, "sgn_absent", approve=False)


def test_without_the_scope_nobody_proposes_or_approves(store: GraphStore, propose: Asks) -> None:
    runner = Caller("key_run", frozenset({Scope.READ, Scope.WRITE, Scope.RUN, Scope.ADMIN}))
    with pytest.raises(NotAllowed):
        propose(runner, Subject.PARAMETERS, annual_rate=0.1)
    made = propose(ANN, Subject.PARAMETERS, annual_rate=0.1)
    with pytest.raises(NotAllowed):
        approve(store, runner, made)


def test_a_proposal_on_parameters_that_are_not_in_force_any_more_is_refused(store: GraphStore, propose: Asks) -> None:
    first, second = (propose(ANN, Subject.PARAMETERS, annual_rate=rate) for rate in (0.1, 0.2))
    approve(store, BEA, first)
    with pytest.raises(Conflict, match="Propose it again"):
        approve(store, BEA, second)
    third = propose(ANN, Subject.PARAMETERS, horizon_months=24)
    assert (third.document["annual_rate"], third.document["horizon_months"]) == (0.1, 24)
    approve(store, BEA, third, NOW + timedelta(hours=2))
    assert store.read(ME, in_force).id == third.id


def test_of_two_proposals_approved_at_once_one_comes_into_force(store: GraphStore, propose: Asks) -> None:
    made = [propose(ANN, Subject.PARAMETERS, annual_rate=0.1 + number / 100) for number in range(6)]

    def try_it(one: SignOff) -> bool:
        try:
            approve(store, BEA, one)
        except IcrmError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(try_it, made)) == 1
    states = [one.state for one in store.read(ME, lambda tx: tx.sign_offs.page(PageOf()))]
    assert states.count(SignOffState.APPROVED) == 1


@pytest.mark.parametrize(
    "wrong", [{}, {"colour": 1}, {"annual_rate": None}, {"annual_rate": "0.1"}, {"annual_rate": 11.0}, {"strict": 1}]
)
def test_parameters_that_are_none_are_refused(store: GraphStore, propose: Asks, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        propose(ANN, Subject.PARAMETERS, **wrong)
    assert store.read(ME, lambda tx: tx.sign_offs.page(PageOf())) == []


def test_values_are_scored_with_what_was_signed_and_with_nothing_else(store: GraphStore, propose: Asks) -> None:
    score = ScoreValue(store, lambda: NOW, lambda kind: "run_1")
    approve(store, BEA, propose(ANN, Subject.PARAMETERS, annual_rate=0.1, margin_rate=0.02))
    signed = store.read(ME, in_force)
    for other in (DEFAULTS, replace(asked_for(signed, DEFAULTS, {}), annual_rate=0.12)):
        with pytest.raises(Conflict, match="signed"):
            score(ME, other)
    with pytest.raises(Conflict, match="annual_rate"):
        asked_for(signed, DEFAULTS, {"annual_rate": 0.15})
    wanted = asked_for(signed, DEFAULTS, {"annual_rate": 0.1, "strict": None, "valuation_at": NOW})
    assert (wanted.annual_rate, wanted.margin_rate, wanted.valuation_at) == (0.1, 0.02, NOW)
    run = score(ME, wanted)
    assert f'"signed_off":"{signed.id}"' in run.manifest


def with_cash(store: GraphStore) -> None:
    def cash(number: int, minor: int, at: datetime) -> CashFlow:
        money = Money(minor, "USD")
        return CashFlow(f"flow_{number}", "out_0001", FlowKind.MARGIN, Ledger.OPERATOR, money, at, NOW)

    january, february = datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)

    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.outcomes.save([outcome(1)])
        tx.flows.save([cash(1, 700, january), cash(2, 300, january), cash(3, 50, february)])
        tx.flows.save([cash(4, 9_999, NOW + timedelta(days=1))])  # expected: in no month yet
        tx.ledger.save([LedgerTotal("led_1", "2026-01", FlowKind.MARGIN, Money(1_000, "USD"), NOW, "books")])

    store.write(ME, work, patient=True)


def reconciled(store: GraphStore, at: datetime = NOW):  # type: ignore[no-untyped-def]
    made = ReconcileCash(store, lambda: at)(ME)
    KeepReport(store)(ME, ReportKind.RECONCILIATION, made, at)
    return made


def test_a_month_is_closed_by_two_on_what_was_reconciled(store: GraphStore, propose: Asks) -> None:
    with_cash(store)
    with pytest.raises(Conflict, match="reconcile_cash"):
        propose(ANN, Subject.CLOSE, "2026-01")
    found = reconciled(store)
    assert [(one.month, one.ours.minor, one.flows, one.agreement) for one in found.lines] == [
        ("2026-01", 1_000, 2, "agrees"),
        ("2026-02", 50, 1, "not_in_books"),
    ]
    made = propose(ANN, Subject.CLOSE, "2026-01")
    assert made.document["lines"] == [
        {"agreement": "agrees", "books_minor": 1_000, "currency": "USD", "kind": "margin", "ours_minor": 1_000}
    ]
    assert store.read(ME, closed_months) == {}
    approve(store, BEA, made)
    assert reconciled(store).months[0].state is MonthState.CLOSED
    with pytest.raises(Conflict, match="is closed"):
        propose(ANN, Subject.CLOSE, "2026-01")


def test_a_late_fact_shows_beside_what_was_signed_until_two_reopen(store: GraphStore, propose: Asks) -> None:
    with_cash(store)
    reconciled(store)
    approve(store, BEA, propose(ANN, Subject.CLOSE, "2026-01"))
    later = NOW + timedelta(days=2)
    late = CashFlow(
        "flow_5",
        "out_0001",
        FlowKind.MARGIN,
        Ledger.OPERATOR,
        Money(-100, "USD"),
        datetime(2026, 1, 15, tzinfo=UTC),
        later,
        "flow_2",
    )
    store.write(ME, lambda tx: tx.flows.save([late]))
    found = reconciled(store, later)
    assert (found.months[0].changed, found.lines[0].since_close) == (True, Money(-100, "USD"))
    assert any("2026-01" in note and "reopen" in note for note in found.notes)
    with pytest.raises(Conflict, match="not closed"):
        propose(ANN, Subject.REOPEN, "2026-02")
    approve(store, ANN, propose(BEA, Subject.REOPEN, "2026-01"), later)
    assert reconciled(store, later + timedelta(hours=1)).months[0].state is MonthState.OPEN
    approve(store, BEA, propose(ANN, Subject.CLOSE, "2026-01"), later + timedelta(hours=2))
    closed = store.read(ME, closed_months)["2026-01"]
    assert closed.ours == {(FlowKind.MARGIN, "USD"): 900}


@pytest.mark.parametrize("month", ["2026-03", "2026-13", "2027-01", None, "January"])
def test_a_month_that_has_not_ended_or_is_none_is_not_closed(store: GraphStore, propose: Asks, month: str) -> None:
    with pytest.raises(BadInput):
        propose(ANN, Subject.CLOSE, month)


def test_a_reconciliation_of_before_the_month_ended_closes_nothing(store: GraphStore, propose: Asks) -> None:
    with_cash(store)
    reconciled(store, datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
    with pytest.raises(Conflict, match="before the month ended"):
        propose(ANN, Subject.CLOSE, "2026-02")
