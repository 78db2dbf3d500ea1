"""Pareto/NBD: customers who buy at a rate of their own and leave at any moment, unseen.

While active a customer buys at rate λ and leaves at rate μ; λ ~ Gamma(r, rate α), μ ~ Gamma(s, rate β), independent.
Parameters in the order r, α, s, β. Times, α, β and rates in the unit of the histories.
Schmittlein, Morrison, Colombo: Counting your customers (Management Science 33(1), 1987); Fader, Hardie: A note on
deriving the Pareto/NBD model (2005).
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import exprel, gammaln, logsumexp, psi

from graph_algos.clv_fit import Fit
from graph_algos.clv_history import Compressed, Histories, fit_histories
from graph_algos.clv_nodes import WEIGHTS, gamma_nodes, require_discount
from graph_algos.value_columns import Floats

TIMES = ("alpha", "beta")
NAMES = ("r", "alpha", "s", "beta")
_NODES, _WEIGHTS = leggauss(64)  # resolves (α+τ)^−1000 over a doubling of time


def fit(data: Compressed) -> Fit:
    """Parameters of highest likelihood. Unidentified for too few customers or purchases, or a flat likelihood.

    O(64 · rows) an evaluation, some dozens of them, whatever the number of customers.
    """
    return fit_histories(log_likelihoods, data, NAMES, times=TIMES)


def log_likelihoods(parameters: Floats, rows: Histories) -> tuple[Floats, Floats]:
    """ln L of each history, float64[n], and its gradient, float64[n, 4]:

    L = Γ(r+x) αʳ βˢ / Γ(r) · [(α+T)^−(r+x) (β+T)^−s + s ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ,  τ = t_x … T]

    The papers write the integral as a difference of two ₂F₁, which overflows for busy customers and cancels for recent
    ones; Gauss–Legendre in ln(min(α, β) + τ) does neither, and its gradient is a mean over the same nodes.
    """
    r, alpha, s, beta = parameters
    x = rows.repeated
    stayed, times, left = _ways(parameters, rows)
    terms = np.concatenate([stayed[:, None], left], axis=1)
    both = logsumexp(terms, axis=1)
    share = np.exp(terms - both[:, None])  # of each way: still a customer, or left at τ
    when = np.concatenate([rows.observed[:, None], times], axis=1)
    gone = 1.0 - share[:, 0]
    values = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + both
    slopes = np.empty((len(x), 4))
    slopes[:, 0] = psi(r + x) - psi(r) + np.log(alpha) - (share * np.log(alpha + when)).sum(axis=1)
    slopes[:, 1] = r / alpha - (r + x) * (share / (alpha + when)).sum(axis=1)
    slopes[:, 2] = np.log(beta) - (share * np.log(beta + when)).sum(axis=1) + gone / s
    at_leaving = (share[:, 1:] / (beta + times)).sum(axis=1)
    slopes[:, 3] = s / beta - s * (share / (beta + when)).sum(axis=1) - at_leaving
    return values, slopes


def _ways(parameters: Floats, rows: Histories) -> tuple[Floats, Floats, Floats]:
    """ln of the first term in the bracket float64[n]; the integral's times τ and ln of its summands float64[n, 64]."""
    r, alpha, s, beta = parameters
    x, length = rows.repeated, rows.observed
    least = min(alpha, beta)  # the finer of both scales, so that nodes crowd where either factor falls
    start, width = np.log(least + rows.last)[:, None], np.log((least + length) / (least + rows.last))[:, None]
    places = start + width * (_NODES + 1) / 2
    times = np.clip(np.exp(places) - least, rows.last[:, None], length[:, None])
    with np.errstate(divide="ignore"):  # a purchase at T itself leaves no time to have left: ln 0
        left = np.log(s * width / 2 * _WEIGHTS)
    left = left + places - (r + x)[:, None] * np.log(alpha + times) - (s + 1) * np.log(beta + times)
    return -(r + x) * np.log(alpha + length) - s * np.log(beta + length), times, left


def alive(parameters: Floats, rows: Histories) -> Floats:
    """P(still a customer at T | x, t_x, T), float64[n]: the share of L's first term."""
    stayed, _, left = _ways(parameters, rows)
    return np.asarray(np.exp(stayed - np.logaddexp(stayed, logsumexp(left, axis=1))), np.float64)


def expected(parameters: Floats, rows: Histories, periods: float) -> Floats:
    """E[purchases in (T, T + periods] | x, t_x, T], float64[n]; finite at s = 1 too:

    P(alive) · (r+x)/(α+T) · (β+T)/(s−1) · [1 − ((β+T)/(β+T+t))^(s−1)]
    """
    r, alpha, s, beta = parameters
    base = beta + rows.observed
    spread = np.log1p(periods / base)
    stays = base * spread * exprel((1.0 - s) * spread)
    return np.asarray(alive(parameters, rows) * (r + rows.repeated) / (alpha + rows.observed) * stays, np.float64)


def discounted(parameters: Floats, rows: Histories, discount: float) -> Floats:
    """Discounted expected purchases after T without an end, float64[n]; `discount` δ > 0 a unit of time, continuous.

    DET = P(alive) · (r+x)/(α+T) · (β+T)ˢ δ^(s−1) Ψ(s, s; δ(β+T)), Ψ the confluent hypergeometric function of the
    second kind, here as what it stands for: E[1/(μ+δ)] with μ ~ Gamma(s, rate β+T).
    Fader, Hardie, Lee: RFM and CLV: using iso-value curves (J. Marketing Research 42(4), 2005), equation 1. O(64 · n).
    """
    require_discount(discount)
    r, alpha, s, beta = parameters
    base = beta + rows.observed
    stays = base * (1.0 / (gamma_nodes(s) + (discount * base)[:, None]) @ WEIGHTS)
    return np.asarray(alive(parameters, rows) * (r + rows.repeated) / (alpha + rows.observed) * stays, np.float64)
