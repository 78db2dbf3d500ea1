"""sBG, the shifted beta-geometric model: customers on a contract who renew or leave at the end of each period.

Each customer leaves at a renewal with a probability of its own, θ ~ Beta(α, β). Parameters in the order α, β; time in
contract periods. Fader, Hardie: How to project customer retention (J. Interactive Marketing 21(1), 2007); Customer-base
valuation in a contractual setting (Marketing Science 29(1), 2010).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, hyp2f1, psi

from graph_algos.clv_fit import FEWEST_CUSTOMERS, Fit, Unidentified, maximise
from graph_algos.clv_nodes import require_discount
from graph_algos.value_checks import require
from graph_algos.value_columns import Bools, Floats

NAMES = ("alpha", "beta")
LARGEST_TENURE = 10_000  # renewals: a century of weekly ones, and more


@dataclass(frozen=True, slots=True, eq=False)
class Tenures:
    """Distinct rows: renewals k, whether the contract ended at the next one, and how many customers have each. The
    columns are float64[n], bool[n], float64[n]."""

    renewals: Floats
    ended: Bools
    counts: Floats


def tenures(renewals: ArrayLike, ended: ArrayLike) -> Tenures:
    """Distinct rows of single customers, in ascending order. `BadRecord` for the first that cannot be. O(n log n)."""
    k, gone = np.asarray(renewals, np.float64), np.asarray(ended, np.bool_)
    if k.ndim != 1 or k.shape != gone.shape:
        raise ValueError("tenures: expected one-dimensional columns of equal length")
    bad = ~((k >= 0) & (k <= LARGEST_TENURE)) | (k != np.rint(k))
    require("tenures", [("renewals", bad, "a whole number of 0 or more")])
    rows, counts = np.unique(np.stack([k, gone], axis=1), axis=0, return_counts=True)
    return Tenures(rows[:, 0].copy(), rows[:, 1] > 0, counts.astype(np.float64))


def survivors(left: ArrayLike) -> Tenures:
    """A table of one cohort: customers at the start and after each renewal, as papers print it.

    >>> survivors([10, 7, 6]).counts.tolist()
    [3.0, 1.0, 6.0]
    """
    table = np.asarray(left, np.float64)
    if table.ndim != 1 or len(table) < 2 or not (np.isfinite(table) & (table >= 0)).all() or (np.diff(table) > 0).any():
        raise ValueError("survivors: expected two numbers or more, none above the one before")
    last = len(table) - 1
    renewals, ended = np.arange(last + 1, dtype=np.float64), np.arange(last + 1) < last
    return Tenures(renewals, np.asarray(ended, np.bool_), np.append(-np.diff(table), table[-1]))


def fit(data: Tenures) -> Fit:
    """Parameters of highest likelihood. Unidentified for too few customers, nobody who left or renewed, no second
    renewal to see retention change, or a flat likelihood. O(rows) an evaluation."""
    customers = round(float(data.counts.sum()))
    if customers < FEWEST_CUSTOMERS:
        raise Unidentified(f"There are {customers} customers with a contract; it takes {FEWEST_CUSTOMERS}.")
    if not data.counts[data.ended].sum():
        raise Unidentified("No contract has ended: nothing tells how long they last.")
    if not data.counts[data.renewals > 0].sum():
        raise Unidentified("No contract was renewed: nothing tells how long they last.")
    if not data.counts[(data.renewals + data.ended) > 1].sum():
        raise Unidentified("Nobody came to a second renewal: nothing tells how customers differ.")
    return maximise(lambda parameters: log_likelihoods(parameters, data), data.counts, NAMES, start=np.zeros(2))


def log_likelihoods(parameters: Floats, rows: Tenures) -> tuple[Floats, Floats]:
    """ln L of each row, float64[n], and its gradient, float64[n, 2] (equations 5 and 6 of the 2007 paper):

    left at the renewal after k: B(α+1, β+k)/B(α, β);   k renewals and still there: B(α, β+k)/B(α, β)
    """
    alpha, beta = parameters
    one, k = rows.ended.astype(np.float64), rows.renewals
    every = psi(alpha + beta + one + k)
    slopes = np.stack([psi(alpha + one) - every, psi(beta + k) - every], axis=1)
    slopes += psi(alpha + beta) - np.array([psi(alpha), psi(beta)])
    return betaln(alpha + one, beta + k) - betaln(alpha, beta), slopes


def survival(parameters: Floats, periods: ArrayLike) -> Floats:
    """S(t) = B(α, β+t)/B(α, β): the share of a cohort that is there after t renewals; float64[len(periods)].

    >>> survival(np.array([1.0, 1.0]), [0, 1, 2]).round(4).tolist()
    [1.0, 0.5, 0.3333]
    """
    alpha, beta = parameters
    return np.asarray(np.exp(betaln(alpha, beta + np.asarray(periods, np.float64)) - betaln(alpha, beta)), np.float64)


def retention(parameters: Floats, renewals: ArrayLike) -> Floats:
    """(β+k)/(α+β+k): P(renews once more | k renewals), float64[n]; it rises with k, for those who stay differ."""
    alpha, beta = parameters
    k = np.asarray(renewals, np.float64)
    return np.asarray((beta + k) / (alpha + beta + k), np.float64)


def residual(parameters: Floats, renewals: ArrayLike, discount: float) -> Floats:
    """Discounted expected payments still to come, the next renewal's undiscounted; float64[n] (DERL, 2010, equation 6):

    DERL = Σ_{t≥0} S(k+1+t)/S(k) · (1+d)^−t = (β+k)/(α+β+k) · ₂F₁(1, β+k+1; α+β+k+1; 1/(1+d))

    `renewals`: k so far of a customer who is there; `discount`: d > 0 a contract period.
    """
    require_discount(discount)
    alpha, beta = parameters
    k = np.asarray(renewals, np.float64)
    later = hyp2f1(1.0, beta + k + 1, alpha + beta + k + 1, 1.0 / (1.0 + discount))
    return np.asarray(retention(parameters, k) * later, np.float64)


def lifetime(parameters: Floats, discount: float) -> float:
    """Discounted expected payments of a new customer, its first one included: ₂F₁(1, β; α+β; 1/(1+d)) (2010)."""
    require_discount(discount)
    alpha, beta = parameters
    return float(hyp2f1(1.0, beta, alpha + beta, 1.0 / (1.0 + discount)))
