"""What a pilot did to success, from what its log holds: who was treated, with which probability, and what came of it.

Three estimates of one effect: the naive difference of the two arms, the same weighted by the inverse of the logged
probability, and the doubly robust one (augmented inverse probability weighting; Robins, Rotnitzky, Zhao 1994). Where
the hard cases were treated more often than the easy ones, only the last two say what the treatment did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from graph_algos.csr import Float64, Int64, frozen

Z = float(stats.norm.ppf(0.975))  # 1.96: of every 95 % interval here, and of the rule below
IMBALANCE = 0.1  # standardised difference of a covariate beyond which two arms are not alike (Austin 2009)
LEAST_OF_AN_ARM = 2  # each row is predicted from the others of its arm


@dataclass(frozen=True, slots=True)
class PilotLog:
    """One row an introduction, all arrays of shape (n,). `probability`: with which the row was treated, 0 < p < 1.
    `success`: 0 or 1. `stratum`: 0 … m − 1, every covariate that the treatment depended on, cut into cells."""

    treated: NDArray[np.bool_]
    probability: Float64
    success: Float64
    stratum: Int64


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference of probabilities of success."""

    effect: float
    standard_error: float

    @property
    def low(self) -> float:
        return self.effect - Z * self.standard_error

    @property
    def high(self) -> float:
        return self.effect + Z * self.standard_error


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gap`: naive minus doubly robust, with the standard error of that difference. `imbalance`: the largest
    standardised difference of a stratum's share between the arms."""

    naive: Estimate
    weighted: Estimate
    doubly_robust: Estimate
    gap: Estimate
    imbalance: float

    @property
    def misleading(self) -> bool:
        """Of the naive difference, by the rule of VALUE.md."""
        return abs(self.gap.effect) > Z * self.gap.standard_error or self.imbalance > IMBALANCE


def pilot_log(treated: ArrayLike, probability: ArrayLike, success: ArrayLike, stratum: ArrayLike) -> PilotLog:
    """A log whose rows can be compared; strata may be named by anything that sorts.

    Raises ValueError where a row's values lie outside what `PilotLog` says, or an arm has fewer than two rows.
    """
    arms, chance, result = (np.asarray(one, dtype=np.float64) for one in (treated, probability, success))
    names = np.asarray(stratum)
    if arms.ndim != 1 or not arms.shape == chance.shape == result.shape == names.shape:
        raise ValueError("the columns of a log must be of one length")
    if not (np.isin(arms, (0.0, 1.0)).all() and np.isin(result, (0.0, 1.0)).all()):
        raise ValueError("treated and success must be 0 or 1")
    if not ((chance > 0.0) & (chance < 1.0)).all():
        raise ValueError("a probability of treatment must lie between 0 and 1, ends excluded")
    if min(arms.sum(), arms.size - arms.sum()) < LEAST_OF_AN_ARM:
        raise ValueError(f"each arm must have at least {LEAST_OF_AN_ARM} rows")
    cells = np.unique(names, return_inverse=True)[1].reshape(-1)
    return PilotLog(arms > 0, frozen(chance, np.float64), frozen(result, np.float64), frozen(cells, np.int64))


def compare(log: PilotLog) -> Comparison:
    """All three estimates; O(n log n) in `pilot_log`, O(n) here; no order of rows and no seed changes anything.

    Doubly robust: the mean of φ = m₁ − m₀ + T(y − m₁)/p − (1 − T)(y − m₀)/(1 − p) with its standard error sd(φ)/√n.
    mₜ is the mean success of arm t in the row's stratum without the row itself: cross-fitting with n folds, which has
    a closed form. A cell with nobody else is predicted by the rest of its arm. The estimate is unbiased whatever m is,
    because p is logged; a good m makes its interval narrow.

    >>> log = pilot_log([1, 1, 0, 0, 1, 1, 0, 0], [0.5] * 8, [1, 1, 0, 0, 0, 0, 0, 0], [0] * 4 + [1] * 4)
    >>> found = compare(log)
    >>> found.naive.effect, found.doubly_robust.effect, found.imbalance
    (0.5, 0.5, 0.0)
    """
    p, y, in_one, in_other = _columns(log)
    naive, naive_influence = _difference(in_one, in_other, y)
    weighted, weighted_influence = _difference(in_one / p, in_other / (1.0 - p), y)
    scores = _scores(log)
    robust = float(scores.mean())
    return Comparison(
        naive=_estimate(naive, naive_influence),
        weighted=_estimate(weighted, weighted_influence),
        doubly_robust=_estimate(robust, scores - robust),
        gap=_estimate(naive - robust, naive_influence - (scores - robust)),
        imbalance=_imbalance(log),
    )


def doubly_robust(log: PilotLog) -> Estimate:
    """That of `compare` alone."""
    scores = _scores(log)
    return _estimate(float(scores.mean()), scores)


def _columns(log: PilotLog) -> tuple[Float64, Float64, Float64, Float64]:
    in_one = log.treated.astype(np.float64)
    return log.probability, log.success, in_one, 1.0 - in_one


def _scores(log: PilotLog) -> Float64:
    """φ of `compare`."""
    p, y, in_one, in_other = _columns(log)
    one, other = _predicted(log, in_one), _predicted(log, in_other)
    scores: Float64 = one - other + in_one / p * (y - one) - in_other / (1.0 - p) * (y - other)
    return scores


def _difference(one: Float64, other: Float64, y: Float64) -> tuple[float, Float64]:
    """Difference of two weighted means (Hájek 1971) and the influence of each row on it."""
    means = [float(weights @ y / weights.sum()) for weights in (one, other)]
    influences = [weights * (y - mean) / weights.mean() for weights, mean in zip((one, other), means, strict=True)]
    return means[0] - means[1], influences[0] - influences[1]


def _predicted(log: PilotLog, arm: Float64) -> Float64:
    """Success of each row if it were in this arm, from the others: its stratum's rows there, or else all rows there."""
    cells, own = log.stratum, arm * log.success
    count = np.bincount(cells, weights=arm)[cells] - arm
    total = np.bincount(cells, weights=own)[cells] - own
    rest = (own.sum() - own) / (arm.sum() - arm)
    predicted: Float64 = np.divide(total, count, out=rest, where=count > 0)
    return predicted


def _imbalance(log: PilotLog) -> float:
    """max over strata of |s₁ − s₀| / √((s₁(1 − s₁) + s₀(1 − s₀)) / 2), s the stratum's share of an arm; a stratum that
    is all of one arm and nothing of the other is infinitely far."""
    strata = int(log.stratum.max()) + 1
    shares = [np.bincount(log.stratum[arm], minlength=strata) for arm in (log.treated, ~log.treated)]
    one, other = (counts / counts.sum() for counts in shares)
    spread = np.sqrt((one * (1.0 - one) + other * (1.0 - other)) / 2.0)
    apart = np.abs(one - other)
    never = np.where(apart > 0.0, np.inf, 0.0)
    return float(np.divide(apart, spread, out=never, where=spread > 0.0).max())


def _estimate(effect: float, influence: Float64) -> Estimate:
    return Estimate(effect, float(influence.std(ddof=1) / np.sqrt(influence.size)))
