"""A portfolio of any size for measurements of referral value: customers, who referred whom, outcomes and their cash."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from app.domain.customer import Customer
from app.domain.money import Money
from app.domain.referral import (
    OPERATOR,
    CashFlow,
    Contribution,
    FlowKind,
    Ledger,
    Outcome,
    OutcomeKind,
    Referral,
)

VALUATION = datetime(2026, 1, 1, tzinfo=UTC)
SEED = 20_260_101
BATCH = 10_000  # the most that a repository saves at once
_KINDS = (FlowKind.MARGIN,) * 12 + (FlowKind.SERVING,) * 5 + (FlowKind.FEE, FlowKind.COST) * 2
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Size:
    customers: int
    outcomes: int
    flows: int

    def __str__(self) -> str:
        return f"{self.customers:,} customers, {self.outcomes:,} outcomes, {self.flows:,} flows"


def customer_id(number: int) -> str:
    return f"cus_{number:08d}"


def batches(size: Size) -> Iterator[tuple[str, Sequence[Any]]]:
    """(kind, records) in the order in which they can be saved. Every customer has a lifetime value; half were referred
    by another; half of the outcomes follow a referral, half an introduction with three who acted and the operator."""
    rng = np.random.default_rng(SEED)
    referred = size.customers // 2
    for rows in _in_batches(size.customers):
        yield "customers", [_customer(number) for number in rows]
    for rows in _in_batches(referred):
        by = rng.integers(0, size.customers, len(rows)).tolist()
        yield "referrals", [_referral(number, one) for number, one in zip(rows, by, strict=True)]
    for rows in _in_batches(size.outcomes):
        acted = rng.integers(0, size.customers, (len(rows), 3)).tolist()
        pis = rng.random(len(rows)).tolist()
        yield "outcomes", [_outcome(number, referred, *drawn) for number, *drawn in zip(rows, acted, pis, strict=True)]
    for rows in _in_batches(size.flows):
        drawn = np.column_stack(
            [
                rng.integers(0, size.outcomes, len(rows)),
                rng.integers(0, len(_KINDS), len(rows)),
                rng.integers(100, 500_000, len(rows)),
                rng.integers(0, 1_200, len(rows)),
            ]
        ).tolist()
        yield "flows", [_flow(number, *one) for number, one in zip(rows, drawn, strict=True)]


def _in_batches(count: int) -> Iterator[range]:
    for start in range(0, count, BATCH):
        yield range(start, min(start + BATCH, count))


def _customer(number: int) -> Customer:
    key = customer_id(number)
    return Customer(key, f"Customer {number}", "bench", key, lifetime_value=Money(10_000 + number % 90_000, "USD"))


def _referral(number: int, by: int) -> Referral:
    """Whoever draws itself was brought by the next."""
    brought = 2 * number
    at = VALUATION - (800 + number % 400) * _DAY
    referrer = by if by != brought else by + 1
    return Referral(f"ref_{number:08d}", customer_id(referrer), customer_id(brought), at, pi=0.5)


def _outcome(number: int, referred: int, acted: Sequence[int], pi: float) -> Outcome:
    at = VALUATION - (number % 720) * _DAY
    key = f"out_{number:08d}"
    if number % 2 == 0 and referred:
        brought = (number // 2) % referred
        at = VALUATION - (800 + brought % 400) * _DAY
        referral = f"ref_{brought:08d}"
        return Outcome(key, OutcomeKind.REFERRAL, at, at, "bench", key, referral_id=referral, pi=pi)
    seeker, provider, other = (customer_id(one) for one in acted)
    if seeker == provider:
        seeker = customer_id(acted[0] ^ 1)
    shares = {provider: 0.4, seeker: 0.2}
    if other not in shares:
        shares[other] = 0.2
    acting = [Contribution(one, beta) for one, beta in shares.items()]
    by = (*acting, Contribution(OPERATOR, 1.0 - sum(shares.values())))
    return Outcome(key, OutcomeKind.INTRODUCTION, at, at, "bench", key, seeker, provider, pi=pi, contributions=by)


def _flow(number: int, outcome: int, kind: int, amount: int, days: int) -> CashFlow:
    at = VALUATION + (days - 720) * _DAY
    recorded = min(at, VALUATION)
    return CashFlow(
        f"flow_{number:08d}", f"out_{outcome:08d}", _KINDS[kind], Ledger.OPERATOR, Money(amount, "USD"), at, recorded
    )
