"""ReadEarned: what the programme has brought one customer, in words that may be shown to that customer.

Invariant: only introductions that both sides know of, and the customer's own business; no other customer is named, and
nothing is said of what it is worth to the operator.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from app.domain.access import Caller, Scope
from app.domain.errors import TooLarge
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.ports.outside import Clock
from app.ports.store import PageOf, Store, Transaction
from app.usecases.paging import every
from app.usecases.portfolio import find_customer

Row = TypeVar("Row", Introduction, Outcome, Referral)

MOST = 5_000  # introductions, outcomes or referrals of one customer: about a second
_MET = frozenset({IntroductionStatus.INTRODUCED, IntroductionStatus.COMPLETED, IntroductionStatus.DISPUTED})


@dataclass(frozen=True, slots=True)
class Side:
    """As seeker or as provider: introductions that came about, deals that followed, with how many fellow customers, and
    what was paid so far by what was reported, in each currency."""

    introduced: int
    deals: int
    partners: int
    paid: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Earned:
    """`brought`: customers who came by its word. `helped`: fellow customers whom it brought here or did business with
    as their provider."""

    customer_id: str
    as_of: datetime
    as_seeker: Side
    as_provider: Side
    brought: int
    helped: int


@dataclass(frozen=True, slots=True)
class ReadEarned:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, customer_id: str) -> Earned:
        """NotFound; TooLarge beyond MOST introductions, outcomes or referrals."""
        caller.require(Scope.READ)
        now = self.clock()
        return self.store.read(caller, lambda tx: _earned(tx, customer_id, now))


def _earned(tx: Transaction, customer_id: str, now: datetime) -> Earned:
    find_customer(tx, customer_id)
    introductions = _all(lambda at: tx.introductions.page(at, customer_id=customer_id))
    begun = [
        one
        for one in _all(lambda at: tx.outcomes.page(at, customer_id=customer_id))
        if one.kind is OutcomeKind.INTRODUCTION and one.valid_at <= now
    ]
    flows = tx.flows.of_outcomes([one.id for one in begun])
    referrals = _all(lambda at: tx.referrals.page(at, customer_id=customer_id))
    brought = {one.referred_id for one in referrals if one.referrer_id == customer_id and one.at <= now}
    met = [one for one in introductions if one.status in _MET]

    def side(own: str, other: str) -> Side:
        deals = [one for one in begun if getattr(one, own) == customer_id]
        return Side(
            introduced=sum(getattr(one, own) == customer_id for one in met),
            deals=len(deals),
            partners=len({getattr(one, other) for one in deals} - {None}),
            paid=_paid(deals, flows, now),
        )

    served = {one.seeker_id for one in begun if one.provider_id == customer_id} - {None}
    both = side("seeker_id", "provider_id"), side("provider_id", "seeker_id")
    return Earned(customer_id, now, *both, len(brought), len(brought | served))


def _all(page: Callable[[PageOf], list[Row]]) -> list[Row]:
    found = list(islice(every(page, lambda one: one.id), MOST + 1))
    if len(found) > MOST:
        raise TooLarge(f"This customer has more than {MOST} of them.", remedy="Ask in Cypher (docs/queries.md).")
    return found


def _paid(deals: Iterable[Outcome], flows: Iterable[CashFlow], now: datetime) -> tuple[Money, ...]:
    ids = {one.id for one in deals}
    sums: Counter[str] = Counter()
    for flow in flows:
        own = flow.outcome_id in ids and flow.kind is FlowKind.PAYMENT and flow.ledger is Ledger.CUSTOMER
        if own and flow.valid_at <= now:
            sums[flow.money.currency] += flow.money.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
