"""Invariant 10 of VALUE.md: what was recorded after k changes nothing, and a replay gives the same bytes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.customer import Customer
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.usecases.value_book import day, prepare
from app.usecases.value_cash import Bookkeeping
from graph_algos import referral_value as engine
from tests.unit.usecases.value_records import facts_of

KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
LATE = KNOWN + timedelta(seconds=1)
RULES = Bookkeeping("USD", KNOWN, KNOWN, 0.02)
people = st.integers(0, 5)
moments = st.integers(-500, 500).map(lambda days: KNOWN + timedelta(days=days))
kinds = st.sampled_from(FlowKind)


def customer(number: int) -> Customer:
    return Customer(f"cus_{number}", str(number), "test", str(number))


@st.composite
def histories(draw, recorded: datetime, first: int):
    """Six customers, referrals of others and introductions between them, with their cash; ids count from `first`."""
    referrals, outcomes, flows = [], [], []
    for number in range(first, first + draw(st.integers(0, 4))):
        one, other = draw(people), draw(people)
        at = min(draw(moments), KNOWN) if recorded <= KNOWN else LATE
        referrals.append(Referral(f"ref_{number}", f"cus_{one}", f"cus_{other}", at))
        plain = Outcome(f"out_{number}", OutcomeKind.REFERRAL, draw(moments), recorded, "test", str(number))
        met = replace(plain, kind=OutcomeKind.INTRODUCTION, seeker_id=f"cus_{one}", provider_id=f"cus_{other}")
        outcomes.append(draw(st.sampled_from([replace(plain, referral_id=f"ref_{number}"), met])))
    for number in range(first, first + draw(st.integers(0, 6))):
        of = f"out_{draw(st.integers(0, 8))}"  # some of it of no outcome, or of an earlier one
        money = Money(draw(st.integers(-1_000, 100_000)), draw(st.sampled_from(["USD", "USD", "EUR"])))
        ledger = draw(st.sampled_from(Ledger))
        flows.append(CashFlow(f"flow_{number}", of, draw(kinds), ledger, money, draw(moments), recorded))
    return referrals, outcomes, flows


def figures(referrals, outcomes, flows) -> list[bytes]:
    facts = facts_of([customer(n) for n in range(6)], referrals, outcomes, flows)
    book = prepare(facts, RULES).book
    table = engine.score(book, engine.Parameters(annual_rate=0.1, valuation_day=day(KNOWN)))
    columns = (table.crv_referral, table.crv_introduction, table.attributed_away, table.credits.amount_minor)
    return [np.ascontiguousarray(column).tobytes() for column in columns]


@settings(max_examples=60, deadline=None)
@given(histories(KNOWN, 0), histories(LATE, 4))
def test_10_what_was_recorded_later_changes_nothing_and_a_replay_gives_the_same_bytes(known, late):
    both = [before + after for before, after in zip(known, late, strict=True)]
    assert figures(*known) == figures(*both) == figures(*known)
