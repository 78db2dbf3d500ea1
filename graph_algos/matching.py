"""Fusing rankings that do not share a scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_algos.csr import Float64, Int32, Int64


def reciprocal_rank_fusion(
    rankings: Sequence[Int32], *, weights: Sequence[float] | None = None, k: float = 60
) -> tuple[Int32, Float64]:
    """score(i) = Σ_r weight_r / (k + rank_r(i)), ranks from 1: (ids int32[n] best first, scores float64[n]).

    Each ranking lists ids, best first; what it omits it adds nothing to, of a repeated id the first place counts.
    Equal scores: smaller id first. O(n log n). Cormack, Clarke, Büttcher: Reciprocal rank fusion (2009).

    Raises ValueError unless weights are finite, not negative, one a ranking, and k > -1.

    >>> ids, scores = reciprocal_rank_fusion([np.array([7, 3]), np.array([3, 9])])
    >>> ids.tolist(), scores.round(4).tolist()
    ([3, 7, 9], [0.0325, 0.0164, 0.0161])
    """
    shares = [1.0] * len(rankings) if weights is None else [float(weight) for weight in weights]
    if len(shares) != len(rankings) or not all(np.isfinite(share) and share >= 0.0 for share in shares):
        raise ValueError("weights must be finite, not negative, one for each ranking")
    if not k > -1:
        raise ValueError("k must be greater than -1")
    ids: list[Int64] = [np.empty(0, dtype=np.int64)]
    gains: list[Float64] = [np.empty(0)]
    for ranking, share in zip(rankings, shares, strict=True):
        listed = np.asarray(ranking)
        if listed.ndim != 1 or (listed.size and listed.dtype.kind not in "iu"):
            raise ValueError("a ranking must be a one-dimensional array of integers")
        _, first = np.unique(listed, return_index=True)
        places = np.sort(first)
        ids.append(listed[places].astype(np.int64))
        gains.append(np.divide(share, k + 1.0 + np.arange(places.size)))
    names, inverse = np.unique(np.concatenate(ids), return_inverse=True)
    scores = np.zeros(names.size)
    np.add.at(scores, inverse, np.concatenate(gains))
    order = np.lexsort((names, -scores))
    return names[order].astype(np.int32), scores[order]
