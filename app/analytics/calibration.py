"""From how clearly a candidate stands out to the share of such candidates that were right.

Fitted on what was shown. Isotonic regression (Zadrozny & Elkan 2002) where there are enough right answers, Platt's
sigmoid (1999) below that, because steps of few answers are noise. scikit-learn is part of the extra `ranker`.
"""

from importlib import import_module
from typing import Any

import numpy as np

from app.analytics.columns import Float64

LEAST_SHOWN = 200  # below this, or with fewer right answers, no probability is shown
LEAST_RIGHT = 50
LEAST_FOR_STEPS = 500  # right answers: fewer are given a sigmoid
POINTS = 101  # of the sigmoid that are kept

Axes = tuple[tuple[float, ...], tuple[float, ...]]


def is_enough(hit: Float64) -> bool:
    """Whether so many outcomes of shown candidates carry a calibration."""
    return len(hit) >= LEAST_SHOWN and float(hit.sum()) >= LEAST_RIGHT


def calibrate(strength: Float64, hit: Float64) -> Axes:
    """The curve as two axes of equal length, both ascending; `hit` is 0 or 1."""
    if hit.sum() >= LEAST_FOR_STEPS:
        curve = _library("sklearn.isotonic").IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        curve.fit(strength, hit)
        return tuple(curve.X_thresholds_.tolist()), tuple(curve.y_thresholds_.tolist())
    if hit.min(initial=1.0) == hit.max(initial=0.0):  # all right or all wrong: a constant
        return (0.0, 1.0), (float(hit[0]), float(hit[0]))
    sigmoid = _library("sklearn.linear_model").LogisticRegression(C=1e6)
    sigmoid.fit(_stretched(strength), hit)
    grid = np.linspace(0.0, 1.0, POINTS)
    rising = np.maximum.accumulate(sigmoid.predict_proba(_stretched(grid))[:, 1])
    return tuple(grid.tolist()), tuple(rising.tolist())


def calibrated(strength: Float64, axes: Axes) -> Float64:
    """Shares in [0, 1], between the points of the curve on a straight line."""
    return np.asarray(np.interp(strength, axes[0], axes[1]), dtype=np.float64)


def _stretched(strength: Float64) -> Float64:
    """Log-odds of the strength, as Platt's sigmoid expects; kept finite."""
    inside = np.clip(strength, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside)).reshape(-1, 1)


def _library(module: str) -> Any:
    return import_module(module)  # an extra, and a second to import
