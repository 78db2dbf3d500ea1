"""Intervals of referral value from draws: of each customer by kind and time, of any set of customers, of all.

Invariant: every draw conserves in minor units. A draw moves the credit that was scored by its share of what the draw
changed of the outcome, cut from the running sum of shares, so that no unit is lost and no spread gives the scored
figures. What customers share is summed in each draw before any quantile is taken: quantiles do not add.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_columns import KINDS, TIMES, Book, Bools, Floats, Minor, OutcomeKind, ValueTable
from graph_algos.value_draws import Draws, drawn_cells
from graph_algos.value_threads import in_ranges

CELLS = len(KINDS) * len(TIMES)
QUANTILES = ("low", "median", "high")


@dataclass(frozen=True, slots=True)
class Intervals:
    """`row` int64[r]: rows of the `ValueTable` with a credit, the only ones with an interval. `cells`
    int64[r, 2, 3, 5, 2] (OutcomeKind × QUANTILES × KINDS × TIMES), `total` int64[r, 2, 3] of their sums. `portfolio`
    int64[3, 3]: all referrals, all introductions, both together."""

    row: NDArray[np.int64]
    cells: Minor
    total: Minor
    portfolio: Minor


class _Ledger(NamedTuple):
    """Credits in the order of rows. A credit owns shares `low` … `high` of its outcome's unit."""

    start: NDArray[np.int64]  # [r + 1]: credits of a row
    outcome: NDArray[np.int64]
    kind: NDArray[np.int64]
    low: Floats
    high: Floats
    scored: Minor  # [r, 2, 10]: the rows' figures of the table


def intervals(table: ValueTable, book: Book, draws: Draws, *, level: float = 0.9) -> Intervals:
    """Low, median and high of each row of `table` that has a credit, and of all outcomes together.

    `draws` is what `draw` gives for the same book, parameters and ties. The p-quantile of k draws is the ⌈p·k⌉-th
    smallest (Hyndman & Fan 1996, type 1): an amount that was drawn. `level` 0.9 is from 5 % to 95 %.
    O(credits · draws + rows · draws · log draws) on all cores; rows without a credit cost nothing.
    """
    if not 0.0 < level < 1.0:
        raise ValueError("level: expected a number between 0 and 1")
    row, ledger = _ledger(table, book, draws)
    count = len(draws.model) - 1
    picks = _picks(count, level)
    cells = np.zeros((len(row), len(OutcomeKind), len(picks), CELLS), np.int64)
    total = np.zeros((len(row), len(OutcomeKind), len(picks)), np.int64)

    def work(first: int, last: int) -> Minor:
        sums = np.zeros((len(OutcomeKind), CELLS, count), np.int64)
        _quantiles((first, last), ledger, draws, picks, _Out(cells, total, sums))
        return sums

    sums = np.sum(in_ranges(work, len(row), load=ledger.start * count), axis=(0, 2))
    portfolio = np.sort(np.stack([*sums, sums[0] + sums[1]]), axis=1)[:, picks]
    return Intervals(row, cells.reshape(*total.shape, len(KINDS), len(TIMES)), total, portfolio)


def summed_draws(table: ValueTable, book: Book, draws: Draws, chosen: Bools) -> Minor:
    """What chosen rows of `table` (bool[n + 2]) got together in each draw, int64[2, 5, 2, draws] by OutcomeKind, KINDS
    and TIMES: the draws of a segment, whose interval is theirs and not a sum of its customers' intervals."""
    row, ledger = _ledger(table, book, draws)
    sums = np.zeros((len(OutcomeKind), CELLS, len(draws.model) - 1), np.int64)
    for k in np.flatnonzero(chosen[row]).tolist():
        _add_row(k, ledger, draws, sums)
    return sums.reshape(len(OutcomeKind), len(KINDS), len(TIMES), -1)


