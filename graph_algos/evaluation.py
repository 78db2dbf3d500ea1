"""Figures by which rankings and probabilities are judged, with intervals. Higher is better unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Float64

RESAMPLES = 1_000
BINS = 15
CHUNK = 50  # resamples drawn at once: bounds memory at 50 · n indexes


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the 95 % percentile interval of its bootstrap (Efron 1979)."""

    mean: float
    low: float
    high: float


def reciprocal_rank(ranks: ArrayLike) -> Float64:
    """1 / rank, 0 for rank 0, which stands for "not found".

    >>> reciprocal_rank([1, 4, 0]).tolist()
    [1.0, 0.25, 0.0]
    """
    places = np.asarray(ranks, dtype=np.float64)
    return np.divide(1.0, places, out=np.zeros(places.shape), where=places > 0)


def hit_at(ranks: ArrayLike, depth: int) -> Float64:
    """Whether the one right answer is among the first `depth`.

    >>> hit_at([1, 4, 0], 3).tolist()
    [1.0, 0.0, 0.0]
    """
    places = np.asarray(ranks)
    return ((places > 0) & (places <= depth)).astype(np.float64)


def discounted_gain(ranks: ArrayLike, depth: int = 10) -> Float64:
    """NDCG@depth with one right answer: 1 / log2(1 + rank); Järvelin, Kekäläinen (2002).

    >>> discounted_gain([1, 3, 0]).tolist()
    [1.0, 0.5, 0.0]
    """
    places = np.asarray(ranks, dtype=np.float64)
    inside = (places > 0) & (places <= depth)
    return np.divide(1.0, np.log2(1.0 + places), out=np.zeros(places.shape), where=inside)


def bootstrap(values: ArrayLike, *, seed: int = 0) -> Interval:
    """Mean of the values over resampled needs; of a difference of two methods, this is the paired bootstrap.

    O(RESAMPLES · n) time. Same values and seed, same interval.

    >>> bootstrap([1.0, 1.0])
    Interval(mean=1.0, low=1.0, high=1.0)
    """
    sample = np.asarray(values, dtype=np.float64)
    if not sample.size:
        return Interval(0.0, 0.0, 0.0)
    low, high = np.quantile(_means(sample[:, None], seed)[:, 0], (0.025, 0.975))
    return Interval(float(sample.mean()), float(low), float(high))


def ratio_interval(one: ArrayLike, other: ArrayLike, *, seed: int = 0) -> Interval:
    """mean(one) / mean(other), both over the same resampled needs; inf where the other's mean is 0.

    >>> ratio_interval([1.0, 1.0], [0.5, 0.5])
    Interval(mean=2.0, low=2.0, high=2.0)
    """
    pairs = np.stack((np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)), axis=1)
    if not len(pairs) or not pairs[:, 1].any():
        return Interval(float("inf"), float("inf"), float("inf"))
    means = _means(pairs, seed)
    ratios = np.divide(means[:, 0], means[:, 1], out=np.full(len(means), np.inf), where=means[:, 1] > 0)
    low, high = np.quantile(ratios, (0.025, 0.975), method="nearest")
    return Interval(float(pairs[:, 0].mean() / pairs[:, 1].mean()), float(low), float(high))


def _means(sample: Float64, seed: int) -> Float64:
    draw = np.random.default_rng(seed)
    size = len(sample)
    chunks = [
        sample[draw.integers(0, size, size=(min(CHUNK, RESAMPLES - start), size))].mean(axis=1)
        for start in range(0, RESAMPLES, CHUNK)
    ]
    return np.concatenate(chunks)


def calibration_curve(
    probability: ArrayLike, outcome: ArrayLike, *, bins: int = BINS
) -> list[tuple[float, float, int]]:
    """(mean probability, share that came true, how many) of bins of equal size; equal probabilities stay together.

    >>> calibration_curve([0.1, 0.9], [0, 1], bins=2)
    [(0.1, 0.0, 1), (0.9, 1.0, 1)]
    """
    said, came = np.asarray(probability, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if not said.size:
        return []
    edges = np.unique(np.quantile(said, np.linspace(0.0, 1.0, bins + 1)[1:-1], method="higher"))
    place = np.searchsorted(edges, said, side="right")
    return [
        (float(said[place == one].mean()), float(came[place == one].mean()), int((place == one).sum()))
        for one in np.unique(place)
    ]


def calibration_error(probability: ArrayLike, outcome: ArrayLike, *, bins: int = BINS) -> float:
    """Expected calibration error, smaller is better: Σ n_b / n · |said − came true| over bins of equal size.

    Naeini, Cooper, Hauskrecht: Obtaining well calibrated probabilities using Bayesian binning (2015).

    >>> calibration_error([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])
    0.0
    """
    curve = calibration_curve(probability, outcome, bins=bins)
    total = sum(count for _, _, count in curve)
    return sum(count * abs(said - came) for said, came, count in curve) / total if total else 0.0


def gini(shares: ArrayLike) -> float:
    """How unequally something is spread, smaller is more even: 0 all alike, near 1 all with one.

    >>> gini([1, 1, 1]), round(gini([0, 0, 3]), 3)
    (0.0, 0.667)
    """
    values = np.sort(np.asarray(shares, dtype=np.float64))
    total = values.sum()
    if not values.size or total <= 0.0:
        return 0.0
    place = np.arange(1, values.size + 1)
    return float((2 * place - values.size - 1) @ values / (values.size * total))
