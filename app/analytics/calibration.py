"""From a figure (how clearly a candidate stands out, how much the signals agree) to the share that came true.

Isotonic regression (Zadrozny & Elkan 2002) where there are enough successes, Platt's sigmoid (1999) below that, because
steps of few answers are noise. Each curve carries a 95 % interval: Wilson's of each step, Laplace's of the sigmoid.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from app.analytics.columns import Float64
from graph_algos.share import wilson

LEAST_SHOWN = 200  # below this, or with fewer successes, no probability is shown
LEAST_RIGHT = 50
LEAST_FOR_STEPS = 500  # successes: fewer are given a sigmoid
POINTS = 101  # of the sigmoid that are kept
Z = 1.959964  # of 95 %
_STEPS = 100  # of Newton's method at most; about 8 are taken
_FLAT = 1e-6  # ridge on the slope, so that separated answers have a finite one


@dataclass(frozen=True, slots=True)
class Curve:
    """`inputs` and `values` ascend; between points a straight line, beyond them the ends. `low` and `high`: 95 %.
    `trials` of which `successes` drew it."""

    inputs: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    trials: int
    successes: int

    def at(self, figures: Float64 | Sequence[float]) -> tuple[Float64, Float64, Float64]:
        """Value, low and high of each figure, all in [0, 1]."""
        value, low, high = (np.interp(figures, self.inputs, axis) for axis in (self.values, self.low, self.high))
        return value, np.minimum(low, value), np.maximum(high, value)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def curve_of(document: Any) -> Curve:
    """Of what `plain` gave, also after a way through JSON. KeyError or TypeError for anything else."""
    axes = {name: tuple(map(float, document[name])) for name in ("inputs", "values", "low", "high")}
    return Curve(**axes, trials=int(document["trials"]), successes=int(document["successes"]))


def is_enough(hit: Float64) -> bool:
    """Whether so many outcomes of shown candidates carry a calibration."""
    return len(hit) >= LEAST_SHOWN and float(hit.sum()) >= LEAST_RIGHT


def calibrate(figure: Float64, hit: Float64) -> Curve:
    """The curve of at least one trial; `hit` is 0 or 1. O(n log n)."""
    trials, successes = len(hit), int(hit.sum())
    if successes in (0, trials):  # nothing to tell apart
        low, high = wilson(float(successes), float(trials))
        value, below, above = ((one, one) for one in (successes / trials, float(low), float(high)))
        return Curve((0.0, 1.0), value, below, above, trials, successes)
    axes = _steps(figure, hit) if successes >= LEAST_FOR_STEPS else _sigmoid(figure, hit)
    return Curve(*axes, trials, successes)


_Axes = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...]]


def _steps(figure: Float64, hit: Float64) -> _Axes:
    """Each block of equal values by its two ends."""
    inputs, place, counts = np.unique(figure, return_inverse=True, return_counts=True)
    found = isotonic_regression(np.bincount(place, hit) / counts, weights=counts)
    starts = found.blocks
    weights = np.add.reduceat(counts, starts[:-1]).astype(np.float64)
    values = np.clip(found.x[starts[:-1]], 0.0, 1.0)
    low, high = wilson(values * weights, weights)
    ends = np.column_stack((starts[:-1], starts[1:] - 1)).ravel()
    kept = np.append(True, ends[1:] != ends[:-1])  # a block of one figure is one point
    axes = (inputs[ends], *(np.repeat(axis, 2) for axis in (values, low, high)))
    first, *rest = (tuple(axis[kept].tolist()) for axis in axes)
    return first, rest[0], rest[1], rest[2]


def _sigmoid(figure: Float64, hit: Float64) -> _Axes:
    """Newton's method on the two parameters; a falling sigmoid is replaced by the plain share."""
    rows = _rows(figure)
    weights, spread = _newton(rows, hit)
    if weights[1] < 0:
        rows = rows * (1.0, 0.0)
        weights, spread = _newton(rows, hit)
    inputs = np.linspace(0.0, 1.0, POINTS)
    grid = _rows(inputs) * (1.0, float(weights[1] != 0.0))
    middle = grid @ weights
    half = Z * np.sqrt(np.einsum("ij,jk,ik->i", grid, spread, grid))
    low, value, high = (1 / (1 + np.exp(-one)) for one in (middle - half, middle, middle + half))
    return tuple(inputs.tolist()), tuple(value.tolist()), tuple(low.tolist()), tuple(high.tolist())


def _newton(rows: Float64, hit: Float64) -> tuple[Float64, Float64]:
    """Weights of intercept and slope, and their covariance."""
    weights = np.array([np.log(hit.sum() / (len(hit) - hit.sum())), 0.0])
    ridge = np.diag([0.0, _FLAT])
    for _ in range(_STEPS):
        said = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        curved = (rows * (said * (1 - said))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curved, rows.T @ (hit - said) - ridge @ weights)
        weights = weights + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-10:
            break
    return weights, np.linalg.inv(curved)


def _rows(figure: Float64) -> Float64:
    """Ones beside log-odds of the figure, as Platt's sigmoid expects; kept finite."""
    inside = np.clip(figure, 1e-6, 1 - 1e-6)
    return np.column_stack((np.ones(len(inside)), np.log(inside / (1 - inside))))
