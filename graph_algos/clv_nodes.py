"""Expectations over a Gamma or Beta variable as sums over its quantiles, with weights that sum to one.

E f(X) = ∫ f(quantile(v)) dv over 0 … 1 by the double exponential rule (Takahasi, Mori 1974), which crowds nodes at both
ends, where quantiles run away. Closed forms of discounted purchases fail where customers live: scipy's `hyperu` is NaN
from s = 10 on, `hyp2f1` for customers with hundreds of purchases. Of discounted
purchases seven digits are right as a rule, five at worst with parameters of 0.3 and more, two with some of 0.05.
"""

import numpy as np
from scipy.special import betainccinv, betaincinv, gammainccinv, gammaincinv

from graph_algos.value_columns import Floats

_PLACES = np.linspace(-3.15, 3.15, 64)
_ODDS = np.exp(-np.pi * np.abs(np.sinh(_PLACES)))
_LOW = _PLACES < 0
_TAIL = _ODDS / (1.0 + _ODDS)  # v below one half, 1 − v above it: no digits are lost at either end
_MASSES = np.pi * np.cosh(_PLACES) * _ODDS / (1.0 + _ODDS) ** 2
WEIGHTS: Floats = _MASSES / _MASSES.sum()
"""float64[64], of the nodes below; sum 1."""

SMALLEST = 1e-300


def gamma_nodes(shape: float) -> Floats:
    """Quantiles of Gamma(shape, rate 1), float64[64], ascending; divide by the rate.

    >>> round(float(gamma_nodes(2.5) @ WEIGHTS), 9)
    2.5
    """
    return np.asarray(np.where(_LOW, gammaincinv(shape, _TAIL), gammainccinv(shape, _TAIL)), np.float64)


def beta_nodes(a: float, b: float) -> Floats:
    """Quantiles of Beta(a, b), float64[64], ascending; never 0, so that one may divide by them.

    >>> round(float(beta_nodes(1.0, 3.0) @ WEIGHTS), 9)
    0.25
    """
    nodes = np.where(_LOW, betaincinv(a, b, _TAIL), betainccinv(a, b, _TAIL))
    return np.asarray(np.maximum(nodes, SMALLEST), np.float64)


def require_discount(discount: float) -> None:
    """ValueError for a rate without which nothing converges."""
    if not 0.0 < discount < np.inf:
        raise ValueError("a discount rate must be above 0 and finite")
