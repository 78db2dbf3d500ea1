"""Lifetime value of each customer from what a model expects of it: margin × discounted expected purchases.

It is what the customer is still expected to bring after the end of observation, without what it has brought. Intervals
say how well the model's parameters are known (delta method on the logarithm, 95 %): what one customer really brings
scatters far more. Fader, Hardie, Lee: RFM and CLV: using iso-value curves (J. Marketing Research 42(4), 2005).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from graph_algos import clv_bg_nbd, clv_gamma_gamma, clv_pareto_nbd, clv_sbg
from graph_algos.clv_fit import Fit, log_error
from graph_algos.clv_history import Compressed, Histories
from graph_algos.value_columns import Floats

QUANTILE = 1.959964  # of the normal distribution: 95 % in between
LONGEST = 700.0  # e^700 is the largest power that float64 holds


class PurchaseModel(Protocol):
    """What the modules `clv_bg_nbd` and `clv_pareto_nbd` share. Arrays are float64[n] in the order of the rows."""

    def fit(self, data: Compressed) -> Fit: ...
    def alive(self, parameters: Floats, rows: Histories) -> Floats: ...
    def expected(self, parameters: Floats, rows: Histories, periods: float) -> Floats: ...
    def discounted(self, parameters: Floats, rows: Histories, discount: float) -> Floats: ...


BG_NBD: PurchaseModel = clv_bg_nbd
PARETO_NBD: PurchaseModel = clv_pareto_nbd


@dataclass(frozen=True, slots=True, eq=False)
class Lifetimes:
    """float64[n] each, in the unit of the money: the expected value and its interval, which is that of the estimate;
    `purchases`: expected purchases (or contract payments) still to come, discounted; `alive`: P(still a customer)."""

    value: Floats
    low: Floats
    high: Floats
    purchases: Floats
    alive: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Repeated:
    """A purchase model with its fit, and the fit of Gamma-Gamma; both on the same unit of time and money."""

    model: PurchaseModel
    purchases: Fit
    spend: Fit


def of_repeated(fitted: Repeated, data: Compressed, mean: Floats, discount: float) -> Lifetimes:
    """Value = E[mean margin | x, m] · DET of each customer of `data`, in its order.

    `mean` float64[n]: mean margin of the repeated purchases; not looked at where there are none. `discount`: δ > 0 a
    unit of time, continuous. Gamma-Gamma takes margin as independent of how often a customer buys, so that the squared
    errors of both logarithms add up. O(rows · nodes + n).
    """
    rows = data.rows
    count = rows.repeated[data.place]

    def purchases(parameters: Floats) -> Floats:
        return fitted.model.discounted(parameters, rows, discount)

    def margin(parameters: Floats) -> Floats:
        return clv_gamma_gamma.expected_mean(parameters, count, mean)

    coming = purchases(fitted.purchases.parameters)[data.place]
    error = np.hypot(log_error(fitted.purchases, purchases)[data.place], log_error(fitted.spend, margin))
    alive = fitted.model.alive(fitted.purchases.parameters, rows)[data.place]
    return _with_interval(margin(fitted.spend.parameters) * coming, error, coming, alive)


def of_contract(fit: Fit, renewals: Floats, margin: Floats, discount: float) -> Lifetimes:
    """Value = margin · DERL of each customer whose contract runs: payments from the next renewal on.

    renewals float64[n] so far; margin float64[n] of one contract period; `discount`: d > 0 a contract period.
    """

    def payments(parameters: Floats) -> Floats:
        return clv_sbg.residual(parameters, renewals, discount)

    coming = payments(fit.parameters)
    return _with_interval(margin * coming, log_error(fit, payments), coming, np.ones(len(coming)))


def _with_interval(value: Floats, error: Floats, purchases: Floats, alive: Floats) -> Lifetimes:
    spread = np.exp(np.minimum(QUANTILE * error, LONGEST))
    ends = np.sort(np.stack([value / spread, value * spread]), axis=0)  # a margin may be negative
    return Lifetimes(value, ends[0], ends[1], purchases, alive)
