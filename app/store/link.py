"""The connection to the graph, and the way back when its server has gone.

A graph server of our own may be killed, or stopped by `icrm stop`; the next one has other ports. Whoever needs the
graph then lets it be opened again, once for all who wait; they wait only as long as their own limit allows.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillOpening
from dataclasses import dataclass

from neo4j import Driver

from app.domain.errors import GraphUnreachable, IcrmError

_LEFTOVER_S = 10.0  # transactions on the lost connection fail by themselves first, with errors that allow a retry


@dataclass(frozen=True, slots=True)
class Connection:
    """`is_lost`: its server has ended for good, so that no retry on this driver can succeed. `complaint` is asked when
    the engine has failed inside: it may know a reason, such as a full disk."""

    driver: Driver
    let_go: Callable[[], None] = lambda: None
    is_lost: Callable[[], bool] = lambda: False
    complaint: Callable[[], IcrmError | None] = lambda: None

    def close(self) -> None:
        self.driver.close()
        self.let_go()


class Link:
    """Thread-safe. The first connection is made at once, so that what is wrong at the start is said at the start."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._opening: Future[None] | None = None
        self._closed = False
        self.last = connect()

    def now(self, *, patience: float) -> Connection:
        """A connection whose server lives, as far as is known. Waits at most `patience` seconds for a new one.

        Raises GraphUnreachable when that takes longer (the opening goes on), and what `connect` raises.
        """
        last = self.last
        if not last.is_lost():
            return last
        try:
            self._open_again(last).result(patience)
        except StillOpening as exc:
            raise GraphUnreachable(
                "The embedded graph has ended and is being started again.", remedy="Try again in a few seconds."
            ) from exc
        return self.last

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self.last.close()

    def _open_again(self, lost: Connection) -> "Future[None]":
        with self._lock:
            if self._closed or self.last is not lost:  # closed, or another thread was faster
                done: Future[None] = Future()
                done.set_result(None)
                return done
            if self._opening is None:
                self._opening = Future()
                # Not the caller's thread: recovery of a large log takes longer than a request may.
                threading.Thread(target=self._open, args=(lost,), name="icrm-reopen", daemon=True).start()
            return self._opening

    def _open(self, lost: Connection) -> None:
        fresh, failure = None, None
        try:
            fresh = self._connect()
        except Exception as exc:  # noqa: BLE001  whoever waits gets it; a silent end would let them wait for nothing
            failure = exc
        with self._lock:
            opening, self._opening = self._opening, None
            if fresh is not None:
                self.last = fresh
                if self._closed:
                    fresh.close()
        if opening is None:
            return
        if failure is not None:
            opening.set_exception(failure)
            return
        opening.set_result(None)
        time.sleep(_LEFTOVER_S)
        lost.close()
