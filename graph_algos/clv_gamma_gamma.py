"""Gamma-Gamma: what a purchase brings, by customers whose own mean differs.

A customer's purchases are Gamma(p, rate ν) about its own mean p/ν, and ν ~ Gamma(q, rate γ) over customers,
independent of how often they buy. Parameters in the order p, q, γ; γ and means in the unit of the money.
Fader, Hardie: The Gamma-Gamma model of monetary value (2013); Colombo, Jiang (1999).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, psi

from graph_algos.clv_fit import FEWEST_CUSTOMERS, Fit, Unidentified, maximise
from graph_algos.value_checks import require
from graph_algos.value_columns import Floats

NAMES = ("p", "q", "gamma")
SAME = 1e-6  # spread of means, beside the mean itself, below which they are one


@dataclass(frozen=True, slots=True, eq=False)
class Spend:
    """Distinct rows: purchases x ≥ 1 and their mean > 0, float64[n] each, and how many customers have each."""

    purchases: Floats
    mean: Floats
    counts: Floats


def spend(purchases: ArrayLike, mean: ArrayLike) -> Spend:
    """Distinct rows in ascending order. `BadRecord` for the first row that cannot be. O(n log n)."""
    x, m = np.asarray(purchases, np.float64), np.asarray(mean, np.float64)
    if x.ndim != 1 or x.shape != m.shape:
        raise ValueError("spend: expected one-dimensional columns of equal length")
    rules = (
        ("purchases", ~((x >= 1) & np.isfinite(x)) | (x != np.rint(x)), "a whole number of 1 or more"),
        ("mean", ~((m > 0) & np.isfinite(m)), "an amount above 0"),
    )
    require("spend", rules)
    rows, counts = np.unique(np.stack([x, m], axis=1), axis=0, return_counts=True)
    return Spend(rows[:, 0].copy(), rows[:, 1].copy(), counts.astype(np.float64))


def fit(data: Spend) -> Fit:
    """Parameters of highest likelihood. Unidentified for too few customers, means that are all the same, nobody with
    several purchases, or a flat likelihood. O(rows) an evaluation, some dozens of them."""
    customers = int(data.counts.sum())
    if customers < FEWEST_CUSTOMERS:
        raise Unidentified(f"There are {customers} customers with a mean margin; it takes {FEWEST_CUSTOMERS}.")
    unit = float(np.average(data.mean, weights=data.counts))
    if np.ptp(data.mean) <= SAME * unit:
        raise Unidentified("All mean margins are the same: nothing tells how customers differ.")
    if not np.ptp(data.purchases) and data.purchases[0] == 1:
        raise Unidentified("Nobody has two purchases: spread within and between customers cannot be told apart.")
    scaled = Spend(data.purchases, data.mean / unit, data.counts)
    start = np.log([2.0, 2.0, 1.0])
    found = maximise(lambda parameters: log_likelihoods(parameters, scaled), data.counts, NAMES, start=start)
    return found.in_units(np.array([1.0, 1.0, unit]), -customers * float(np.log(unit)))


def log_likelihoods(parameters: Floats, rows: Spend) -> tuple[Floats, Floats]:
    """ln f of each mean, float64[n], and its gradient, float64[n, 3] (equation 1a of the note):

    f(m | x) = Γ(px+q) / (Γ(px) Γ(q)) · γ^q m^(px−1) x^(px) / (γ + m x)^(px+q)
    """
    p, q, gamma = parameters
    x, m = rows.purchases, rows.mean
    shape, total = p * x, m * x
    together = np.log(gamma + total)
    values = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma) - (shape + q) * together
    values += (shape - 1) * np.log(m) + shape * np.log(x)
    slopes = np.empty((len(x), 3))
    slopes[:, 0] = x * (psi(shape + q) - psi(shape) + np.log(total) - together)
    slopes[:, 1] = psi(shape + q) - psi(q) + np.log(gamma) - together
    slopes[:, 2] = q / gamma - (shape + q) / (gamma + total)
    return values, slopes


def expected_mean(parameters: Floats, purchases: Floats, mean: Floats) -> Floats:
    """E[mean of a customer's purchases | x, m], float64[n] in the unit of the money (equation 5 of the note):

    p (γ + m x) / (p x + q − 1): the customer's own mean and that of all, pγ/(q−1), weighted by what is known of it.

    A customer without a purchase (x = 0; its m is not looked at) gets the mean of all. Unidentified where that is
    needed and infinite (q ≤ 1).
    """
    p, q, gamma = parameters
    x = np.asarray(purchases, np.float64)
    below = p * x + q - 1
    if below.size and not below.min() > 0:
        raise Unidentified("Margins spread so widely that their mean is infinite (q is at most 1).")
    return np.asarray(p * (gamma + np.where(x > 0, mean, 0.0) * x) / below, np.float64)
