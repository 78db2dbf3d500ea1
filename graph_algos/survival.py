"""How long something takes when some of it is not over yet: the Kaplan–Meier estimate and its median.

S(t) = Π_{t_i ≤ t} (1 − d_i / n_i), Kaplan & Meier, JASA 53 (1958); its interval by Greenwood's variance on the scale of
log(−log S), which stays within [0, 1] (Kalbfleisch & Prentice, 1980). The median is the first time at which S ≤ ½, and
its interval the times at which that of S holds ½ (Brookmeyer & Crowley, Biometrics 38, 1982). O(n log n).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Median:
    """In the unit of the spans. None where so many are not over that the estimate never falls to ½; an interval open
    on that side."""

    value: float | None
    low: float | None
    high: float | None


def median_span(spans: Sequence[float], over: Sequence[bool]) -> Median:
    """Of spans ≥ 0, of which those that are not `over` lasted at least so long. All None without one that is over."""
    length, ended = np.asarray(spans, np.float64), np.asarray(over, np.bool_)
    if not ended.any():
        return Median(None, None, None)
    alive: Any = ecdf(CensoredData(uncensored=length[ended], right=length[~ended])).sf
    times, estimate = (np.asarray(one, np.float64) for one in (alive.quantiles, alive.probabilities))
    with np.errstate(all="ignore"), warnings.catch_warnings():  # at S = 0 and S = 1 the scale has no value
        warnings.simplefilter("ignore", RuntimeWarning)
        band = alive.confidence_interval(confidence_level=CONFIDENCE, method="log-log")
    low, high = (_certain(bound.probabilities, estimate) for bound in (band.low, band.high))
    return Median(_first(times, estimate), _first(times, low), _first(times, high))


def _certain(bound: NDArray[np.float64], estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    """The bound of S; where the scale has none, S is 0 or 1 itself."""
    return np.where(np.isfinite(bound), bound, estimate)


def _first(times: NDArray[np.float64], alive: NDArray[np.float64]) -> float | None:
    under = np.flatnonzero(alive <= 0.5)
    return float(times[under[0]]) if len(under) else None
