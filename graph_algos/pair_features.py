"""Topology of a pair of nodes as named columns: what links of the past say about a link to come.

Invariant: with `hide_own_edge` a pair's row is what the graph without that pair's link would give, so that a training
example does not contain its own answer.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Lock

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph_algos import pair_hiding as columns
from graph_algos import pair_rows as rows
from graph_algos.centrality import core_numbers
from graph_algos.csr import Float64, Graph, Int32, Int64, frozen


@dataclass(frozen=True, slots=True)
class Column:
    """`direction`: +1 where more speaks for a link, -1 where less does, 0 where it depends on the graph."""

    name: str
    unit: str
    range: str
    direction: int
    meaning: str


CATALOGUE = (
    Column("degree_min", "links", "0 …", 0, "links of the end with fewer"),
    Column("degree_max", "links", "0 …", 0, "links of the end with more"),
    Column("degree_product", "links²", "0 …", 1, "preferential attachment, k(u) · k(v)"),
    Column("common_neighbours", "nodes", "0 …", 1, "nodes linked to both"),
    Column("adamic_adar", "1", "0 …", 1, "Σ 1 / log k(z) over common neighbours"),
    Column("resource_allocation", "1", "0 …", 1, "Σ 1 / k(z) over common neighbours"),
    Column("jaccard", "share", "0 … 1", 1, "common neighbours / all neighbours of either"),
    Column("l3", "1", "0 …", 1, "Σ 1 / √(k(a) k(b)) over simple paths of three links"),
    Column("walks_3", "walks", "0 …", 1, "walks of 3 links from one end to the other"),
    Column("walks_4", "walks", "0 …", 1, "walks of 4 links from one end to the other"),
    Column("walks_5", "walks", "0 …", 1, "walks of 5 links from one end to the other"),
    Column("walk_probability_2", "probability", "0 … 1", 1, "a random walk of 2 links ends there; √(forth · back)"),
    Column("walk_probability_3", "probability", "0 … 1", 1, "a random walk of 3 links ends there; √(forth · back)"),
    Column("walk_probability_4", "probability", "0 … 1", 1, "a random walk of 4 links ends there; √(forth · back)"),
    Column("walk_probability_5", "probability", "0 … 1", 1, "a random walk of 5 links ends there; √(forth · back)"),
    Column("pagerank_min", "probability", "0 … 1", 1, "personalised PageRank, the smaller of both directions"),
    Column("pagerank_max", "probability", "0 … 1", 1, "personalised PageRank, the larger of both directions"),
    Column("distance", "links", "0 … 6", -1, "shortest path; 6 stands for more than 5 or none"),
    Column("core_min", "links", "0 …", 0, "smaller core number"),
    Column("core_max", "links", "0 …", 0, "larger core number"),
    Column("neighbour_degree_min", "links", "0 …", 0, "mean links of the neighbours, the smaller of both"),
    Column("neighbour_degree_max", "links", "0 …", 0, "mean links of the neighbours, the larger of both"),
    Column("same_block", "yes/no", "0 or 1", 1, "both ends lie in one community"),
    Column("block_density", "share", "0 … 1", 1, "links between the two communities / possible links"),
)
NAMES = tuple(column.name for column in CATALOGUE)
# Scratch of 84 bytes per node; two stay idle, for the one or two cores a suggestion runs on.
IDLE = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may spend, in edges read: `walk` and `push` per distinct first end, `pair` per pair.

    Walks leave out the largest rows first; the push stops; of a longer row than `pair`, L3 and the walks of five links
    read every n-th neighbour. `residual`: mass per link at which the push stops; PageRank below `rank_floor` is 0.
    Within the limits every column is exact but PageRank, which errs by about residual · k. The defaults keep 300
    candidates of one node under 5 ms on a million nodes and 10 M links (2.2 ms p50, 4.6 ms at most, one core).
    """

    walk: int = 25_000
    push: int = 8_000
    pair: int = 100
    damping: float = 0.85
    residual: float = 1e-6
    rank_floor: float = 1e-5


