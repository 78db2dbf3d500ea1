"""Who is introduced to whom when many ask at once and a provider can answer only so many: pairs in, pairs out.

Invariant: what `assign` chooses under the policies "transferable" and "greedy" breaks no limit, ever; "reciprocal" is
what lists without limits would show, for comparison only.
"""

from __future__ import annotations

from typing import Literal

import numba
import numpy as np

from graph_algos.assignment_columns import Assignment, Bool, Limits, Pairs, checked, first_of_each
from graph_algos.csr import Float64, Int32, Int64

Policy = Literal["transferable", "greedy", "reciprocal"]
TEMPERATURE = 0.1  # of the mean best surplus of a row: within 1 % of the integral optimum where that was computed
ITERATIONS = 500  # of the fixed point; 20 to 80 are enough at the default temperature
TOLERANCE = 1e-9  # of a marginal
CAPACITY_ROUNDS = 3  # after so many the rounding alone keeps expected acceptances below capacity
SMALLEST = 1e-9  # expected acceptance that capacity is divided by
LARGEST_EXPONENT = 300.0  # e^300 times e^300 is still a float64


def assign(
    pairs: Pairs, limits: Limits, *, policy: Policy = "transferable", temperature: float = TEMPERATURE
) -> Assignment:
    """The pairs to introduce: each seeker-provider pair at most once, ties by the smaller line.

    "transferable" is the stable matching with transferable utility of Choo and Siow (2006): with surplus Φ and masses
    s of rows, c of providers, μ_ij = a_i b_j exp(Φ_ij / 2T), where a_i² + Σ_j μ_ij = s_i and b_j² + Σ_i μ_ij = c_j
    have one solution (Decker, Lieb, McCann, Stephens 2013). It is found by solving each quadratic in turn (IPFP:
    Galichon, Salanié 2022; for recommendation: Tomita et al., RecSys 2022), O(m) an iteration on the candidate pairs
    alone, and rounded by taking pairs in the order of μ while every limit holds. "greedy" does the same in the order
    of the surplus. "reciprocal" gives each row its best by surplus, whatever the providers' limits.

    Pairs of surplus 0 are never chosen. Raises ValueError for lengths, indices, probabilities or limits out of range,
    and for a pair that is listed twice.

    >>> pairs = Pairs(*(np.array(c) for c in ([0, 0, 1], [0, 1, 0], [0.9, 0.5, 0.8], [0.9, 0.9, 0.5])))
    >>> one = np.ones(2, dtype=np.int32)
    >>> limits = Limits(one, np.arange(2), one, one, np.full(2, np.inf), np.zeros(2, dtype=bool))
    >>> assign(pairs, limits).chosen.tolist(), assign(pairs, limits, policy="greedy").chosen.tolist()
    ([1, 2], [0])
    """
    if policy not in ("transferable", "greedy", "reciprocal"):
        raise ValueError("policy must be transferable, greedy or reciprocal")
    if not 0.0 < temperature < np.inf:
        raise ValueError("temperature must be positive and finite")
    given, bounds = checked(pairs, limits)
    surplus = given.surplus
    strength = surplus
    if policy == "transferable":
        strength = _transferable(given, bounds, temperature)
    order = np.lexsort((given.provider, given.row, -strength))
    order = order[surplus[order] > 0.0].astype(np.int64)
    if policy == "reciprocal":
        return _sorted(given, first_of_each(given.row[order], order, bounds.per_row), strength, 0)
    couple = bounds.seeker[given.row].astype(np.int64) * len(bounds.incoming) + given.provider
    _, couple = np.unique(couple, return_inverse=True)
    room = _Room(bounds, couple.astype(np.int64))
    chosen = np.zeros(len(order), dtype=np.int64)
    reserved = _reserve(order, given, room, _newcomers(given, bounds), chosen)
    total = _fill(order, given, room, chosen, reserved)
    return _sorted(given, chosen[:total], strength, reserved)


