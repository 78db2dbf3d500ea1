"""π, the chance that business would have happened anyway, from the best evidence at hand, with its interval and grade.

A: a randomised hold-out, B: matched pairs that were not introduced, both π = rate without / rate with introduction;
C: a survey's share of "anyway" on top of the prior; D: the prior Beta(2, 2) alone. What is intended or promised is no
business: callers count what happened.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from graph_algos.pilot import Z

PRIOR = (2.0, 2.0)  # Beta: π is ½ and could be nearly anything (VALUE.md)
ENOUGH_UNITS = 30  # of each arm, or answers: with fewer the interval of π spans most of [0, 1]
ENOUGH_BUSINESS = 5  # among the introduced: the least events at which a rate has a usable normal interval
HALF_WIDTH = 0.1  # of the interval of π that `introductions_needed` aims at
QUANTILES = 400  # of each posterior: 160,000 ratios, whose percentiles move by less than .001 with more


class Grade(StrEnum):
    HOLD_OUT = "A"
    MATCHED = "B"
    SURVEY = "C"
    PRIOR = "D"


@dataclass(frozen=True, slots=True)
class Arm:
    """`count` units, of which `business` led to business. Floats where they are effective counts."""

    count: float
    business: float

    @property
    def rate(self) -> float:
        return self.business / self.count if self.count else math.nan


@dataclass(frozen=True, slots=True)
class Compared:
    """Units with the introduction and without."""

    introduced: Arm
    without: Arm

    @property
    def enough(self) -> bool:
        least = min(self.introduced.count, self.without.count)
        return least >= ENOUGH_UNITS and self.introduced.business >= ENOUGH_BUSINESS


@dataclass(frozen=True, slots=True)
class Survey:
    """`asked` parties who did business, of whom `anyway` say that they would have without the introduction."""

    asked: int
    anyway: int

    @property
    def enough(self) -> bool:
        return self.asked >= ENOUGH_UNITS


@dataclass(frozen=True, slots=True)
class Evidence:
    """`low`, `high`: the 95 % interval of `pi`."""

    grade: Grade
    pi: float
    low: float
    high: float


def best_evidence(held_out: Compared | None, matched: Compared | None, survey: Survey | None) -> Evidence:
    """π by the best grade that has enough evidence.

    >>> best_evidence(None, None, None).grade, round(best_evidence(None, None, None).low, 3)
    (<Grade.PRIOR: 'D'>, 0.094)
    """
    for grade, compared in ((Grade.HOLD_OUT, held_out), (Grade.MATCHED, matched)):
        if compared is not None and compared.enough:
            return Evidence(grade, *ratio(compared))
    enough = survey is not None and survey.enough
    grade, answers = (Grade.SURVEY, survey) if enough else (Grade.PRIOR, None)
    asked, anyway = (answers.asked, answers.anyway) if answers else (0, 0)
    if not 0 <= anyway <= asked:
        raise ValueError("of those asked, none to all can say that they would have anyway")
    beta = stats.beta(PRIOR[0] + anyway, PRIOR[1] + asked - anyway)
    return Evidence(grade, float(beta.mean()), float(beta.ppf(0.025)), float(beta.ppf(0.975)))


def ratio(compared: Compared) -> tuple[float, float, float]:
    """(π, low, high): rate without / rate with introduction, clamped to [0, 1].

    The interval is that of the ratio of two independent Jeffreys posteriors, Beta(k + ½, n − k + ½), whose intervals
    for one rate cover well also at small counts (Brown, Cai, DasGupta 2001); log-ratio and Fieller intervals have no
    answer for an arm without business. All pairs of 400 equally likely quantiles are used, not draws: no seed. Where
    nobody introduced did business the ratio has no value and π is the median.
    """
    for arm in (compared.introduced, compared.without):
        if not (arm.count > 0 and 0 <= arm.business <= arm.count):
            raise ValueError("each arm needs units, and no more business than units")
    introduced, without = compared.introduced, compared.without
    ratios = np.minimum(_quantiles(without)[:, None] / _quantiles(introduced)[None, :], 1.0)
    low, middle, high = np.quantile(ratios, (0.025, 0.5, 0.975))
    pi = min(1.0, without.rate / introduced.rate) if introduced.business else float(middle)
    return pi, min(float(low), pi), max(float(high), pi)


def _quantiles(arm: Arm) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    middles = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return np.asarray(stats.beta.ppf(middles, arm.business + 0.5, arm.count - arm.business + 0.5), dtype=np.float64)


def matched_arms(introduced: ArrayLike, business: ArrayLike, stratum: ArrayLike) -> Compared | None:
    """Pairs introduced (1) and not (0) with whether business followed, compared within strata; None where no stratum
    has both. Those not introduced are weighted to the strata of the introduced (standardisation, as exact matching
    does), and count as n = 1 / Σ w²/n_s units (Kish 1965), so that few heavy rows do not pass for many.

    >>> matched_arms([1, 1, 0, 0, 0, 1], [1, 0, 1, 0, 0, 1], ["a", "a", "a", "a", "b", "c"])
    Compared(introduced=Arm(count=2.0, business=1.0), without=Arm(count=2.0, business=1.0))
    """
    arm, result = np.asarray(introduced, dtype=np.float64), np.asarray(business, dtype=np.float64)
    names = np.asarray(stratum)
    if arm.ndim != 1 or not arm.shape == result.shape == names.shape:
        raise ValueError("the columns must be of one length")
    if not (np.isin(arm, (0.0, 1.0)).all() and np.isin(result, (0.0, 1.0)).all()):
        raise ValueError("introduced and business must be 0 or 1")
    if not arm.size:
        return None
    cells = np.unique(names, return_inverse=True)[1].reshape(-1)
    ones, others = np.bincount(cells, weights=arm), np.bincount(cells, weights=1.0 - arm)
    good = np.bincount(cells, weights=arm * result), np.bincount(cells, weights=(1.0 - arm) * result)
    both = (ones > 0) & (others > 0)
    if not both.any():
        return None
    weights = ones[both] / ones[both].sum()
    rate = float(weights @ (good[1][both] / others[both]))
    count = 1.0 / float(weights**2 @ (1.0 / others[both]))
    return Compared(Arm(float(ones[both].sum()), float(good[0][both].sum())), Arm(count, rate * count))


def introductions_needed(rate_introduced: float, pi: float, hold_out: float) -> int:
    """Decided introductions, the withheld share `hold_out` included, after which the interval of π is about ± .1, and
    at least enough for grade A. By the delta method, with r₁ the rate of the introduced and r₀ = π r₁:

        n = (1.96 / .1)² · π² · [ (1 − r₀) / (r₀ h) + (1 − r₁) / (r₁ (1 − h)) ]

    >>> introductions_needed(0.2, 0.5, 0.1), introductions_needed(0.2, 0.5, 0.5)
    (9071, 2497)
    """
    if not (0.0 < rate_introduced <= 1.0 and 0.0 <= pi <= 1.0 and 0.0 < hold_out < 1.0):
        raise ValueError("a rate and a hold-out lie between 0 and 1, π from 0 to 1")
    without = pi * rate_introduced
    spread = pi * (1.0 - without) / (rate_introduced * hold_out)  # π² (1 − r₀) / (r₀ h), which has a value at π = 0
    spread += pi**2 * (1.0 - rate_introduced) / (rate_introduced * (1.0 - hold_out))
    enough = (
        ENOUGH_UNITS / min(hold_out, 1.0 - hold_out),
        ENOUGH_BUSINESS / (rate_introduced * (1.0 - hold_out)),
        (Z / HALF_WIDTH) ** 2 * spread,
    )
    return math.ceil(max(enough))
