"""The interval of a share."""

from typing import Any

import numpy as np

_Z = 1.959964  # of 95 %


def wilson(successes: Any, trials: Any) -> tuple[Any, Any]:
    """The score interval of Wilson (JASA 22, 1927), 95 %; also of arrays. `trials` above 0.

    >>> [round(float(end), 3) for end in wilson(1, 10)]
    [0.018, 0.404]
    """
    share, spread = successes / trials, _Z * _Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