class _Room:
    """What is still free of every limit, changed in place by the kernels."""

    def __init__(self, limits: Limits, couple: Int64) -> None:
        self.row = limits.per_row.copy()
        self.out = limits.out.copy()
        self.incoming = limits.incoming.copy()
        self.capacity = limits.capacity.copy()
        self.seeker = limits.seeker
        self.couple = couple
        self.met = np.zeros(len(couple), dtype=np.bool_)
        self.reserves = limits.minimum


def _reserve(order: Int64, pairs: Pairs, room: _Room, newcomers: Int32, chosen: Int64) -> int:
    if not len(newcomers) or not room.reserves:
        return 0
    starts, lines = _by_provider(order, pairs.provider, len(room.incoming))
    return int(
        _reserve_kernel(
            (newcomers, starts, lines, room.reserves),
            (pairs.row, pairs.provider, pairs.load),
            (room.row, room.out, room.incoming, room.capacity, room.seeker, room.couple, room.met),
            chosen,
        )
    )


def _fill(order: Int64, pairs: Pairs, room: _Room, chosen: Int64, held: int) -> int:
    """First one introduction for each need, then the others."""
    free = (room.row, room.out, room.incoming, room.capacity, room.seeker, room.couple, room.met)
    whole = room.row.copy()
    has = np.zeros(len(whole), dtype=np.bool_)
    has[pairs.row[chosen[:held]]] = True
    room.row[:] = np.where(has, 0, np.minimum(whole, 1))
    first = room.row.copy()
    lines = (pairs.row, pairs.provider, pairs.load)
    held = _fill_kernel(order, lines, free, chosen, held)
    room.row[:] = whole - (first - room.row)
    return int(_fill_kernel(order, lines, free, chosen, held))


def _newcomers(pairs: Pairs, limits: Limits) -> Int32:
    """Whoever has the fewest needs to be shown for comes first."""
    count = np.bincount(pairs.provider, minlength=len(limits.incoming))
    found = np.flatnonzero(limits.newcomer & (count > 0)).astype(np.int32)
    return found[np.argsort(count[found], kind="stable")]


def _sorted(pairs: Pairs, chosen: Int64, strength: Float64, reserved: int) -> Assignment:
    """By row, then the larger surplus, then the smaller provider."""
    kept = np.arange(len(chosen)) < reserved
    order = np.lexsort((pairs.provider[chosen], -pairs.surplus[chosen], pairs.row[chosen]))
    return Assignment(chosen[order], kept[order], strength)


def _by_provider(order: Int64, provider: Int32, count: int) -> tuple[Int64, Int64]:
    grouped = np.argsort(provider[order], kind="stable")
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(provider[order], minlength=count), out=starts[1:])
    return starts, order[grouped]


def _transferable(pairs: Pairs, limits: Limits, temperature: float) -> Float64:
    """μ of every pair, in the order of the pairs."""
    m, rows, surplus = len(pairs.row), len(limits.per_row), pairs.surplus
    if not m:
        return np.zeros(0)
    order = np.lexsort((pairs.provider, pairs.row))
    starts = np.zeros(rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(pairs.row, minlength=rows), out=starts[1:])
    best = np.zeros(rows)
    np.maximum.at(best, pairs.row, surplus)
    best = np.sort(best[best > 0.0])  # summed in one order, whatever the order of rows
    if not len(best):
        return np.zeros(m)
    scale = max(2.0 * temperature * float(best.mean()), float(surplus.max()) / LARGEST_EXPONENT)
    pull = np.where(surplus > 0.0, np.exp(surplus / scale), 0.0)[order]
    provider = pairs.provider[order]
    wanted = np.bincount(limits.seeker, limits.per_row, minlength=len(limits.out))
    share = np.minimum(1.0, limits.out / np.maximum(wanted, 1.0))
    row_mass = limits.per_row.astype(np.float64) * share[limits.seeker]
    load = pairs.load[order]
    mean = np.bincount(provider, load, minlength=len(limits.incoming)) / np.maximum(
        np.bincount(provider, minlength=len(limits.incoming)), 1
    )
    provider_mass = np.minimum(limits.incoming, limits.capacity / np.maximum(mean, SMALLEST))
    flow = np.zeros(m)
    for _ in range(CAPACITY_ROUNDS):
        _ipfp(starts, provider, pull, (row_mass, provider_mass), flow)
        taken = np.bincount(provider, flow * load, minlength=len(provider_mass))
        over = taken > limits.capacity * (1.0 + TOLERANCE)
        if not over.any():
            break
        provider_mass[over] *= limits.capacity[over] / taken[over]
    strength = np.zeros(m)
    strength[order] = _even(flow)
    return strength


