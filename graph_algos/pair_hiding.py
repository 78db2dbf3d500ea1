"""Values of a pair from its raw ones, as the graph has them or as they would be without the pair's own link.

Deleting the link u – v changes two rows of the adjacency matrix, so every walk between u and v in the graph without
it follows from walks among {u, v} in the graph with it. With E the exchange of u and v, K = diag(k(u), k(v)) and G_t
the 2 × 2 block of A^t:  G'_t = G_t − Σ_{s<t} G_s E G'_{t-1-s};  for the block of P^t, P = D⁻¹A:
(I − K⁻¹) G'_t = G_t + Σ_{0<s<t} G_s K⁻¹ G'_{t-s} − Σ_{s<t} G_s K⁻¹ E G'_{t-1-s}; PageRank is the same with numbers in
the place of power series (Woodbury). A hidden link so costs no walk of its own.
"""

from __future__ import annotations

import numba
import numpy as np

from graph_algos import pair_rows as rows

# Longest walk that is counted; a distance above it is given as FAR.
STEPS, FAR = 5, 6.0
(
    DEGREE_LOW, DEGREE_HIGH, DEGREE_PRODUCT, COMMON, ADAMIC, RESOURCE, JACCARD, LONG, WALKS3, WALKS4, WALKS5,
    CHANCE2, CHANCE3, CHANCE4, CHANCE5, RANK_LOW, RANK_HIGH, DISTANCE, CORE_LOW, CORE_HIGH, AROUND_LOW, AROUND_HIGH,
    SAME_BLOCK, BLOCK_DENSITY,
) = range(24)  # fmt: skip
COLUMNS = 24


@numba.njit(cache=True, nogil=True)
def assemble(graph, work, facts, rule, out):  # type: ignore[no-untyped-def]
    """Fill `out`; work = (ends, positions, raw, back, hide), facts = (cores, sums of neighbours' degrees)."""
    indptr = graph[0]
    ends, places, raw, back, hide = work
    cores, sums = facts
    dropped = np.zeros(indptr.size - 1 if hide else 0, dtype=np.bool_)
    for row in range(ends.shape[0]):
        u, v = ends[row]
        line, k, m = out[row], indptr[u + 1] - indptr[u], indptr[v + 1] - indptr[v]
        hidden = hide and raw[row, rows.ADJACENT] > 0.0
        around_u, around_v = sums[u], sums[v]
        core_u, core_v = cores[u], cores[v]
        pair = (raw[row], back[places[row, 0]], back[places[row, 1]])
        if hidden:
            _hidden_walks(k, m, pair, rule, line)
            core_u, core_v = _cores_without(graph, cores, (u, v), dropped)
            around_u, around_v = around_u - m, around_v - k
            k, m = k - 1, m - 1
        else:
            _plain_walks(k, m, pair[0], rule, line)
        line[COMMON], line[ADAMIC] = raw[row, rows.COMMON], raw[row, rows.ADAMIC]
        line[RESOURCE], line[LONG] = raw[row, rows.RESOURCE], raw[row, rows.LONG]
        union = k + m - line[COMMON]
        line[JACCARD] = line[COMMON] / union if union > 0 else 0.0
        line[DEGREE_LOW], line[DEGREE_HIGH], line[DEGREE_PRODUCT] = min(k, m), max(k, m), float(k) * m
        mean_u, mean_v = around_u / max(1, k), around_v / max(1, m)
        line[AROUND_LOW], line[AROUND_HIGH] = min(mean_u, mean_v), max(mean_u, mean_v)
        line[CORE_LOW], line[CORE_HIGH] = min(core_u, core_v), max(core_u, core_v)
        line[DISTANCE] = _distance(u == v, raw[row, rows.ADJACENT] > 0.0 and not hidden, line)


@numba.njit(cache=True, nogil=True)
def _distance(same, adjacent, line):  # type: ignore[no-untyped-def]
    if same or adjacent:
        return 0.0 if same else 1.0
    if line[COMMON] > 0.0:
        return 2.0
    for column in range(WALKS3, WALKS5 + 1):
        if line[column] > 0.0:
            return 3.0 + column - WALKS3
    return FAR


@numba.njit(cache=True, nogil=True)
def _plain_walks(k, m, raw, rule, line):  # type: ignore[no-untyped-def]
    if k == 0 or m == 0:
        return
    line[WALKS3], line[WALKS4], line[WALKS5] = raw[rows.COUNT3], raw[rows.COUNT4], raw[rows.COUNT5]
    turn = np.sqrt(k / m)
    line[CHANCE2] = raw[rows.RESOURCE] / k * turn
    line[CHANCE3], line[CHANCE4], line[CHANCE5] = raw[rows.P3] * turn, raw[rows.P4] * turn, raw[rows.P5] * turn
    _ranks(raw[rows.PPR], k / m, rule, line)


@numba.njit(cache=True, nogil=True)
def _ranks(forth, ratio, rule, line):  # type: ignore[no-untyped-def]
    # Below the push's resolution there is noise only, and noise would tell a hidden link from none.
    back = forth * ratio
    low, high = min(forth, back), max(forth, back)
    line[RANK_LOW] = low if high >= rule[1] else 0.0
    line[RANK_HIGH] = high if high >= rule[1] else 0.0


@numba.njit(cache=True, nogil=True)
def _exchanged(block):  # type: ignore[no-untyped-def]
    """E · block."""
    turned = np.empty((2, 2))
    turned[0], turned[1] = block[1], block[0]
    return turned


@numba.njit(cache=True, nogil=True)
def _add_product(a, b, factor, total):  # type: ignore[no-untyped-def]
    for i in range(2):
        for j in range(2):
            total[i, j] += factor * (a[i, 0] * b[0, j] + a[i, 1] * b[1, j])


