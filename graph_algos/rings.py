"""Rings of needs: each customer can fill the need of the one before it, the last one the first one's.

A ring is made of legs that are suggestions in their own right. It adds a bonus to them and nothing else: a leg is
neither made nor lost by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SHORTEST, LONGEST = 2, 4
MOST_STEPS = (
    200_000  # partial rings looked at, about 0.2 s; rings of a hundred needs with three legs each take some 3,000
)
BONUS = (
    0.1  # of what a leg's score lacks to 1, times the ring's weakest leg: no order of legs outside rings turns by more
)

Legs = Mapping[int, Mapping[int, float]]
"""Seeker → provider → score of the suggestion, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Ring:
    """`nodes` begin with the smallest, or with the one asked for; `scores[i]` is the
    leg from `nodes[i]` to the next. `weakest`: what holds it."""

    nodes: tuple[int, ...]
    scores: tuple[float, ...]

    @property
    def weakest(self) -> float:
        return min(self.scores)

    @property
    def with_bonus(self) -> tuple[float, ...]:
        """Each leg's score with the ring's bonus, still at most 1.

        >>> Ring((0, 1), (0.5, 1.0)).with_bonus
        (0.525, 1.0)
        """
        return tuple(score + BONUS * self.weakest * (1.0 - score) for score in self.scores)


@dataclass(frozen=True, slots=True)
class Rings:
    """`complete`: False where the budget ended the search."""

    rings: tuple[Ring, ...]
    complete: bool


def find_rings(legs: Legs, *, count: int, longest: int = LONGEST, through: int | None = None) -> Rings:
    """The `count` best simple cycles of 2 to `longest` legs: by the weakest leg, then the shorter, then by nodes.

    Depth first from each node through larger ones only, so that every cycle is met once; O(n · d^longest), ended by
    MOST_STEPS. A leg of score 0 or less is no leg. `through`: only rings with this node; they begin with it.

    >>> find_rings({0: {1: 0.5}, 1: {0: 0.8, 2: 0.9}, 2: {0: 0.4}}, count=5).rings
    (Ring(nodes=(0, 1), scores=(0.5, 0.8)), Ring(nodes=(0, 1, 2), scores=(0.5, 0.9, 0.4)))
    """
    if count < 0 or not SHORTEST <= longest <= LONGEST:
        raise ValueError(f"count must not be negative, and a ring has {SHORTEST} to {LONGEST} legs")
    near = {
        node: [(other, score) for other, score in sorted(others.items()) if score > 0 and other != node]
        for node, others in sorted(legs.items())
    }
    starts = near if through is None else [through]
    found: list[Ring] = []
    steps = 0
    for start in starts:
        waiting: list[tuple[tuple[int, ...], tuple[float, ...]]] = [((start,), ())]
        while waiting:
            nodes, scores = waiting.pop()
            for other, score in near.get(nodes[-1], ()):
                steps += 1
                if other == start and len(nodes) >= SHORTEST:
                    found.append(Ring(nodes, (*scores, score)))
                elif (other > start or through is not None) and other not in nodes and len(nodes) < longest:
                    waiting.append(((*nodes, other), (*scores, score)))
            if steps > MOST_STEPS:
                return Rings(_best(found, count), complete=False)
    return Rings(_best(found, count), complete=True)


def _best(found: list[Ring], count: int) -> tuple[Ring, ...]:
    return tuple(sorted(found, key=lambda ring: (-ring.weakest, len(ring.nodes), ring.nodes))[:count])
