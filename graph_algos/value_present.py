"""From dated flows to V of each outcome, before any rounding.

Sums of present values are kept as integers in two limbs (whole units and 2⁻³² of a unit): integer addition is
associative, so neither the order of flows nor a partition changes a bit, and a reversal cancels exactly.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_checks import BadRecord
from graph_algos.value_columns import (
    EXPECTED,
    LARGEST_AMOUNT,
    REALISED,
    Bools,
    Floats,
    FlowKind,
    Flows,
    Ints,
    Outcomes,
    Parameters,
    Part,
)
from graph_algos.value_threads import FEW_COPIES, in_ranges

EPOCH = 719_163  # datetime.date(1970, 1, 1).toordinal()
DAYS_A_YEAR = 365.0  # ACT/365F
FINE = 2.0**32  # of a minor unit
LARGEST_SUM = 2.0**61  # a limb may not overflow
FIRST_CERTAIN = int(FlowKind.FEE)  # fees and programme costs count whenever the business began
_MARGIN, _SERVING, _SAVINGS = int(Part.MARGIN), int(Part.SERVING), int(Part.SAVINGS)
_FEES, _PROGRAMME = int(Part.FEES), int(Part.PROGRAMME)
_EARNED, _SERVED, _FEE, _COST = map(int, (FlowKind.MARGIN, FlowKind.SERVING, FlowKind.FEE, FlowKind.COST))
_SAVED, _SAVED_ANYWAY = int(FlowKind.ACQUISITION_SAVED), int(FlowKind.ACQUISITION_SAVED_ANYWAY)


def add_months(days: Ints, months: int) -> NDArray[np.int32]:
    """Ordinals `months` later; a day that the month lacks becomes its last (29 February + 12 months = 28 February).

    >>> from datetime import date
    >>> [date.fromordinal(d).isoformat() for d in add_months(np.array([date(2024, 2, 29).toordinal()]), 12).tolist()]
    ['2025-02-28']
    """
    dates = (np.asarray(days, np.int64) - EPOCH).astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    inside = dates - month.astype("datetime64[D]")
    target = month + np.timedelta64(months, "M")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved = np.minimum(target.astype("datetime64[D]") + inside, last)
    return np.asarray(moved.astype(np.int64) + EPOCH, np.int32)


def in_window(outcomes: Outcomes, months: int) -> Bools:
    """Did the business begin on the introduction (or referral) or within `months` after it, last day included?"""
    start = np.asarray(outcomes.start_day)
    return np.asarray((start >= outcomes.origin_day) & (start <= add_months(outcomes.origin_day, months)), np.bool_)


def day_factors(first: int, last: int, parameters: Parameters) -> Floats:
    """D(d) = (1 + r)^(−(d − v)/365) for ordinals first … last: ACT/365F, r effective a year. float64[days].

    >>> day_factors(365, 365, Parameters(annual_rate=0.1, valuation_day=730)).round(6).tolist()
    [1.1]
    """
    years = (np.arange(first, last + 1, dtype=np.float64) - parameters.valuation_day) / DAYS_A_YEAR
    with np.errstate(over="ignore"):  # an infinite factor is refused with the flow that needs it
        return np.asarray(np.power(1.0 + parameters.annual_rate, -years), np.float64)


class _Columns(NamedTuple):
    outcome: NDArray[np.int32]
    kind: NDArray[np.int8]
    amount: NDArray[np.int64]
    day: NDArray[np.int32]


class _Calendar(NamedTuple):
    factors: Floats
    first: int
    valuation: int
    last_day: NDArray[np.int32]  # of each outcome: the horizon's end
    counts: Bools  # of each outcome: its business counts


def present_values(flows: Flows, outcomes: Outcomes, parameters: Parameters) -> Floats:
    """Σ x · D(d) of each outcome by flow kind and time; float64[m, 6, 2] in minor units, unrounded.

    Flows count up to `horizon_months` after the business began, that day included, and business that began outside the
    window counts nothing; fees and programme costs of such an outcome are certain cash and stay. Flows on or before the
    valuation day are realised, later ones expected. O(flows + days + m) on all cores; no dependence on the order of
    flows.
    """
    m = len(outcomes.kind)
    limbs = np.zeros((m, len(FlowKind), 2, 2), np.int64)
    if len(flows.outcome):
        first, last = int(flows.day.min()), int(flows.day.max())
        calendar = _Calendar(
            day_factors(first, last, parameters),
            first,
            parameters.valuation_day,
            add_months(outcomes.start_day, parameters.horizon_months),
            in_window(outcomes, parameters.window_months),
        )
        columns = _Columns(
            np.ascontiguousarray(flows.outcome, np.int32),
            np.ascontiguousarray(flows.kind, np.int8),
            np.ascontiguousarray(flows.amount_minor, np.int64),
            np.ascontiguousarray(flows.day, np.int32),
        )

        def sums(first: int, last: int) -> tuple[int, NDArray[np.int64]]:
            own = limbs if first == 0 else np.zeros_like(limbs)
            return int(_accumulate((first, last), columns, calendar, own)), own

        for bad, own in in_ranges(sums, len(columns.day), most=FEW_COPIES):
            if bad >= 0:
                raise BadRecord("flows", bad, "amount_minor", "a present value that fits into int64")
            if own is not limbs:
                limbs += own  # FEW_COPIES of less than 2⁶¹ each: fits into int64
    return np.asarray(limbs[..., 0] + limbs[..., 1] / FINE, np.float64)


@njit(cache=True, nogil=True)
def _accumulate(rows: tuple[int, int], flows: _Columns, calendar: _Calendar, limbs: NDArray[np.int64]) -> int:
    """Adds each present value of a range of flows to `limbs[outcome, kind, time]`; answers the first flow too large for
    it, or −1."""
    for i in range(rows[0], rows[1]):
        outcome, kind, day = flows.outcome[i], flows.kind[i], flows.day[i]
        if day > calendar.last_day[outcome] or (kind < FIRST_CERTAIN and not calendar.counts[outcome]):
            continue
        value = flows.amount[i] * calendar.factors[day - calendar.first]
        if not abs(value) < LARGEST_SUM:
            return i
        time = REALISED if day <= calendar.valuation else EXPECTED
        cell = limbs[outcome, kind, time]
        add_exact(cell, value)
        if abs(cell[0]) >= LARGEST_SUM:
            return i
    return -1


@njit(cache=True, nogil=True)
def add_exact(limbs: NDArray[np.int64], value: float) -> None:
    """Adds |value| < `LARGEST_SUM` to a sum of two limbs, whole units and 2⁻³² of a unit."""
    whole = np.trunc(value)
    limbs[0] += np.int64(whole)
    limbs[1] += np.int64(np.rint((value - whole) * FINE))


def used_pi(pi: Floats, parameters: Parameters) -> Floats:
    """π as the formula uses it: types 0 and 1 in Kumar's strict mode (π > ½ is type two), else as given."""
    given = np.asarray(pi, np.float64)
    return np.asarray(given > 0.5, np.float64) if parameters.strict_kumar else given


