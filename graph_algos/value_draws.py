"""Draws of what is uncertain about the value of outcomes: π of each, HR and the margin model of all of them.

A draw depends on the run's seed and the outcome's id only (`value_random`): partitions, threads and the order of
records change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_checks import BadRecord
from graph_algos.value_columns import (
    EXPECTED,
    KIND_OF_PART,
    LARGEST_AMOUNT,
    Book,
    Floats,
    Ints,
    Parameters,
    Part,
    Ties,
)
from graph_algos.value_present import charges_type_two, present_values, sign_parts, used_pi
from graph_algos.value_random import SECOND, Word, beta_draw, normal
from graph_algos.value_retention import uplifts
from graph_algos.value_threads import in_ranges

MOST_DRAWS = 10_000
LARGEST_SIGMA = 3.0  # of a logarithm: a factor of 20 either way
# Positions of the counter: those of a π lie below 2 · SECOND, for those of one gamma of it never reach SECOND.
RATIO_AT, MODEL_AT = Word(2) * SECOND, Word(3) * SECOND
ALL_OUTCOMES = Word(0)  # the key of what one draw shares over all outcomes
_MARGIN, _SERVING, _RETENTION = int(Part.MARGIN), int(Part.SERVING), int(Part.RETENTION)


@dataclass(frozen=True, slots=True)
class Chances:
    """π ~ Beta(a, b) of each outcome, float64[m]; a = b = 0 means π as given. Grade D is the prior Beta(2, 2).

    `key` uint64[m] names the outcome whatever its place among the records; outcomes that rest on one and the same
    estimate share its key and so its errors.
    """

    key: NDArray[np.uint64]
    a: Floats
    b: Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """How many draws, of what. Standard deviations of logarithms: `ratio_sigma` of HR (median HR) and `model_sigma` of
    the margin model (mean 1). Each is one uncertain parameter, drawn once for all outcomes of a draw."""

    seed: int
    draws: int = 200
    ratio_sigma: float = 0.0
    model_sigma: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**64:
            raise ValueError("spread.seed: expected 0 to 2^64 - 1")
        if not 1 <= self.draws <= MOST_DRAWS:
            raise ValueError(f"spread.draws: expected 1 to {MOST_DRAWS}")
        for name in ("ratio_sigma", "model_sigma"):
            if not 0.0 <= getattr(self, name) <= LARGEST_SIGMA:
                raise ValueError(f"spread.{name}: expected 0 to {LARGEST_SIGMA:.0f}")


class Draws(NamedTuple):
    """What differs between draws; column 0 of each is the point estimate that `score` uses, 1 … k are the draws.

    `pi` float64[m, 1 + k]; `model` float64[1 + k] multiplies what is modelled, i.e. expected margin, serving cost and
    retention; `uplift` float64[t, 1 + k] is ΣU of the outcomes with ties, `tied` int64[m] their row in it, −1 for none.
    `values` float64[m, 6, 2] are present values by FlowKind and time, the same in all draws.
    """

    pi: Floats
    model: Floats
    uplift: Floats
    tied: NDArray[np.int64]
    values: Floats
    charge: bool


def keys_of(ids: Iterable[str]) -> NDArray[np.uint64]:
    """The key of each outcome from its id: eight bytes of BLAKE2b, the same on every machine.

    >>> keys_of(["a", "b", "a"]).tolist()
    [3405396810240292928, 8453121595177857668, 3405396810240292928]
    """
    digests = b"".join(blake2b(one.encode(), digest_size=8).digest() for one in ids)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def beta_of_counts(anyway: Ints, otherwise: Ints) -> tuple[Floats, Floats]:
    """(a, b) of π after so many cases that would have happened anyway and so many that would not (Jeffreys' prior).

    >>> beta_of_counts(np.array([3]), np.array([7]))
    (array([3.5]), array([7.5]))
    """
    return np.asarray(anyway, np.float64) + 0.5, np.asarray(otherwise, np.float64) + 0.5


def beta_of_interval(pi: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """(a, b) with mean π and the standard deviation of a 95 % interval; no width, or π of 0 or 1: (0, 0), as given.

    >>> [round(float(x), 2) for pair in beta_of_interval(*(np.array([x]) for x in (0.5, 0.3, 0.7))) for x in pair]
    [11.5, 11.5]
    """
    deviation = (np.asarray(high) - low) / (2 * 1.959964)
    room = np.asarray(pi) * (1.0 - np.asarray(pi))
    known = (deviation <= 0.0) | (room <= 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(known, 0.0, np.maximum(room / deviation**2 - 1.0, 1e-3))  # wider than any Beta: near 0 or 1
    return np.asarray(size * pi, np.float64), np.asarray(size * (1.0 - np.asarray(pi)), np.float64)


def draw(book: Book, parameters: Parameters, chances: Chances, spread: Spread, *, ties: Ties | None = None) -> Draws:
    """Draws for `intervals`, beside the point estimate that `score` makes of the same `book`, which has passed `check`,
    and of `retention_uplift(ties, …)`.

    Raises `BadRecord`. O(flows + m · draws + ties · T · draws); 8 · (m + outcomes with ties) · draws bytes.
    """
    _check_chances(chances, len(book.outcomes.kind))
    pi = _drawn_pi(book, parameters, chances, spread)
    sigma = spread.model_sigma
    model = np.exp(sigma * _shared(spread, MODEL_AT) - sigma * sigma / 2.0)
    model[0] = 1.0
    uplift, tied = _drawn_uplifts(book, parameters, spread, ties)
    values = present_values(book.flows, book.outcomes, parameters)
    most = np.abs(values).sum(axis=(1, 2))
    most[tied >= 0] += np.abs(uplift).max(axis=1, initial=0.0)
    large = ~(most * model.max() <= LARGEST_AMOUNT)
    if large.any():
        raise BadRecord("outcomes", int(np.argmax(large)), "value", "at most 2^53 minor units in each draw")
    return Draws(pi, model, uplift, tied, values, charges_type_two(parameters))


def _check_chances(chances: Chances, m: int) -> None:
    if any(np.shape(column) != (m,) for column in (chances.key, chances.a, chances.b)):
        raise ValueError("chances: expected one row an outcome")
    bad = ~(np.isfinite(chances.a) & np.isfinite(chances.b) & (chances.a >= 0.0) & (chances.b >= 0.0))
    bad |= (np.asarray(chances.a) > 0.0) != (np.asarray(chances.b) > 0.0)
    if bad.any():
        raise BadRecord("chances", int(np.argmax(bad)), "a", "finite a and b, both above 0 or both 0")


def _shared(spread: Spread, position: Word) -> Floats:
    """A standard normal for each draw, the same for all outcomes; 0 for the point estimate. float64[1 + draws]."""
    seed = Word(spread.seed)
    return np.array([0.0, *(normal(seed, ALL_OUTCOMES, Word(d), position) for d in range(1, spread.draws + 1))])


def _drawn_pi(book: Book, parameters: Parameters, chances: Chances, spread: Spread) -> Floats:
    out = np.empty((len(chances.key), 1 + spread.draws))
    out[:, :] = np.asarray(book.outcomes.pi, np.float64)[:, None]
    odds = _Odds(
        np.ascontiguousarray(chances.key, np.uint64),
        np.ascontiguousarray(chances.a, np.float64),
        np.ascontiguousarray(chances.b, np.float64),
    )
    load = np.arange(len(out) + 1) * spread.draws
    in_ranges(lambda first, last: _draw_pi((first, last), odds, Word(spread.seed), out), len(out), load=load)
    return used_pi(out, parameters)


class _Odds(NamedTuple):
    key: NDArray[np.uint64]
    a: Floats
    b: Floats


@njit(cache=True, nogil=True)
def _draw_pi(rows: tuple[int, int], odds: _Odds, seed: Word, out: Floats) -> None:
    for o in range(rows[0], rows[1]):
        if odds.a[o] > 0.0:
            for d in range(1, out.shape[1]):
                out[o, d] = beta_draw(odds.a[o], odds.b[o], seed, odds.key[o], Word(d))


def _drawn_uplifts(
    book: Book, parameters: Parameters, spread: Spread, ties: Ties | None
) -> tuple[Floats, NDArray[np.int64]]:
    """ΣU float64[t, 1 + draws] of the t outcomes with ties, and each outcome's row in it."""
    tied = np.full(len(book.outcomes.kind), -1, np.int64)
    if ties is None:
        return np.empty((0, 1 + spread.draws)), tied
    relief = 1.0 - parameters.hazard_ratio * np.exp(spread.ratio_sigma * _shared(spread, RATIO_AT))
    found, out = uplifts(ties, book.outcomes, parameters, relief)
    tied[found] = np.arange(len(found))
    return out, tied


@njit(cache=True, nogil=True)
def drawn_cells(outcome: int, d: int, draws: Draws, parts: Floats, cells: Floats) -> None:
    """V of one outcome in draw d by kind and time, whole minor units: float64[10] that sum to V, half-even.

    Each cell is what the rounded running sum grows by, so that they sum exactly. `parts` float64[6, 2] is scratch.
    """
    sign_parts(draws.values[outcome], draws.pi[outcome, d], draws.charge, parts)
    parts[_RETENTION, EXPECTED] = draws.uplift[draws.tied[outcome], d] if draws.tied[outcome] >= 0 else 0.0
    for part in (_MARGIN, _SERVING, _RETENTION):
        parts[part, EXPECTED] *= draws.model[d]
    cells[:] = 0.0
    running, before = 0.0, 0.0
    for part in range(parts.shape[0]):
        for time in range(2):
            running += parts[part, time]
            after = np.rint(running)
            cells[2 * KIND_OF_PART[part] + time] += after - before
            before = after
