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
CYCLES = 8  # drawn through a larger group's members: 16 links each
PLACE_DEGREES = 1e-4  # 11 m: customers this near are at one place


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

    So each of its holders gains the term's rarity, however many there are (Newman: Scientific collaboration networks
    II, 2001). Up to CLIQUE holders are all linked, more by CYCLES: O(pairs · CLIQUE). What all have links nobody.

    >>> shared_terms([0, 1, 2], [5, 5, 6], node_count=3).indices.tolist()
    [1, 0]
    """
    held, of = np.asarray(nodes, dtype=np.int64), np.asarray(terms, dtype=np.int64)
    worth = rarity(of, term_count=int(of.max(initial=-1)) + 1, node_count=node_count)
    order = np.lexsort((held, of))
    order = order[worth[of[order]] > 0.0]
    held, of = held[order], of[order]
    one, other, part = _linked(held, of)
    return from_edges(held[one], held[other], worth[of[one]] * part, node_count=node_count)


def _linked(members: Int64, groups: Int64) -> tuple[Int64, Int64, Float64]:
    """Links inside groups, as (rows, rows, weights): the weights at each member sum to one. Rows are sorted by group.

    A large group gets random cycles through all its members: connected, and an expander, which Leiden does not take
    apart. With the members 1, 2, 4, … places on it does: 2,000 of 10,000 nodes fell into arcs of neighbouring ids.
    """
    first = np.searchsorted(groups, groups, side="left")
    size = np.searchsorted(groups, groups, side="right") - first
    place = np.arange(groups.size) - first
    parts = []
    for step in range(1, CLIQUE):
        rows = np.flatnonzero((size <= CLIQUE) & (place + step < size))
        parts.append((rows, rows + step, 1.0 / (size[rows] - 1)))
    large = np.flatnonzero(size > CLIQUE)
    start = np.searchsorted(groups[large], groups[large], side="left")
    following = start + (place[large] + 1) % size[large]
    for cycle in range(CYCLES if large.size else 0):
        drawn = _hashed(members[large], groups[large], cycle)
        rows = large[np.lexsort((members[large], drawn, groups[large]))]
        parts.append((rows, rows[following], np.full(rows.size, 1.0 / (2 * CYCLES))))
    one, other, weight = (np.concatenate([part[end] for part in parts]) for end in range(3))
    return one, other, weight


def _hashed(members: Int64, groups: Int64, cycle: int) -> NDArray[np.uint64]:
    """The same order on every machine, unrelated between groups and cycles (Steele et al.: SplitMix, 2014)."""
    mixed = members.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + groups.astype(np.uint64)
    mixed = mixed * np.uint64(0xD1B54A32D192ED03) + np.uint64(cycle)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def nearness(latitude: ArrayLike, longitude: ArrayLike, *, count: int = 8, reach_km: float = 100.0) -> Graph:
    """Who is near: weight 1 / (1 + km / 10) to the `count` nearest places within reach, 1 and `count` at most in all
    to those at one's own place.

    Degrees; NaN is no place. Great-circle distances. Between two places as many pairs are linked as the smaller has
    members, so that a whole city at one point stays O(n · count). Equal distances by the tree's fixed order.

    >>> nearness([50.0, 50.0, np.nan], [8.0, 8.1, 8.0]).weights.astype(float).round(3).tolist()
    [0.583, 0.583]
    """
    north, east = np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
    placed = np.flatnonzero(np.isfinite(north) & np.isfinite(east))
    rows, columns = (np.rint(degrees[placed] / PLACE_DEGREES).astype(np.int64) for degrees in (north, east))
    _, first, place = np.unique(rows * 4_000_003 + columns, return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    members, place = placed[order], place[order].astype(np.int64)
    one, other, part = _linked(members, place)
    sizes = np.bincount(place, minlength=first.size)
    parts = [(one, other, part * np.minimum(sizes[place[one]] - 1, count))]
    if first.size > 1:
        parts.append(_between(_nearest(north[placed[first]], east[placed[first]], count, reach_km), sizes))
    one, other, weight = (np.concatenate([some[end] for some in parts]) for end in range(3))
    return from_edges(members[one], members[other], weight, node_count=north.size)


def _nearest(latitude: Float64, longitude: Float64, count: int, reach_km: float) -> tuple[Int64, Int64, Float64]:
    """Pairs of points of which one is among the `count` nearest of the other, each once, with their distance in km."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    points = np.stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)), axis=1)
    chord, near = cKDTree(points).query(points, k=min(count + 1, phi.size))
    km = 2.0 * EARTH_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
    own: NDArray[np.int64] = np.repeat(np.arange(phi.size)[:, None], near.shape[1], axis=1)
    keep = (near != own) & (km <= reach_km)
    low, high = np.minimum(own, near)[keep], np.maximum(own, near)[keep]
    _, rows = np.unique(low * phi.size + high, return_index=True)
    return low[rows], high[rows], km[keep][rows]


def _between(pairs: tuple[Int64, Int64, Float64], sizes: Int64) -> tuple[Int64, Int64, Float64]:
    """The first members of two places, one by one, as rows of the members sorted by place."""
    low, high, km = pairs
    starts, links = np.cumsum(sizes) - sizes, np.minimum(sizes[low], sizes[high])
    which = np.repeat(np.arange(low.size), links)
    step = np.arange(which.size) - np.repeat(np.cumsum(links) - links, links)
    return starts[low[which]] + step, starts[high[which]] + step, 1.0 / (1.0 + km[which] / 10.0)


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


def left_inside(labels: ArrayLike, ends: tuple[ArrayLike, ArrayLike], weights: tuple[ArrayLike, ArrayLike]) -> Float64:
    """Σ of the second weights / Σ of the first over the edges inside each community: float64[max(labels) + 1].

    NaN for a community without weight inside. O(m).

    >>> left_inside([0, 0, 1, 1], ([0, 2, 1], [1, 3, 2]), ([4.0, 2.0, 9.0], [1.0, 2.0, 9.0])).tolist()
    [0.25, 1.0]
    """
    names = np.asarray(labels, dtype=np.int64)
    one, other = (names[np.asarray(end, dtype=np.int64)] for end in ends)
    whole, left = (np.asarray(some, dtype=np.float64)[one == other] for some in weights)
    count, inside = int(names.max(initial=-1)) + 1, one[one == other]
    total = np.bincount(inside, whole, count)
    share: Float64 = np.divide(np.bincount(inside, left, count), total, out=np.full(count, np.nan), where=total > 0.0)
    return share


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
