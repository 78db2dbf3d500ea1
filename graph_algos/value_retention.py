"""Retention uplift: what an outcome is worth because its parties stay longer as customers.

A tie to a fellow customer multiplies the hazard of leaving by HR, but only while that fellow is a customer itself
(Garnefeld et al. 2013; Schmitt et al. 2011; Van den Bulte et al. 2018). Modelled, never cash; HR = 1 claims nothing.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_checks import BadRecord, outside, require
from graph_algos.value_columns import (
    FIRST_DAY,
    LAST_DAY,
    Bools,
    Floats,
    Outcomes,
    Parameters,
    Ties,
)
from graph_algos.value_present import FINE, LARGEST_SUM, add_exact, add_months, day_factors, in_window
from graph_algos.value_threads import in_ranges


class _Months(NamedTuple):
    """The monthly grid of each outcome: `row` int64[m] into `end` int32[starts, T], the day on which each month ends,
    and `factor` float64[starts, T], its D."""

    row: NDArray[np.int64]
    end: NDArray[np.int32]
    factor: Floats
    counts: Bools  # [m]: the outcome's business counts


class _TieColumns(NamedTuple):
    outcome: NDArray[np.int64]
    margin: Floats
    hazard: Floats
    other_hazard: Floats
    other_end_day: NDArray[np.int64]


def retention_uplift(ties: Ties, outcomes: Outcomes, parameters: Parameters) -> Floats:
    """Σ U_c of each outcome, float64[m] in minor units: what `score` takes as `uplift`.

        U_c = Σ_t m_c(t)·[S1_c(t) − S0_c(t)]·D(t),   S1_c(t) = exp(−Σ_{u≤t} h_c(u)·[1 − w(u)·(1 − HR)]),   S0: HR = 1

    w(u) is the chance that the counterparty is a customer at the end of month u by its own hazard, 0 from the day on
    which it left: from then on nothing more is spared, while who stayed thanks to it still is a customer. Months up to
    `horizon_months` after the start. HR = 1 gives exactly 0, and so does a counterparty that left within the first
    month. Raises `BadRecord`. O(p · T).
    """
    found, sums = uplifts(ties, outcomes, parameters, np.array([1.0 - parameters.hazard_ratio]))
    uplift = np.zeros(len(outcomes.kind))
    uplift[found] = sums[:, 0]
    return uplift


def uplifts(ties: Ties, outcomes: Outcomes, parameters: Parameters, relief: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The t outcomes with ties, int64[t] ascending, and their ΣU float64[t, k] at each of k reliefs 1 − HR.

    Raises `BadRecord`. O(p · T · k) on all cores.
    """
    _check_ties(ties, outcomes, parameters)
    columns = _tie_columns(ties)
    order = np.argsort(columns.outcome, kind="stable")
    found, first = np.unique(columns.outcome[order], return_index=True)
    start = np.append(first, len(order)).astype(np.int64)
    retention = _Retention(columns, order.astype(np.int64), start, _months_of(outcomes, parameters), relief)
    out = np.zeros((len(found), len(relief)))
    bad = in_ranges(lambda first, last: int(_add_uplifts((first, last), retention, out)), len(found), load=start)
    if any(tie >= 0 for tie in bad):
        raise BadRecord("ties", min(tie for tie in bad if tie >= 0), "margin", "an uplift that fits into int64")
    return found, out


def _check_ties(ties: Ties, outcomes: Outcomes, parameters: Parameters) -> None:
    """Raises the first `BadRecord`; columns of wrong shape are a plain ValueError."""
    p, months = len(ties.outcome), parameters.horizon_months
    for name in ("margin", "hazard", "other_hazard"):
        if getattr(ties, name).shape not in ((p, 1), (p, months)):
            raise ValueError(f"ties.{name}: expected one row a tie and one column a month of the horizon, or one")
    rules = (
        ("outcome", outside(ties.outcome, 0, len(outcomes.kind) - 1), "the index of an outcome"),
        ("margin", np.asarray(~np.isfinite(ties.margin).all(axis=1), np.bool_), "finite amounts"),
        ("hazard", ~_are_hazards(ties.hazard), "finite hazards of 0 or more"),
        ("other_hazard", ~_are_hazards(ties.other_hazard), "finite hazards of 0 or more"),
        ("other_end_day", outside(ties.other_end_day, FIRST_DAY, LAST_DAY), "a date's ordinal"),
    )
    require("ties", rules)


