"""How large a pilot must be, before it starts: power of the doubly robust estimate, and introductions for a power.

Power by seeded draws of whole pilots, each read as the real one will be; and by formula, from the
asymptotic variance of an efficient estimate with known probabilities (Hahn 1998), per introduction

    V = Σ_x s_x · [ r₁(1 − r₁)/p + r₀(1 − r₀)/(1 − p) + (r₁ − r₀ − δ)² ],        δ = Σ_x s_x · (r₁ − r₀)

with s the share of a stratum, r₁ and r₀ its success when introduced and when not, p the probability of being
introduced. The formula promises a little too much where the smallest cell of a pilot holds few dozen introductions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from graph_algos.csr import Float64, frozen
from graph_algos.pilot import LEAST_OF_AN_ARM, PilotLog, Z, doubly_robust

USUAL_POWER = 0.8
RUNS = 300  # draws of a pilot: a power of ½ is known to ± .06, one of .9 to ± .03
BY_CHANCE = 0.05  # power of a pilot without any effect
MOST = 10**12  # introductions: beyond this an effect is nothing that a pilot can show


@dataclass(frozen=True, slots=True)
class Design:
    """Of a pilot, by stratum: arrays of one length. `share` adds up to 1; `probability` of being introduced."""

    share: Float64
    held: Float64
    introduced: Float64
    probability: Float64

    @property
    def effect(self) -> float:
        return float(self.share @ (self.introduced - self.held))

    @property
    def naive(self) -> float:
        """What the difference of the two arms tends to, whatever the pilot's size."""
        one, other = self.share * self.probability, self.share * (1.0 - self.probability)
        return float(one @ self.introduced / one.sum() - other @ self.held / other.sum())

    @property
    def variance(self) -> float:
        """V of the module's head."""
        p, one, other = self.probability, self.introduced, self.held
        within = one * (1.0 - one) / p + other * (1.0 - other) / (1.0 - p)
        return float(self.share @ (within + (one - other - self.effect) ** 2))

    def even(self) -> Design:
        """The same pilot with everybody's chance 50/50."""
        return replace(self, probability=np.full_like(self.probability, 0.5))


def design(share: ArrayLike, held: ArrayLike, introduced: ArrayLike, probability: ArrayLike) -> Design:
    """Raises ValueError for strata whose shares do not add up to 1, rates outside [0, 1], a probability outside (0, 1).

    >>> skewed = design([0.5, 0.5], [0.06, 0.20], [0.09, 0.24], [0.8, 0.1])
    >>> round(skewed.effect, 4), round(skewed.naive, 3)
    (0.035, -0.068)
    """
    columns = [np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (share, held, introduced, probability)]
    weights, *rates, chance = columns
    if weights.ndim != 1 or len({one.shape for one in columns}) != 1:
        raise ValueError("the columns of a design must be of one length")
    if not (weights > 0.0).all() or not math.isclose(weights.sum(), 1.0, abs_tol=1e-6):
        raise ValueError("the shares of the strata must be positive and add up to 1")
    if not all(((one >= 0.0) & (one <= 1.0)).all() for one in rates):
        raise ValueError("a rate must lie between 0 and 1")
    if not ((chance > 0.0) & (chance < 1.0)).all():
        raise ValueError("a probability of being introduced must lie between 0 and 1, ends excluded")
    return Design(*(frozen(one, np.float64) for one in (weights / weights.sum(), *rates, chance)))


def power(planned: Design, count: int) -> float:
    """P(the 95 % interval of the effect excludes 0) with `count` introductions; .05 where there is no effect.

    >>> skewed = design([0.5, 0.5], [0.06, 0.20], [0.09, 0.24], [0.8, 0.1])
    >>> [round(power(skewed, count), 2) for count in (12_000, 40_000)]
    [0.94, 1.0]
    """
    if count < 1:
        raise ValueError("a pilot has at least one introduction")
    if planned.variance == 0.0:
        return 1.0 if planned.effect else 1.0 - float(stats.norm.cdf(Z) - stats.norm.cdf(-Z))
    away = planned.effect / math.sqrt(planned.variance / count)
    return float(stats.norm.cdf(away - Z) + stats.norm.cdf(-away - Z))


def draw(planned: Design, count: int, seed: int) -> PilotLog:
    """A pilot as it might go: each introduction's stratum, arm and success by chance."""
    rng = np.random.default_rng(seed)
    stratum = rng.choice(planned.share.size, size=count, p=planned.share)
    chance = planned.probability[stratum]
    treated = rng.random(count) < chance
    rate = np.where(treated, planned.introduced[stratum], planned.held[stratum])
    return PilotLog(treated, chance, (rng.random(count) < rate).astype(np.float64), stratum)


def drawn_power(planned: Design, count: int, runs: int = RUNS) -> float:
    """The share of `runs` pilots, drawn with seeds 0, 1, …, whose doubly robust interval excludes 0; those with an arm
    too small to compare, or all alike, show nothing.

    >>> drawn_power(design([1.0], [0.1], [0.3], [0.5]), 200, runs=20)
    0.95
    """
    return sum(_shows(draw(planned, count, seed)) for seed in range(runs)) / runs


def _shows(log: PilotLog) -> bool:
    introduced = int(log.treated.sum())
    if min(introduced, log.treated.size - introduced) < LEAST_OF_AN_ARM:
        return False
    found = doubly_robust(log)
    return found.standard_error > 0.0 and not found.low <= 0.0 <= found.high


def needed(planned: Design, wanted: float = USUAL_POWER) -> int | None:
    """The fewest introductions with at least this power; None where no pilot would show the effect.

    >>> one = design([1.0], [0.10], [0.15], [0.5])
    >>> power(one, needed(one)) >= 0.8 > power(one, needed(one) - 1)
    True
    """
    if not BY_CHANCE < wanted < 1.0:
        raise ValueError("a power lies between .05 and 1, ends excluded")
    low, high = 0, 1
    while power(planned, high) < wanted:
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(planned, middle) >= wanted else (middle, high)
    return high
