"""The best few of many scores, the smaller index first among equals."""

from __future__ import annotations

import numba
import numpy as np

from graph_algos.csr import Float64, Int32, frozen


def top(indices: Int32, scores: Float64, *, count: int) -> tuple[Int32, Float64]:
    """The `count` best pairs, best first; O(k log count) without sorting the rest.

    >>> top(np.array([4, 2, 7], dtype=np.int32), np.array([1.0, 1.0, 3.0]), count=2)[0].tolist()
    [7, 2]
    """
    if count < 0:
        raise ValueError("count must not be negative")
    size = min(count, len(indices))
    best, values = np.full(size, -1, dtype=np.int32), np.zeros(size)
    _top(frozen(indices, np.int32), frozen(scores, np.float64), best, values)
    return best, values


@numba.njit(cache=True, nogil=True)
def offer(best: Int32, values: Float64, held: int, index: int, score: float) -> int:
    """Put a pair into a heap whose root is the worst one held; returns how many are held now."""
    if held < best.size:
        place = held
        while place:
            parent = (place - 1) >> 1
            if score > values[parent] or (score == values[parent] and index < best[parent]):
                break
            best[place], values[place] = best[parent], values[parent]
            place = parent
        best[place], values[place] = index, score
        return held + 1
    if held and (score > values[0] or (score == values[0] and index < best[0])):
        _sink(best, values, held, index, score)
    return held


@numba.njit(cache=True, nogil=True)
def _sink(best: Int32, values: Float64, held: int, index: int, score: float) -> None:
    """Replace the root, moving the new pair down to its place."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= held:
            break
        other = child + 1
        if other < held and (
            values[other] < values[child] or (values[other] == values[child] and best[other] > best[child])
        ):
            child = other
        if score < values[child] or (score == values[child] and index > best[child]):
            break
        best[place], values[place] = best[child], values[child]
        place = child
    best[place], values[place] = index, score


@numba.njit(cache=True, nogil=True)
def unheap(best: Int32, values: Float64, held: int) -> None:
    """Turn the heap into a list, best first."""
    for last in range(held - 1, 0, -1):
        index, score = best[last], values[last]
        best[last], values[last] = best[0], values[0]
        _sink(best, values, last, index, score)


@numba.njit(cache=True, nogil=True)
def _top(indices: Int32, scores: Float64, best: Int32, values: Float64) -> None:
    held, bar = 0, -np.inf
    for position in range(indices.size):
        # Most fall short of the worst one held: told apart here, without a call.
        if scores[position] >= bar:
            held = offer(best, values, held, indices[position], scores[position])
            bar = values[0] if held and held == best.size else -np.inf
    unheap(best, values, held)
