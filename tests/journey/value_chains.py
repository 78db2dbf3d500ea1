"""A portfolio with chains of referrals, a legal group and introductions, for tests of referral value."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.access import OPERATOR_CLI as ME
from app.domain.customer import Customer, LegalGroup
from app.domain.money import Money
from app.domain.referral import OPERATOR, CashFlow, Contribution, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.domain.value import CustomerValue
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.referral_value import ScoreValue
from app.usecases.value_scoring import ScoreParameters
from app.usecases.value_statement import AsOf, ExplainValue

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
USD = ScoreParameters("USD", 0.12, valuation_at=NOW, known_at=NOW, draws=40)
NAMES = "abcdefgh"
# a brought b, b and g brought c, c brought d; d and h are one legal group; h brought e; f stands alone.
BROUGHT = (("a", "b", 0.5), ("b", "c", 0.25), ("g", "c", 0.75), ("c", "d", 0.0), ("h", "e", 0.5))


def cus(name: str) -> str:
    return f"cus_{name}"


def filled(runner: GraphRunner) -> GraphStore:
    store = GraphStore(runner)
    groups = {"d": "grp_1", "h": "grp_1"}
    customers = [
        Customer(cus(one), one, "test", one, group_id=groups.get(one), lifetime_value=Money(50_000, "USD"))
        for one in NAMES
    ]
    brought = [
        Referral(f"ref_{one}{other}", cus(one), cus(other), NOW - 400 * DAY, pi=pi) for one, other, pi in BROUGHT
    ]
    outcomes = [
        Outcome(f"out_{one.id}", OutcomeKind.REFERRAL, one.at, one.at, "test", one.id, referral_id=one.id, pi=one.pi)
        for one in brought
    ]
    shares = (Contribution(cus("e"), 0.5), Contribution(cus("c"), 0.25), Contribution(OPERATOR, 0.25))
    met = Outcome("out_met", OutcomeKind.INTRODUCTION, NOW - 30 * DAY, NOW - 20 * DAY, "test", "met", pi=0.3)
    outcomes.append(replace(met, seeker_id=cus("f"), provider_id=cus("d"), contributions=shares))
    outcomes.append(replace(met, id="out_dg", external_id="dg", seeker_id=cus("d"), provider_id=cus("g")))
    flows = [
        CashFlow(
            f"flow_{number}",
            one.id,
            FlowKind.MARGIN,
            Ledger.OPERATOR,
            Money(10_007 * (number + 1), "USD"),
            at,
            NOW - DAY,
        )
        for number, (one, at) in enumerate((one, at) for one in outcomes for at in (NOW - 10 * DAY, NOW + 200 * DAY))
    ]

    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.groups.save([LegalGroup("grp_1", "both")])
        tx.customers.save(customers)
        tx.referrals.save(brought)
        tx.outcomes.save(outcomes)
        tx.flows.save(flows)

    store.write(ME, work, patient=True)  # a cold server plans each statement first
    return store


def run_of(store: GraphStore, parameters: ScoreParameters, number: int) -> dict[str, CustomerValue]:
    run = ScoreValue(store, lambda: NOW, lambda kind: f"run_{number}")(ME, parameters)
    ids = [cus(one) for one in NAMES]
    return {one.customer_id: one for one in store.read(ME, lambda tx: tx.values.get(run.id, ids))}


def explained(store: GraphStore, name: str, as_of: AsOf = AsOf(NOW, NOW)):  # type: ignore[no-untyped-def]
    return ExplainValue(store, lambda: NOW)(ME, cus(name), as_of)
