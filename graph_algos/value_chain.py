"""Credit along chains of referrals: conserving, no arbitrary decay.

Contributor 1 acted; that k is a customer at all depended on k + 1 with d_k. With P(L = m) = (∏_{l<m} d_l)(1 − d_m),
the last link taking the rest, share_k = Σ_{m≥k} P(L = m)/m: the Shapley value of that game (Shapley 1953; for referral
trees Rahwan et al., arXiv 1404.0542), in O(depth) instead of 2^depth.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_allocation import is_increasing
from graph_algos.value_columns import (
    Acquisitions,
    Contributions,
    Floats,
    Ints,
    Parameters,
    Policy,
    PolicyName,
)
from graph_algos.value_threads import in_ranges


class Chains(NamedTuple):
    """Acquisitions as CSR by customer, and the policy's two tables.

    `start` int64[n + 1]; `edge` by acquisition; `split` float64[depth + 1, depth]: row m shares one unit among the m
    links of a path that stopped at m.
    """

    start: NDArray[np.int64]
    edge: NDArray[np.void]  # of `EDGE`
    split: Floats


# `passing`: the chance that the path goes on. Together in memory, for edges are met in random order.
EDGE = np.dtype([("beta", np.float64), ("passing", np.float64), ("referrer", np.int64)])


class Walks(NamedTuple):
    """Links of all contributions in canonical order: outcome, contributor, then each path from who acted upwards."""

    row: NDArray[np.int32]  # contribution
    contributor: NDArray[np.int32]
    position: NDArray[np.int32]
    parent: NDArray[np.int32]
    weight: Floats
    size: int


class Starts(NamedTuple):
    """Where paths begin: contributor and β of each contribution, in canonical order."""

    row: NDArray[np.int32]
    contributor: NDArray[np.int32]
    beta: Floats


def chain_shares(dependence: Floats, policy: Policy | None = None) -> Floats:
    """Shares of one simple chain. dependence float64[k]: link i depends on link i + 1 → float64[k + 1], sum 1.

    >>> chain_shares(np.array([0.5])).tolist()
    [0.75, 0.25]
    >>> [round(24 * share, 9) for share in chain_shares(np.array([0.5, 0.5])).tolist()]
    [17.0, 5.0, 2.0]
    >>> chain_shares(np.array([0.5, 0.5]), Policy(PolicyName.DIRECT)).tolist()
    [1.0, 0.0, 0.0]
    >>> (7 * chain_shares(np.array([0.5, 0.5]), Policy(PolicyName.GEOMETRIC, 0.5))).round(9).tolist()
    [4.0, 2.0, 1.0]
    """
    k = len(dependence)
    links = np.arange(k, dtype=np.int32)
    acquisitions = Acquisitions(links, links + 1, np.ones(k), np.asarray(dependence, np.float64))
    zero = np.zeros(1, np.int32)
    walks = _walk(Starts(zero, zero, np.ones(1)), _chains(acquisitions, k + 1, policy or Policy(), k + 1), k + 1)
    out = np.zeros(k + 1)
    out[: walks.size] = walks.weight[: walks.size]
    return out


def walk_chains(
    contributions: Contributions, acquisitions: Acquisitions, customer_count: int, parameters: Parameters
) -> Walks:
    """Every link that has a part in an outcome, with its share of V: β (normalised) times its share of the path.

    Several referrers of one acquisition branch by β; OPERATOR and UNATTRIBUTED end a path, `depth` links and the first
    repeated customer cut it: what would have passed on stays with those before. Σ weight = 1 for each outcome.
    O(Σ nodes of the path trees · depth).
    """
    order = _order(contributions.outcome, contributions.contributor, contributions.beta)
    outcome = contributions.outcome[order]
    beta = np.asarray(contributions.beta, np.float64)[order]
    sums = np.bincount(outcome, weights=beta) if len(beta) else np.ones(1)
    starts = Starts(order.astype(np.int32), contributions.contributor[order].astype(np.int32), beta / sums[outcome])
    chains = _chains(acquisitions, customer_count, parameters.policy, parameters.depth)
    return _walk(starts, chains, parameters.depth)


def _order(first: Ints, second: Ints, beta: Floats) -> NDArray[np.int64]:
    """By first, second, β: equal for every order of the input."""
    if len(first) == 0:
        return np.empty(0, np.int64)
    low = int(second.min())
    keys = first.astype(np.int64) * (int(second.max()) - low + 1) + (second.astype(np.int64) - low)
    if is_increasing(keys):
        return np.arange(len(first), dtype=np.int64)
    return np.lexsort((beta, keys)).astype(np.int64)


def _chains(acquisitions: Acquisitions, customer_count: int, policy: Policy, depth: int) -> Chains:
    order = _order(acquisitions.customer, acquisitions.referrer, acquisitions.beta)
    customer = acquisitions.customer[order]
    beta = np.asarray(acquisitions.beta, np.float64)[order]
    counts = np.bincount(customer, minlength=customer_count)
    sums = np.bincount(customer, weights=beta, minlength=customer_count)
    start = np.zeros(customer_count + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    edge = np.empty(len(order), EDGE)
    edge["beta"] = beta / sums[customer]
    edge["passing"] = _passing(np.asarray(acquisitions.dependence, np.float64)[order], policy)
    edge["referrer"] = acquisitions.referrer[order]
    return Chains(start, edge, _split(policy, depth))


def _passing(dependence: Floats, policy: Policy) -> Floats:
    if policy.name is PolicyName.DIRECT:
        return np.zeros(len(dependence))
    if policy.name is PolicyName.GEOMETRIC:
        return np.asarray(dependence > 0.0, np.float64)
    return dependence


def _split(policy: Policy, depth: int) -> Floats:
    rho = policy.rho if policy.name is PolicyName.GEOMETRIC else 1.0
    split = np.zeros((depth + 1, depth))
    for m in range(1, depth + 1):
        powers = rho ** np.arange(m)
        split[m, :m] = powers / powers.sum()
    return split


def _walk(starts: Starts, chains: Chains, depth: int) -> Walks:
    """On all cores: ranges of contributions one after another, their `parent` moved by the links before them."""
    pieces = in_ranges(
        lambda first, last: _walk_all(
            Starts(starts.row[first:last], starts.contributor[first:last], starts.beta[first:last]), chains, depth
        ),
        len(starts.row),
    )
    before = 0
    for _, _, _, parent, weight in pieces:
        parent[parent >= 0] += before
        before += len(weight)
    row, contributor, position, parent, weight = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
    return Walks(row, contributor, position, parent, weight, len(row))


Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], Floats]


@njit(cache=True, nogil=True)
def _walk_all(starts: Starts, chains: Chains, depth: int) -> Columns:
    """Depth-first over the path tree of each contribution; grows its columns by doubling."""
    room = max(16, 2 * len(starts.row))
    names = np.empty((4, room), np.int32)
    weight = np.empty(room)
    path = np.empty((4, depth + 1), np.int64)  # link, next acquisition, customer, end of acquisitions by position
    mass = np.empty(depth + 1)
    size = 0
    for i in range(len(starts.row)):
        level = 1
        names, weight = _grown(names, weight, size)
        size = _push(i, size, starts, names, weight)
        _enter(1, size - 1, starts.contributor[i], path, chains)
        mass[1] = starts.beta[i]
        _stop(level, mass[1] * _held(level, depth, path, chains), path, weight, chains.split)
        while level > 0:
            at = path[1, level]
            if at >= path[3, level] or level == depth:
                level -= 1
                continue
            path[1, level] += 1
            edge = chains.edge[at]
            passed = mass[level] * edge.beta * edge.passing
            if passed <= 0.0 or _repeats(edge.referrer, level, path):
                continue
            names, weight = _grown(names, weight, size)
            names[0, size], names[1, size] = names[0, size - 1], edge.referrer
            names[2, size], names[3, size] = level + 1, path[0, level]
            weight[size] = 0.0
            size += 1
            level += 1
            _enter(level, size - 1, edge.referrer, path, chains)
            mass[level] = passed
            _stop(level, passed * _held(level, depth, path, chains), path, weight, chains.split)
    return names[0, :size].copy(), names[1, :size].copy(), names[2, :size].copy(), names[3, :size].copy(), weight[:size]


@njit(cache=True, nogil=True)
def _grown(names: NDArray[np.int32], weight: Floats, size: int) -> tuple[NDArray[np.int32], Floats]:
    if size < len(weight):
        return names, weight
    wider = np.empty((4, 2 * size), np.int32)
    wider[:, :size] = names
    longer = np.empty(2 * size)
    longer[:size] = weight
    return wider, longer


@njit(cache=True, nogil=True)
def _push(i: int, size: int, starts: Starts, names: NDArray[np.int32], weight: Floats) -> int:
    names[0, size], names[1, size], names[2, size], names[3, size] = starts.row[i], starts.contributor[i], 1, -1
    weight[size] = 0.0
    return size + 1


@njit(cache=True, nogil=True)
def _enter(level: int, link: int, customer: int, path: NDArray[np.int64], chains: Chains) -> None:
    path[0, level] = link
    path[1, level] = chains.start[customer] if customer >= 0 else 0
    path[2, level] = customer
    path[3, level] = chains.start[customer + 1] if customer >= 0 else 0


@njit(cache=True, nogil=True)
def _repeats(customer: int, level: int, path: NDArray[np.int64]) -> bool:
    if customer < 0:
        return False
    for k in range(1, level + 1):  # noqa: SIM110 (numba compiles no generators)
        if path[2, k] == customer:
            return True
    return False


@njit(cache=True, nogil=True)
def _held(level: int, depth: int, path: NDArray[np.int64], chains: Chains) -> float:
    """The share of the mass at `level` that goes no further: no referrer, d < 1, the depth, or a repeat."""
    first, last = path[1, level], path[3, level]
    if level == depth or first >= last:
        return 1.0
    held = 0.0
    for at in range(first, last):
        edge = chains.edge[at]
        held += edge.beta if _repeats(edge.referrer, level, path) else edge.beta * (1.0 - edge.passing)
    return held


@njit(cache=True, nogil=True)
def _stop(level: int, mass: float, path: NDArray[np.int64], weight: Floats, split: Floats) -> None:
    """`mass` of the outcome stopped here: share it among the links from who acted up to this one."""
    for k in range(1, level + 1):
        weight[path[0, k]] += mass * split[level, k - 1]
