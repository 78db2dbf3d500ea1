"""V of each outcome in each of many draws of π, HR and modelled margin, rounded to minor units as in `score`.

A draw depends on the run's seed and the outcome's key only (`value_random`): partitions and the order of records change
nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_checks import BadRecord
from graph_algos.value_columns import (
    EXPECTED,
    LARGEST_AMOUNT,
    REALISED,
    Book,
    Floats,
    Ints,
    Minor,
    Parameters,
    Part,
    Ties,
)
from graph_algos.value_present import FINE, charges_type_two, present_values, sign_parts
from graph_algos.value_random import SECOND, beta_draw, normal
from graph_algos.value_retention import (
    Months,
    TieColumns,
    add_uplift,
    check_ties,
    months_of,
    protect,
    tie_columns,
)
from graph_algos.value_threads import in_ranges

MOST_DRAWS = 10_000
LARGEST_SIGMA = 3.0  # of a logarithm: a factor of 20 either way
# Positions of the counter: those of a π lie below 2 · SECOND, those of one gamma of it never reach SECOND.
MARGIN_AT, RATIO_AT, MODEL_AT = (np.uint64(k) * SECOND for k in (2, 3, 4))
ALL_OUTCOMES = np.uint64(0)  # the key of what one draw shares over all outcomes
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
    the margin model (mean 1) are errors that all outcomes of a draw share, `margin_sigma` (mean 1) is each one's."""

    seed: int
    draws: int = 200
    ratio_sigma: float = 0.0
    margin_sigma: float = 0.0
    model_sigma: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**64:
            raise ValueError("spread.seed: expected 0 to 2^64 - 1")
        if not 1 <= self.draws <= MOST_DRAWS:
            raise ValueError(f"spread.draws: expected 1 to {MOST_DRAWS}")
        for name in ("ratio_sigma", "margin_sigma", "model_sigma"):
            if not 0.0 <= getattr(self, name) <= LARGEST_SIGMA:
                raise ValueError(f"spread.{name}: expected 0 to {LARGEST_SIGMA:.0f}")


def beta_of_counts(anyway: Ints, otherwise: Ints) -> tuple[Floats, Floats]:
    """(a, b) of π after so many cases that would have happened anyway and so many that would not (Jeffreys' prior)."""
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


class _Odds(NamedTuple):
    key: NDArray[np.uint64]
    a: Floats
    b: Floats
    pi: Floats
    values: Floats  # [m, 6, 2] by FlowKind


class _Run(NamedTuple):
    seed: np.uint64
    relief: Floats  # [draws]: 1 − HR
    model: Floats  # [draws]: the margin model's factor
    margin_sigma: float
    charge: bool
    strict: bool


class _Retention(NamedTuple):
    ties: TieColumns  # in the order of outcomes
    start: NDArray[np.int64]  # [m + 1]
    months: Months


def draw_values(
    book: Book, parameters: Parameters, chances: Chances, spread: Spread, *, ties: Ties | None = None
) -> Minor:
    """V of each outcome in each draw, int64[m, draws] minor units, half-even. `book` has passed `check`.

    Drawn: π; HR, for all ties; the factor of what is modelled of the business, i.e. of its expected margin, serving
    cost and retention. Raises `BadRecord`. O(flows + m · draws + ties · T · draws); 8 · m · draws bytes.
    """
    _check_chances(chances, len(book.outcomes.kind))
    odds = _Odds(
        np.ascontiguousarray(chances.key, np.uint64),
        np.ascontiguousarray(chances.a, np.float64),
        np.ascontiguousarray(chances.b, np.float64),
        np.ascontiguousarray(book.outcomes.pi, np.float64),
        present_values(book.flows, book.outcomes, parameters),
    )
    run, retention = _run(parameters, spread), _retention(book, parameters, ties)
    out = np.empty((len(odds.key), spread.draws), np.int64)
    load = np.arange(len(odds.key) + 1) * spread.draws
    bad = in_ranges(lambda first, last: int(_draw_range((first, last), odds, run, retention, out)), len(out), load=load)
    if max(bad) >= 0:
        raise BadRecord("outcomes", min(o for o in bad if o >= 0), "value", "at most 2^53 minor units in each draw")
    return out


def _check_chances(chances: Chances, m: int) -> None:
    if any(np.shape(column) != (m,) for column in (chances.key, chances.a, chances.b)):
        raise ValueError("chances: expected one row an outcome")
    bad = ~(np.isfinite(chances.a) & np.isfinite(chances.b) & (chances.a >= 0.0) & (chances.b >= 0.0))
    bad |= (np.asarray(chances.a) > 0.0) != (np.asarray(chances.b) > 0.0)
    if bad.any():
        raise BadRecord("chances", int(np.argmax(bad)), "a", "finite a and b, both above 0 or both 0")


