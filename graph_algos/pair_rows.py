"""What one node reaches in a few steps, laid out so that each candidate beside it costs one read per neighbour.

A node's scratch line is 8 doubles, one cache line. Invariant: all lines are zero between two sources.
"""

from __future__ import annotations

import numba
import numpy as np

# Columns of a scratch line: neighbour of the source; Σ 1/√k over two-step walks; walks and probabilities of 4 and 3
# steps (those of two steps pass through the columns of 4); personalised PageRank and what is still to be pushed.
MARK, L2, WALKS4, CHANCE4, WALKS3, CHANCE3, RANK, RESIDUAL = range(8)
LINE = 8
# Rows of the index scratch: nodes reached in 2, 3 and 4 steps, the queue of the push, nodes the push touched.
LISTS = 5

# Raw values of a pair, taken from the first end's lines.
ADJACENT, COMMON, ADAMIC, RESOURCE, LONG, COUNT3, COUNT4, COUNT5, P3, P4, P5, PPR = range(12)
RAW = 12
# From a node back to itself: walks of 3 and 4 steps, probabilities of 2, 3 and 4 steps, PageRank.
BACK_COUNT3, BACK_COUNT4, BACK_P2, BACK_P3, BACK_P4, BACK_PPR = range(6)
BACK = 6


@numba.njit(cache=True, nogil=True)
def fill(graph, work, space, limits, hide):  # type: ignore[no-untyped-def]
    """Raw values of every pair and return values of every node; sources without pairs are skipped unless hiding."""
    nodes, pointers, rows, others, raw, back = work
    for position in range(nodes.size):
        first, last = pointers[position], pointers[position + 1]
        if first == last and not hide:
            continue
        node = nodes[position]
        seen = _walk(graph, node, space, limits[0])
        pushed = _push(graph, node, space, limits[1], limits[3])
        _returns(graph, node, space[0], back[position])
        for place in range(first, last):
            _meet(graph, node, others[rows[place]], (space[0], limits[2]), raw[rows[place]])
        _clear(graph, node, space, seen, pushed)


@numba.njit(cache=True, nogil=True)
def _fitting(indptr, nodes, budget):  # type: ignore[no-untyped-def]
    """Positions of the nodes whose rows fit into the budget, smallest rows first, and what is left of it."""
    cost = 0
    for node in nodes:
        cost += indptr[node + 1] - indptr[node]
    if cost <= budget:
        return np.arange(nodes.size), budget - cost
    order = np.argsort(indptr[nodes + 1] - indptr[nodes], kind="mergesort")
    kept = 0
    for position in order:
        size = indptr[nodes[position] + 1] - indptr[nodes[position]]
        if size > budget:
            break
        budget -= size
        kept += 1
    return order[:kept], budget


@numba.njit(cache=True, nogil=True)
def _walk(graph, node, space, budget):  # type: ignore[no-untyped-def]
    """Walks of up to four steps; how many nodes were reached in two, three and four."""
    indptr, indices = graph
    lines, found = space
    start, end = indptr[node], indptr[node + 1]
    if start == end:
        return 0, 0, 0
    middles, seen = indices[start:end], 0
    for middle in middles:
        lines[middle, MARK] = 1.0
    positions, budget = _fitting(indptr, middles, budget)
    for position in positions:
        low, high = indptr[middles[position]], indptr[middles[position] + 1]
        chance, root = 1.0 / (end - start) / (high - low), 1.0 / np.sqrt(high - low)
        for edge in range(low, high):
            other = indices[edge]
            if lines[other, WALKS4] == 0.0:
                found[0, seen] = other
                seen += 1
            lines[other, WALKS4] += 1.0
            lines[other, CHANCE4] += chance
            lines[other, L2] += root
    counts, chances = np.empty(seen), np.empty(seen)
    for place in range(seen):
        other = found[0, place]
        counts[place], chances[place] = lines[other, WALKS4], lines[other, CHANCE4]
        lines[other, WALKS4] = lines[other, CHANCE4] = 0.0
    third, budget = _step(graph, (found[0, :seen], counts, chances), (lines, WALKS3), found[1], budget)
    counts, chances = np.empty(third), np.empty(third)
    for place in range(third):
        counts[place], chances[place] = lines[found[1, place], WALKS3], lines[found[1, place], CHANCE3]
    fourth, budget = _step(graph, (found[1, :third], counts, chances), (lines, WALKS4), found[2], budget)
    return seen, third, fourth


@numba.njit(cache=True, nogil=True)
def _step(graph, walkers, goal, reached, budget):  # type: ignore[no-untyped-def]
    indptr, indices = graph
    nodes, counts, chances = walkers
    lines, column = goal
    seen = 0
    positions, budget = _fitting(indptr, nodes, budget)
    for position in positions:
        low, high = indptr[nodes[position]], indptr[nodes[position] + 1]
        count, chance = counts[position], chances[position] / (high - low)
        for edge in range(low, high):
            other = indices[edge]
            if lines[other, column] == 0.0:
                reached[seen] = other
                seen += 1
            lines[other, column] += count
            lines[other, column + 1] += chance
    return seen, budget


