"""Which nodes matter, and which hang together: PageRank, components, core numbers."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Float32, Float64, Graph, Int32, Int64, frozen, reverse, to_undirected


def pagerank(graph: Graph, *, damping: float = 0.85, tolerance: float = 1e-12, max_iterations: int = 1000) -> Float64:
    """PageRank: float64[n], sum 1; the walk restarts anywhere.

    p = damping · (Pᵀ p + dangling mass / n) + (1 - damping) / n, with P(u, v) = w(u, v) / Σ w(u, ·), by power
    iteration until Σ |change| < tolerance or `max_iterations`. O(m) an iteration. Nodes without outgoing weight
    spread theirs evenly, as in networkx. Brin, Page: The anatomy of a large-scale hypertextual search engine (1998).

    >>> from graph_algos.csr import from_edges
    >>> pagerank(from_edges([0, 1], [1, 2], node_count=3)).round(4).tolist()
    [0.2568, 0.4865, 0.2568]
    """
    count = graph.node_count
    return _rank(graph, np.full(count, 1.0 / max(1, count)), damping, tolerance, max_iterations)


def personalised_pagerank(
    graph: Graph,
    seeds: ArrayLike,
    seed_weights: ArrayLike,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-12,
    max_iterations: int = 1000,
) -> Float64:
    """PageRank of a walk that restarts at the seeds, in proportion to their weights: float64[n], sum 1.

    Mass of nodes without outgoing weight returns to the seeds too, as in networkx. Repeated seeds add up.

    Raises ValueError for seeds out of range and for weights that are negative, not finite or all zero.

    >>> from graph_algos.csr import from_edges
    >>> personalised_pagerank(from_edges([0, 1], [1, 2], node_count=3), [0], [1.0]).round(4).tolist()
    [0.3453, 0.4595, 0.1953]
    """
    starts, masses = np.asarray(seeds), np.asarray(seed_weights, dtype=np.float64)
    if starts.ndim != 1 or starts.shape != masses.shape or (starts.size and starts.dtype.kind not in "iu"):
        raise ValueError("seeds must be integers, with one weight each")
    if starts.size and (starts.min() < 0 or starts.max() >= graph.node_count):
        raise ValueError(f"seeds must lie in 0 … {graph.node_count - 1}")
    if not (np.isfinite(masses).all() and (masses >= 0.0).all() and masses.sum() > 0.0):
        raise ValueError("seed weights must be finite, not negative and not all zero")
    restart = np.zeros(graph.node_count)
    np.add.at(restart, starts, masses / masses.sum())
    return _rank(graph, restart, damping, tolerance, max_iterations)


def components(graph: Graph) -> Int32:
    """Weakly connected components: int32[n], named 0, 1, … by first appearance; O(n + m), union-find.

    >>> from graph_algos.csr import from_edges
    >>> components(from_edges([0, 3], [2, 1], node_count=5)).tolist()
    [0, 1, 0, 1, 2]
    """
    return _components(graph.indptr, graph.indices)


def core_numbers(graph: Graph) -> Int32:
    """The largest k for which a node lies in a subgraph of minimum degree k: int32[n]; O(n + m).

    A directed graph is read as undirected and simple. Batagelj, Zaveršnik: An O(m) algorithm for cores (2003).

    >>> from graph_algos.csr import from_edges
    >>> core_numbers(from_edges([0, 1, 2, 2], [1, 2, 0, 3], node_count=5)).tolist()
    [2, 2, 2, 1, 0]
    """
    simple = to_undirected(graph)
    return _cores(simple.indptr, simple.indices)


def _rank(graph: Graph, restart: Float64, damping: float, tolerance: float, max_iterations: int) -> Float64:
    if not 0.0 <= damping < 1.0:
        raise ValueError("damping must lie in 0 … 1, 1 excluded")
    if not (tolerance > 0.0 and max_iterations > 0):
        raise ValueError("tolerance and max_iterations must be positive")
    if graph.node_count == 0:
        return np.empty(0)
    incoming = reverse(graph)
    outgoing = _outgoing(graph.indptr, graph.weight_array)
    edges = (incoming.indptr, incoming.indices, incoming.weight_array)
    rank: Float64 = _iterate(edges, outgoing, frozen(restart, np.float64), (damping, tolerance), max_iterations)
    return rank


@numba.njit(cache=True, nogil=True)
def _outgoing(indptr: Int64, weights: Float32) -> Float64:
    sums = np.zeros(indptr.size - 1)
    for node in range(sums.size):
        if weights.size:
            for edge in range(indptr[node], indptr[node + 1]):
                sums[node] += weights[edge]
        else:
            sums[node] = indptr[node + 1] - indptr[node]
    return sums


@numba.njit(cache=True, nogil=True)
def _iterate(edges, outgoing, restart, rule, limit):  # type: ignore[no-untyped-def]
    """Power iteration, each node pulling from its predecessors; the order of additions is fixed."""
    indptr, indices, weights = edges
    damping, tolerance = rule
    count = outgoing.size
    rank, share = restart.copy(), np.empty(count)
    for _ in range(limit):
        dangling = 0.0
        for node in range(count):
            if outgoing[node] > 0.0:
                share[node] = rank[node] / outgoing[node]
            else:
                share[node] = 0.0
                dangling += rank[node]
        base, change = damping * dangling + 1.0 - damping, 0.0
        for node in range(count):
            pulled = 0.0
            if weights.size:
                for edge in range(indptr[node], indptr[node + 1]):
                    pulled += share[indices[edge]] * weights[edge]
            else:
                for edge in range(indptr[node], indptr[node + 1]):
                    pulled += share[indices[edge]]
            fresh = damping * pulled + base * restart[node]
            change += abs(fresh - rank[node])
            rank[node] = fresh
        if change < tolerance:
            break
    return rank / rank.sum()


@numba.njit(cache=True, nogil=True)
def _root(parents: Int32, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@numba.njit(cache=True, nogil=True)
def _components(indptr: Int64, indices: Int32) -> Int32:
    count = indptr.size - 1
    parents = np.arange(count).astype(np.int32)
    for node in range(count):
        for edge in range(indptr[node], indptr[node + 1]):
            one, other = _root(parents, node), _root(parents, indices[edge])
            parents[max(one, other)] = min(one, other)
    labels, name = np.empty(count, dtype=np.int32), 0
    for node in range(count):
        root = _root(parents, node)
        if root == node:
            labels[node] = name
            name += 1
        else:
            labels[node] = labels[root]
    return labels


@numba.njit(cache=True, nogil=True)
def _cores(indptr: Int64, indices: Int32) -> Int32:
    count = indptr.size - 1
    core = np.empty(count, dtype=np.int32)
    widest = 0
    for node in range(count):
        core[node] = indptr[node + 1] - indptr[node]
        widest = max(widest, core[node])
    bins = np.zeros(widest + 2, dtype=np.int64)
    for node in range(count):
        bins[core[node] + 1] += 1
    for degree in range(widest + 1):
        bins[degree + 1] += bins[degree]
    place, order, cursor = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32), bins.copy()
    for node in range(count):
        place[node] = cursor[core[node]]
        order[place[node]] = node
        cursor[core[node]] += 1
    for step in range(count):
        node = order[step]
        for edge in range(indptr[node], indptr[node + 1]):
            other = indices[edge]
            if core[other] > core[node]:
                # The neighbour swaps places with the first node of its degree and moves one degree down.
                first = bins[core[other]]
                head = order[first]
                order[place[other]], order[first] = head, other
                place[head], place[other] = place[other], first
                bins[core[other]] += 1
                core[other] -= 1
    return core
