"""Short random walks from a few seeds: RP3-beta scores on any graph, kept sparse for one query.

Paudel, Christoffel, Newell, Bernstein: Updatable, accurate, diverse and scalable recommendations for interactive
applications (2017). A walk on a bipartite graph of buyers and providers reaches the other side in odd steps.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Float64, Graph, Int32, frozen
from graph_algos.workspace import WORKSPACES

# Edges read by all steps together: bounds one query at about 10 ms in the worst case.
EDGE_BUDGET = 2_000_000


def random_walk_scores(
    graph: Graph,
    seeds: ArrayLike,
    seed_weights: ArrayLike,
    *,
    steps: int = 3,
    beta: float = 0.5,
    edge_budget: int = EDGE_BUDGET,
) -> tuple[Int32, Float64]:
    """Nodes a walk of `steps` steps ends on, with p(node) / k(node)^beta: (int32[r], float64[r]).

    p starts as the seeds' weights (repeated seeds add up) and follows edges with probability weight / row sum; a
    walk at a node without edges ends there unseen. k counts stored edges of the node (0 as 1). Nodes come in the
    order they were reached, which is the same on every run; `select.top` takes the best. When a step would read
    more edges than are left of the budget, nodes are read by falling probability per edge (then smaller index) until
    the next one does not fit; the others' walks end. Time O(edges read), memory O(nodes reached).

    Raises ValueError for seeds out of range, weights that are negative or not finite, negative steps or budget.

    >>> from graph_algos.csr import from_edges
    >>> graph = from_edges([0, 1, 1], [2, 2, 3], node_count=4)
    >>> nodes, scores = random_walk_scores(graph, [0], [1.0], beta=0.0)
    >>> dict(zip(nodes.tolist(), scores.tolist()))
    {2: 0.75, 3: 0.25}
    """
    starts, masses = _seeds(graph, seeds, seed_weights)
    if steps < 0 or edge_budget < 0 or not np.isfinite(beta):
        raise ValueError("steps and edge_budget must not be negative, beta must be finite")
    with WORKSPACES.borrow(graph.node_count) as (sums, touched):
        nodes, mass = _merge_seeds(starts, masses, sums, touched)
        left = edge_budget
        for _ in range(steps):
            cost = _cost(graph.indptr, nodes)
            if cost > left:
                nodes, mass = _affordable(graph, nodes, mass, left)
                cost = _cost(graph.indptr, nodes)
            left -= cost
            nodes, mass = _step((graph.indptr, graph.indices, graph.weight_array), nodes, mass, (sums, touched))
    if beta != 0.0:
        _discount(graph.indptr, nodes, mass, beta)
    return nodes, mass


def rp3(graph: Graph, seeds: ArrayLike, *, beta: float = 0.5, edge_budget: int = EDGE_BUDGET) -> Float64:
    """RP3-beta scores of every node for one seed or several equal ones: float64[n]; see `random_walk_scores`.

    >>> from graph_algos.csr import from_edges
    >>> rp3(from_edges([0, 1, 1], [2, 2, 3], node_count=4), 0, beta=0.0).tolist()
    [0.0, 0.0, 0.75, 0.25]
    """
    starts = np.atleast_1d(np.asarray(seeds))
    shares = np.full(starts.size, 1.0 / max(1, starts.size))
    nodes, mass = random_walk_scores(graph, starts, shares, beta=beta, edge_budget=edge_budget)
    scores = np.zeros(graph.node_count)
    scores[nodes] = mass
    return scores


def _seeds(graph: Graph, seeds: ArrayLike, seed_weights: ArrayLike) -> tuple[Int32, Float64]:
    starts, masses = np.asarray(seeds), np.asarray(seed_weights, dtype=np.float64)
    starts = starts.astype(np.int32) if starts.size == 0 else starts
    if starts.ndim != 1 or starts.dtype.kind not in "iu" or starts.shape != masses.shape:
        raise ValueError("seeds must be integers, with one weight each")
    if starts.size and (starts.min() < 0 or starts.max() >= graph.node_count):
        raise ValueError(f"seeds must lie in 0 … {graph.node_count - 1}")
    if not (np.isfinite(masses).all() and (masses >= 0.0).all()):
        raise ValueError("seed weights must be finite and not negative")
    return frozen(starts, np.int32), frozen(masses, np.float64)


def _affordable(graph: Graph, nodes: Int32, mass: Float64, budget: int) -> tuple[Int32, Float64]:
    degrees = graph.indptr[nodes + 1] - graph.indptr[nodes]
    order = np.lexsort((nodes, -mass / np.maximum(degrees, 1)))
    fitting = order[: int(np.searchsorted(np.cumsum(degrees[order]), budget, side="right"))]
    return nodes[fitting], mass[fitting]


@numba.njit(cache=True, nogil=True)
def _cost(indptr, nodes):  # type: ignore[no-untyped-def]
    cost = 0
    for node in nodes:
        cost += indptr[node + 1] - indptr[node]
    return cost


@numba.njit(cache=True, nogil=True)
def _merge_seeds(starts, masses, sums, touched):  # type: ignore[no-untyped-def]
    seen = 0
    for position in range(starts.size):
        if masses[position] > 0.0:
            touched[seen] = starts[position]
            seen += sums[starts[position]] == 0.0
            sums[starts[position]] += masses[position]
    return _collect(sums, touched, seen)


@numba.njit(cache=True, nogil=True)
def _collect(sums, touched, seen):  # type: ignore[no-untyped-def]
    nodes, mass = np.empty(seen, dtype=np.int32), np.empty(seen)
    for position in range(seen):
        node = touched[position]
        nodes[position], mass[position] = node, sums[node]
        sums[node] = 0.0
    return nodes, mass


@numba.njit(cache=True, nogil=True)
def _step(graph, nodes, mass, space):  # type: ignore[no-untyped-def]
    indptr, indices, weights = graph
    sums, touched = space
    seen = 0
    for position in range(nodes.size):
        start, end = indptr[nodes[position]], indptr[nodes[position] + 1]
        total = float(end - start)
        if weights.size:
            total = 0.0
            for edge in range(start, end):
                total += weights[edge]
        if total <= 0.0:
            continue
        share = mass[position] / total
        for edge in range(start, end):
            gain = share * weights[edge] if weights.size else share
            if gain > 0.0:
                other = indices[edge]
                touched[seen] = other
                seen += sums[other] == 0.0
                sums[other] += gain
    return _collect(sums, touched, seen)


@numba.njit(cache=True, nogil=True)
def _discount(indptr, nodes, mass, beta):  # type: ignore[no-untyped-def]
    for position in range(nodes.size):
        degree = max(1, indptr[nodes[position] + 1] - indptr[nodes[position]])
        mass[position] /= np.sqrt(degree) if beta == 0.5 else degree**beta
