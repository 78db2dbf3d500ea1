"""How well scores order what happened before what did not, and how alike two partitions are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from graph_algos.csr import Float64


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve, ties count half: P(score of a positive > score of a negative).

    Raises ValueError unless both classes are there and every score is finite.

    >>> auc([1, 1, 0, 0], [0.9, 0.3, 0.3, 0.1])
    0.875
    """
    positive, values = _checked(labels, scores)
    ones = int(positive.sum())
    ranks = stats.rankdata(values)
    return float((ranks[positive > 0].sum() - ones * (ones + 1) / 2) / (ones * (positive.size - ones)))


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Σ (recall_k - recall_{k-1}) · precision_k over distinct scores from the top; equal scores enter together.

    >>> round(average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]), 4)
    0.8333
    """
    positive, values = _checked(labels, scores)
    order = np.argsort(-values, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.append(np.flatnonzero(np.diff(values[order])), values.size - 1)
    gained = np.diff(hits[last], prepend=0.0)
    return float(np.sum(gained * hits[last] / (last + 1.0)) / hits[-1])


def nmi(first: ArrayLike, second: ArrayLike) -> float:
    """Mutual information of two partitions / mean of their entropies: 0 … 1; 1 where both are one block.

    >>> nmi([0, 0, 1, 1], [5, 5, 2, 2]), nmi([0, 0, 1, 1], [0, 1, 0, 1])
    (1.0, 0.0)
    """
    one, other = np.unique(first, return_inverse=True)[1], np.unique(second, return_inverse=True)[1]
    if one.shape != other.shape or one.size == 0:
        raise ValueError("both partitions must name the same nodes, at least one")
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1.0 / one.size)
    outer = np.outer(table.sum(axis=1), table.sum(axis=0))
    inside = table > 0.0
    shared = float(np.sum(table[inside] * np.log(table[inside] / outer[inside])))
    mean = (_entropy(table.sum(axis=1)) + _entropy(table.sum(axis=0))) / 2.0
    return 1.0 if mean == 0.0 else min(1.0, max(0.0, shared / mean))


def mean_interval(values: ArrayLike, *, confidence: float = 0.95) -> dict[str, float]:
    """{mean, low, high}: Student's interval of the mean of independent runs; a single run has no width.

    >>> {key: round(value, 3) for key, value in mean_interval([1.0, 2.0, 3.0]).items()}
    {'mean': 2.0, 'low': -0.484, 'high': 4.484}
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or sample.size == 0 or not np.isfinite(sample).all():
        raise ValueError("values must be a list of finite numbers, at least one")
    mean, half = float(sample.mean()), 0.0
    if sample.size > 1:
        half = float(stats.t.ppf((1 + confidence) / 2, sample.size - 1) * sample.std(ddof=1) / np.sqrt(sample.size))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def _entropy(shares: Float64) -> float:
    return float(-np.sum(shares * np.log(shares)))


def _checked(labels: ArrayLike, scores: ArrayLike) -> tuple[Float64, Float64]:
    positive, values = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if positive.ndim != 1 or positive.shape != values.shape:
        raise ValueError("labels and scores must be of one length")
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite")
    if not (np.isin(positive, (0.0, 1.0)).all() and 0.0 < positive.sum() < positive.size):
        raise ValueError("labels must be 0 and 1, at least one of each")
    return positive, values
