"""The graph every kernel reads: compressed sparse rows, read-only, neighbours sorted and unique."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# Node indexes are int32: 8 bytes per weighted directed edge, 4 per unweighted one.
MAX_NODES = np.iinfo(np.int32).max


Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(array: ArrayLike, dtype: type[Scalar]) -> NDArray[Scalar]:
    """A read-only, contiguous view of exactly this dtype, copying only if it must.

    Kernels then see one array type, whether the data lies in memory or in a mapped file: one compilation.
    """
    view = np.ascontiguousarray(np.asarray(array, dtype=dtype)).view(np.ndarray)
    if view.flags.writeable:
        view = view.view()
        view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True)
class Graph:
    """Row ``u`` holds the neighbours ``indices[indptr[u]:indptr[u + 1]]``, ascending, without ``u`` itself.

    ``indptr`` is int64[n + 1], ``indices`` int32[m], ``weights`` float32[m] or None (every edge counts one).
    An undirected graph stores each edge in both rows. Build one with `from_edges`; the constructor trusts the
    order of the rows (a mapped snapshot must open in no time) and checks shapes only.
    """

    indptr: Int64
    indices: Int32
    weights: Float32 | None
    directed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", frozen(self.indptr, np.int64))
        object.__setattr__(self, "indices", frozen(self.indices, np.int32))
        if self.weights is not None:
            object.__setattr__(self, "weights", frozen(self.weights, np.float32))
        if self.indptr.ndim != 1 or self.indptr.size == 0 or self.indptr[0] != 0:
            raise ValueError("indptr must be one-dimensional and start with 0")
        if self.indices.ndim != 1 or int(self.indptr[-1]) != self.indices.size:
            raise ValueError("the last entry of indptr must be the number of indices")
        if self.weights is not None and self.weights.shape != self.indices.shape:
            raise ValueError("weights and indices must have the same length")

    @property
    def node_count(self) -> int:
        return self.indptr.size - 1

    @property
    def edge_count(self) -> int:
        """Stored directed edges: an undirected edge counts twice."""
        return self.indices.size

    @property
    def degrees(self) -> Int64:
        """int64[n]: stored neighbours of each node (successors, where the graph is directed)."""
        return np.diff(self.indptr)

    @property
    def weight_array(self) -> Float32:
        """The weights, or an empty array where every edge counts one: what kernels take."""
        return _NO_WEIGHTS if self.weights is None else self.weights


_NO_WEIGHTS = frozen(np.empty(0, dtype=np.float32), np.float32)


def from_edges(
    source: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    node_count: int,
    directed: bool = False,
) -> Graph:
    """The graph of these edges; O(n + m) by two counting sorts.

    Parallel edges are summed (without weights they become one edge), self loops dropped. In an undirected graph
    (a, b) and (b, a) are parallel.

    Raises ValueError for an index outside 0 … node_count - 1 and for a weight that is negative or not finite.

    >>> graph = from_edges([0, 0, 2], [1, 1, 2], [1.0, 2.0, 5.0], node_count=3)
    >>> graph.indptr.tolist(), graph.indices.tolist(), graph.weights.tolist()
    ([0, 1, 2, 2], [1, 0], [3.0, 3.0])
    """
    tails, heads = _indexes(source, node_count), _indexes(target, node_count)
    if tails.size != heads.size:
        raise ValueError("source and target must have the same length")
    values = None if weight is None else _weights(weight, tails.size)
    keep = tails != heads
    if not keep.all():
        tails, heads = tails[keep], heads[keep]
        values = None if values is None else values[keep]
    if not directed:
        tails, heads = np.concatenate((tails, heads)), np.concatenate((heads, tails))
        values = None if values is None else np.concatenate((values, values))
    return _compressed(frozen(tails, np.int32), frozen(heads, np.int32), values, node_count, directed)


def reverse(graph: Graph) -> Graph:
    """Every edge turned round, in O(n + m); an undirected graph is its own reverse.

    >>> reverse(from_edges([0, 1], [2, 2], node_count=3, directed=True)).indices.tolist()
    [0, 1]
    """
    if not graph.directed:
        return graph
    return _compressed(graph.indices, _tails(graph.indptr), graph.weights, graph.node_count, True)


def to_undirected(graph: Graph) -> Graph:
    """The undirected graph: w(a, b) + w(b, a) where there are weights, one edge where there are none.

    >>> to_undirected(from_edges([0, 1], [1, 0], [2.0, 3.0], node_count=2, directed=True)).weights.tolist()
    [5.0, 5.0]
    """
    if not graph.directed:
        return graph
    tails = _tails(graph.indptr)
    return from_edges(tails, graph.indices, graph.weights, node_count=graph.node_count)


def _indexes(values: ArrayLike, node_count: int) -> Int32:
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int32)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError("node indexes must be a one-dimensional array of integers")
    if not 0 <= node_count <= MAX_NODES:
        raise ValueError(f"node_count must lie in 0 … {MAX_NODES}")
    if array.size and (array.min() < 0 or array.max() >= node_count):
        raise ValueError(f"node indexes must lie in 0 … {node_count - 1}")
    return array.astype(np.int32, copy=False)


def _weights(values: ArrayLike, count: int) -> Float32:
    with np.errstate(over="ignore"):
        array = np.asarray(values, dtype=np.float32)
    if array.shape != (count,):
        raise ValueError("weight must have one entry per edge")
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise ValueError("weights must be finite and not negative")
    return array


def _compressed(tails: Int32, heads: Int32, values: Float32 | None, node_count: int, directed: bool) -> Graph:
    given = _NO_WEIGHTS if values is None else frozen(values, np.float32)
    if tails.size == 0:
        indptr = np.zeros(node_count + 1, dtype=np.int64)
        return Graph(indptr, np.empty(0, np.int32), None if values is None else given[:0], directed)
    by_head = _group(heads, tails, given, node_count)
    rows = _tails(by_head[0])
    carried = frozen(by_head[2], np.float32)
    indptr, indices, weights = _group(frozen(by_head[1], np.int32), rows, carried, node_count)
    del by_head, rows, carried
    indptr, kept = _merge_parallel(indptr, indices, weights)
    if kept < indices.size:
        indices, weights = indices[:kept].copy(), weights[:kept].copy()
    if values is not None and not np.isfinite(weights).all():
        raise ValueError("the summed weight of parallel edges exceeds float32")
    return Graph(indptr, indices, None if values is None else weights, directed)


def _tails(indptr: Int64) -> Int32:
    return frozen(_row_of(indptr, int(indptr[-1])), np.int32)


@numba.njit(cache=True, nogil=True)
def _row_of(indptr: Int64, count: int) -> Int32:
    rows = np.empty(count, dtype=np.int32)
    for row in range(indptr.size - 1):
        rows[indptr[row] : indptr[row + 1]] = row
    return rows


@numba.njit(cache=True, nogil=True)
def _group(keys: Int32, items: Int32, weights: Float32, bins: int) -> tuple[Int64, Int32, Float32]:
    """Stable counting sort of items and weights by key: (indptr, items, weights)."""
    indptr = np.zeros(bins + 1, dtype=np.int64)
    for key in keys:
        indptr[key + 1] += 1
    for key in range(bins):
        indptr[key + 1] += indptr[key]
    place = indptr[:-1].copy()
    grouped = np.empty(items.size, dtype=np.int32)
    carried = np.empty(weights.size, dtype=np.float32)
    for position in range(keys.size):
        slot = place[keys[position]]
        place[keys[position]] = slot + 1
        grouped[slot] = items[position]
        if weights.size:
            carried[slot] = weights[position]
    return indptr, grouped, carried


@numba.njit(cache=True, nogil=True)
def _merge_parallel(indptr: Int64, indices: Int32, weights: Float32) -> tuple[Int64, int]:
    """Merge equal neighbours of sorted rows in place, adding in double precision; (indptr, entries kept)."""
    merged = np.zeros(indptr.size, dtype=np.int64)
    write = 0
    for row in range(indptr.size - 1):
        read = indptr[row]
        while read < indptr[row + 1]:
            neighbour = indices[read]
            total = 0.0
            while read < indptr[row + 1] and indices[read] == neighbour:
                if weights.size:
                    total += weights[read]
                read += 1
            indices[write] = neighbour
            if weights.size:
                weights[write] = total
            write += 1
        merged[row + 1] = write
    return merged, write
