"""Which terms a community has more often than everybody: what it may be called."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Float64, Int64


def over_represented(
    labels: ArrayLike, nodes: ArrayLike, terms: ArrayLike, *, least_holders: int = 2
) -> tuple[Int64, Int64, Float64]:
    """(community, term, score) with a positive score, by community, then best first, then by smaller term.

    score = surplus · log-odds, with surplus = holders - size · share of all nodes with the term, and the log-odds of
    having it inside against outside, each count with a half added (Monroe, Colaresi, Quinn: Fightin' Words, 2008).
    The surplus keeps the rarest word of one member from winning, the odds keep "services" from it. Pairs (node,
    term) are distinct; terms with fewer holders in the community than `least_holders` say nothing of it. O(pairs).

    >>> found = over_represented([0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 0, 1, 3, 4], [0, 0, 0, 0, 1, 1, 2, 2])
    >>> found[0].tolist(), found[1].tolist()
    ([0, 0, 1], [0, 1, 2])
    """
    names, held, of = (np.asarray(one, dtype=np.int64) for one in (labels, nodes, terms))
    count, kinds = int(names.max(initial=-1)) + 1, int(of.max(initial=-1)) + 1
    size, all_holders = np.bincount(names, minlength=count), np.bincount(of, minlength=kinds)
    cells, holders = np.unique(names[held] * max(1, kinds) + of, return_counts=True)
    community, term = np.divmod(cells, max(1, kinds))
    inside, outside = size[community], len(names) - size[community]
    elsewhere = all_holders[term] - holders
    surplus = holders - inside * (all_holders[term] / max(1, len(names)))
    odds = np.log((holders + 0.5) / (inside - holders + 0.5)) - np.log((elsewhere + 0.5) / (outside - elsewhere + 0.5))
    score = surplus * odds
    keep = (surplus > 0.0) & (odds > 0.0) & (holders >= least_holders)
    community, term, score = community[keep], term[keep], score[keep]
    order = np.lexsort((term, -score, community))
    return community[order], term[order], score[order]
