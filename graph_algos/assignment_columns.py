"""What an assignment reads and gives: candidate pairs, limits and the chosen pairs, as columns; checked once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph_algos.csr import Float64, Int32, Int64, frozen

Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """One line for each candidate of a need (`row`): int32[m] row and provider, and the probability in [0, 1] with
    which either side says yes, float64[m]. Their product is the surplus of the pair, what both gain. `accepted`
    float64[m], the probability that both say yes, is what a pair takes of a provider's capacity; None: the surplus."""

    row: Int32
    provider: Int32
    seeker_yes: Float64
    provider_yes: Float64
    accepted: Float64 | None = None

    @property
    def surplus(self) -> Float64:
        return self.seeker_yes * self.provider_yes

    @property
    def load(self) -> Float64:
        """Expected accepted introductions of the provider by each pair."""
        return self.surplus if self.accepted is None else self.accepted


@dataclass(frozen=True, slots=True)
class Limits:
    """`per_row` int32[rows] introductions of a need, `seeker` int32[rows] whose need it is, `out` int32[seekers] asks
    of a seeker over all needs, `incoming` int32[providers] asks to a provider, `capacity` float64[providers] expected
    accepted introductions (inf: no such limit), `newcomer` bool[providers] who has never been shown and gets `minimum`
    slots, at most one of each need, before anybody else."""

    per_row: Int32
    seeker: Int32
    out: Int32
    incoming: Int32
    capacity: Float64
    newcomer: Bool
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """`chosen` int64[k] lines of the pairs by row, best first; `reserved` bool[k] slots kept for newcomers; `strength`
    float64[m] what the policy ranks by."""

    chosen: Int64
    reserved: Bool
    strength: Float64


def checked(pairs: Pairs, limits: Limits) -> tuple[Pairs, Limits]:
    """Both as the kernels read them; ValueError for values out of range, unequal lengths or a pair listed twice."""
    given = Pairs(
        frozen(pairs.row, np.int32),
        frozen(pairs.provider, np.int32),
        frozen(pairs.seeker_yes, np.float64),
        frozen(pairs.provider_yes, np.float64),
        None if pairs.accepted is None else frozen(pairs.accepted, np.float64),
    )
    bounds = Limits(
        frozen(limits.per_row, np.int32),
        frozen(limits.seeker, np.int32),
        frozen(limits.out, np.int32),
        frozen(limits.incoming, np.int32),
        frozen(limits.capacity, np.float64),
        frozen(limits.newcomer, np.bool_),
        limits.minimum,
    )
    sizes = (len(bounds.per_row), len(bounds.incoming))
    _check_index(given.row, sizes[0])
    _check_index(given.provider, sizes[1])
    _check_index(bounds.seeker, len(bounds.out))
    lengths = {len(column) for column in (given.row, given.provider, given.seeker_yes, given.provider_yes)}
    lengths |= set() if given.accepted is None else {len(given.accepted)}
    same = {len(bounds.incoming), len(bounds.capacity), len(bounds.newcomer)}
    if len(lengths) > 1 or len(same) > 1 or len(bounds.seeker) != sizes[0]:
        raise ValueError("columns must be of equal length")
    for chance in (given.seeker_yes, given.provider_yes, given.load):
        if not ((chance >= 0.0) & (chance <= 1.0)).all():
            raise ValueError("a probability lies in [0, 1]")
    for limit in (bounds.per_row, bounds.out, bounds.incoming, bounds.capacity):
        if not (limit >= 0).all():
            raise ValueError("a limit must not be negative")
    if bounds.minimum < 0:
        raise ValueError("minimum must not be negative")
    lines = given.row.astype(np.int64) * sizes[1] + given.provider
    if len(np.unique(lines)) != len(lines):
        raise ValueError("a pair is listed twice")
    return given, bounds


def _check_index(index: Int32, size: int) -> None:
    if len(index) and (int(index.min()) < 0 or int(index.max()) >= size):
        raise ValueError("an index is out of range")


def first_of_each(keys: Int32, order: Int64, most: Int32) -> Int64:
    """The first `most[key]` lines of each key, in the given order."""
    by_key = np.argsort(keys, kind="stable")
    grouped = keys[by_key]
    place = np.arange(len(grouped)) - np.searchsorted(grouped, grouped, side="left")
    return order[by_key[place < most[grouped]]]
