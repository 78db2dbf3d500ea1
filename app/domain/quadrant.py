"""The 2×2 of lifetime value and referral value (Kumar, Petersen & Leone, HBR 2007), and the next move in each part."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median_low


class Quadrant(StrEnum):
    CHAMPIONS = "champions"
    AFFLUENTS = "affluents"
    ADVOCATES = "advocates"
    MISERS = "misers"


NEXT_MOVES = {
    Quadrant.CHAMPIONS: "Keep both: first call on introductions, a named officer, thanks for what came of them.",
    Quadrant.AFFLUENTS: "Ask for a first introduction: good business here, no or little of it brought to others yet.",
    Quadrant.ADVOCATES: "Offer more of the operator's own business: brings others, and buys little itself.",
    Quadrant.MISERS: "Meet one open need well before asking for anything: neither buys much nor brings others yet.",
}


@dataclass(frozen=True, slots=True)
class Cuts:
    """At or above a cut is high; minor units. None: nothing to cut, as nobody has a value of that sort."""

    clv_minor: int | None
    crv_minor: int | None


def cuts_of(clv: Iterable[int], crv: Iterable[int]) -> Cuts:
    """The median of lifetime values, and that of the referral values that are not 0; of two middle ones the lower.

    >>> cuts_of([5, 1, 9, 7], [0, 0, 4, 2, 3])
    Cuts(clv_minor=5, crv_minor=3)
    """
    lifetimes, brought = list(clv), [one for one in crv if one != 0]
    return Cuts(median_low(lifetimes) if lifetimes else None, median_low(brought) if brought else None)


def quadrant_of(clv: int | None, crv: int, cuts: Cuts) -> Quadrant | None:
    """None: the lifetime value is not known."""
    if clv is None or cuts.clv_minor is None:
        return None
    brings = crv != 0 and cuts.crv_minor is not None and crv >= cuts.crv_minor
    if clv >= cuts.clv_minor:
        return Quadrant.CHAMPIONS if brings else Quadrant.AFFLUENTS
    return Quadrant.ADVOCATES if brings else Quadrant.MISERS