def _ledger(table: ValueTable, book: Book, draws: Draws) -> tuple[NDArray[np.int64], _Ledger]:
    if len(draws.pi) != len(book.outcomes.kind):
        raise ValueError("draws: expected those of the same book")
    credited, n = table.credits, book.customer_count
    who = credited.contributor.astype(np.int64)
    rows = np.where(who >= 0, who, n - 1 - who)
    by_row = np.argsort(rows, kind="stable")
    found, first = np.unique(rows[by_row], return_index=True)
    low, high = _running(credited.outcome, credited.weight)
    outcome = credited.outcome[by_row].astype(np.int64)
    crv = np.stack([table.crv_referral[found], table.crv_introduction[found]], axis=1)
    return found, _Ledger(
        np.append(first, len(rows)).astype(np.int64),
        outcome,
        np.asarray(book.outcomes.kind, np.int64)[outcome],
        low[by_row],
        high[by_row],
        crv.reshape(len(found), len(OutcomeKind), CELLS),
    )


@njit(cache=True, nogil=True)
def _running(outcome: NDArray[np.int32], weight: Floats) -> tuple[Floats, Floats]:
    """Running sums of an outcome's weights before and after each credit; exactly 0 at its first, 1 after its last."""
    low, high = np.zeros(len(weight)), np.ones(len(weight))
    for k in range(len(weight) - 1):
        if outcome[k + 1] == outcome[k]:
            high[k] = min(low[k] + weight[k], 1.0)
            low[k + 1] = high[k]
    return low, high


def _picks(draws: int, level: float) -> NDArray[np.int64]:
    tail = (1.0 - level) / 2.0
    ranks = np.ceil(np.round(np.array([tail, 0.5, 1.0 - tail]) * draws, 9)).astype(np.int64)
    return np.clip(ranks, 1, draws) - 1


class _Out(NamedTuple):
    cells: Minor  # [r, 2, 3, 10]
    total: Minor  # [r, 2, 3]
    sums: Minor  # [2, 10, draws]: of all rows of a range


@njit(cache=True, nogil=True)
def _quantiles(rows: tuple[int, int], ledger: _Ledger, draws: Draws, picks: NDArray[np.int64], out: _Out) -> None:
    samples, total = np.empty(out.sums.shape, np.int64), np.empty(out.sums.shape[2], np.int64)
    for k in range(rows[0], rows[1]):
        samples[:] = 0
        _add_row(k, ledger, draws, samples)
        for kind in range(2):
            total[:] = 0
            for c in range(CELLS):
                if _pick(samples[kind, c], picks, out.cells[k, kind, :, c]):
                    for d in range(len(total)):
                        total[d] += samples[kind, c, d]
                        out.sums[kind, c, d] += samples[kind, c, d]
            _pick(total, picks, out.total[k, kind])


@njit(cache=True, nogil=True)
def _pick(samples: Minor, picks: NDArray[np.int64], out: Minor) -> bool:
    """Writes the picked ranks; false if all samples are 0, as most are."""
    low, high = samples.min(), samples.max()
    if low == high:
        out[:] = low
        return bool(low != 0)
    ordered = np.sort(samples)
    for p in range(len(picks)):
        out[p] = ordered[picks[p]]
    return True


@njit(cache=True, nogil=True)
def _add_row(k: int, ledger: _Ledger, draws: Draws, samples: Minor) -> None:
    """Adds one row's figures in each draw, int64[2, 10, draws]: what was scored, moved by each of its credits."""
    for kind in range(2):
        for c in range(CELLS):
            samples[kind, c] += ledger.scored[k, kind, c]
    parts, point, cells = np.zeros((6, 2)), np.empty(CELLS), np.empty(CELLS)
    for credit in range(ledger.start[k], ledger.start[k + 1]):
        outcome, low, high = ledger.outcome[credit], ledger.low[credit], ledger.high[credit]
        own = samples[ledger.kind[credit]]
        drawn_cells(outcome, 0, draws, parts, point)
        for d in range(own.shape[1]):
            drawn_cells(outcome, d + 1, draws, parts, cells)
            for c in range(CELLS):
                change = cells[c] - point[c]
                if change != 0.0:
                    own[c, d] += np.int64(np.rint(change * high) - np.rint(change * low))
