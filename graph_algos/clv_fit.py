"""Maximum likelihood for the models of lifetime value: one optimiser, one answer with its standard errors.

A fit is found or refused: what the data cannot tell is `Unidentified`, with a sentence; no NaN leaves this package.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from graph_algos.value_columns import Floats

FEWEST_CUSTOMERS = 50  # below, standard errors of four parameters are wider than anything worth saying
WIDEST = 12.0  # of a log parameter on scaled data: e^±12 is 0.000006 … 160,000; beyond, the likelihood is flat
STEP = 1e-4  # of a log parameter, for differences of gradients: error about 1e-8 of curvature
POLISH = 20  # Newton steps at most; two or three are the rule
FLAT = 1e-9  # smallest eigenvalue of the information per customer that still tells a parameter

Likelihoods = Callable[[Floats], tuple[Floats, Floats]]
"""Parameters float64[k] → log-likelihood of each distinct row, float64[n], and its gradient, float64[n, k]."""
_Loss = Callable[[Floats], tuple[float, Floats]]


class Unidentified(ValueError):
    """The data cannot tell the parameters of the model; the message says why, and names no customer."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """`log_parameters` float64[k] in the order of `names`; `covariance` float64[k, k] is theirs (the inverse of the
    observed information). `log_likelihood` is that of all customers, in the units of the data."""

    names: tuple[str, ...]
    log_parameters: Floats
    covariance: Floats
    log_likelihood: float
    customers: int

    @property
    def parameters(self) -> Floats:
        """float64[k], as the papers print them."""
        return np.exp(self.log_parameters)

    def in_units(self, scales: Floats, log_density: float) -> "Fit":
        """From scaled data back: parameters are multiplied by `scales`, the log-likelihood grows by `log_density`."""
        return replace(
            self,
            log_parameters=self.log_parameters + np.log(scales),
            log_likelihood=self.log_likelihood + log_density,
        )


def maximise(likelihoods: Likelihoods, counts: Floats, names: tuple[str, ...], *, start: Floats) -> Fit:
    """The parameters where the likelihood is highest: L-BFGS within e^±12, then Newton steps.

    `counts` float64[n]: customers of each row. `start`: log parameters, float64[k]; the data are scaled so that 0 is a
    sensible one. Raises Unidentified where the likelihood grows towards a border or is flat. O(k²) evaluations.
    """
    customers = round(float(counts.sum()))

    def loss(point: Floats) -> tuple[float, Floats]:
        parameters = np.exp(point)
        values, slopes = likelihoods(parameters)
        return -float(counts @ values) / customers, -(counts @ slopes) * parameters / customers

    bounds = [(-WIDEST, WIDEST)] * len(names)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "gtol": 1e-7})
    point = np.asarray(found.x, np.float64)
    lost = [name for name, at in zip(names, point, strict=True) if abs(at) > WIDEST - 0.5]
    if lost:
        raise Unidentified(f"The data do not tell {', '.join(lost)}: the likelihood grows without end.")
    for _ in range(POLISH):
        gradient = loss(point)[1]
        information = _information(loss, point, names)
        step = np.linalg.solve(information, gradient)
        point = point - step
        if not np.abs(point).max() < WIDEST:
            raise Unidentified(f"The data do not tell {', '.join(names)}: the likelihood has no peak.")
        if np.abs(step).max() < 1e-9:
            break
    else:
        raise Unidentified(f"The data do not tell {', '.join(names)}: no peak of the likelihood was reached.")
    covariance = np.linalg.inv(_information(loss, point, names)) / customers
    return Fit(names, point, covariance, -loss(point)[0] * customers, customers)


def _information(loss: _Loss, point: Floats, names: tuple[str, ...]) -> Floats:
    """The observed information of one customer, float64[k, k], from central differences of the gradient."""
    steps = np.eye(len(point)) * STEP
    rows = [(loss(point + step)[1] - loss(point - step)[1]) / (2.0 * STEP) for step in steps]
    information = np.asarray(rows, np.float64)
    information = (information + information.T) / 2.0
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] < FLAT:
        raise Unidentified(f"The data do not tell {', '.join(names)} apart: the likelihood is flat there.")
    return information


def log_error(fit: Fit, quantity: Callable[[Floats], Floats]) -> Floats:
    """Standard error of ln quantity by the delta method: √(J C Jᵀ), J = ∂ ln quantity / ∂ ln parameters; float64[n].

    `quantity`: parameters float64[k] → float64[n] of 0 or more; where it is 0 the error is 0. It measures how well the
    parameters are known, not how far one customer may be from what is expected of it. 2 k + 1 calls of `quantity`.
    """
    here = quantity(fit.parameters)
    slopes = np.zeros((len(here), len(fit.names)))
    for at, step in enumerate(np.eye(len(fit.names)) * STEP):
        rise = quantity(np.exp(fit.log_parameters + step)) - quantity(np.exp(fit.log_parameters - step))
        np.divide(rise, 2.0 * STEP * here, out=slopes[:, at], where=here > 0)
    return np.asarray(np.sqrt(np.einsum("nj,jk,nk->n", slopes, fit.covariance, slopes)), np.float64)
