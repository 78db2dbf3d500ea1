"""Communities no larger than somebody can look after: what is too large is split again at a finer resolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from graph_algos.community import leiden
from graph_algos.csr import Graph, Int32, Int64, from_edges

FINER = 2.0  # each attempt doubles the resolution
ATTEMPTS = 10  # up to 1,024 times the first: beyond, everybody is alone


def split_large(graph: Graph, labels: ArrayLike, *, max_size: int, resolution: float, seed: int = 0) -> Int32:
    """Labels whose communities have at most `max_size` members where they can be split: int32[n], compact.

    A community that is too large is taken for a graph of its own and given to Leiden at twice the resolution, then at
    four times, until it falls apart; its parts likewise. One that would leave most of its members alone (a star, a
    clique) is not splittable and stays whole. Others keep their members. Same input, same labels.

    Raises ValueError unless max_size is positive.

    >>> two_triangles = from_edges([0, 0, 1, 3, 3, 4, 2], [1, 2, 2, 4, 5, 5, 3], node_count=6)
    >>> split_large(two_triangles, [0] * 6, max_size=3, resolution=0.1).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if max_size < 1:
        raise ValueError("max_size must be positive")
    names = np.asarray(labels, dtype=np.int64).copy()
    free = int(names.max(initial=-1)) + 1
    sizes = np.bincount(names, minlength=free)
    order = np.argsort(names, kind="stable")
    ends = np.cumsum(sizes)
    waiting = [(order[ends[one] - sizes[one] : ends[one]], resolution, 0) for one in np.flatnonzero(sizes > max_size)]
    place = np.full(graph.node_count, -1, dtype=np.int64)
    while waiting:
        members, finer, tried = waiting.pop()
        if tried == ATTEMPTS:
            continue
        inner = _induced(graph, members, place)
        parts = leiden(inner, resolution=finer * FINER, seed=seed)
        counts = np.bincount(parts)
        if len(counts) == 1:
            waiting.append((members, finer * FINER, tried + 1))
            continue
        if counts[counts > 1].sum() * 2 < len(members):
            continue
        for part in range(len(counts)):
            some = members[parts == part]
            if part:
                names[some] = free
                free += 1
            if len(some) > max_size:
                waiting.append((some, finer * FINER, tried + 1))
    compact: Int32 = np.unique(names, return_inverse=True)[1].astype(np.int32)
    return compact


def _induced(graph: Graph, members: Int64, place: Int64) -> Graph:
    """The graph among these nodes; `place` is -1 everywhere and is left so."""
    place[members] = np.arange(len(members))
    starts, degrees = graph.indptr[members], graph.degrees[members]
    rows = np.repeat(np.arange(len(members)), degrees)
    edges = np.repeat(starts - np.cumsum(degrees) + degrees, degrees) + np.arange(int(degrees.sum()))
    heads = place[graph.indices[edges]]
    keep = heads > rows
    place[members] = -1
    weight = None if graph.weights is None else graph.weights[edges][keep]
    return from_edges(rows[keep], heads[keep], weight, node_count=len(members))
