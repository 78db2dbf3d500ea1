"""From shortlists to columns of the matching kernel, and back to pairs: who is introduced for which need.

Columns, because 100,000 needs with fifty candidates each are five million lines.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.domain.assignment import AssignmentRules, Shortlist
from graph_algos.assignment import assign
from graph_algos.assignment_columns import Bool, Limits, Pairs
from graph_algos.csr import Float64, Int32, Int64
from graph_algos.exposure import Figures, measure


@dataclass(frozen=True, slots=True)
class Placed:
    """One introduction that was chosen; `place` 1 is the best of its need."""

    need_id: str
    seeker_id: str
    provider_id: str
    place: int
    score: float
    related: bool
    reserved: bool


@dataclass(frozen=True, slots=True)
class Assigned:
    """`lists`: figures of the best for each need without limits of providers. `measured`: free slots were filled by
    the calibrated chance that both accept."""

    placed: tuple[Placed, ...]
    figures: Figures
    lists: Figures
    measured: bool


class AssignmentBook:
    """Everybody who fits, need by need; in which order they are added changes nothing."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # of customers, as they come; a seeker may provide elsewhere
        self._room: dict[int, int] = {}
        self._needs: list[tuple[str, int]] = []
        self._lines: list[tuple[Int32, Float64, Bool, Float64]] = []

    def add(self, shortlist: Shortlist) -> None:
        fits = shortlist.fits
        self._needs.append((shortlist.need_id, self._number(shortlist.seeker_id)))
        providers = np.array([self._number(one.provider_id) for one in fits], dtype=np.int32)
        scores = np.array([one.score for one in fits], dtype=np.float64)
        related = np.array([one.related for one in fits], dtype=np.bool_)
        accepted = np.array([math.nan if one.accepted is None else one.accepted for one in fits], dtype=np.float64)
        self._lines.append((providers, scores, related, accepted))
        for number, one in zip(providers.tolist(), fits, strict=True):
            if one.room is not None:
                self._room[number] = min(one.room, self._room.get(number, one.room))

    def assigned(self, rules: AssignmentRules, newcomers: Collection[str]) -> Assigned:
        """No limit is broken; two customers are introduced once, for whichever side's need is the better match."""
        ids = sorted(self._numbers)
        places = np.empty(len(ids), dtype=np.int32)  # by number: where the customer stands among the ids
        places[[self._numbers[one] for one in ids]] = np.arange(len(ids))
        order = sorted(range(len(self._needs)), key=self._needs.__getitem__)
        needs = [self._needs[one][0] for one in order]
        seeker = places[[self._needs[one][1] for one in order]].astype(np.int32)
        pairs, related = self._pairs(order, places)
        kept = _stronger_direction(pairs, seeker)
        pairs, related = _of(pairs, kept), related[kept]
        # One rule for all: of two snapshots the former may have calibrated nothing.
        measured = rules.acceptance_rate == 1.0 and bool(len(pairs.row)) and not np.isnan(pairs.load).any()
        if not measured:
            pairs = replace(pairs, accepted=np.full(len(pairs.row), rules.acceptance_rate))
        limits = self._limits(rules, ids, seeker, newcomers)
        found = assign(pairs, limits, policy=rules.policy.value)
        lists = assign(pairs, limits, policy="reciprocal")
        count: dict[int, int] = {}
        placed = []
        for line, reserved in zip(found.chosen.tolist(), found.reserved.tolist(), strict=True):
            row, provider = int(pairs.row[line]), int(pairs.provider[line])
            count[row] = count.get(row, 0) + 1
            score = float(pairs.seeker_yes[line])
            names = (needs[row], ids[seeker[row]], ids[provider])
            placed.append(Placed(*names, count[row], score, bool(related[line]), reserved))
        return Assigned(tuple(placed), measure(pairs, limits, found), measure(pairs, limits, lists), measured)

    def _number(self, customer_id: str) -> int:
        return self._numbers.setdefault(customer_id, len(self._numbers))

    def _pairs(self, order: Sequence[int], places: Int32) -> tuple[Pairs, Bool]:
        """The fused score stands for what both gain; of the provider's side nothing is known that could be added."""
        lines = [self._lines[one] for one in order]
        sizes = np.array([len(line[0]) for line in lines], dtype=np.int64)
        row = np.repeat(np.arange(len(lines), dtype=np.int32), sizes)
        if not len(row):
            nothing = np.zeros(0)
            return Pairs(row, row, nothing, nothing, nothing), np.zeros(0, dtype=np.bool_)
        provider, score, related, accepted = (np.concatenate([line[column] for line in lines]) for column in range(4))
        return Pairs(row, places[provider], score, np.ones(len(row)), accepted), related

    def _limits(self, rules: AssignmentRules, ids: Sequence[str], seeker: Int32, newcomers: Collection[str]) -> Limits:
        out = np.full(len(ids), rules.asks_out, dtype=np.int32)
        incoming = np.full(len(ids), rules.asks_in, dtype=np.int32)
        where = {one: place for place, one in enumerate(ids)}
        for one in () if rules.event is None else rules.event.attendees:
            if one.customer_id in where:
                out[where[one.customer_id]] = one.asks_out
                incoming[where[one.customer_id]] = one.asks_in
        names, capacity = list(self._numbers), np.full(len(ids), np.inf)
        for number, room in self._room.items():
            capacity[where[names[number]]] = room
        new = np.zeros(len(ids), dtype=np.bool_)
        new[[where[one] for one in newcomers]] = True
        per_row = np.full(len(seeker), rules.places, dtype=np.int32)
        return Limits(per_row, seeker, out, incoming, capacity, new, rules.newcomer_minimum)


def _of(pairs: Pairs, lines: Int64) -> Pairs:
    yes = (pairs.seeker_yes[lines], pairs.provider_yes[lines], pairs.load[lines])
    return Pairs(pairs.row[lines], pairs.provider[lines], *yes)


def _stronger_direction(pairs: Pairs, seeker: Int32) -> Int64:
    """Lines without those whose two customers fit better the other way round: one introduction would bar the other."""
    if not len(pairs.row):
        return np.zeros(0, dtype=np.int64)
    asking = seeker[pairs.row].astype(np.int64)
    size = int(max(asking.max(), pairs.provider.max())) + 1
    directed, couple = np.unique(asking * size + pairs.provider, return_inverse=True)
    best = np.zeros(len(directed))
    np.maximum.at(best, couple, pairs.surplus)
    back = pairs.provider * np.int64(size) + asking
    other = np.searchsorted(directed, back) % len(directed)
    mine, theirs = best[couple], np.where(directed[other] == back, best[other], -1.0)
    loses = (theirs > mine) | ((theirs == mine) & (asking > pairs.provider))
    return np.flatnonzero(~loses)
