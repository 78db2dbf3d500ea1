"""Intervals of referral value from drawn values of outcomes: of each customer, of any set of them, of the portfolio.

Invariant: every draw conserves in minor units, for V of an outcome is split by largest remainder as in `score`. What
is shared by customers is summed in each draw before any quantile is taken: quantiles do not add.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_allocation import largest_remainder
from graph_algos.value_columns import Book, Bools, Floats, Minor, OutcomeKind, ValueTable
from graph_algos.value_threads import in_ranges


@dataclass(frozen=True, slots=True)
class Intervals:
    """`row` int64[r]: rows of the `ValueTable` with a credit, the only ones with an interval. `crv` int64[r, 2, 3]:
    OutcomeKind × (low, median, high). `portfolio` int64[3, 3]: all referrals, all introductions, both together, from
    the summed draws."""

    row: NDArray[np.int64]
    crv: Minor
    portfolio: Minor


class _Ledger(NamedTuple):
    """Credits by outcome and by row of the table."""

    outcome: NDArray[np.int64]  # of each credit, ascending
    weight: Floats
    start: NDArray[np.int64]  # [m + 1]: credits of an outcome
    kind: NDArray[np.int64]  # of each outcome
    by_row: NDArray[np.int64]  # credits in the order of rows
    row_start: NDArray[np.int64]  # [r + 1]: into `by_row`


def intervals(table: ValueTable, book: Book, values: Minor, *, level: float = 0.9) -> Intervals:
    """Low, median and high of each row of `table` that has a credit, and of all outcomes together.

    `values` int64[m, draws] is what `draw_values` gives for the same book. The p-quantile of k draws is the ⌈p·k⌉-th
    smallest (Hyndman & Fan 1996, type 1): an amount that was drawn. `level` 0.9 is from 5 % to 95 %.
    O(credits · draws · contributors of an outcome) on all cores; rows without a credit cost nothing.
    """
    if not 0.0 < level < 1.0:
        raise ValueError("level: expected a number between 0 and 1")
    row, ledger = _ledger(table, book)
    picks = _picks(values.shape[1], level)
    out = np.zeros((len(row), len(OutcomeKind), len(picks)), np.int64)
    load = ledger.row_start * values.shape[1]
    in_ranges(lambda first, last: _quantiles((first, last), ledger, values, picks, out), len(row), load=load)
    kinds = np.asarray(book.outcomes.kind)
    sums = [values[kinds == kind].sum(axis=0) for kind in OutcomeKind]
    portfolio = np.sort(np.stack([*sums, sums[0] + sums[1]]), axis=1)[:, picks]
    return Intervals(row, out, np.asarray(portfolio, np.int64))


def summed_draws(table: ValueTable, book: Book, values: Minor, chosen: Bools) -> Minor:
    """What chosen rows of `table` (bool[n + 2]) got together in each draw, int64[2, draws] by OutcomeKind: the draws of
    a segment, whose interval is theirs and not a sum of its customers' intervals."""
    row, ledger = _ledger(table, book)
    samples = np.zeros((len(OutcomeKind), values.shape[1]), np.int64)
    scratch = _scratch(ledger)
    for k in np.flatnonzero(chosen[row]):
        _sample(ledger.by_row[ledger.row_start[k] : ledger.row_start[k + 1]], ledger, values, scratch, samples)
    return samples


def _ledger(table: ValueTable, book: Book) -> tuple[NDArray[np.int64], _Ledger]:
    credited, m, n = table.credits, len(book.outcomes.kind), book.customer_count
    who = credited.contributor.astype(np.int64)
    rows = np.where(who >= 0, who, n - 1 - who)
    by_row = np.argsort(rows, kind="stable")
    found, first = np.unique(rows[by_row], return_index=True)
    start = np.zeros(m + 1, np.int64)
    np.cumsum(np.bincount(credited.outcome, minlength=m), out=start[1:])
    ledger = _Ledger(
        credited.outcome.astype(np.int64),
        credited.weight,
        start,
        np.asarray(book.outcomes.kind, np.int64),
        by_row.astype(np.int64),
        np.append(first, len(rows)).astype(np.int64),
    )
    return found.astype(np.int64), ledger


def _picks(draws: int, level: float) -> NDArray[np.int64]:
    tail = (1.0 - level) / 2.0
    ranks = np.ceil(np.round(np.array([tail, 0.5, 1.0 - tail]) * draws, 9)).astype(np.int64)
    return np.clip(ranks, 1, draws) - 1


Scratch = tuple[Floats, Minor, Minor]


@njit(cache=True, nogil=True)
def _scratch(ledger: _Ledger) -> Scratch:
    room = 1
    for o in range(len(ledger.kind)):
        room = max(room, ledger.start[o + 1] - ledger.start[o])
    return np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)


@njit(cache=True, nogil=True)
def _quantiles(rows: tuple[int, int], ledger: _Ledger, values: Minor, picks: NDArray[np.int64], out: Minor) -> None:
    samples, scratch = np.empty((2, values.shape[1]), np.int64), _scratch(ledger)
    for k in range(rows[0], rows[1]):
        samples[:] = 0
        _sample(ledger.by_row[ledger.row_start[k] : ledger.row_start[k + 1]], ledger, values, scratch, samples)
        for kind in range(2):
            ordered = np.sort(samples[kind])
            for p in range(len(picks)):
                out[k, kind, p] = ordered[picks[p]]


@njit(cache=True, nogil=True)
def _sample(own: NDArray[np.int64], ledger: _Ledger, values: Minor, scratch: Scratch, samples: Minor) -> None:
    """Adds what each of one row's credits is in each draw: its part of the outcome's V by largest remainder."""
    exact, shares, keys = scratch
    for credit in own:
        outcome = ledger.outcome[credit]
        first, last = ledger.start[outcome], ledger.start[outcome + 1]
        sums, size = samples[ledger.kind[outcome]], last - first
        for d in range(values.shape[1]):
            value = values[outcome, d]
            if size == 1:
                sums[d] += value
                continue
            for j in range(size):
                exact[j] = value * ledger.weight[first + j]
            largest_remainder(exact[:size], value, shares, keys)
            sums[d] += shares[credit - first]
