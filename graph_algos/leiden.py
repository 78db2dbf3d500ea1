"""The kernels of the Leiden algorithm: move nodes, refine, aggregate; `community.leiden` drives them.

A level is (indptr, indices, weights float64, strength float64[n]): rows without self loops, weights empty where
every edge counts one, strengths with the self loops. `scale` is resolution / 2m. In units of 1/m, moving node v
into community C is worth  w(v, C) - scale · strength(v) · strength(C).

Traag, Waltman, van Eck: From Louvain to Leiden, Scientific Reports 9, 5233 (2019). The refinement takes the best
merge rather than a random one, as in Sahu: GVE-Leiden (2023); the random order of the nodes gives the variety.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from graph_algos.csr import Float64, Int32, Int64

Level = tuple[Int64, Int32, Float64, Float64]

# A move must be worth more than rounding, or two nodes could swap places for ever.
ROUNDING = 1e-10
BLOCKS_FROM = 100_000
BLOCK = 1_024


@numba.njit(cache=True, nogil=True)
def shuffled(count: int, state: NDArray[np.uint64]) -> Int32:
    """A random order of 0 … count - 1; advances `state` uint64[1] (splitmix64, Fisher-Yates).

    From `BLOCKS_FROM` nodes on, runs of `BLOCK` successive nodes are shuffled instead of nodes: rows are then
    read in order, which halves the time of a sweep once the graph exceeds the caches.
    """
    block = BLOCK if count >= BLOCKS_FROM else 1
    blocks = (count + block - 1) // block
    order = np.arange(blocks).astype(np.int32)
    for last in range(blocks - 1, 0, -1):
        state[0] += np.uint64(0x9E3779B97F4A7C15)
        mixed = state[0]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        other = np.int64((mixed ^ (mixed >> np.uint64(31))) % np.uint64(last + 1))
        order[last], order[other] = order[other], order[last]
    if block == 1:
        return order
    nodes, place = np.empty(count, dtype=np.int32), 0
    for position in range(blocks):
        first = int(order[position]) * block
        for node in range(first, min(count, first + block)):
            nodes[place] = node
            place += 1
    return nodes


@numba.njit(cache=True, nogil=True)
def _gather(level: Level, node: int, labels: Int32, stats: Float64, touched: Int32) -> int:
    """Add the node's edge weights to `stats[label, 0]` by neighbour label; the labels seen go to `touched`."""
    indptr, indices, weights, _ = level
    seen = 0
    for edge in range(indptr[node], indptr[node + 1]):
        label = labels[indices[edge]]
        touched[seen] = label
        seen += stats[label, 0] == 0.0
        stats[label, 0] += weights[edge] if weights.size else 1.0
    return seen


@numba.njit(cache=True, nogil=True)
def _empty_labels(members: Int32) -> Int32:
    empty = np.empty(members.size + 1, dtype=np.int32)
    empties = 0
    for label in range(members.size - 1, -1, -1):
        if members[label] == 0:
            empty[empties] = label
            empties += 1
    empty[-1] = empties
    return empty


@numba.njit(cache=True, nogil=True)
def move_nodes(level: Level, labels: Int32, scale: float, order: Int32, sweeps: int) -> float:
    """Fast local move: visit the queue until no node gains by moving; changes `labels`, returns the gain.

    `order` is the first queue, labels lie in 0 … n - 1. O(m) a sweep; only neighbours of a moved node are visited
    again. Among equal gains a node stays, else goes to the smaller label.
    """
    strength = level[3]
    count = strength.size
    # The links of the visited node and the strength of each community share a cache line.
    stats, members = np.zeros((count, 2)), np.zeros(count, dtype=np.int32)
    for node in range(count):
        stats[labels[node], 1] += strength[node]
        members[labels[node]] += 1
    empty = _empty_labels(members)
    waiting = np.ones(count, dtype=np.bool_)
    touched = np.empty(count + 1, dtype=np.int32)
    left, gained = count, 0.0
    while left and sweeps > 0:
        sweeps -= 1
        for node in order:
            if not waiting[node]:
                continue
            waiting[node] = False
            left -= 1
            seen = _gather(level, node, labels, stats, touched)
            own, price = labels[node], scale * strength[node]
            stay = stats[own, 0] - price * (stats[own, 1] - strength[node])
            best, chosen = stay + ROUNDING * (1.0 + abs(stay)), own
            for position in range(seen):
                label = touched[position]
                worth = stats[label, 0] - price * stats[label, 1]
                stats[label, 0] = 0.0
                if label != own and (worth > best or (worth == best and chosen != own and label < chosen)):
                    best, chosen = worth, label
            if best < 0.0 and members[own] > 1:
                best, chosen = 0.0, empty[empty[-1] - 1]
            if chosen != own:
                gained += best - stay
                _relocate(node, strength[node], (own, chosen), (labels, stats, members, empty))
                left += _wake(level, node, labels, waiting)
    return gained


@numba.njit(cache=True, nogil=True)
def _relocate(node, mass, step, partition):  # type: ignore[no-untyped-def]
    own, chosen = step
    labels, stats, members, empty = partition
    if members[chosen] == 0:
        empty[-1] -= 1
    labels[node] = chosen
    stats[chosen, 1] += mass
    members[chosen] += 1
    stats[own, 1] -= mass
    members[own] -= 1
    if members[own] == 0:
        stats[own, 1] = 0.0
        empty[empty[-1]] = own
        empty[-1] += 1


