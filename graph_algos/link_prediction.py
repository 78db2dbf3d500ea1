"""How likely two nodes are to link: scores of pairs, and the best new partners of a node.

Scores of pairs take the graph as simple and undirected and ignore weights; they equal networkx where networkx has
them. N(u) are the neighbours of u, k(u) = |N(u)|. Liben-Nowell, Kleinberg: The link-prediction problem (2007).
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Float64, Graph, Int32, Int64, frozen
from graph_algos.select import offer, unheap
from graph_algos.walks import random_walk_scores, rp3
from graph_algos.workspace import WORKSPACES

__all__ = [
    "adamic_adar",
    "common_neighbours",
    "jaccard",
    "l3",
    "preferential_attachment",
    "random_walk_scores",
    "resource_allocation",
    "rp3",
    "two_hop_top",
]

# Two-hop edges read per node: about 300 µs. Hubs are read last, so what is cut off counts least.
EDGE_BUDGET = 50_000
_COMMON, _ADAMIC_ADAR, _RESOURCE = 0, 1, 2


def common_neighbours(graph: Graph, pairs: ArrayLike) -> Float64:
    """|N(u) ∩ N(v)| of each pair: float64[k] for int[k, 2]; O(k(u) + k(v)) a pair.

    >>> from graph_algos.csr import from_edges
    >>> common_neighbours(from_edges([0, 1, 0], [2, 2, 3], node_count=4), [[0, 1], [2, 3]]).tolist()
    [1.0, 1.0]
    """
    return _overlap(graph, pairs, _COMMON)


def adamic_adar(graph: Graph, pairs: ArrayLike) -> Float64:
    """Σ 1 / log k(z) over z in N(u) ∩ N(v); Adamic, Adar: Friends and neighbors on the Web (2003).

    >>> from graph_algos.csr import from_edges
    >>> adamic_adar(from_edges([0, 1], [2, 2], node_count=3), [[0, 1]]).round(4).tolist()
    [1.4427]
    """
    return _overlap(graph, pairs, _ADAMIC_ADAR)


def resource_allocation(graph: Graph, pairs: ArrayLike) -> Float64:
    """Σ 1 / k(z) over z in N(u) ∩ N(v); Zhou, Lü, Zhang: Predicting missing links (2009).

    >>> from graph_algos.csr import from_edges
    >>> resource_allocation(from_edges([0, 1], [2, 2], node_count=3), [[0, 1]]).tolist()
    [0.5]
    """
    return _overlap(graph, pairs, _RESOURCE)


def preferential_attachment(graph: Graph, pairs: ArrayLike) -> Float64:
    """k(u) · k(v) of each pair; Barabási, Albert: Emergence of scaling in random networks (1999).

    >>> from graph_algos.csr import from_edges
    >>> preferential_attachment(from_edges([0, 0], [1, 2], node_count=3), [[0, 1]]).tolist()
    [2.0]
    """
    ends, degrees = _pairs(graph, pairs), graph.degrees
    return degrees[ends[:, 0]].astype(np.float64) * degrees[ends[:, 1]]


def jaccard(graph: Graph, pairs: ArrayLike) -> Float64:
    """|N(u) ∩ N(v)| / |N(u) ∪ N(v)|, 0 where both are empty.

    >>> from graph_algos.csr import from_edges
    >>> jaccard(from_edges([0, 1, 0], [2, 2, 3], node_count=4), [[0, 1]]).tolist()
    [0.5]
    """
    ends, degrees = _pairs(graph, pairs), graph.degrees
    common = _overlap(graph, ends, _COMMON)
    union = degrees[ends[:, 0]] + degrees[ends[:, 1]] - common
    return np.divide(common, union, out=np.zeros(len(ends)), where=union > 0.0)


def l3(graph: Graph, pairs: ArrayLike) -> Float64:
    """Σ 1 / √(k(a) k(b)) over paths u - a - b - v: float64[k].

    The paths are simple (a ≠ v, b ≠ u), so a link between u and v adds none of its own. O(Σ k(a)) a pair, over the
    neighbours of the cheaper end. Kovács et al.: Network-based prediction of protein interactions (2019).

    >>> from graph_algos.csr import from_edges
    >>> l3(from_edges([0, 1, 2], [1, 2, 3], node_count=4), [[0, 3]]).round(12).tolist()
    [0.5]
    """
    ends = _pairs(graph, pairs)
    return _l3(graph.indptr, graph.indices, ends)


def two_hop_top(graph: Graph, nodes: ArrayLike, *, count: int, edge_budget: int = EDGE_BUDGET) -> tuple[Int32, Float64]:
    """The best partners two hops away by resource allocation: (int32[k, count], float64[k, count]).

    The node itself and its neighbours are left out; rows end in -1 and 0. Neighbours are read whole, the ones with
    the fewest links first, until `edge_budget` two-hop edges are spent: O(min(Σ k(z), budget)) a node.

    Raises ValueError for a directed graph, an index out of range, a negative count or budget.

    >>> from graph_algos.csr import from_edges
    >>> two_hop_top(from_edges([0, 1, 2], [1, 2, 3], node_count=4), [0], count=2)[0].tolist()
    [[2, -1]]
    """
    rows = np.asarray(nodes)
    rows = rows.astype(np.int64) if rows.size == 0 else rows
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ValueError("nodes must be a one-dimensional array of integers")
    if count < 0 or edge_budget < 0:
        raise ValueError("count and edge_budget must not be negative")
    _check(graph, rows)
    best, scores = np.full((rows.size, count), -1, dtype=np.int32), np.zeros((rows.size, count))
    if count and rows.size:
        with WORKSPACES.borrow(graph.node_count) as (sums, touched):
            wanted = frozen(rows, np.int64)
            _two_hop(graph.indptr, graph.indices, wanted, (best, scores, sums, touched), edge_budget)
    return best, scores


def _check(graph: Graph, nodes: Int64) -> None:
    if graph.directed:
        raise ValueError("link prediction reads undirected graphs: use to_undirected first")
    if nodes.size and (nodes.min() < 0 or nodes.max() >= graph.node_count):
        raise ValueError(f"node indexes must lie in 0 … {graph.node_count - 1}")


def _pairs(graph: Graph, pairs: ArrayLike) -> Int64:
    ends = np.asarray(pairs)
    if ends.size == 0:
        ends = np.empty((0, 2), dtype=np.int64)
    if ends.ndim != 2 or ends.shape[1] != 2 or ends.dtype.kind not in "iu":
        raise ValueError("pairs must be an array of integers of shape (k, 2)")
    _check(graph, ends)
    return frozen(ends, np.int64)


def _overlap(graph: Graph, pairs: ArrayLike, kind: int) -> Float64:
    return _score_overlap(graph.indptr, graph.indices, _pairs(graph, pairs), kind)


@numba.njit(cache=True, nogil=True)
def _position(indices: Int32, low: int, high: int, wanted: int) -> int:
    """The first position in low … high whose neighbour is not below `wanted`."""
    while low < high:
        middle = (low + high) >> 1
        if indices[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True, nogil=True)
def _score_overlap(indptr: Int64, indices: Int32, pairs: Int64, kind: int) -> Float64:
    scores = np.zeros(pairs.shape[0])
    for row in range(pairs.shape[0]):
        short, long = pairs[row, 0], pairs[row, 1]
        if indptr[short + 1] - indptr[short] > indptr[long + 1] - indptr[long]:
            short, long = long, short
        place, end = indptr[long], indptr[long + 1]
        # A hub's row is searched, rows of like length are merged.
        search = (end - place) > 16 * (indptr[short + 1] - indptr[short])
        for edge in range(indptr[short], indptr[short + 1]):
            node = indices[edge]
            if search:
                place = _position(indices, place, end, node)
            else:
                while place < end and indices[place] < node:
                    place += 1
            if place == end:
                break
            if indices[place] != node:
                continue
            degree = indptr[node + 1] - indptr[node]
            if kind == _COMMON:
                scores[row] += 1.0
            elif kind == _RESOURCE:
                scores[row] += 1.0 / degree
            elif degree > 1:
                scores[row] += 1.0 / np.log(degree)
    return scores


@numba.njit(cache=True, nogil=True)
def _reach(indptr: Int64, indices: Int32, node: int) -> int:
    total = 0
    for edge in range(indptr[node], indptr[node + 1]):
        total += indptr[indices[edge] + 1] - indptr[indices[edge]]
    return total


@numba.njit(cache=True, nogil=True)
def _l3(indptr: Int64, indices: Int32, pairs: Int64) -> Float64:
    scores = np.zeros(pairs.shape[0])
    marked = np.zeros(indptr.size - 1)
    for row in range(pairs.shape[0]):
        start, end = min(pairs[row, 0], pairs[row, 1]), max(pairs[row, 0], pairs[row, 1])
        if _reach(indptr, indices, start) > _reach(indptr, indices, end):
            start, end = end, start
        for edge in range(indptr[end], indptr[end + 1]):
            last = indices[edge]
            if last != start:
                marked[last] = 1.0 / np.sqrt(indptr[last + 1] - indptr[last])
        for edge in range(indptr[start], indptr[start + 1]):
            first = indices[edge]
            if first != end:
                inner = 0.0
                for step in range(indptr[first], indptr[first + 1]):
                    inner += marked[indices[step]]
                scores[row] += inner / np.sqrt(indptr[first + 1] - indptr[first])
        for edge in range(indptr[end], indptr[end + 1]):
            marked[indices[edge]] = 0.0
    return scores


@numba.njit(cache=True, nogil=True)
def _two_hop(indptr, indices, nodes, space, budget):  # type: ignore[no-untyped-def]
    best, scores, sums, touched = space
    for row in range(nodes.size):
        node = nodes[row]
        first, last = indptr[node], indptr[node + 1]
        # Minus infinity keeps the node and its neighbours out: adding to it changes nothing.
        sums[node] = -np.inf
        for edge in range(first, last):
            sums[indices[edge]] = -np.inf
        if _reach(indptr, indices, node) <= budget:
            seen = 0
            for edge in range(first, last):
                middle = indices[edge]
                seen = _spread(indices, (indptr[middle], indptr[middle + 1]), sums, touched, seen)
        else:
            seen = _spread_within(indptr, indices, node, (sums, touched), budget)
        sums[node] = 0.0
        for edge in range(first, last):
            sums[indices[edge]] = 0.0
        row_best, row_scores, held, bar = best[row], scores[row], 0, 0.0
        for position in range(seen):
            other = touched[position]
            score = sums[other]
            sums[other] = 0.0
            # Most fall short of the worst one held: told apart here, without a call.
            if score >= bar:
                held = offer(row_best, row_scores, held, other, score)
                bar = row_scores[0] if held == row_best.size else 0.0
        unheap(row_best, row_scores, held)


@numba.njit(cache=True, nogil=True)
def _spread(indices, span, sums, touched, seen):  # type: ignore[no-untyped-def]
    """Add 1 / k of one middle node to each of its neighbours; returns how many nodes were touched so far."""
    share = 1.0 / (span[1] - span[0])
    for edge in range(span[0], span[1]):
        other = indices[edge]
        touched[seen] = other
        seen += sums[other] == 0.0
        sums[other] += share
    return seen


@numba.njit(cache=True, nogil=True)
def _spread_within(indptr, indices, node, space, budget):  # type: ignore[no-untyped-def]
    """Middle nodes by ascending degree and index until the next one exceeds the budget."""
    sums, touched = space
    middles = indices[indptr[node] : indptr[node + 1]]
    seen = 0
    for position in np.argsort(indptr[middles + 1] - indptr[middles], kind="mergesort"):
        start, end = indptr[middles[position]], indptr[middles[position] + 1]
        budget -= end - start
        if budget < 0:
            break
        seen = _spread(indices, (start, end), sums, touched, seen)
    return seen
