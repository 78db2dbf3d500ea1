"""What the graph knows of whether business would have happened anyway: who was introduced, who was held out, what came.

Invariant: both arms are looked at in the same way. A unit counts from the moment it was decided about, for one window,
whatever became of the introduction; business is what began in that window, never what is promised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.introduction import IntroductionStatus

WINDOW_DAYS = 365  # business that starts within 12 months of the introduction counts (VALUE.md)
UNDECIDED = frozenset({IntroductionStatus.PROPOSED, IntroductionStatus.REJECTED})
"""Of these nobody has drawn whether they go out. Everything later is kept, the declined and the withdrawn too: whoever
drops them compares the willing with everybody."""


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """Of the decision log. `hold_out`: with which chance it was held out; `exempt`: policy leaves it alone, so that it
    is in neither arm. `eligible_ids`: the best of them."""

    need_id: str
    seeker_id: str | None
    decided_at: datetime
    held_out: bool
    hold_out: float
    exempt: bool
    shown_ids: tuple[str, ...]
    eligible_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecidedPair:
    """An introduction. `confidential`: of its need, which is never held out."""

    status: IntroductionStatus
    seeker_id: str
    provider_id: str
    created_at: datetime
    confidential: bool


@dataclass(frozen=True, slots=True)
class Business:
    """Between two customers, begun at a time."""

    seeker_id: str
    provider_id: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """What was drawn for at once: a need with whoever it was (or would have been) shown, or one pair. `hold_out`: with
    which chance it was held out, 0 where the log does not say. `next_ids`: eligible providers that followed in rank
    and were not shown, at most as many as were."""

    key: str
    seeker_id: str
    provider_ids: tuple[str, ...]
    at: datetime
    held_out: bool
    hold_out: float = 0.0
    next_ids: tuple[str, ...] = ()


def logged_units(decisions: Iterable[LoggedDecision]) -> list[Unit]:
    """Of each need its first decision: what was shown then is not unseen by the next."""
    found: dict[str, Unit] = {}
    for one in sorted(decisions, key=lambda one: one.decided_at):
        if one.exempt or one.seeker_id is None or not one.shown_ids or one.need_id in found:
            continue
        shown = set(one.shown_ids)
        following = tuple(provider for provider in one.eligible_ids if provider not in shown)[: len(shown)]
        found[one.need_id] = Unit(
            one.need_id, one.seeker_id, one.shown_ids, one.decided_at, one.held_out, one.hold_out, following
        )
    return list(found.values())


def paired_units(pairs: Iterable[DecidedPair]) -> list[Unit]:
    """Of each pair of customers its first introduction that was decided about."""
    found: dict[str, Unit] = {}
    for one in sorted(pairs, key=lambda one: one.created_at):
        key = f"{one.seeker_id} {one.provider_id}"
        if one.status in UNDECIDED or one.confidential or key in found:
            continue
        held_out = one.status is IntroductionStatus.HELD_OUT
        found[key] = Unit(key, one.seeker_id, (one.provider_id,), one.created_at, held_out)
    return list(found.values())


def ripe(units: Iterable[Unit], *, now: datetime, window: timedelta) -> list[Unit]:
    """Those whose window is over: younger ones have had less time for business."""
    return [one for one in units if one.at + window <= now]


@dataclass(frozen=True, slots=True)
class Begun:
    """When business of two customers began, by (seeker, provider)."""

    times: Mapping[tuple[str, str], Sequence[datetime]]
    window: timedelta

    @classmethod
    def of(cls, business: Iterable[Business], window: timedelta) -> "Begun":
        times: dict[tuple[str, str], list[datetime]] = {}
        for one in business:
            times.setdefault((one.seeker_id, one.provider_id), []).append(one.began_at)
        return cls(times, window)

    def any(self, unit: Unit, provider_ids: Iterable[str]) -> bool:
        """Whether the unit's seeker began business with one of these in the unit's window."""
        until = unit.at + self.window
        return any(
            unit.at <= began <= until for one in provider_ids for began in self.times.get((unit.seeker_id, one), ())
        )
