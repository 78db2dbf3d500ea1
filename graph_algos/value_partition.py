"""Each observed cash flow in parts, every part owned by one outcome or by the baseline: nothing is counted twice."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_allocation import largest_remainder
from graph_algos.value_checks import BETA_TOLERANCE, outside, require
from graph_algos.value_columns import LARGEST_AMOUNT, Floats, Flows, Ints, Minor


@dataclass(frozen=True, slots=True)
class Ledger:
    """k observed flows before anybody owns them; columns as those of `Flows`."""

    kind: Ints
    amount_minor: Ints
    day: Ints


@dataclass(frozen=True, slots=True)
class Claims:
    """`share` ≥ 0 of ledger row `flow` is owed to `outcome`. Shares of one flow sum to 1 or less: the rest is the
    baseline's, business that no outcome brought."""

    flow: Ints
    outcome: Ints
    share: Floats


def split_flows(ledger: Ledger, claims: Claims) -> tuple[Flows, Minor]:
    """(flows of outcomes, int64[k] the baseline's part of each observed flow); parts of a flow sum to it, exactly.

    One row a claim, in the order of flow and outcome; whole minor units by largest remainder, ties to the smaller
    outcome and to the baseline last. Raises `BadRecord`. O(claims · log claims).
    """
    _check(ledger, claims)
    order = np.lexsort((claims.share, claims.outcome, claims.flow))
    flow, share = np.asarray(claims.flow, np.int64)[order], np.asarray(claims.share, np.float64)[order]
    k = len(ledger.amount_minor)
    start = np.zeros(k + 1, np.int64)
    np.cumsum(np.bincount(flow, minlength=k), out=start[1:])
    amount = np.ascontiguousarray(ledger.amount_minor, np.int64)
    parts, baseline = np.empty(len(flow), np.int64), np.empty(k, np.int64)
    _split_all(amount, start, share, parts, baseline)
    kind, day = np.asarray(ledger.kind)[flow], np.asarray(ledger.day)[flow]
    return Flows(np.asarray(claims.outcome)[order], kind, parts, day), baseline


def _check(ledger: Ledger, claims: Claims) -> None:
    k = len(ledger.amount_minor)
    amount = outside(ledger.amount_minor, -LARGEST_AMOUNT, LARGEST_AMOUNT)
    share = ~((claims.share >= 0.0) & (claims.share <= 1.0 + BETA_TOLERANCE))
    require("ledger", [("amount_minor", amount, "a finite whole number of minor units, at most 2^53")])
    flow = outside(claims.flow, 0, k - 1)
    require("claims", [("flow", flow, "the index of a ledger row"), ("share", share, "a number from 0 to 1")])
    over = np.bincount(claims.flow, weights=claims.share, minlength=k) > 1.0 + BETA_TOLERANCE
    require("ledger", [("share", over, "claims that sum to at most 1")])


@njit(cache=True, nogil=True)
def _split_all(amount: Minor, start: NDArray[np.int64], share: Floats, parts: Minor, baseline: Minor) -> None:
    room = 1
    for i in range(len(amount)):
        room = max(room, start[i + 1] - start[i] + 1)
    exact, out, keys = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    for i in range(len(amount)):
        size = start[i + 1] - start[i]
        claimed = 0.0
        for j in range(size):
            claimed += share[start[i] + j]
        whole = max(claimed, 1.0)  # typed shares may exceed 1 by the tolerance
        for j in range(size):
            exact[j] = amount[i] * (share[start[i] + j] / whole)
        exact[size] = amount[i] * (1.0 - claimed / whole)
        largest_remainder(exact[: size + 1], amount[i], out, keys)
        parts[start[i] : start[i + 1]] = out[:size]
        baseline[i] = out[size]
