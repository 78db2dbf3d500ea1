"""Keeps the snapshot of a running service young: a thread beside the job runner, so that no long job delays it.

Suggestions find candidates in the snapshot; what the API has written since counts from the next one on. One is taken
when the graph's watermark has moved, at most every so many seconds and for at most a tenth of the time, because taking
it needs the processor that requests need too.
"""

import threading
import time

import structlog

from app.domain.errors import IcrmError
from app.ports.analytics import Analytics

log = structlog.get_logger("icrm.snapshot")

LOOK_S = 2.0  # between looks at the watermark, which take milliseconds
REST = 9.0  # pauses are at least so many times as long as the last snapshot took
STOP_S = 5.0


class _Stopping(BaseException):
    """Leaves a snapshot at its next report of progress. Not an Exception: no net should catch it."""


class SnapshotKeeper:
    def __init__(self, analytics: Analytics, *, every: float) -> None:
        """`every`: seconds between two snapshots at least; 0 keeps it from taking any."""
        self.analytics = analytics
        self.every = every
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self.every > 0:
            self._thread = threading.Thread(target=self._loop, name="icrm-snapshot", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def look(self) -> float:
        """Takes a snapshot if one is due; seconds until the next look."""
        begun = time.monotonic()
        before = self._taken()
        try:
            info = self.analytics.refresh(self._report)
        except IcrmError as error:  # the graph is away or the disk full: the old snapshot serves on
            log.warning("snapshot.waiting", reason=error.message)
            return max(self.every, LOOK_S)
        if info.watermark == before:
            return min(self.every, LOOK_S)
        took = time.monotonic() - begun
        log.info("snapshot.taken", watermark=info.watermark, seconds=round(took, 3))
        # The first loads the kernels, for a second or more; that says nothing of the next.
        return self.every if before is None else max(self.every, REST * took)

    def _taken(self) -> int | None:
        try:
            return self.analytics.info().watermark
        except IcrmError:  # none yet
            return None

    def _loop(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            try:
                pause = self.look()
            except _Stopping:
                return
            except Exception as error:  # noqa: BLE001  a defect here must not leave the service without snapshots
                log.error("snapshot.defect", kind=type(error).__name__)
                pause = max(self.every, LOOK_S)

    def _report(self, stage: str, done: int, total: int) -> None:
        if self._stop.is_set():
            raise _Stopping
