"""Nodes that have the same neighbours: "peers like me"."""

from __future__ import annotations

import numba
import numpy as np

from graph_algos.community_layers import rarity
from graph_algos.csr import Float64, Graph, Int32, Int64, from_edges
from graph_algos.select import offer, unheap
from graph_algos.workspace import WORKSPACES

# Two-hop edges read for one node; hubs among the neighbours come last. About 5 ms at most.
EDGE_BUDGET = 500_000


def neighbour_similarity(
    graph: Graph, node: int, *, count: int, edge_budget: int = EDGE_BUDGET
) -> tuple[Int32, Float64]:
    """The nodes most similar to this one by weighted Jaccard: (int32[≤ count], float64[≤ count]), best first.

    J(u, v) = Σ_z min(w(u, z), w(v, z)) / Σ_z max(w(u, z), w(v, z)) over all neighbours z; without weights the
    Jaccard index. Linked nodes count too; only similarities above 0 are returned, equal ones by smaller index.
    Neighbours are read by ascending degree until the next exceeds `edge_budget`: O(Σ k(z)), plus the rows of what
    was reached where there are weights. Ioffe: Improved consistent sampling, weighted minhash (2010).

    Raises ValueError for a directed graph, a node out of range, a negative count or budget.

    >>> from graph_algos.csr import from_edges
    >>> nodes, scores = neighbour_similarity(from_edges([0, 1, 0], [2, 2, 3], node_count=4), 0, count=3)
    >>> nodes.tolist(), scores.tolist()
    ([1], [0.5])
    """
    if graph.directed:
        raise ValueError("similarity reads undirected graphs: use to_undirected first")
    if not 0 <= node < graph.node_count:
        raise ValueError(f"node must lie in 0 … {graph.node_count - 1}")
    if count < 0 or edge_budget < 0:
        raise ValueError("count and edge_budget must not be negative")
    best, scores = np.full(min(count, graph.node_count), -1, dtype=np.int32), np.zeros(min(count, graph.node_count))
    with WORKSPACES.borrow(graph.node_count) as space:
        seen = _shared(graph.indptr, graph.indices, graph.weight_array, (node, edge_budget), space)
        held = _rank(graph.indptr, graph.weight_array, (node, seen), space, (best, scores))
    return best[:held], scores[:held]


def peer_graph(ties: Graph, pairs: Int64, *, category_count: int) -> Graph:
    """Customers on one side; what they have on the other: partners, then categories. Two steps lead to customers only.

    `pairs`: distinct (customer, category). The weight is the rarity of what is shared.

    >>> ties, pairs = from_edges([0, 1], [2, 2], node_count=3), np.array([[0, 0], [1, 0]])
    >>> nodes, scores = neighbour_similarity(peer_graph(ties, pairs, category_count=1), 0, count=3)
    >>> nodes.tolist(), scores.tolist()
    ([1], [1.0])
    """
    count = ties.node_count
    customers = np.concatenate((np.repeat(np.arange(count), ties.degrees), pairs[:, 0]))
    things = np.concatenate((ties.indices.astype(np.int64), pairs[:, 1] + count))
    worth = rarity(things, term_count=count + category_count, node_count=count)
    return from_edges(customers, things + count, worth[things], node_count=2 * count + category_count)


@numba.njit(cache=True, nogil=True)
def _shared(indptr, indices, weights, query, space):  # type: ignore[no-untyped-def]
    """Σ min of the weights to shared neighbours, by node; returns how many nodes were reached."""
    node, budget = query
    sums, touched = space
    first = indptr[node]
    middles = indices[first : indptr[node + 1]]
    seen = 0
    for position in np.argsort(indptr[middles + 1] - indptr[middles], kind="mergesort"):
        start, end = indptr[middles[position]], indptr[middles[position] + 1]
        budget -= end - start
        if budget < 0:
            break
        for edge in range(start, end):
            other = indices[edge]
            gain = min(weights[edge], weights[first + position]) if weights.size else 1.0
            if other != node and gain > 0.0:
                touched[seen] = other
                seen += sums[other] == 0.0
                sums[other] += gain
    return seen


@numba.njit(cache=True, nogil=True)
def _row_sum(indptr, weights, node):  # type: ignore[no-untyped-def]
    if not weights.size:
        return float(indptr[node + 1] - indptr[node])
    total = 0.0
    for edge in range(indptr[node], indptr[node + 1]):
        total += weights[edge]
    return total


@numba.njit(cache=True, nogil=True)
def _rank(indptr, weights, query, space, out):  # type: ignore[no-untyped-def]
    node, seen = query
    sums, touched = space
    best, scores = out
    own, held = _row_sum(indptr, weights, node), 0
    for position in range(seen):
        other = touched[position]
        shared = sums[other]
        sums[other] = 0.0
        held = offer(best, scores, held, other, shared / (own + _row_sum(indptr, weights, other) - shared))
    unheap(best, scores, held)
    return held
