"""BG/NBD: customers who buy at a rate of their own until, after some purchase, they silently leave.

While active a customer buys at rate λ; after each purchase it leaves with probability p; λ ~ Gamma(r, rate α),
p ~ Beta(a, b), independent. Parameters in the order r, α, a, b. Times, α and rates in the unit of the histories.
Fader, Hardie, Lee: "Counting your customers" the easy way (Marketing Science 24(2), 2005).
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import betaln, gammaln, psi

from graph_algos.clv_fit import Fit
from graph_algos.clv_history import Compressed, Histories, fit_histories
from graph_algos.clv_nodes import WEIGHTS, beta_nodes, gamma_nodes, require_discount
from graph_algos.value_columns import Floats, Ints

TIMES = ("alpha",)
NAMES = ("r", "alpha", "a", "b")


def fit(data: Compressed) -> Fit:
    """Parameters of highest likelihood. Unidentified for too few customers or purchases, or a flat likelihood.

    O(rows) an evaluation, some dozens of them, whatever the number of customers.
    """
    return fit_histories(log_likelihoods, data, NAMES, times=TIMES)


def log_likelihoods(parameters: Floats, rows: Histories) -> tuple[Floats, Floats]:
    """ln L of each history, float64[n], and its gradient, float64[n, 4] (equation 6 of the paper):

    L = B(a, b+x)/B(a, b) · Γ(r+x) αʳ/Γ(r) · [(α+T)^−(r+x) + 1{x>0} · a/(b+x−1) · (α+t_x)^−(r+x)]
    """
    r, alpha, a, b = parameters
    x, t_x, length = rows.repeated, rows.last, rows.observed
    stayed, left = _ways(parameters, rows)
    both = np.logaddexp(stayed, left)
    gone = np.exp(left - both)
    values = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + both
    slopes = np.empty((len(x), 4))
    slopes[:, 0] = psi(r + x) - psi(r) + np.log(alpha)
    slopes[:, 0] -= (1 - gone) * np.log(alpha + length) + gone * np.log(alpha + t_x)
    slopes[:, 1] = r / alpha - (r + x) * ((1 - gone) / (alpha + length) + gone / (alpha + t_x))
    slopes[:, 2] = psi(a + b) - psi(a + b + x) + gone / a
    slopes[:, 3] = psi(a + b) - psi(a + b + x) + psi(b + x) - psi(b)
    slopes[:, 3] -= gone / np.where(x > 0, b + x - 1, 1.0)
    return values, slopes


def _ways(parameters: Floats, rows: Histories) -> tuple[Floats, Floats]:
    """ln of both terms in the bracket: still a customer, or left right after the last purchase; float64[n] each."""
    r, alpha, a, b = parameters
    x = rows.repeated
    again = x > 0
    left = np.log(a) - np.log(np.where(again, b + x - 1, 1.0)) - (r + x) * np.log(alpha + rows.last)
    return -(r + x) * np.log(alpha + rows.observed), np.where(again, left, -np.inf)


def alive(parameters: Floats, rows: Histories) -> Floats:
    """P(still a customer at T | x, t_x, T), float64[n]; 1 without a repeated purchase, for one leaves only after one.

    P = 1 / (1 + a/(b+x−1) · ((α+T)/(α+t_x))^(r+x)). Fader, Hardie: Computing P(alive) using the BG/NBD model (2008).
    """
    stayed, left = _ways(parameters, rows)
    return np.exp(stayed - np.logaddexp(stayed, left))


def expected(parameters: Floats, rows: Histories, periods: float) -> Floats:
    """E[purchases in (T, T + periods] | x, t_x, T], float64[n]: equation 10 of the paper.

    P(alive) · E[(1 − (1 + p t/(α+T))^−(r+x)) / p], p ~ Beta(a, b+x). The paper's ₂F₁ divides by a − 1 and loses its
    digits near a = 1; this mean does not. O(64 · n).
    """
    r, alpha, a, b = parameters
    result = alive(parameters, rows)
    for x, here in _by_count(rows.repeated):
        chance = beta_nodes(a, b + x)
        grown = np.log1p(chance * (periods / (alpha + rows.observed[here]))[:, None])
        result[here] *= -np.expm1(-(r + x) * grown) @ (WEIGHTS / chance)
    return result


def discounted(parameters: Floats, rows: Histories, discount: float) -> Floats:
    """Discounted expected purchases after T without an end, float64[n]; `discount` δ > 0 a unit of time, continuous.

    DET = P(alive) · E[λ/(λp + δ)], λ ~ Gamma(r+x, rate α+T), p ~ Beta(a, b+x): a purchase at rate λ leaves a customer
    with probability 1 − p, so that it is there at T + t with e^(−λpt). Fader, Hardie, Lee: RFM and CLV (J. Marketing
    Research 42(4), 2005) define DET; under BG/NBD it has no closed form. O(64² · distinct (x, T) + n).
    """
    require_discount(discount)
    r, alpha, a, b = parameters
    result = alive(parameters, rows)
    for x, here in _by_count(rows.repeated):
        spans, place = np.unique(rows.observed[here], return_inverse=True)
        pace, chance = gamma_nodes(r + x), beta_nodes(a, b + x)
        each = [WEIGHTS @ (pace / (np.outer(chance, pace) + discount * (alpha + span))) @ WEIGHTS for span in spans]
        result[here] *= np.asarray(each)[place]
    return result


def _by_count(repeated: Floats) -> Iterator[tuple[float, Ints]]:
    """Each number of purchases with the places of its customers: they share posterior shapes."""
    order = np.argsort(repeated, kind="stable")
    values, starts = np.unique(repeated[order], return_index=True)
    yield from zip(values.tolist(), np.split(order, starts[1:]), strict=True)
