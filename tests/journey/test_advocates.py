"""Who brings others, on every engine: by deeds and realised cash, never by promises; what a customer may be told."""

from dataclasses import replace

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.advocacy import Advocacy
from app.domain.customer import Customer
from app.domain.errors import NotFound
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.money import Money
from app.domain.referral import CashFlow, Contribution, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.advocates import ReadAdvocates
from app.usecases.customer_programme import ReadEarned, Side
from tests.journey.value_chains import DAY, NOW, USD, cus, explained, filled, run_of

S = IntroductionStatus


def stages(store: GraphStore, number: int) -> dict[str, Advocacy | None]:
    return {key[-1]: one.advocacy for key, one in run_of(store, USD, number).items()}


def test_stages_follow_from_deeds_and_realised_cash(runner: GraphRunner) -> None:
    """a, b, c, g and h (as d, of one group) referred with cash; e and c moved an introduction of f and d."""
    store = filled(runner)
    found = stages(store, 1)
    assert found["a"] is Advocacy.BROUGHT  # b
    assert found["b"] is Advocacy.BROUGHT  # c
    assert found["c"] is Advocacy.ADVOCATE  # d, and moved an introduction
    assert found["d"] is Advocacy.BROUGHT  # h brought e; being a party of its own business is no deed
    assert found["e"] is Advocacy.BROUGHT  # moved an introduction
    assert found["f"] is Advocacy.HELPED
    assert found["g"] is Advocacy.BROUGHT
    assert found["h"] is Advocacy.NONE  # its group's first company has it
    for name in "abcdefg":
        assert explained(store, name).value.advocacy is found[name]


def test_a_promise_is_no_deed_and_a_loss_is_none_either(runner: GraphRunner) -> None:
    store = filled(runner)
    new = Customer(cus("z"), "z", "test", "z", lifetime_value=Money(1, "USD"))
    brought = Referral("ref_fz", cus("f"), cus("z"), NOW - 20 * DAY, pi=0.1)
    outcome = Outcome(
        "out_fz", OutcomeKind.REFERRAL, brought.at, brought.at, "test", "fz", referral_id=brought.id, pi=0.1
    )
    promised = CashFlow("flow_z", "out_fz", FlowKind.MARGIN, Ledger.OPERATOR, Money(9_000, "USD"), NOW + DAY, NOW - DAY)

    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.customers.save([new])
        tx.referrals.save([brought])
        tx.outcomes.save([outcome])
        tx.flows.save([promised])

    store.write(ME, work, patient=True)
    assert stages(store, 1)["f"] is Advocacy.ACTED
    cost = replace(promised, id="flow_y", kind=FlowKind.COST, valid_at=NOW - DAY)
    store.write(ME, lambda tx: tx.flows.save([cost]))
    assert stages(store, 2)["f"] is Advocacy.ACTED
    paid = replace(promised, id="flow_x", money=Money(90_000, "USD"), valid_at=NOW - DAY)
    store.write(ME, lambda tx: tx.flows.save([paid]))
    assert stages(store, 3)["f"] is Advocacy.BROUGHT


def test_the_nearest_come_first_and_each_is_told_what_is_missing(runner: GraphRunner) -> None:
    store = filled(runner)
    with pytest.raises(NotFound):
        ReadAdvocates(store)(ME)
    run_of(store, USD, 1)
    found = ReadAdvocates(store)(ME)
    assert found.counts == {"none": 1, "helped": 1, "acted": 0, "brought": 5, "advocate": 1}
    assert {one.customer_id[-1] for one in found.near[:5]} == set("abdeg")
    credited = [one.credit.minor for one in found.near[:5]]
    assert credited == sorted(credited, reverse=True)  # of equal lifetime values
    assert (found.near[5].customer_id, found.near[5].stage) == (cus("f"), Advocacy.HELPED)
    assert "first referral" in found.near[5].missing
    store.write(ME, lambda tx: tx.imports.undo("imp_none", limit=1))
    run = store.read(ME, lambda tx: tx.values.current())
    assert run.near_advocates == tuple(one.customer_id for one in found.near)


def test_who_only_shares_in_its_own_business_is_no_advocate(runner: GraphRunner) -> None:
    store = filled(runner)
    (met,) = store.read(ME, lambda tx: tx.outcomes.get(["out_met"]))
    own = (
        Contribution(cus("f"), 0.5),
        Contribution(cus("h"), 0.5),
    )  # the seeker, and one of the provider's group
    store.write(ME, lambda tx: tx.outcomes.save([replace(met, id="out_own", external_id="own", contributions=own)]))
    cash = CashFlow("flow_o", "out_own", FlowKind.MARGIN, Ledger.OPERATOR, Money(9_000, "USD"), NOW - DAY, NOW - DAY)
    store.write(ME, lambda tx: tx.flows.save([cash]))
    found = stages(store, 1)
    assert (found["f"], found["d"]) == (Advocacy.HELPED, Advocacy.BROUGHT)


def test_what_a_customer_may_be_told(runner: GraphRunner) -> None:
    store = filled(runner)
    met = Introduction("int_1", None, cus("f"), cus("d"), S.COMPLETED, NOW - 40 * DAY, NOW - 30 * DAY)
    rows = [met, replace(met, id="int_2", status=S.PROPOSED), replace(met, id="int_3", status=S.DECLINED)]
    pay = CashFlow("flow_p", "out_met", FlowKind.PAYMENT, Ledger.CUSTOMER, Money(7_000, "USD"), NOW - DAY, NOW - DAY)
    later = replace(pay, id="flow_q", valid_at=NOW + DAY)
    store.write(ME, lambda tx: (tx.introductions.save(rows), tx.flows.save([pay, later])), patient=True)
    seeker = ReadEarned(store, lambda: NOW)(ME, cus("f"))
    assert seeker.as_seeker == Side(1, 1, 1, (Money(7_000, "USD"),))
    assert seeker.as_provider == Side(0, 0, 0, ())
    assert (seeker.brought, seeker.helped) == (0, 0)
    provider = ReadEarned(store, lambda: NOW)(ME, cus("d"))
    assert provider.as_provider == Side(1, 1, 1, (Money(7_000, "USD"),))
    assert (provider.as_seeker.deals, provider.helped) == (1, 1)
    bringer = ReadEarned(store, lambda: NOW)(ME, cus("c"))
    assert (bringer.brought, bringer.helped) == (1, 1)
    with pytest.raises(NotFound):
        ReadEarned(store, lambda: NOW)(ME, "cus_absent")