def _even(values: Float64) -> Float64:
    """Nine significant digits: the rest depends on the order of sums, and must not decide."""
    size = np.where(values > 0.0, 10.0 ** (8.0 - np.floor(np.log10(np.maximum(values, 1e-290)))), 1.0)
    return np.rint(values * size) / size


@numba.njit(cache=True, nogil=True)
def _ipfp(starts: Int64, provider: Int32, pull: Float64, masses: tuple[Float64, Float64], flow: Float64) -> int:
    """a = 2s / (S + √(S² + 4s)) with S = Σ_j K b_j, then b likewise, until a stays; the form has no cancellation."""
    row_mass, provider_mass = masses
    a, b = np.sqrt(row_mass), np.sqrt(provider_mass)
    done = ITERATIONS
    for iteration in range(ITERATIONS):
        moved = 0.0
        received = np.zeros(b.size)
        for row in range(a.size):
            total = 0.0
            for line in range(starts[row], starts[row + 1]):
                total += pull[line] * b[provider[line]]
            root = total + np.sqrt(total * total + 4.0 * row_mass[row])
            value = 2.0 * row_mass[row] / root if root > 0.0 else 0.0
            moved = max(moved, abs(value - a[row]) / max(value, 1e-300))
            a[row] = value
            for line in range(starts[row], starts[row + 1]):
                received[provider[line]] += pull[line] * value
        for other in range(b.size):
            root = received[other] + np.sqrt(received[other] * received[other] + 4.0 * provider_mass[other])
            b[other] = 2.0 * provider_mass[other] / root if root > 0.0 else 0.0
        if moved <= TOLERANCE:
            done = iteration
            break
    for row in range(a.size):
        for line in range(starts[row], starts[row + 1]):
            flow[line] = a[row] * b[provider[line]] * pull[line]
    return done


_Free = tuple[Int32, Int32, Int32, Float64, Int32, Int64, Bool]
_Lines = tuple[Int32, Int32, Float64]


@numba.njit(cache=True, nogil=True)
def _take(line: int, pairs: _Lines, free: _Free) -> bool:
    """Takes a pair if every limit has room for it."""
    rows, providers, expected = pairs
    per_row, out, incoming, capacity, seekers, couple, met = free
    row, other = rows[line], providers[line]
    seeker = seekers[row]
    if per_row[row] <= 0 or out[seeker] <= 0 or incoming[other] <= 0 or met[couple[line]]:
        return False
    if expected[line] > capacity[other] + 1e-12:
        return False
    per_row[row] -= 1
    out[seeker] -= 1
    incoming[other] -= 1
    capacity[other] -= expected[line]
    met[couple[line]] = True
    return True


@numba.njit(cache=True, nogil=True)
def _fill_kernel(order: Int64, pairs: _Lines, free: _Free, chosen: Int64, held: int) -> int:
    for line in order:
        if _take(line, pairs, free):
            chosen[held] = line
            held += 1
    return held


@numba.njit(cache=True, nogil=True)
def _reserve_kernel(newcomers: tuple[Int32, Int64, Int64, int], pairs: _Lines, free: _Free, chosen: Int64) -> int:
    """Each newcomer in turn takes its strongest needs that have given no slot to a newcomer yet."""
    who, starts, lines, minimum = newcomers
    given = np.zeros(free[0].size, dtype=np.bool_)
    held = 0
    for other in who:
        got = 0
        for at in range(starts[other], starts[other + 1]):
            if got >= minimum:
                break
            line = lines[at]
            row = pairs[0][line]
            if not given[row] and _take(line, pairs, free):
                given[row] = True
                chosen[held] = line
                held += 1
                got += 1
    return held
