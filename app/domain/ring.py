"""Rings of needs: customers who can each fill the need of the one before."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RingLeg:
    """A suggestion in its own right: `score` is what it has without the ring, `score_in_ring` with the ring's bonus."""

    need_id: str
    seeker_id: str
    seeker_name: str
    provider_id: str
    provider_name: str
    score: float
    score_in_ring: float


@dataclass(frozen=True, slots=True)
class NeedRing:
    """`legs[i].provider_id` is `legs[i + 1].seeker_id`, the last one's the first's. `weakest`: its lowest score."""

    legs: tuple[RingLeg, ...]
    weakest: float


@dataclass(frozen=True, slots=True)
class RingSet:
    """`none_because` is filled exactly when there is no ring. Who has not consented is only counted, once for each need
    it could have filled. `complete`: every need within reach was looked at. `next_after`: the need to go on after, for
    a portfolio that is looked at part by part."""

    rings: tuple[NeedRing, ...]
    needs: int
    blocked_by_consent: int
    none_because: str | None
    complete: bool
    next_after: str | None
