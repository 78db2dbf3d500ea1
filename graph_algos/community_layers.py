"""Several graphs on the same nodes made one, and how strongly a partition holds its nodes.

Layers differ in kind and in unit (money, words, kilometres), so each is brought to the same total weight before they
are added; a layer's factor then is its share of all that binds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from graph_algos.csr import Float64, Graph, Int32, Int64, from_edges

EARTH_KM = 6_371.0
# Above so many members not all pairs of a group are linked: n² / 2 edges would say nothing that these do not.
CLIQUE = 32
STEPS = 8  # a larger group's member is linked to those 1, 2, 4, … 128 places on: connected, 16 links each


def combined(layers: Sequence[tuple[Graph, float]], *, node_count: int) -> Graph:
    """Σ factor · W / total(W) over the layers, scaled to a mean weight of one; layers without edges count nothing.

    O(Σ m). One layer alone keeps its communities at every factor. Raises ValueError for a negative factor.

    >>> money, words = from_edges([0], [1], [9.0], node_count=3), from_edges([1], [2], [0.1], node_count=3)
    >>> combined([(money, 1.0), (words, 0.5)], node_count=3).weights.astype(float).round(3).tolist()
    [1.333, 1.333, 0.667, 0.667]
    """
    if any(not (np.isfinite(factor) and factor >= 0.0) for _, factor in layers):
        raise ValueError("factors must be finite and not negative")
    parts = []
    for graph, factor in layers:
        one, other, weight = once(graph)
        total = float(weight.sum())
        if total > 0.0 and factor > 0.0:
            parts.append((one, other, weight * (factor / total)))
    if not parts:
        return from_edges([], [], [], node_count=node_count)
    one, other = (np.concatenate([part[end] for part in parts]) for end in (0, 1))
    weight = np.concatenate([part[2] for part in parts])
    pairs = len(np.unique(one.astype(np.int64) * node_count + other))
    return from_edges(one, other, weight * (pairs / weight.sum()), node_count=node_count)


def once(graph: Graph) -> tuple[Int32, Int32, Float64]:
    """Each edge of an undirected graph once: (smaller ends, larger ends, weights)."""
    tails: Int32 = np.repeat(np.arange(graph.node_count, dtype=np.int32), graph.degrees)
    keep = tails < graph.indices
    weight = np.ones(graph.edge_count) if graph.weights is None else graph.weights.astype(np.float64)
    return tails[keep], graph.indices[keep], weight[keep]


def halved_by_age(weight: ArrayLike, age: ArrayLike, *, half_life: float) -> Float64:
    """weight · 2^(-age / half_life); an age of NaN keeps its weight. Ages and half-life in the same unit.

    >>> halved_by_age([4.0, 4.0, 4.0], [0.0, 10.0, np.nan], half_life=10.0).tolist()
    [4.0, 2.0, 4.0]
    """
    if not (np.isfinite(half_life) and half_life > 0.0):
        raise ValueError("a half-life must be finite and positive")
    years = np.maximum(np.nan_to_num(np.asarray(age, dtype=np.float64), nan=0.0), 0.0)
    faded: Float64 = np.asarray(weight, dtype=np.float64) * np.exp2(-years / half_life)
    return faded


def rarity(terms: ArrayLike, *, term_count: int, node_count: int) -> Float64:
    """ln((1 + n) / (1 + holders)) / ln(1 + n), from 1 for what nobody has to 0 for what all have: float64[terms]."""
    holders = np.bincount(np.asarray(terms, dtype=np.int64), minlength=term_count)
    rare: Float64 = np.log((1.0 + node_count) / (1.0 + holders)) / np.log(1.0 + max(1, node_count))
    return np.maximum(rare, 0.0)


def shared_terms(nodes: ArrayLike, terms: ArrayLike, *, node_count: int) -> Graph:
    """Who has terms in common. Pairs (node, term) are distinct; a term of k holders adds rarity / (k - 1) to each pair.

    So each of its holders gains the same strength from a term, however many there are (Newman: Scientific
    collaboration networks II, 2001). Up to CLIQUE holders are all linked, more in steps: O(pairs · CLIQUE).

    >>> shared_terms([0, 1, 2], [5, 5, 6], node_count=3).indices.tolist()
    [1, 0]
    """
    held, of = np.asarray(nodes, dtype=np.int64), np.asarray(terms, dtype=np.int64)
    order = np.lexsort((held, of))
    held, of = held[order], of[order]
    worth = rarity(of, term_count=int(of.max()) + 1 if of.size else 0, node_count=node_count)
    first = np.searchsorted(of, of, side="left")
    size = np.searchsorted(of, of, side="right") - first
    place, parts = np.arange(of.size) - first, []
    for step in range(1, CLIQUE):
        rows = np.flatnonzero((size <= CLIQUE) & (place + step < size))
        parts.append((rows, rows + step, worth[of[rows]] / (size[rows] - 1)))
    for step in (1 << power for power in range(STEPS)):
        # Fewer holders than twice the largest step would be linked twice by it: 2^STEPS > CLIQUE keeps that rare.
        rows = np.flatnonzero((size > CLIQUE) & (step < size))
        to = first[rows] + (place[rows] + step) % size[rows]
        parts.append((rows, to, worth[of[rows]] / (2 * STEPS)))
    one, other, weight = (np.concatenate([part[end] for part in parts]) for end in range(3))
    return from_edges(held[one], held[other], weight, node_count=node_count)


def nearness(latitude: ArrayLike, longitude: ArrayLike, *, count: int = 8, reach_km: float = 100.0) -> Graph:
    """Each node with a place is linked to its `count` nearest within reach: weight 1 / (1 + km / 10).

    Degrees; NaN is no place. Great-circle distances; O(n log n). Equal distances by the tree's fixed order.

    >>> nearness([50.0, 50.0, np.nan], [8.0, 8.1, 8.0]).weights.astype(float).round(3).tolist()
    [0.583, 0.583]
    """
    phi, lam = np.radians(np.asarray(latitude, dtype=np.float64)), np.radians(np.asarray(longitude, dtype=np.float64))
    placed = np.flatnonzero(np.isfinite(phi) & np.isfinite(lam))
    if placed.size < 2:
        return from_edges([], [], [], node_count=phi.size)
    phi, lam = phi[placed], lam[placed]
    points = np.stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)), axis=1)
    chord, near = cKDTree(points).query(points, k=min(count + 1, placed.size))
    km = 2.0 * EARTH_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
    own: NDArray[np.int64] = np.repeat(np.arange(placed.size)[:, None], near.shape[1], axis=1)
    keep = (near != own) & (km <= reach_km)
    low, high = np.minimum(own, near)[keep], np.maximum(own, near)[keep]
    _, rows = np.unique(low * placed.size + high, return_index=True)  # a pair that is near both ways counts once
    weight = 1.0 / (1.0 + km[keep][rows] / 10.0)
    return from_edges(placed[low[rows]], placed[high[rows]], weight, node_count=np.asarray(latitude).size)


def shares(graph: Graph, labels: ArrayLike, pairs: tuple[ArrayLike, ArrayLike]) -> Float64:
    """What part of each node's tie weight goes into each label's community, for (nodes, labels): float64[pairs]."""
    table = _table(graph, labels)
    nodes, wanted = (np.asarray(end, dtype=np.int64) for end in pairs)
    found: Float64 = np.asarray(table[nodes, wanted], dtype=np.float64).ravel() if nodes.size else np.empty(0)
    return found


def leanings(graph: Graph, labels: ArrayLike, *, least: float, most: int) -> tuple[Int64, Int64, Float64]:
    """The communities of others that hold at least this share of a node's tie weight: (nodes, labels, shares).

    At most `most` a node, the strongest first, equal ones by smaller label; its own community is left out. O(m).

    >>> path = from_edges([0, 1, 2], [1, 2, 3], node_count=4)
    >>> [part.tolist() for part in leanings(path, [0, 0, 1, 1], least=0.2, most=3)]
    [[1, 2], [1, 0], [0.5, 0.5]]
    """
    names = np.asarray(labels, dtype=np.int64)
    table = _table(graph, names).tocoo()
    nodes, to, part = table.row.astype(np.int64), table.col.astype(np.int64), table.data
    keep = (part >= least) & (to != names[nodes])
    nodes, to, part = nodes[keep], to[keep], part[keep]
    order = np.lexsort((to, -part, nodes))
    nodes, to, part = nodes[order], to[order], part[order]
    rank = np.arange(nodes.size) - np.searchsorted(nodes, nodes, side="left")
    return nodes[rank < most], to[rank < most], part[rank < most]


def binding(graph: Graph, labels: ArrayLike) -> Float64:
    """What part of its members' tie weight stays inside each community, 1 - conductance: float64[max(labels) + 1].

    >>> binding(from_edges([0, 1, 2], [1, 2, 3], node_count=4), [0, 0, 1, 1]).round(3).tolist()
    [0.667, 0.667]
    """
    names = np.asarray(labels, dtype=np.int64)
    one, other, weight = once(graph)
    count = int(names.max()) + 1 if names.size else 0
    total = np.bincount(names[one], weight, count) + np.bincount(names[other], weight, count)
    inside = names[one] == names[other]
    held = 2.0 * np.bincount(names[one[inside]], weight[inside], count)
    bound: Float64 = np.divide(held, total, out=np.zeros(count), where=total > 0.0)
    return bound


def _table(graph: Graph, labels: ArrayLike) -> csr_array:
    """Share of each node's tie weight by community: n × communities; empty rows for nodes without ties."""
    names = np.asarray(labels, dtype=np.int64)
    one, other, weight = once(graph)
    count = int(names.max()) + 1 if names.size else 0
    rows, columns = np.concatenate((one, other)), names[np.concatenate((other, one))]
    both = np.concatenate((weight, weight))
    strength = np.bincount(rows, both, graph.node_count)
    # Ties of no weight bind to nobody.
    part = np.divide(both, strength[rows], out=np.zeros(both.size), where=strength[rows] > 0.0)
    return csr_array((part, (rows, columns)), shape=(graph.node_count, count))