def value_parts(values: Floats, pi: Floats, parameters: Parameters, *, uplift: Floats | None = None) -> Floats:
    """The signed parts of V, which is their sum (VALUE.md, "One outcome"; Kumar et al. 2010 for π ∈ {0, 1}):

        V = (1−π)·[PV(margin) − PV(serving) + PV(ACQ1)] + π·PV(ACQ2) + ΣU + PV(fees) − PV(programme costs)

    values float64[m, 6, 2] by FlowKind, pi float64[m] as `used_pi` gives it, uplift ΣU float64[m] (0 when absent:
    HR = 1), all of it expected because it is modelled → float64[m, 6, 2] by Part, minor units. Linear in π.
    `charge_incentive_to_type_two=False` and Kumar's strict mode scale programme costs by 1 − π.
    """
    parts = np.zeros((len(values), len(Part), 2))
    _sign_all(values, np.asarray(pi, np.float64), charges_type_two(parameters), parts)
    if uplift is not None:
        if np.shape(uplift) != (len(values),):
            raise ValueError("uplift: expected one amount an outcome")
        parts[:, Part.RETENTION, EXPECTED] = uplift
    large = ~(np.abs(parts).sum(axis=(1, 2)) <= LARGEST_AMOUNT)  # NaN included
    if large.any():
        raise BadRecord("outcomes", int(np.argmax(large)), "value", "at most 2^53 minor units")
    return parts


def charges_type_two(parameters: Parameters) -> bool:
    """Are programme costs charged to business that would have come anyway?"""
    return parameters.charge_incentive_to_type_two and not parameters.strict_kumar


@njit(cache=True, nogil=True)
def _sign_all(values: Floats, pi: Floats, charge: bool, parts: Floats) -> None:
    for o in range(len(values)):
        sign_parts(values[o], pi[o], charge, parts[o])


@njit(cache=True, nogil=True)
def sign_parts(values: Floats, pi: float, charge: bool, parts: Floats) -> None:
    """One outcome of `value_parts`: float64[6, 2] by FlowKind → by Part; leaves the retention as it is."""
    new = 1.0 - pi
    for time in range(2):
        parts[_MARGIN, time] = new * values[_EARNED, time]
        parts[_SERVING, time] = -new * values[_SERVED, time]
        parts[_SAVINGS, time] = new * values[_SAVED, time] + pi * values[_SAVED_ANYWAY, time]
        parts[_FEES, time] = values[_FEE, time]
        parts[_PROGRAMME, time] = -values[_COST, time] * (1.0 if charge else new)
