"""Which community of a new run is which of the former: names that live as long as most of their members stay."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Int64

ALONE = -1  # in no community
# Communities that share less than a tenth of all their members are two different ones, whatever else is left over.
LEAST_OVERLAP = 0.1


def match(former: ArrayLike, now: ArrayLike, *, least: float = LEAST_OVERLAP) -> tuple[Int64, float]:
    """(the former community of each present one or ALONE, the share of former members who stayed).

    `former` and `now` are labels of the same nodes, ALONE where a node is in none. Pairs of communities are taken by
    Jaccard |A ∩ B| / |A ∪ B|, the largest first, equal ones by former, then by present label, each community once.
    Stayed has who was in a former community and is now in the one that carries on its name; 1 where nobody was.
    O(n log n). Greene, Doyle, Cunningham: Tracking the evolution of communities (2010).

    >>> names, stability = match([0, 0, 0, 1, 1], [1, 1, 0, 0, 0])
    >>> names.tolist(), stability
    ([1, 0], 0.8)
    """
    before, after = np.asarray(former, dtype=np.int64), np.asarray(now, dtype=np.int64)
    if before.shape != after.shape:
        raise ValueError("both runs must label the same nodes")
    olds, news = (int(labels.max(initial=ALONE)) + 1 for labels in (before, after))
    old_size, new_size = (
        np.bincount(labels[labels >= 0], minlength=count) for labels, count in ((before, olds), (after, news))
    )
    in_both = (before >= 0) & (after >= 0)
    cells, common = np.unique(before[in_both] * max(1, news) + after[in_both], return_counts=True)
    old, new = np.divmod(cells, max(1, news))
    overlap = common / (old_size[old] + new_size[new] - common)
    names, taken = np.full(news, ALONE, dtype=np.int64), np.zeros(olds, dtype=np.bool_)
    stayed = 0
    for place in np.lexsort((new, old, -overlap)).tolist():
        if overlap[place] >= least and not taken[old[place]] and names[new[place]] == ALONE:
            names[new[place]], taken[old[place]] = old[place], True
            stayed += int(common[place])
    members = int((before >= 0).sum())
    return names, stayed / members if members else 1.0
