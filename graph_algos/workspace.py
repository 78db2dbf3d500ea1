"""Scratch arrays that queries borrow, so that one query allocates nothing of the graph's size.

Invariant: a borrowed workspace holds zeros only, and its borrower puts zeros back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

from graph_algos.csr import Float64, Int32

# At most this many idle workspaces stay: about the queries that run at once; 12 bytes per node each.
IDLE = 8


class Workspaces:
    """A pool of (sums float64[n], touched int32[n + 1]) for graphs of any size; safe between threads."""

    __slots__ = ("_idle", "_lock")

    def __init__(self) -> None:
        self._idle: deque[tuple[Float64, Int32]] = deque(maxlen=IDLE)
        self._lock = Lock()

    @contextmanager
    def borrow(self, node_count: int) -> Iterator[tuple[Float64, Int32]]:
        """Arrays of at least this size. After an exception they are not reused."""
        pair = self._take(node_count)
        yield pair
        with self._lock:
            self._idle.append(pair)

    def _take(self, node_count: int) -> tuple[Float64, Int32]:
        with self._lock:
            for position, pair in enumerate(self._idle):
                if pair[0].size >= node_count:
                    del self._idle[position]
                    return pair
        return np.zeros(node_count), np.zeros(node_count + 1, dtype=np.int32)


WORKSPACES = Workspaces()
