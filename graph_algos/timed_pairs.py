"""What the past of two nodes says about an event between them at a moment: counts, recency, co-occurrence.

Invariant: a query at time t reads events before t only, never one at t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph_algos.csr import Float64, Int32, Int64, frozen

# Events read of each end, latest first: about 5 µs a query.
MOST_EVENTS = 400
# Events of each end that count as recent, as in DyGFormer's sequences (Yu et al. 2023).
RECENT = 32
# An hour, a day, a week: half-lives of activity in seconds.
HALF_LIVES = (3_600.0, 86_400.0, 604_800.0)
# Age given for what never happened, in seconds: 30 years.
NEVER = 1e9
_PAIR = ("sent", "received", "age_of_sent", "age_of_received", "sent_hour", "sent_day", "sent_week", "received_day")
_SIDE = ("events", "share_sent", "age_of_sending", "age_of_receiving", "sent_hour", "sent_day", "sent_week",
         "received_hour", "received_day", "received_week", "recent_span", "distinct_recent")  # fmt: skip
NAMES = (
    *(f"pair_{name}" for name in _PAIR),
    *(f"source_{name}" for name in _SIDE),
    *(f"target_{name}" for name in _SIDE),
    "target_in_sources_recent",
    "source_in_targets_recent",
    "shared_recent",
    "events_since_contact",
)
_SOURCE, _TARGET, _MIXED = len(_PAIR), len(_PAIR) + len(_SIDE), len(_PAIR) + 2 * len(_SIDE)


@dataclass(frozen=True, slots=True)
class History:
    """Row u holds the events of node u in order of time: who with, when, and whether u was the source."""

    indptr: Int64
    others: Int32
    times: Float64
    sent: NDArray[np.int8]


def history(source: ArrayLike, target: ArrayLike, times: ArrayLike, *, node_count: int) -> History:
    """Events in any order; O(m log m).

    Raises ValueError for arrays of unlike length, nodes out of range or times that are not finite.
    """
    tails, heads = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    moments = np.asarray(times, dtype=np.float64)
    if not tails.shape == heads.shape == moments.shape or tails.ndim != 1:
        raise ValueError("source, target and times must be of one length")
    if tails.size and not (min(tails.min(), heads.min()) >= 0 and max(tails.max(), heads.max()) < node_count):
        raise ValueError(f"nodes must lie in 0 … {node_count - 1}")
    if not np.isfinite(moments).all():
        raise ValueError("times must be finite")
    rows, others = np.concatenate((tails, heads)), np.concatenate((heads, tails))
    when = np.concatenate((moments, moments))
    sent = np.repeat(np.array([1, 0], dtype=np.int8), tails.size)
    # Ties are ordered by what is known of them, so that the order of the file changes nothing.
    order = np.lexsort((sent, others, when, rows))
    indptr = np.zeros(node_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=node_count), out=indptr[1:])
    return History(
        indptr, frozen(others[order], np.int32), frozen(when[order], np.float64), frozen(sent[order], np.int8)
    )


def timed_features(past: History, source: ArrayLike, target: ArrayLike, times: ArrayLike) -> Float64:
    """float64[k, 36], the columns of `NAMES`: finite, ages in seconds, activity as sums of 2^(-age / half-life).

    >>> past = history([0, 0], [1, 2], [10.0, 20.0], node_count=3)
    >>> timed_features(past, [0, 0], [1, 1], [10.0, 25.0])[:, 0].tolist()
    [0.0, 1.0]
    """
    tails, heads = frozen(source, np.int64), frozen(target, np.int64)
    moments = frozen(times, np.float64)
    out = np.zeros((tails.size, len(NAMES)))
    halves = np.log(2.0) / np.array(HALF_LIVES)
    _fill((past.indptr, past.others, past.times, past.sent), (tails, heads, moments), halves, out)
    return out


@numba.njit(cache=True, nogil=True)
def _fill(past, queries, halves, out):  # type: ignore[no-untyped-def]
    tails, heads, moments = queries
    indptr, others, times, _ = past
    for row in range(tails.size):
        u, v, now = tails[row], heads[row], moments[row]
        end_u = indptr[u] + np.searchsorted(times[indptr[u] : indptr[u + 1]], now)
        end_v = indptr[v] + np.searchsorted(times[indptr[v] : indptr[v + 1]], now)
        _pair(past, (u, v, now, end_u), halves, out[row])
        _side(past, (u, now, end_u), halves, out[row, _SOURCE:_TARGET])
        _side(past, (v, now, end_v), halves, out[row, _TARGET:_MIXED])
        start_u, start_v = max(indptr[u], end_u - RECENT), max(indptr[v], end_v - RECENT)
        for place in range(start_u, end_u):
            out[row, _MIXED] += others[place] == v
            for beside in range(start_v, end_v):
                if others[beside] == others[place]:
                    out[row, _MIXED + 2] += 1.0
                    break
        for place in range(start_v, end_v):
            out[row, _MIXED + 1] += others[place] == u


@numba.njit(cache=True, nogil=True)
def _pair(past, query, halves, line):  # type: ignore[no-untyped-def]
    indptr, others, times, sent = past
    u, v, now, end = query
    line[2] = line[3] = NEVER
    since = float(MOST_EVENTS)
    for place in range(end - 1, max(indptr[u], end - MOST_EVENTS) - 1, -1):
        if others[place] != v:
            continue
        since = min(since, float(end - 1 - place))
        age = now - times[place]
        if sent[place]:
            line[0] += 1.0
            line[2] = min(line[2], age)
            for column in range(3):
                line[4 + column] += np.exp(-age * halves[column])
        else:
            line[1] += 1.0
            line[3] = min(line[3], age)
            line[7] += np.exp(-age * halves[1])
    line[_MIXED + 3] = since


@numba.njit(cache=True, nogil=True)
def _side(past, query, halves, line):  # type: ignore[no-untyped-def]
    indptr, others, times, sent = past
    node, now, end = query
    start = max(indptr[node], end - MOST_EVENTS)
    line[0], line[2], line[3] = end - indptr[node], NEVER, NEVER
    out = 0
    for place in range(end - 1, start - 1, -1):
        age = now - times[place]
        out += sent[place]
        line[2 if sent[place] else 3] = min(line[2 if sent[place] else 3], age)
        for column in range(3):
            line[(4 if sent[place] else 7) + column] += np.exp(-age * halves[column])
    if end > start:
        line[1] = out / (end - start)
    first = max(start, end - RECENT)
    line[10] = now - times[first] if end > first else NEVER
    for place in range(first, end):
        fresh = True
        for before in range(first, place):
            if others[before] == others[place]:
                fresh = False
                break
        line[11] += fresh