def _run(parameters: Parameters, spread: Spread) -> _Run:
    seed = np.uint64(spread.seed)
    ratio = parameters.hazard_ratio * np.exp(spread.ratio_sigma * _shared(seed, spread.draws, RATIO_AT))
    sigma = spread.model_sigma
    model = np.exp(sigma * _shared(seed, spread.draws, MODEL_AT) - sigma * sigma / 2.0)
    strict = parameters.strict_kumar
    return _Run(seed, 1.0 - ratio, model, spread.margin_sigma, charges_type_two(parameters), strict)


@njit(cache=True, nogil=True)
def _shared(seed: int, draws: int, position: int) -> Floats:
    out = np.empty(draws)
    for d in range(draws):
        out[d] = normal(seed, ALL_OUTCOMES, np.uint64(d), position)
    return out


def _retention(book: Book, parameters: Parameters, ties: Ties | None) -> _Retention:
    m = len(book.outcomes.kind)
    given = ties or Ties(np.empty(0, np.int64), *(np.empty((0, 1)) for _ in range(3)), np.empty(0, np.int64))
    check_ties(given, book.outcomes, parameters)
    order = np.argsort(given.outcome, kind="stable")
    columns = (np.asarray(getattr(given, name))[order] for name in Ties.__dataclass_fields__)
    start = np.zeros(m + 1, np.int64)
    np.cumsum(np.bincount(np.asarray(given.outcome, np.int64), minlength=m), out=start[1:])
    return _Retention(tie_columns(Ties(*columns)), start, months_of(book.outcomes, parameters))


@njit(cache=True, nogil=True)
def _draw_range(rows: tuple[int, int], odds: _Odds, run: _Run, retention: _Retention, out: Minor) -> int:
    """Outcomes of one range; answers the first one too large for money in a draw, or −1."""
    draws = out.shape[1]
    parts, uplift = np.zeros((6, 2)), np.zeros((2, draws))
    for o in range(rows[0], rows[1]):
        if not _uplifts(o, retention, run.relief, uplift):
            return o
        key, sigma = odds.key[o], run.margin_sigma
        for d in range(draws):
            draw = np.uint64(d)
            pi = odds.pi[o] if odds.a[o] == 0.0 else beta_draw(odds.a[o], odds.b[o], run.seed, key, draw)
            if run.strict:
                pi = 1.0 if pi > 0.5 else 0.0
            scale = run.model[d]
            if sigma > 0.0:
                scale *= np.exp(sigma * normal(run.seed, key, draw, MARGIN_AT) - sigma * sigma / 2.0)
            sign_parts(odds.values[o], pi, run.charge, parts)
            parts[_RETENTION, REALISED], parts[_RETENTION, EXPECTED] = uplift[0, d], uplift[1, d]
            for part in (_MARGIN, _SERVING, _RETENTION):
                parts[part, EXPECTED] *= scale
            value = _total(parts)
            if not abs(value) <= LARGEST_AMOUNT:
                return o
            out[o, d] = np.int64(np.rint(value))
    return -1


@njit(cache=True, nogil=True)
def _total(parts: Floats) -> float:
    """From left to right, as `round_parts` sums."""
    total = 0.0
    for part in range(parts.shape[0]):
        for time in range(parts.shape[1]):
            total += parts[part, time]
    return total


@njit(cache=True, nogil=True)
def _uplifts(outcome: int, retention: _Retention, relief: Floats, uplift: Floats) -> bool:
    """ΣU of one outcome by time and draw; false if one is too large."""
    first, last = retention.start[outcome], retention.start[outcome + 1]
    uplift[:] = 0.0
    if first == last or not retention.months.counts[outcome]:
        return True
    width = retention.months.end.shape[1]
    gain, spared = np.empty((last - first, width)), np.empty((last - first, width))
    for k in range(first, last):
        protect(k, retention.ties, retention.months, gain[k - first], spared[k - first])
    past = retention.months.past[retention.months.row[outcome]]
    limbs = np.empty((2, 2), np.int64)
    for d in range(len(relief)):
        limbs[:] = 0
        for k in range(last - first):
            if not add_uplift(gain[k, :past], spared[k, :past], relief[d], limbs[0]):
                return False
            if not add_uplift(gain[k, past:], spared[k, past:], relief[d], limbs[1]):
                return False
        for time in range(2):
            uplift[time, d] = limbs[time, 0] + limbs[time, 1] / FINE
    return True