@numba.njit(cache=True, nogil=True)
def _push(graph, node, space, budget, rule):  # type: ignore[no-untyped-def]
    """Personalised PageRank by forward push, first come first served; how many nodes were touched."""
    indptr, indices = graph
    lines, found = space
    damping, residual = rule
    queue, touched = found[3], found[4]
    size = queue.size
    queue[0], touched[0] = node, node
    lines[node, RESIDUAL] = 1.0
    head, waiting, seen = 0, 1, 1
    while waiting:
        at = queue[head]
        head, waiting = (head + 1) % size, waiting - 1
        mass = lines[at, RESIDUAL]
        lines[at, RESIDUAL] = 0.0
        degree = indptr[at + 1] - indptr[at]
        budget -= degree
        if degree == 0 or budget < 0:
            lines[at, RANK] += mass if degree == 0 else (1.0 - damping) * mass
            break
        lines[at, RANK] += (1.0 - damping) * mass
        share = damping * mass / degree
        for edge in range(indptr[at], indptr[at + 1]):
            other = indices[edge]
            old = lines[other, RESIDUAL]
            if old == 0.0 and lines[other, RANK] == 0.0:
                touched[seen] = other
                seen += 1
            lines[other, RESIDUAL] = old + share
            threshold = residual * (indptr[other + 1] - indptr[other])
            if old < threshold <= old + share:
                queue[(head + waiting) % size] = other
                waiting += 1
    return seen


@numba.njit(cache=True, nogil=True)
def _returns(graph, node, lines, back):  # type: ignore[no-untyped-def]
    indptr, indices = graph
    start, end = indptr[node], indptr[node + 1]
    chance = 0.0
    for edge in range(start, end):
        chance += 1.0 / (indptr[indices[edge] + 1] - indptr[indices[edge]])
    back[BACK_COUNT3], back[BACK_COUNT4] = lines[node, WALKS3], lines[node, WALKS4]
    back[BACK_P2] = chance / (end - start) if end > start else 0.0
    back[BACK_P3], back[BACK_P4] = lines[node, CHANCE3], lines[node, CHANCE4]
    back[BACK_PPR] = lines[node, RANK]


@numba.njit(cache=True, nogil=True)
def _meet(graph, node, other, space, raw):  # type: ignore[no-untyped-def]
    """One pair: a read of the other end's neighbours, every n-th (counting n times) where the budget asks for it."""
    indptr, indices = graph
    lines, budget = space
    start, end = indptr[other], indptr[other + 1]
    adjacent = lines[other, MARK]
    direct = adjacent / np.sqrt(end - start) if adjacent else 0.0
    stride = 1 + (end - start - 1) // budget if end > start else 1
    for edge in range(start, end, stride):
        middle = indices[edge]
        degree = indptr[middle + 1] - indptr[middle]
        raw[COUNT5] += stride * lines[middle, WALKS4]
        raw[P5] += stride * lines[middle, CHANCE4] / degree
        if middle != node:
            raw[LONG] += stride * max(0.0, lines[middle, L2] - direct) / np.sqrt(degree)
        if stride == 1 and lines[middle, MARK]:
            _share(degree, raw)
    if stride > 1:
        _shared(graph, node, other, raw)
    raw[ADJACENT] = adjacent
    raw[COUNT3], raw[COUNT4] = lines[other, WALKS3], lines[other, WALKS4]
    raw[P3], raw[P4], raw[PPR] = lines[other, CHANCE3], lines[other, CHANCE4], lines[other, RANK]


@numba.njit(cache=True, nogil=True)
def _share(degree, raw):  # type: ignore[no-untyped-def]
    raw[COMMON] += 1.0
    raw[RESOURCE] += 1.0 / degree
    if degree > 1:
        raw[ADAMIC] += 1.0 / np.log(degree)


@numba.njit(cache=True, nogil=True)
def _shared(graph, node, other, raw):  # type: ignore[no-untyped-def]
    """Shared neighbours of a hub exactly, by searching its row for those of the smaller end."""
    indptr, indices = graph
    if indptr[node + 1] - indptr[node] > indptr[other + 1] - indptr[other]:
        node, other = other, node
    row = indices[indptr[other] : indptr[other + 1]]
    for edge in range(indptr[node], indptr[node + 1]):
        middle = indices[edge]
        place = np.searchsorted(row, middle)
        if place < row.size and row[place] == middle:
            _share(indptr[middle + 1] - indptr[middle], raw)


@numba.njit(cache=True, nogil=True)
def _clear(graph, node, space, seen, pushed):  # type: ignore[no-untyped-def]
    indptr, indices = graph
    lines, found = space
    for edge in range(indptr[node], indptr[node + 1]):
        lines[indices[edge], MARK] = 0.0
    for place in range(seen[0]):
        lines[found[0, place], L2] = 0.0
    for place in range(seen[1]):
        lines[found[1, place], WALKS3] = lines[found[1, place], CHANCE3] = 0.0
    for place in range(seen[2]):
        lines[found[2, place], WALKS4] = lines[found[2, place], CHANCE4] = 0.0
    for place in range(pushed):
        lines[found[4, place], RANK] = lines[found[4, place], RESIDUAL] = 0.0