def _are_hazards(column: Floats) -> Bools:
    return np.asarray(((column >= 0.0) & np.isfinite(column)).all(axis=1), np.bool_)


def _tie_columns(ties: Ties) -> _TieColumns:
    return _TieColumns(
        np.asarray(ties.outcome, np.int64),
        np.ascontiguousarray(ties.margin, np.float64),
        np.ascontiguousarray(ties.hazard, np.float64),
        np.ascontiguousarray(ties.other_hazard, np.float64),
        np.asarray(ties.other_end_day, np.int64),
    )


def _months_of(outcomes: Outcomes, parameters: Parameters) -> _Months:
    """The grid, once for each distinct start."""
    starts, row = np.unique(np.asarray(outcomes.start_day, np.int64), return_inverse=True)
    end = np.zeros((len(starts), parameters.horizon_months), np.int32)
    for month in range(parameters.horizon_months):
        end[:, month] = add_months(starts, month + 1)
    first = int(end.min(initial=LAST_DAY))
    factor = day_factors(first, max(first, int(end.max(initial=first))), parameters)
    return _Months(
        row.astype(np.int64),
        end,
        factor[end - first],
        in_window(outcomes, parameters.window_months),
    )


class _Retention(NamedTuple):
    ties: _TieColumns
    order: NDArray[np.int64]  # ties by outcome
    start: NDArray[np.int64]  # [t + 1]: into `order`
    months: _Months
    relief: Floats  # [k]: 1 − HR


@njit(cache=True, nogil=True)
def _add_uplifts(rows: tuple[int, int], retention: _Retention, out: Floats) -> int:
    """ΣU of some outcomes with ties at every relief; answers the smallest tie that is too large, or −1."""
    months, width = retention.months, retention.months.end.shape[1]
    gain, spared = np.empty(width), np.empty(width)
    limbs = np.zeros((out.shape[1], 2), np.int64)
    bad = -1
    for row in range(rows[0], rows[1]):
        limbs[:] = 0
        for at in range(retention.start[row], retention.start[row + 1]):
            tie = retention.order[at]
            if not months.counts[retention.ties.outcome[tie]]:
                continue
            _protect(tie, retention.ties, months, gain, spared)
            for d in range(out.shape[1]):
                if not _add_uplift(gain, spared, retention.relief[d], limbs[d]) and (bad < 0 or tie < bad):
                    bad = tie
        for d in range(out.shape[1]):
            out[row, d] = limbs[d, 0] + limbs[d, 1] / FINE
    return bad


@njit(cache=True, nogil=True)
def _protect(k: int, ties: _TieColumns, months: _Months, gain: Floats, spared: Floats) -> None:
    """What tie k's uplift depends on besides HR, by month: gain = m·S0·D, spared = Σ_{u≤t} h(u)·w(u)."""
    grid = months.row[ties.outcome[k]]
    hazard, saved, other = 0.0, 0.0, 0.0
    for t in range(len(gain)):
        leaving = ties.hazard[k, min(t, ties.hazard.shape[1] - 1)]
        hazard += leaving
        other += ties.other_hazard[k, min(t, ties.other_hazard.shape[1] - 1)]
        if months.end[grid, t] < ties.other_end_day[k]:
            saved += leaving * np.exp(-other)
        margin = ties.margin[k, min(t, ties.margin.shape[1] - 1)]
        gain[t] = margin * np.exp(-hazard) * months.factor[grid, t]
        spared[t] = saved


@njit(cache=True, nogil=True)
def _add_uplift(gain: Floats, spared: Floats, relief: float, limbs: NDArray[np.int64]) -> bool:
    """U = Σ_t gain·(e^{(1−HR)·spared} − 1), as S1 = S0·e^{(1−HR)·spared}; false if it is too large for `limbs`."""
    uplift = 0.0
    for t in range(len(gain)):
        uplift += gain[t] * np.expm1(relief * spared[t])
    if not abs(uplift) < LARGEST_SUM:
        return False
    add_exact(limbs, uplift)
    return bool(abs(limbs[0]) < LARGEST_SUM)