@numba.njit(cache=True, nogil=True)
def _hidden_walks(k, m, pair, rule, line):  # type: ignore[no-untyped-def]
    raw, own, other = pair
    if k == 1 or m == 1:
        return
    counts = np.zeros((STEPS + 1, 2, 2))
    chances = np.zeros((STEPS + 1, 2, 2))
    counts[0, 0, 0] = counts[0, 1, 1] = chances[0, 0, 0] = chances[0, 1, 1] = 1.0
    between = (1.0, raw[rows.COMMON], raw[rows.COUNT3], raw[rows.COUNT4], raw[rows.COUNT5])
    towards = (1.0 / k, raw[rows.RESOURCE] / k, raw[rows.P3], raw[rows.P4], raw[rows.P5])
    for step in range(STEPS):
        counts[step + 1, 0, 1] = counts[step + 1, 1, 0] = between[step]
        chances[step + 1, 0, 1], chances[step + 1, 1, 0] = towards[step], towards[step] * k / m
    counts[2, 0, 0], counts[2, 1, 1] = k, m
    for end in range(2):
        back = own if end == 0 else other
        counts[3, end, end], counts[4, end, end] = back[rows.BACK_COUNT3], back[rows.BACK_COUNT4]
        chances[2, end, end] = back[rows.BACK_P2]
        chances[3, end, end], chances[4, end, end] = back[rows.BACK_P3], back[rows.BACK_P4]
    kept = _counts_without(counts)
    shares = _chances_without(chances, k, m)
    line[WALKS3], line[WALKS4], line[WALKS5] = kept[3, 0, 1], kept[4, 0, 1], kept[5, 0, 1]
    turn = np.sqrt((k - 1.0) / (m - 1.0))
    for step in range(2, STEPS + 1):
        # No walk, no probability: what is left then is rounding.
        line[CHANCE2 + step - 2] = max(0.0, shares[step, 0, 1]) * turn if kept[step, 0, 1] > 0.0 else 0.0
    _ranks(_rank_without(raw, own, other, (k, m), rule[0]), (k - 1.0) / (m - 1.0), rule, line)


@numba.njit(cache=True, nogil=True)
def _counts_without(blocks):  # type: ignore[no-untyped-def]
    kept = blocks.copy()
    for step in range(1, STEPS + 1):
        for first in range(step):
            _add_product(blocks[first], _exchanged(kept[step - 1 - first]), -1.0, kept[step])
    # Counts are whole numbers, exact below 2^53; beyond, rounding must not leave a negative one.
    return np.maximum(np.rint(kept), 0.0)


@numba.njit(cache=True, nogil=True)
def _chances_without(blocks, k, m):  # type: ignore[no-untyped-def]
    kept = blocks.copy()
    scaled = blocks.copy()
    scaled[:, :, 0] /= k
    scaled[:, :, 1] /= m
    for step in range(1, STEPS + 1):
        for first in range(1, step):
            _add_product(scaled[first], kept[step - first], 1.0, kept[step])
        for first in range(step):
            _add_product(scaled[first], _exchanged(kept[step - 1 - first]), -1.0, kept[step])
        kept[step, 0] /= 1.0 - 1.0 / k
        kept[step, 1] /= 1.0 - 1.0 / m
    return kept


@numba.njit(cache=True, nogil=True)
def _rank_without(raw, own, other, degrees, damping):  # type: ignore[no-untyped-def]
    """(I − G K⁻¹ + d G K⁻¹ E) G' = G (I − K⁻¹), solved for the entry from u to v."""
    k, m = degrees
    scale = 1.0 - damping
    g = np.empty((2, 2))
    g[0, 0], g[0, 1] = own[rows.BACK_PPR] / scale, raw[rows.PPR] / scale
    g[1, 0], g[1, 1] = g[0, 1] * k / m, other[rows.BACK_PPR] / scale
    a, b = g[:, 0] / k, g[:, 1] / m
    left00, left01 = 1.0 - a[0] + damping * b[0], damping * a[0] - b[0]
    left10, left11 = damping * b[1] - a[1], 1.0 - b[1] + damping * a[1]
    right0, right1 = g[0, 1] - b[0], g[1, 1] - b[1]
    determinant = left00 * left11 - left01 * left10
    if not abs(determinant) > 1e-12:
        return 0.0
    return min(1.0, max(0.0, scale * (left11 * right0 - left01 * right1) / determinant))


@numba.njit(cache=True, nogil=True)
def _cores_without(graph, cores, pair, dropped):  # type: ignore[no-untyped-def]
    """Core numbers of both ends without their link: only nodes of the lower core can fall, by one each.

    Sarıyüce et al.: Incremental k-core decomposition (2016).
    """
    indptr, indices = graph
    u, v = pair
    level = min(cores[u], cores[v])
    waiting, fallen = [u, v], [u]
    fallen.clear()
    while len(waiting):
        node = waiting.pop()
        if cores[node] != level or dropped[node]:
            continue
        skip = v if node == u else (u if node == v else -1)
        support = 0
        for edge in range(indptr[node], indptr[node + 1]):
            other = indices[edge]
            support += cores[other] >= level and not dropped[other] and other != skip
            if support >= level:
                break
        if support >= level:
            continue
        dropped[node] = True
        fallen.append(node)
        for edge in range(indptr[node], indptr[node + 1]):
            other = indices[edge]
            if cores[other] == level and not dropped[other] and other != skip:
                waiting.append(other)
    result = cores[u] - dropped[u], cores[v] - dropped[v]
    for node in fallen:
        dropped[node] = False
    return result
