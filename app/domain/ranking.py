"""The signals that rank providers, their weights, and how ranks become one score.

Weighted reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009): score = Σ weight / (K + rank), divided by what
a provider that leads every signal would get. So it lies in [0, 1] and says how much the signals agree; it is not a
probability. Payment is not a signal, and no weight depends on a data set.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

# The paper's 60 is for rankers of equal worth; ours are not, and a small constant lets a clear first place count. On
# three sets (city contracts, two question sites; temporal blocks) 3 gave .40/.075/.15 MRR, 60 gave .28/.075/.12.
K = 3

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "text_history": 2.0,  # needs it has met read like the need: the best single signal on all three sets
        "text_capability": 1.0,  # what it says of itself reads like the need
        "graph": 1.0,  # walks from seeker and category through past needs
        "category": 0.5,  # distance in the taxonomy
        "quality": 0.5,  # outcomes seen by the operator
        "activity": 0.25,  # how many needs of any category it met, of late above all: more costs the city's contracts
        "popularity": 0.25,  # how many needs of the category it met
        "ties": 0.25,  # deals and referrals of the two
        "signal": 0.25,  # what the operator alone knows
        "place": 0.25,  # how near it is
        "recency": 0.1,  # when it last met a need of the category
        "latest": 0.0,  # when it last met a need of any category: for learned weights
        "newcomer": 0.0,  # has met no need yet, and what it says of itself fits best: brings up, adds nothing
    }
)
BEST = sum(WEIGHTS.values()) / (K + 1)
# Outcomes of peers that any number of others is worth at most: more than the flat prior's two, so that a good record
# with others is told from none, and so few that a dozen peers decide.
OTHERS = 3.0


def share(feature: str, rank: int) -> float:
    """What one rank (1 is best) adds to a score in [0, 1]; 0 for a feature that is no signal."""
    return WEIGHTS.get(feature, 0.0) / (K + rank) / BEST


def quality(good: Any, total: Any, *, others_good: Any = 0, others_total: Any = 0) -> Any:
    """Posterior mean of a good outcome under a flat prior: 21 of 22 comes before 3 of 3.

    Of numbers, or of arrays as the kernels have them. Outcomes of customers unlike the seeker measure another rate than
    the one asked for, so that more of them make it no surer: with a variance of p(1 - p)(1/n + 1/OTHERS) n of them are
    worth n · OTHERS / (n + OTHERS). 11 of 12 by peers comes before 59 of 60 by others.

    >>> round(quality(21, 22), 3), quality(3, 3), quality(0, 0)
    (0.917, 0.8, 0.5)
    >>> round(quality(11, 12), 3), round(quality(0, 0, others_good=59, others_total=60), 3)
    (0.857, 0.784)
    """
    worth = OTHERS / (others_total + OTHERS)
    return (good + others_good * worth + 1) / (total + others_total * worth + 2)


def fuse(ranks: Iterable[tuple[str, int]], *, weights: Mapping[str, float] = WEIGHTS, k: int = K) -> float:
    """The score of one provider from (feature, rank) in the order in which the rankings were added: the same bytes as
    the vectorised sum of `app.analytics.candidates`.

    >>> fuse([("text_history", 1), ("quality", 2)]) == share("text_history", 1) + share("quality", 2)
    True
    """
    best = sum(weights.values()) / (k + 1)
    score = 0.0
    for feature, rank in ranks:
        score += weights.get(feature, 0.0) / (k + rank) / best
    return score
