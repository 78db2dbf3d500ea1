"""Retention uplift: what an outcome is worth because its parties stay longer as customers.

A tie to a fellow customer multiplies the hazard of leaving by HR, but only while that fellow is a customer itself
(Garnefeld et al. 2013; Schmitt et al. 2011; Van den Bulte et al. 2018). Modelled, never cash; HR = 1 claims nothing.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_checks import BadRecord, outside
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


class Months(NamedTuple):
    """The monthly grid of each outcome: `row` int64[m] into `end` int32[starts, T], the day on which each month ends,
    and `factor` float64[starts, T], its D."""

    row: NDArray[np.int64]
    end: NDArray[np.int32]
    factor: Floats
    counts: Bools  # [m]: the outcome's business counts


class TieColumns(NamedTuple):
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
    check_ties(ties, outcomes, parameters)
    limbs = np.zeros((len(outcomes.kind), 2), np.int64)
    bad = _add_uplifts(tie_columns(ties), months_of(outcomes, parameters), 1.0 - parameters.hazard_ratio, limbs)
    if bad >= 0:
        raise BadRecord("ties", int(bad), "margin", "an uplift that fits into int64")
    return np.asarray(limbs[..., 0] + limbs[..., 1] / FINE, np.float64)


def check_ties(ties: Ties, outcomes: Outcomes, parameters: Parameters) -> None:
    """Raises the first `BadRecord`; columns of wrong shape are a plain ValueError."""
    p, months = len(ties.outcome), parameters.horizon_months
    for name in ("margin", "hazard", "other_hazard"):
        if getattr(ties, name).shape not in ((p, 1), (p, months)):
            raise ValueError(f"ties.{name}: expected one row a tie and one column a month of the horizon, or one")
    rules = (
        ("outcome", outside(ties.outcome, 0, len(outcomes.kind) - 1), "the index of an outcome"),
        ("margin", ~np.isfinite(ties.margin).all(axis=1), "finite amounts"),
        ("hazard", ~_are_hazards(ties.hazard), "finite hazards of 0 or more"),
        ("other_hazard", ~_are_hazards(ties.other_hazard), "finite hazards of 0 or more"),
        ("other_end_day", outside(ties.other_end_day, FIRST_DAY, LAST_DAY), "a date's ordinal"),
    )
    for field, bad, expected in rules:
        if bad.any():
            raise BadRecord("ties", int(np.argmax(bad)), field, expected)


def _are_hazards(column: Floats) -> Bools:
    return np.asarray(((column >= 0.0) & np.isfinite(column)).all(axis=1), np.bool_)


def tie_columns(ties: Ties) -> TieColumns:
    return TieColumns(
        np.asarray(ties.outcome, np.int64),
        np.ascontiguousarray(ties.margin, np.float64),
        np.ascontiguousarray(ties.hazard, np.float64),
        np.ascontiguousarray(ties.other_hazard, np.float64),
        np.asarray(ties.other_end_day, np.int64),
    )


def months_of(outcomes: Outcomes, parameters: Parameters) -> Months:
    """The grid, once for each distinct start."""
    starts, row = np.unique(np.asarray(outcomes.start_day, np.int64), return_inverse=True)
    end = np.zeros((len(starts), parameters.horizon_months), np.int32)
    for month in range(parameters.horizon_months):
        end[:, month] = add_months(starts, month + 1)
    first = int(end.min(initial=LAST_DAY))
    factor = day_factors(first, max(first, int(end.max(initial=first))), parameters)
    return Months(
        row.astype(np.int64),
        end,
        factor[end - first],
        in_window(outcomes, parameters.window_months),
    )


@njit(cache=True, nogil=True)
def _add_uplifts(ties: TieColumns, months: Months, relief: float, limbs: NDArray[np.int64]) -> int:
    """Adds each tie's U to `limbs[outcome]`; answers the first tie too large for it, or −1."""
    gain, spared = np.empty(months.end.shape[1]), np.empty(months.end.shape[1])
    for k in range(len(ties.outcome)):
        outcome = ties.outcome[k]
        if not months.counts[outcome]:
            continue
        protect(k, ties, months, gain, spared)
        if not add_uplift(gain, spared, relief, limbs[outcome]):
            return k
    return -1


@njit(cache=True, nogil=True)
def protect(k: int, ties: TieColumns, months: Months, gain: Floats, spared: Floats) -> None:
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
def add_uplift(gain: Floats, spared: Floats, relief: float, limbs: NDArray[np.int64]) -> bool:
    """U = Σ_t gain·(e^{(1−HR)·spared} − 1), as S1 = S0·e^{(1−HR)·spared}; false if it is too large for `limbs`."""
    uplift = 0.0
    for t in range(len(gain)):
        uplift += gain[t] * np.expm1(relief * spared[t])
    if not abs(uplift) < LARGEST_SUM:
        return False
    add_exact(limbs, uplift)
    return bool(abs(limbs[0]) < LARGEST_SUM)
