"""Communities of a graph: the Leiden algorithm and the figures a partition is judged by."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph_algos import leiden as kernels
from graph_algos.csr import Float64, Graph, Int32, Int64, frozen, to_undirected

# Up to this many stored edges Leiden runs until nothing is gained; above, until moving all nodes a second time gains
# less than this share: with real communities that is after one iteration (the next would double the time for .01 %).
STABLE_UP_TO = 4_000_000
LARGE_GAIN = 1e-3
# Small graphs are started afresh, at most 32 times as long as all read about this many edges; what the best
# partition and each other one agree on is then searched again as a whole.
STARTS, STARTS_EDGES = 32, 1_000_000
MAX_ITERATIONS = 50
# Sweeps of one local move: on a million nodes a third sweep takes a tenth of all time and gains .01 %.
LARGE_SWEEPS, SWEEPS = 2, 1_000


def leiden(graph: Graph, *, resolution: float = 1.0, seed: int = 0, iterations: int | None = None) -> Int32:
    """Communities by the Leiden algorithm on modularity: int32[n], named 0, 1, … by first appearance.

    Maximises  Σ_C [ w(C) / m - resolution · (K(C) / 2m)² ]  with w(C) the weight inside C and K(C) the sum of its
    strengths, by local moves, refinement and aggregation (Traag et al. 2019), repeated until nothing is gained or
    `iterations` are done; above 4 M stored edges until moving all nodes once more gains less than 0.1 %.
    Graphs of less than 500 k stored edges are started up to 32 times and the partitions crossed. Every community is
    connected; isolated nodes stay alone. O(m) a sweep; memory ≤ 32 bytes per stored edge. A directed graph is
    read as undirected. Same graph and seed, same labels.

    Raises ValueError unless resolution is finite and not negative and iterations is positive.

    >>> from graph_algos.csr import from_edges
    >>> two_triangles = from_edges([0, 0, 1, 3, 3, 4, 2], [1, 2, 2, 4, 5, 5, 3], node_count=6)
    >>> leiden(two_triangles).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if not (np.isfinite(resolution) and resolution >= 0.0):
        raise ValueError("resolution must be finite and not negative")
    if iterations is not None and iterations < 1:
        raise ValueError("iterations must be positive")
    level = _base_level(to_undirected(graph))
    edges, mass = level[1].size, float(level[3].sum())
    if mass == 0.0:
        return np.arange(graph.node_count, dtype=np.int32)
    search = np.array([seed % 2**64], dtype=np.uint64), iterations or MAX_ITERATIONS
    alone = np.arange(graph.node_count, dtype=np.int32)
    scale = resolution / mass
    starts = min(STARTS, STARTS_EDGES // edges)
    if starts <= 1:
        return _improved(level, alone, scale, search)
    found = [_improved(level, alone.copy(), scale, search) for _ in range(starts)]
    ranked = sorted(found, key=lambda labels: _quality(level[:3], labels, level[3], scale), reverse=True)
    best, rounding = ranked[0], 1e-9 * mass
    for other in ranked[1:]:
        best = _better(level, (best, _cross(level, (best, other), scale, search)), scale, rounding)
        best = _better(level, (best, _cross(level, (other, best), scale, search)), scale, rounding)
    return best


def modularity(graph: Graph, labels: ArrayLike, *, resolution: float = 1.0) -> float:
    """Newman's modularity of a partition, as networkx computes it; 0 for a graph without edges. O(n + m).

    >>> from graph_algos.csr import from_edges
    >>> modularity(from_edges([0, 2], [1, 3], node_count=4), [0, 0, 1, 1])
    0.5
    """
    level = _base_level(to_undirected(graph))
    names = _labels(graph, labels)
    mass = float(level[3].sum())
    return _quality(level[:3], names, level[3], resolution / mass) / mass if mass else 0.0


def density(graph: Graph, labels: ArrayLike) -> Float64:
    """Linked pairs over possible pairs inside each community: float64[max(labels) + 1]; 0 for a single node.

    >>> from graph_algos.csr import from_edges
    >>> density(from_edges([0, 1, 2], [1, 2, 3], node_count=4), [0, 0, 0, 1]).round(3).tolist()
    [0.667, 0.0]
    """
    names, simple = _labels(graph, labels), to_undirected(graph)
    count = int(names.max()) + 1 if names.size else 0
    size = np.bincount(names, minlength=count).astype(np.float64)
    inside = _inside(simple.indptr, simple.indices, names, count)
    pairs = size * (size - 1.0)
    return np.divide(inside, pairs, out=np.zeros(count), where=pairs > 0.0)


def well_connected(graph: Graph, labels: ArrayLike) -> bool:
    """Whether every community is connected by edges that lie inside it.

    >>> from graph_algos.csr import from_edges
    >>> path = from_edges([0, 1], [1, 2], node_count=3)
    >>> well_connected(path, [0, 0, 1]), well_connected(path, [0, 1, 0])
    (True, False)
    """
    names, simple = _labels(graph, labels), to_undirected(graph)
    pieces = _connected_pieces(simple.indptr, simple.indices, names)
    return np.unique(names).size == (int(pieces.max()) + 1 if pieces.size else 0)


def _base_level(graph: Graph) -> kernels.Level:
    weights = frozen(graph.weight_array, np.float64)
    if graph.weights is None:
        return graph.indptr, graph.indices, weights, graph.degrees.astype(np.float64)
    return graph.indptr, graph.indices, weights, _row_sums(graph.indptr, weights)


def _labels(graph: Graph, labels: ArrayLike) -> Int32:
    names = np.asarray(labels)
    if names.shape != (graph.node_count,):
        raise ValueError("labels must have one entry per node")
    if names.size and (names.min() < 0 or names.max() >= graph.node_count):
        raise ValueError("labels must lie in 0 … node_count - 1")
    return names.astype(np.int32)


def _improved(level: kernels.Level, labels: Int32, scale: float, search: tuple[NDArray[np.uint64], int]) -> Int32:
    """What Leiden makes of these labels; `search`: the state of chance, and how many iterations at most."""
    state, limit = search
    count, large = level[3].size, level[1].size > STABLE_UP_TO
    sweeps, total = LARGE_SWEEPS if large else SWEEPS, 0.0
    for _ in range(limit):
        labels, gained = _iterate(level, labels, (scale, sweeps), state)
        gained += kernels.move_nodes(level, labels, scale, kernels.shuffled(count, state), sweeps)
        total += gained
        if gained <= 1e-9 * level[1].size:
            break
        if large:
            again = kernels.move_nodes(level, labels, scale, kernels.shuffled(count, state), sweeps)
            total += again
            if again < LARGE_GAIN * total:
                break
    return _connected_pieces(level[0], level[1], labels)


def _better(level: kernels.Level, pair: tuple[Int32, Int32], scale: float, rounding: float) -> Int32:
    """The first of two partitions unless the second is worth more."""
    first, second = (_quality(level[:3], labels, level[3], scale) for labels in pair)
    return pair[1] if second > first + rounding else pair[0]


def _cross(
    level: kernels.Level, pair: tuple[Int32, Int32], scale: float, search: tuple[NDArray[np.uint64], int]
) -> Int32:
    """Two partitions made one: what both keep together moves as a node, from the first's communities on.

    What they agree on is nearly always right, so the search is over the few hundred places where they differ: on a
    sparse network of 3,783 nodes the best of ten starts stays .6 % below what crossing makes of 32.
    Ovelgönne, Geyer-Schulz: An ensemble learning strategy for graph clustering (2012).
    """
    count = level[3].size
    both = pair[0].astype(np.int64) * count + pair[1]
    parts, size = kernels.compact(np.unique(both, return_inverse=True)[1].astype(np.int32), count)
    above = np.empty(size, dtype=np.int32)
    above[parts] = pair[0]
    upper = kernels.aggregate(level, parts, size)
    merged, _ = _iterate(upper, kernels.compact(above, size)[0], (scale, SWEEPS), search[0])
    return _improved(level, kernels.compact(merged[parts], count)[0], scale, search)


def _iterate(
    level: kernels.Level, labels: Int32, rule: tuple[float, int], state: NDArray[np.uint64]
) -> tuple[Int32, float]:
    """One iteration from these labels, all levels up: (labels, gain in units of m)."""
    scale, sweeps = rule
    mapping, gained = None, 0.0
    while True:
        count = level[3].size
        gained += kernels.move_nodes(level, labels, scale, kernels.shuffled(count, state), sweeps)
        parts, size = kernels.compact(kernels.refine(level, labels, scale, kernels.shuffled(count, state)), count)
        if size == count:
            break
        upper = np.empty(size, dtype=np.int32)
        upper[parts] = labels
        mapping = parts if mapping is None else parts[mapping]
        level = kernels.aggregate(level, parts, size)
        labels = kernels.compact(upper, count)[0]
    merged = labels if mapping is None else labels[mapping]
    return kernels.compact(merged, merged.size)[0], gained


@numba.njit(cache=True, nogil=True)
def _row_sums(indptr: Int64, weights: Float64) -> Float64:
    sums = np.zeros(indptr.size - 1)
    for row in range(sums.size):
        for edge in range(indptr[row], indptr[row + 1]):
            sums[row] += weights[edge]
    return sums


@numba.njit(cache=True, nogil=True)
def _quality(edges: tuple[Int64, Int32, Float64], labels: Int32, strength: Float64, scale: float) -> float:
    """Σ_C [ 2 w(C) - scale · K(C)² ]: modularity in units of 2m."""
    indptr, indices, weights = edges
    total, quality = np.zeros(labels.size), 0.0
    for node in range(labels.size):
        total[labels[node]] += strength[node]
        for edge in range(indptr[node], indptr[node + 1]):
            if labels[indices[edge]] == labels[node]:
                quality += weights[edge] if weights.size else 1.0
    for community in range(total.size):
        quality -= scale * total[community] * total[community]
    return quality


@numba.njit(cache=True, nogil=True)
def _inside(indptr: Int64, indices: Int32, labels: Int32, count: int) -> Float64:
    inside = np.zeros(count)
    for node in range(labels.size):
        for edge in range(indptr[node], indptr[node + 1]):
            inside[labels[node]] += labels[indices[edge]] == labels[node]
    return inside


@numba.njit(cache=True, nogil=True)
def _connected_pieces(indptr: Int64, indices: Int32, labels: Int32) -> Int32:
    """Each community's connected pieces, named by first appearance; a split never lowers modularity."""
    count = labels.size
    pieces, stack = np.full(count, -1, dtype=np.int32), np.empty(count, dtype=np.int32)
    name = 0
    for start in range(count):
        if pieces[start] >= 0:
            continue
        pieces[start], stack[0], height = name, start, 1
        while height:
            height -= 1
            node = stack[height]
            for edge in range(indptr[node], indptr[node + 1]):
                neighbour = indices[edge]
                if pieces[neighbour] < 0 and labels[neighbour] == labels[start]:
                    pieces[neighbour] = name
                    stack[height] = neighbour
                    height += 1
        name += 1
    return pieces
