"""From records to the value engine's columns: what counts, who has a part, what is left out and said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.customer import Customer
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.money import Money
from app.domain.referral import (
    OPERATOR,
    UNATTRIBUTED,
    CashFlow,
    Contribution,
    FlowKind,
    Ledger,
    Outcome,
    OutcomeKind,
    Referral,
)
from app.usecases.value_book import Prepared, day, prepare
from app.usecases.value_cash import Bookkeeping
from graph_algos import referral_value as engine
from tests.unit.usecases.value_records import facts_of

DAY0 = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
A, B, C = (Customer(f"cus_{one}", one, "test", one) for one in "abc")
REFERRAL = Referral("ref_1", A.id, B.id, DAY0, pi=0.5)
CONVERSION = Outcome("out_1", OutcomeKind.REFERRAL, DAY0, DAY0, "test", "1", referral_id=REFERRAL.id)
MEETING = Outcome("out_2", OutcomeKind.INTRODUCTION, DAY0, DAY0, "test", "2", seeker_id=A.id, provider_id=B.id, pi=0.0)
RULES = Bookkeeping("USD", DAY0 + 10 * YEAR, DAY0)


def flow(outcome: Outcome, amount: int, **changes: object) -> CashFlow:
    plain = CashFlow(
        f"flow_{outcome.id}_{amount}",
        outcome.id,
        FlowKind.MARGIN,
        Ledger.OPERATOR,
        Money(amount, "USD"),
        DAY0 + YEAR,
        DAY0,
    )
    return replace(plain, **changes)


def prepared(*flows: CashFlow, rules: Bookkeeping = RULES, **changes: object) -> Prepared:
    records = {"customers": (A, B, C), "referrals": (REFERRAL,), "outcomes": (CONVERSION, MEETING), "flows": flows}
    return prepare(facts_of(**(records | changes)), rules)


def shares(found: Prepared, outcome: int) -> dict[int, float]:
    rows, summed = found.book.contributions, dict[int, float]()
    for of, who, beta in zip(rows.outcome, rows.contributor, rows.beta, strict=True):
        if of == outcome:
            summed[int(who)] = summed.get(int(who), 0.0) + float(beta)
    return summed


def value(found: Prepared) -> engine.ValueTable:
    return engine.score(found.book, engine.Parameters(annual_rate=0.10, valuation_day=day(DAY0)))


def test_the_referrer_gets_the_discounted_margin_of_whom_it_brought():
    table = value(prepared(flow(CONVERSION, 22_000)))
    assert table.crv_referral.sum(axis=(1, 2)).tolist() == [10_000, 0, 0, 0, 0]  # (1 − ½) · 220.00 / 1.1
    assert table.crv_introduction.sum() == 0


def test_an_introduction_is_shared_evenly_between_provider_seeker_and_operator():
    found = prepared()
    assert shares(found, 1) == pytest.approx({0: 1 / 3, 1: 1 / 3, engine.OPERATOR: 1 / 3})
    assert found.shared == 1


def test_recorded_influence_comes_before_the_even_split():
    given = (Contribution(C.id, 0.5), Contribution(OPERATOR, 0.3), Contribution(UNATTRIBUTED, 0.2))
    found = prepared(outcomes=(replace(MEETING, contributions=given),))
    assert shares(found, 0) == {2: 0.5, engine.OPERATOR: 0.3, engine.UNATTRIBUTED: 0.2}
    assert found.shared == 0


def test_a_legal_group_is_one_contributor():
    one_group = (replace(A, group_id="grp_1"), replace(B, group_id="grp_1"), C)
    assert shares(prepared(customers=one_group), 1) == {0: 0.5, engine.OPERATOR: 0.5}
    given = (Contribution(B.id, 0.5), Contribution(A.id, 0.25), Contribution(OPERATOR, 0.25))
    found = prepared(customers=one_group, outcomes=(replace(MEETING, contributions=given),))
    assert shares(found, 0) == {0: 0.75, engine.OPERATOR: 0.25}


def test_payments_between_customers_are_never_value_without_a_stated_rate():
    paid = flow(MEETING, 1_000_000, kind=FlowKind.PAYMENT, ledger=Ledger.CUSTOMER)
    found = prepared(paid)
    assert (len(found.book.flows.day), found.margins, found.assumed) == (0, 0, 0)
    assert value(found).crv_introduction.sum() == 0


def test_a_stated_rate_makes_margin_of_payments_where_none_is_recorded():
    rules = replace(RULES, margin_rate=0.025)
    paid = flow(MEETING, 1_020, kind=FlowKind.PAYMENT, ledger=Ledger.CUSTOMER)
    found = prepared(paid, rules=rules)
    assert found.book.flows.amount_minor.tolist() == [26]  # 25.5 to the even number
    assert found.assumed == 1
    both = prepared(paid, flow(MEETING, 7), rules=rules)
    assert both.book.flows.amount_minor.tolist() == [7]
    assert both.assumed == 0


def test_money_of_the_customers_ledger_is_nobodys_margin():
    found = prepared(flow(MEETING, 500, ledger=Ledger.CUSTOMER), rules=replace(RULES, margin_rate=0.5))
    assert len(found.book.flows.day) == 0


def test_an_outcome_with_money_in_another_currency_is_left_out_whole_and_said():
    found = prepared(flow(CONVERSION, 100), flow(CONVERSION, 900, money=Money(900, "EUR")), flow(MEETING, 300))
    assert len(found.book.outcomes.kind) == 1
    assert found.book.flows.amount_minor.tolist() == [300]
    assert "out_1" in found.problems[0]
    assert "900" not in found.problems[0]


def test_what_was_recorded_later_than_known_does_not_exist():
    rules = replace(RULES, known_at=DAY0)
    late = DAY0 + timedelta(seconds=1)
    assert len(prepared(flow(MEETING, 5, recorded_at=late), rules=rules).book.flows.day) == 0
    assert len(prepared(outcomes=(replace(MEETING, recorded_at=late),), rules=rules).book.outcomes.kind) == 0
    assert len(prepared(referrals=(replace(REFERRAL, at=late),), rules=rules).book.acquisitions.customer) == 0


def test_an_outcome_of_strangers_is_left_out_and_counted():
    found = prepared(outcomes=(replace(CONVERSION, referral_id="ref_9"), replace(MEETING, provider_id="cus_9")))
    assert len(found.book.outcomes.kind) == 0
    assert found.problems == (
        "2 outcomes name a party, referral or contributor that is not recorded; they are not scored.",
    )


def test_two_referrers_of_one_customer_share_it():
    second = Referral("ref_2", C.id, B.id, DAY0 + YEAR, pi=0.2)
    rows = prepared(referrals=(REFERRAL, second)).book.acquisitions
    assert list(zip(rows.customer, rows.referrer, rows.beta, rows.dependence, strict=True)) == [
        (1, 0, 0.5, 0.5),
        (1, 2, 0.5, 0.8),
    ]


def test_a_chain_passes_credit_up_and_conserves_it():
    second = Referral("ref_2", B.id, C.id, DAY0, pi=0.5)
    conversion = replace(CONVERSION, referral_id=second.id, pi=0.0)
    table = value(prepared(flow(conversion, 11_000), referrals=(REFERRAL, second), outcomes=(conversion,)))
    assert table.crv_referral.sum(axis=(1, 2)).tolist() == [2_500, 7_500, 0, 0, 0]  # ¼ and ¾ of 100.00


def test_the_attribution_window_counts_from_the_introduction():
    early = DAY0 - 2 * YEAR
    met = Introduction("int_1", None, A.id, B.id, IntroductionStatus.COMPLETED, early, early)
    outcome = replace(MEETING, introduction_id=met.id)
    assert prepared(outcomes=(outcome,)).book.outcomes.origin_day.tolist() == [day(DAY0)]
    found = prepared(flow(outcome, 900), outcomes=(outcome,), introductions={met.id: met})
    assert found.book.outcomes.origin_day.tolist() == [day(early)]
    assert value(found).crv_introduction.sum() == 0


def test_the_margin_is_in_the_value_of_the_customer_who_came_and_of_the_provider():
    assert prepared().book.outcomes.owner.tolist() == [1, 1]
    unknown = replace(MEETING, provider_id=None)
    assert prepared(outcomes=(unknown,)).book.outcomes.owner.tolist() == [engine.UNATTRIBUTED]
