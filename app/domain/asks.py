"""How often a customer was asked something: the contact budget is one for each customer, over everything.

The seeker is asked when an introduction is offered, the provider when the seeker has said yes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.contact import ANSWERS_IN
from app.domain.introduction import Introduction
from app.domain.policy import MatchPolicy

MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Ask:
    customer_id: str
    at: datetime


_ASKED = {status: f"{side}_id" for side, status in ANSWERS_IN.items()}


def asks_of(introductions: Iterable[Introduction]) -> list[Ask]:
    """Every ask of these introductions, in the order of their times."""
    found = [
        Ask(getattr(one, _ASKED[move.status]), move.at)
        for one in introductions
        for move in one.known_moves
        if move.status in _ASKED
    ]
    return sorted(found, key=lambda ask: ask.at)


def open_from(policy: MatchPolicy, asked_at: Sequence[datetime], at: datetime) -> datetime:
    """From when on a customer who was asked at these times may be asked again; `at` or before: now. Never, where the
    policy allows none: a year from now."""
    free = at
    for most, span in ((policy.asks_in_30_days, MONTH), (policy.asks_a_year, YEAR)):
        recent = sorted(one for one in asked_at if at - span < one <= at)
        if most == 0:
            free = max(free, at + span)
        elif len(recent) >= most:
            free = max(free, recent[len(recent) - most] + span)
    return free


def refused(policy: MatchPolicy, asks: Iterable[Ask]) -> list[Ask]:
    """Those of past asks, in the order of their times, that the policy's budget would have refused; for those that
    followed they do not count."""
    made: dict[str, list[datetime]] = {}
    found = []
    for ask in asks:
        before = made.setdefault(ask.customer_id, [])
        if open_from(policy, before, ask.at) > ask.at:
            found.append(ask)
        else:
            before.append(ask.at)
    return found