@numba.njit(cache=True, nogil=True)
def _wake(level: Level, node: int, labels: Int32, waiting: NDArray[np.bool_]) -> int:
    """Mark the neighbours that now lie in another community; returns how many were not waiting before."""
    indptr, indices, _, _ = level
    woken = 0
    for edge in range(indptr[node], indptr[node + 1]):
        neighbour = indices[edge]
        if not waiting[neighbour] and labels[neighbour] != labels[node]:
            waiting[neighbour] = True
            woken += 1
    return woken


@numba.njit(cache=True, nogil=True)
def refine(level: Level, labels: Int32, scale: float, order: Int32) -> Int32:
    """Split each community into well-connected parts: int32[n], the part named by its first node. O(m).

    Starting from single nodes, each node that is still alone and well connected to its community S,
    w(v, S - v) ≥ scale · K(v) · (K(S) - K(v)), joins the part of S that gains most, if the part is well connected
    too. Parts grow along edges only, so each is connected.
    """
    strength = level[3]
    count = strength.size
    total = np.zeros(count)
    for node in range(count):
        total[labels[node]] += strength[node]
    rows, columns, values, cut = _inside(level, labels)
    parts, mass, alone = np.arange(count).astype(np.int32), strength.copy(), np.ones(count, dtype=np.bool_)
    sums, touched = np.zeros(count), np.empty(count + 1, dtype=np.int32)
    for node in order:
        whole, price = total[labels[node]], scale * strength[node]
        if not alone[node] or cut[node] < price * (whole - strength[node]):
            continue
        seen = 0
        for edge in range(rows[node], rows[node + 1]):
            part = parts[columns[edge]]
            touched[seen] = part
            seen += sums[part] == 0.0
            sums[part] += values[edge] if values.size else 1.0
        best, chosen, link = 0.0, node, 0.0
        for position in range(seen):
            part = touched[position]
            worth = sums[part] - price * mass[part]
            better = worth > best or (worth == best and worth > 0.0 and part < chosen)
            if better and cut[part] >= scale * mass[part] * (whole - mass[part]):
                best, chosen, link = worth, part, sums[part]
            sums[part] = 0.0
        if chosen != node:
            parts[node] = chosen
            alone[chosen] = False
            mass[chosen] += strength[node]
            cut[chosen] += cut[node] - 2.0 * link
    return parts


@numba.njit(cache=True, nogil=True)
def _inside(level: Level, labels: Int32) -> Level:
    """The edges within communities, as rows, and their sum for each node: the refinement reads nothing else."""
    indptr, indices, weights, _ = level
    rows, slot = np.zeros(labels.size + 1, dtype=np.int64), 0
    columns, values, cut = np.empty(indices.size, dtype=np.int32), np.empty(weights.size), np.zeros(labels.size)
    for node in range(labels.size):
        own = labels[node]
        for edge in range(indptr[node], indptr[node + 1]):
            if labels[indices[edge]] == own:
                columns[slot] = indices[edge]
                if weights.size:
                    values[slot] = weights[edge]
                    cut[node] += weights[edge]
                slot += 1
        rows[node + 1] = slot
        if not weights.size:
            cut[node] = slot - rows[node]
    return rows, columns, values, cut


@numba.njit(cache=True, nogil=True)
def compact(labels: Int32, size: int) -> tuple[Int32, int]:
    """Labels (below `size`) renamed 0, 1, … by first appearance, and how many there are."""
    names = np.full(size, -1, dtype=np.int32)
    renamed = np.empty(labels.size, dtype=np.int32)
    count = 0
    for node in range(labels.size):
        if names[labels[node]] < 0:
            names[labels[node]] = count
            count += 1
        renamed[node] = names[labels[node]]
    return renamed, count


@numba.njit(cache=True, nogil=True)
def aggregate(level: Level, parts: Int32, count: int) -> Level:
    """The next level, one node per part (compact, `count` of them); O(n + m). Self loops live on in the strengths."""
    indptr, indices, weights, strength = level
    start = np.zeros(count + 1, dtype=np.int64)
    mass = np.zeros(count)
    for node in range(parts.size):
        start[parts[node] + 1] += 1
        mass[parts[node]] += strength[node]
    for part in range(count):
        start[part + 1] += start[part]
    place, members = start[:-1].copy(), np.empty(parts.size, dtype=np.int32)
    for node in range(parts.size):
        members[place[parts[node]]] = node
        place[parts[node]] += 1
    rows = np.zeros(count + 1, dtype=np.int64)
    columns, values = np.empty(indices.size, dtype=np.int32), np.empty(indices.size)
    sums, slot = np.zeros(count), 0
    for part in range(count):
        first = slot
        for node in members[start[part] : start[part + 1]]:
            for edge in range(indptr[node], indptr[node + 1]):
                other = parts[indices[edge]]
                if other == part:
                    continue
                if sums[other] == 0.0:
                    columns[slot] = other
                    slot += 1
                sums[other] += weights[edge] if weights.size else 1.0
        for entry in range(first, slot):
            values[entry] = sums[columns[entry]]
            sums[columns[entry]] = 0.0
        rows[part + 1] = slot
    return rows, columns[:slot], values[:slot], mass
