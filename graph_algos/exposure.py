"""Who is shown how often, and what that is expected to bring: the figures of an assignment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph_algos.assignment_columns import Assignment, Limits, Pairs, first_of_each
from graph_algos.csr import Float64, Int64

MUTUAL_TOP = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """`gini` of exposure over the `eligible` providers, who are candidates of a row, 0 even to 1; `never_shown` share
    of them; `mutual_top` pairs in both sides' top three by strength; `expected_yeses` both say yes, and the provider
    still answers."""

    introductions: int
    eligible: int
    gini: float
    never_shown: float
    mutual_top: int
    expected_yeses: float
    rows_without: int


def measure(pairs: Pairs, limits: Limits, assignment: Assignment) -> Figures:
    """What an assignment does to exposure, and what it is expected to bring."""
    chosen, surplus = assignment.chosen, pairs.surplus
    eligible = np.unique(pairs.provider[surplus > 0.0])
    providers = pairs.provider[chosen]
    shown = np.bincount(providers, minlength=len(limits.incoming))[eligible]
    asks = np.bincount(providers, pairs.seeker_yes[chosen], minlength=len(limits.incoming))
    answered = np.minimum(1.0, limits.incoming / np.maximum(asks, 1e-300))
    rows = np.unique(pairs.row[surplus > 0.0])
    return Figures(
        introductions=len(chosen),
        eligible=len(eligible),
        gini=gini(shown),
        never_shown=float(np.mean(shown == 0)) if len(shown) else 0.0,
        mutual_top=_mutual_top(pairs, assignment.strength),
        expected_yeses=float((surplus[chosen] * answered[providers]).sum()),
        rows_without=len(rows) - len(np.unique(pairs.row[chosen])),
    )


def gini(counts: Int64) -> float:
    """Inequality of counts: Σ_i (2i − n − 1) x_i / (n Σ x), x ascending (Gini 1912); 0 where there is nothing.

    >>> gini(np.array([1, 1])), gini(np.array([0, 0, 0, 4]))
    (0.0, 0.75)
    """
    ascending = np.sort(np.asarray(counts, dtype=np.float64))
    n, total = len(ascending), float(ascending.sum())
    return float((2 * np.arange(1, n + 1) - n - 1) @ ascending / (n * total)) if total else 0.0


def _mutual_top(pairs: Pairs, strength: Float64) -> int:
    order = np.lexsort((pairs.provider, pairs.row, -strength))
    order = order[pairs.surplus[order] > 0.0].astype(np.int64)
    sides = []
    for keys in (pairs.row, pairs.provider):
        most = np.full(int(keys.max()) + 1 if len(keys) else 0, MUTUAL_TOP, dtype=np.int32)
        sides.append(first_of_each(keys[order], order, most))
    return len(np.intersect1d(sides[0], sides[1]))