# Where nobody waits: training and evaluation.
THOROUGH = Limits(walk=20_000_000, push=20_000_000, pair=1_000_000, residual=1e-7)


@dataclass(frozen=True, slots=True)
class Topology:
    """A graph with what is known of its nodes beforehand: 20 bytes per node, 16 per pair of linked communities."""

    graph: Graph
    cores: Int32
    neighbour_degrees: Int64  # sum over the neighbours
    labels: Int32
    between: tuple[Int64, Int64, Int64]  # keys of linked community pairs, their links, sizes of communities
    _idle: deque[tuple[Float64, Int32]] = field(default_factory=lambda: deque(maxlen=IDLE), repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)


def topology(graph: Graph, labels: ArrayLike) -> Topology:
    """Read a simple undirected graph once, with a community of each node (int[n], as Leiden names them).

    Raises ValueError for a directed graph and for labels of another shape or range.
    """
    if graph.directed:
        raise ValueError("pair features read undirected graphs: use to_undirected first")
    sums = _neighbour_degrees(graph.indptr, graph.indices)
    blocks = _blocks(graph, labels)
    return Topology(graph, frozen(core_numbers(graph), np.int32), sums, blocks, _block_links(graph, blocks))


def pair_features(
    known: Topology, pairs: ArrayLike, *, hide_own_edge: bool = False, limits: Limits = Limits()
) -> Float64:
    """float64[k, 24], the columns of `CATALOGUE`, for int[k, 2]; finite always, the same for (u, v) and (v, u).

    With `hide_own_edge` each linked pair is read as if its link were absent; communities stay those given. Time
    O(distinct first ends · (walk + push) + k · pair); put the node with many candidates first.

    Raises ValueError for pairs of another shape or out of range.

    >>> from graph_algos.csr import from_edges
    >>> known = topology(from_edges([0, 1, 0], [1, 2, 2], node_count=3), [0, 0, 0])
    >>> pair_features(known, [[0, 1]])[0, :4].tolist()
    [2.0, 2.0, 4.0, 1.0]
    >>> pair_features(known, [[0, 1]], hide_own_edge=True)[0, :4].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    ends = _ends(known.graph, pairs)
    out = np.zeros((len(ends), columns.COLUMNS))
    if not len(ends):
        return out
    graph = (known.graph.indptr, known.graph.indices)
    nodes, places = np.unique(ends, return_inverse=True)
    places = places.reshape(ends.shape)
    order = np.argsort(places[:, 0], kind="stable")
    pointers = np.searchsorted(places[order, 0], np.arange(nodes.size + 1))
    raw, back = np.zeros((len(ends), rows.RAW)), np.zeros((nodes.size, rows.BACK))
    space = _borrow(known)
    work = (nodes, pointers, order, np.ascontiguousarray(ends[:, 1]), raw, back)
    rules = (limits.walk, limits.push, limits.pair, (limits.damping, limits.residual))
    rows.fill(graph, work, space, rules, hide_own_edge)
    with known._lock:
        known._idle.append(space)
    facts = (known.cores, known.neighbour_degrees)
    floor = (limits.damping, limits.rank_floor)
    columns.assemble(graph, (ends, places, raw, back, hide_own_edge), facts, floor, out)
    hidden = (raw[:, rows.ADJACENT] > 0.0) & hide_own_edge
    out[:, columns.SAME_BLOCK :] = _block_columns(known.labels, known.between, ends, hidden)
    return out


def block_columns(graph: Graph, labels: ArrayLike, pairs: ArrayLike, *, hide_own_edge: bool = False) -> Float64:
    """float64[k, 2]: the columns `same_block` and `block_density` for other communities than the topology's.

    Only these two columns depend on communities. To learn from links, find communities and count on a graph without a
    fold of links and give that graph here: hiding one link moves a density that many pairs share by exactly one link,
    which tells training links from other pairs.
    """
    ends, blocks = _ends(graph, pairs), _blocks(graph, labels)
    hidden = np.zeros(len(ends), dtype=bool)
    if hide_own_edge and len(ends):
        hidden = _linked(graph.indptr, graph.indices, ends)
    return _block_columns(blocks, _block_links(graph, blocks), ends, hidden)


def _ends(graph: Graph, pairs: ArrayLike) -> Int64:
    ends = np.asarray(pairs)
    if ends.size == 0:
        return np.empty((0, 2), dtype=np.int64)
    if ends.ndim != 2 or ends.shape[1] != 2 or ends.dtype.kind not in "iu":
        raise ValueError("pairs must be an array of integers of shape (k, 2)")
    if ends.min() < 0 or ends.max() >= graph.node_count:
        raise ValueError(f"node indexes must lie in 0 … {graph.node_count - 1}")
    return np.ascontiguousarray(ends, dtype=np.int64)


def _blocks(graph: Graph, labels: ArrayLike) -> Int32:
    blocks = np.asarray(labels)
    if blocks.shape != (graph.node_count,) or (blocks.size and blocks.dtype.kind not in "iu"):
        raise ValueError("labels must be one integer per node")
    if blocks.size and (blocks.min() < 0 or blocks.max() >= graph.node_count):
        raise ValueError("labels must lie in 0 … number of nodes - 1, as Leiden names them")
    return frozen(blocks, np.int32)


def _borrow(known: Topology) -> tuple[Float64, Int32]:
    with known._lock:
        if known._idle:
            return known._idle.pop()
    n = known.graph.node_count
    return np.zeros((n, rows.LINE)), np.zeros((rows.LISTS, n), dtype=np.int32)


def _block_links(graph: Graph, blocks: Int32) -> tuple[Int64, Int64, Int64]:
    keys = _block_keys(graph.indptr, graph.indices, blocks, int(blocks.max(initial=0)) + 1)
    linked, links = np.unique(keys, return_counts=True)
    return linked, links.astype(np.int64), np.bincount(blocks, minlength=1).astype(np.int64)


def _block_columns(
    blocks: Int32, between: tuple[Int64, Int64, Int64], ends: Int64, hidden: NDArray[np.bool_]
) -> Float64:
    linked, counts, sizes = between
    first, second = blocks[ends].min(axis=1).astype(np.int64), blocks[ends].max(axis=1).astype(np.int64)
    same, keys = first == second, first * sizes.size + second
    links = np.zeros(len(ends))
    if linked.size:
        places = np.minimum(np.searchsorted(linked, keys), linked.size - 1)
        links = np.where(linked[places] == keys, counts[places], 0) - hidden
    possible = np.where(same, sizes[first] * (sizes[first] - 1) / 2.0, 1.0 * sizes[first] * sizes[second])
    density = np.divide(links, possible, out=np.zeros(len(ends)), where=possible > 0.0)
    return np.column_stack((same.astype(np.float64), density))


@numba.njit(cache=True, nogil=True)
def _neighbour_degrees(indptr, indices):  # type: ignore[no-untyped-def]
    sums = np.zeros(indptr.size - 1, dtype=np.int64)
    for node in range(sums.size):
        for edge in range(indptr[node], indptr[node + 1]):
            sums[node] += indptr[indices[edge] + 1] - indptr[indices[edge]]
    return sums


@numba.njit(cache=True, nogil=True)
def _linked(indptr, indices, ends):  # type: ignore[no-untyped-def]
    found = np.zeros(ends.shape[0], dtype=np.bool_)
    for row in range(ends.shape[0]):
        neighbours = indices[indptr[ends[row, 0]] : indptr[ends[row, 0] + 1]]
        place = np.searchsorted(neighbours, ends[row, 1])
        found[row] = place < neighbours.size and neighbours[place] == ends[row, 1]
    return found


@numba.njit(cache=True, nogil=True)
def _block_keys(indptr, indices, blocks, count):  # type: ignore[no-untyped-def]
    keys = np.empty(indices.size // 2, dtype=np.int64)
    place = 0
    for node in range(indptr.size - 1):
        for edge in range(indptr[node], indptr[node + 1]):
            if indices[edge] > node:
                low = min(blocks[node], blocks[indices[edge]])
                keys[place] = np.int64(low) * count + max(blocks[node], blocks[indices[edge]])
                place += 1
    return keys
