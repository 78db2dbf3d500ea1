"""How far introductions come, where they are lost, and how long each stage takes.

An introduction is in one stage at a time; it has come as far as the furthest of its known moves, and at least as far as
its state takes: who was declined had been offered. Held-out ones were decided against by chance and are no loss.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from app.domain.introduction import MOVES, Introduction, IntroductionStatus
from graph_algos.survival import Median, median_span

_S = IntroductionStatus
STAGES = (_S.PROPOSED, _S.APPROVED, _S.OFFERED, _S.ACCEPTED_BY_ONE, _S.ACCEPTED, _S.INTRODUCED, _S.COMPLETED)
_LEAST: Mapping[IntroductionStatus, IntroductionStatus] = {
    _S.REJECTED: _S.PROPOSED,
    _S.HELD_OUT: _S.PROPOSED,
    _S.EXPIRED: _S.PROPOSED,
    _S.WITHDRAWN: _S.PROPOSED,
    _S.CANCELLED: _S.PROPOSED,
    _S.DECLINED: _S.OFFERED,
    _S.DISPUTED: _S.INTRODUCED,
}
_PLACE = {stage: place for place, stage in enumerate(STAGES)}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """`reached`: came as far. `here`: are in it now. `went_on`: came further. `lost`: ended here, by how. `days`: from
    entering it to leaving it, however; those that are in it now count as far as they have come. `timed`: of how many
    the time of entering is known."""

    name: IntroductionStatus
    reached: int
    here: int
    went_on: int
    lost: Mapping[str, int]
    days: Median
    timed: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """`held_out`: not introduced by chance, in none of the stages. `disputed`: among those introduced."""

    total: int
    held_out: int
    disputed: int
    stages: tuple[Stage, ...]

    def reached(self, name: IntroductionStatus) -> int:
        return next(one.reached for one in self.stages if one.name is name)


def funnel(introductions: Iterable[Introduction], now: datetime) -> Funnel:
    """O(n log n)."""
    found = _Found(now)
    for one in introductions:
        found.add(one)
    return found.funnel()


class _Found:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.states: Counter[IntroductionStatus] = Counter()
        self.furthest: Counter[int] = Counter()
        self.here: Counter[int] = Counter()
        self.lost: dict[int, Counter[str]] = {place: Counter() for place in range(len(STAGES))}
        self.spans: dict[int, list[tuple[float, bool]]] = {place: [] for place in range(len(STAGES))}

    def add(self, one: Introduction) -> None:
        self.states[one.status] += 1
        if one.status is _S.HELD_OUT:
            return
        places = [_PLACE[move.status] for move in one.known_moves if move.status in _PLACE]
        furthest = max([*places, _PLACE[_LEAST.get(one.status, one.status)]])
        self.furthest[furthest] += 1
        if one.status in _PLACE or one.status is _S.DISPUTED:
            self.here[_PLACE.get(one.status, _PLACE[_S.INTRODUCED])] += 1
        else:
            self.lost[furthest][str(one.status)] += 1
        self._time(one)

    def _time(self, one: Introduction) -> None:
        """Only where both moves are known: between two of which one is missing lies more than one stage."""
        for move, following in zip_longest(one.moves, one.moves[1:]):
            place = _PLACE.get(move.status)
            skipped = following is not None and following.status not in MOVES[move.status]
            if place is None or move.status is STAGES[-1] or skipped:
                continue
            until = self.now if following is None else following.at
            self.spans[place].append((max(0.0, (until - move.at) / _DAY), following is not None))

    def funnel(self) -> Funnel:
        return Funnel(
            total=self.states.total(),
            held_out=self.states[_S.HELD_OUT],
            disputed=self.states[_S.DISPUTED],
            stages=tuple(self._stage(place) for place in range(len(STAGES))),
        )

    def _stage(self, place: int) -> Stage:
        reached = sum(count for at, count in self.furthest.items() if at >= place)
        spans = self.spans[place]
        return Stage(
            name=STAGES[place],
            reached=reached,
            here=self.here[place],
            went_on=reached - self.furthest[place],
            lost=dict(sorted(self.lost[place].items())),
            days=_median(spans),
            timed=len(spans),
        )


def _median(spans: Sequence[tuple[float, bool]]) -> Median:
    return median_span([span for span, _ in spans], [over for _, over in spans])
