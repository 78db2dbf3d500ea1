"""Who can introduce whom: the strongest simple paths between two nodes of a small, read-on-demand neighbourhood.

A hop's strength lies in (0, 1], a path's is the product of its hops', so each further hop can only weaken it. All ties
are broken by the numbers of the nodes, hence by ids when nodes are numbered in the order of ids.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, prod

import numpy as np

from graph_algos.csr import Float64

MOST_HOPS = 4  # beyond it nobody introduces anybody: friend of a friend of an officer is the longest that is asked
MOST_STEPS = 200_000  # partial paths of one question, about 0.3 s; ten ties a node need some hundreds
_DIGITS = 12  # of a cost: sums of the same hops in another order are equal, and then the nodes decide

Hops = Mapping[int, Mapping[int, float]]
"""Node → neighbour → strength of the hop, the same in both directions."""


@dataclass(frozen=True, slots=True)
class Path:
    nodes: tuple[int, ...]
    strength: float


@dataclass(frozen=True, slots=True)
class Paths:
    """`complete`: False where the budget ended the search; those found are then still the strongest seen."""

    paths: tuple[Path, ...]
    complete: bool


def hop_strength(strength: Float64, count: Float64, age: Float64, *, half_life: float) -> Float64:
    """``strength · (1 − 2^−count) · 2^−(age / half_life)``, element by element, in the unit of `half_life`.

    Saturating in the number of dealings (each halves the doubt that is left), halving in their age. float64[n] each;
    O(n). A negative age, from a clock ahead of ours, counts as none.

    >>> hop_strength(np.array([1.0]), np.array([2.0]), np.array([365.0]), half_life=365.0).tolist()
    [0.375]
    """
    if not half_life > 0:
        raise ValueError("half_life must be positive")
    fresh = np.exp2(-np.maximum(age, 0.0) / half_life)
    return np.asarray(np.clip(strength, 0.0, 1.0) * (1.0 - np.exp2(-np.maximum(count, 0.0))) * fresh, dtype=np.float64)


def strongest_paths(hops: Hops, source: int, target: int, *, count: int, most_hops: int = MOST_HOPS) -> Paths:
    """The `count` strongest simple paths of at most `most_hops` hops, strongest first, equals by their nodes.

    Best first on ``−log strength`` over partial paths, each bounded by the least cost of a walk from its end to the
    target in the hops that are left. The bound never overestimates, so paths leave the queue in their final order and
    no path is searched twice, as Yen's algorithm would; O(hops · m) for the bounds, then O(deg · log) a partial path.
    Exact, unless MOST_STEPS ends it: then `complete` is False. A hop of strength 0 or less is no hop.

    P. Hart, N. Nilsson, B. Raphael, A Formal Basis for the Heuristic Determination of Minimum Cost Paths (1968).

    >>> strongest_paths({0: {1: 0.5, 2: 0.1}, 1: {0: 0.5, 2: 0.5}, 2: {0: 0.1, 1: 0.5}}, 0, 2, count=2).paths
    (Path(nodes=(0, 1, 2), strength=0.25), Path(nodes=(0, 2), strength=0.1))
    """
    if count < 0 or most_hops < 1:
        raise ValueError("count must not be negative, and a path has at least one hop")
    if source == target or count == 0:
        return Paths((), complete=True)
    costs = _costs(hops)
    bounds = _within(_layers(costs, target, most_hops))
    found: list[Path] = []
    waiting: list[tuple[float, tuple[int, ...], float]] = [(0.0, (source,), 0.0)]
    steps = 0
    while waiting and len(found) < count:
        _, path, cost = heapq.heappop(waiting)
        if path[-1] == target:
            found.append(Path(path, _product(hops, path)))
            continue
        left = most_hops - len(path)  # hops after the next one
        for other, more in costs.get(path[-1], ()):
            rest = bounds[left].get(other)
            if rest is not None and other not in path:
                steps += 1
                heapq.heappush(waiting, (round(cost + more + rest, _DIGITS), (*path, other), cost + more))
        if steps > MOST_STEPS:
            return Paths(tuple(found), complete=False)
    return Paths(tuple(found), complete=True)


def within_reach(hops: Hops, source: int, target: int, *, most_hops: int = MOST_HOPS) -> dict[int, float]:
    """Nodes on some walk of at most `most_hops` hops from source to target, each with the strength of the strongest:
    an upper bound of every path through it. O(hops · (hops · n + m)).

    >>> within_reach({0: {1: 0.5}, 1: {0: 0.5, 2: 0.5}, 2: {1: 0.5}, 3: {}}, 0, 2)
    {0: 0.25, 1: 0.25, 2: 0.25}
    """
    costs = _costs(hops)
    forth, back = _layers(costs, source, most_hops), _within(_layers(costs, target, most_hops))
    best: dict[int, float] = {}
    for used, layer in enumerate(forth):
        for node, cost in layer.items():
            rest = back[most_hops - used].get(node)
            if rest is not None:
                best[node] = min(best.get(node, np.inf), cost + rest)
    return {node: exp(-best[node]) for node in sorted(best)}


def _product(hops: Hops, path: tuple[int, ...]) -> float:
    return prod(min(hops[a][b], 1.0) for a, b in pairwise(path))


def _costs(hops: Hops) -> Mapping[int, Sequence[tuple[int, float]]]:
    return {
        node: [(other, -log(min(value, 1.0))) for other, value in sorted(near.items()) if value > 0 and other != node]
        for node, near in hops.items()
    }


def _layers(costs: Mapping[int, Sequence[tuple[int, float]]], start: int, most_hops: int) -> list[dict[int, float]]:
    """Least cost of a walk to each node in exactly 0, 1, … hops."""
    layers: list[dict[int, float]] = [{start: 0.0}]
    for _ in range(most_hops):
        reached: dict[int, float] = {}
        for node, cost in layers[-1].items():
            for other, more in costs.get(node, ()):
                if cost + more < reached.get(other, np.inf):
                    reached[other] = cost + more
        layers.append(reached)
    return layers


def _within(layers: Sequence[Mapping[int, float]]) -> list[dict[int, float]]:
    """The same in at most 0, 1, … hops."""
    found: list[dict[int, float]] = []
    for layer in layers:
        before = found[-1] if found else {}
        cheaper = {node: cost for node, cost in layer.items() if cost < before.get(node, np.inf)}
        found.append({**before, **cheaper})
    return found
