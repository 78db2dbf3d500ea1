"""What an evaluation is given: the past of one deployment, which of its needs are judged, and by which protocol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.analytics.replay import MetNeed, Replay

BLOCKS = 12


@dataclass(frozen=True, slots=True)
class Past:
    """`judged`: ids of the needs that figures are about; None: all that were met. The others are history only."""

    replay: Replay
    judged: frozenset[str] | None = None

    def is_judged(self, need: MetNeed) -> bool:
        return self.judged is None or need.id in self.judged


@dataclass(frozen=True, slots=True)
class Protocol:
    """`first`: share of the needs that is history only. `warm_up`: blocks that only teach and let the gate judge.
    `each_need`: known is what was known when the need was asked, as with a service whose snapshots are seconds old;
    otherwise what was known when its block began."""

    first: float
    warm_up: int
    each_need: bool

    def __str__(self) -> str:
        reported = "all are" if not self.warm_up else f"the last {BLOCKS - self.warm_up} are"
        known = "before each need was asked" if self.each_need else "before each block"
        history = f" after the first {self.first:.0%} of the needs" if self.first else ""
        return (
            f"Temporal: {BLOCKS} rolling blocks{history}, of which {reported} reported; ranked by what was known"
            f" {known}; models learn from what was known before each block, and earlier blocks also choose who serves;"
            " candidates ungated; 95 % bootstrap intervals over needs."
        )


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of data: its reader and its protocol."""

    read: Callable[[Path], Sequence[Past]]
    protocol: Protocol
