"""Runs queued jobs in a thread of the service, one at a time.

A job is claimed with a lease and a fence. While its handler works, a heartbeat renews the lease and writes progress; a
process that is killed stops renewing, and the next runner takes the job over. Handlers are written to be run again:
what they write is by id or becomes visible only at their end. A worker that has lost its job learns it from the fence.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from app.domain.access import Caller, Scope
from app.domain.errors import GraphUnreachable, IcrmError
from app.domain.job import Held, JobRun, JobState
from app.domain.outbox import job_failed
from app.ports.outside import Clock, Progress
from app.ports.store import Store, Transaction

log = structlog.get_logger("icrm.jobs")

LEASE = timedelta(seconds=30)  # a killed worker's job starts again after this at the latest
HEARTBEAT_S = 5.0  # six chances to renew a lease before it runs out
POLL_S = 2.0  # jobs queued by another process wait at most this; our own wake the runner at once
MOST_TRIES = 5  # a job that takes its worker down with it is given up after so many claims
HELD = "held"
STOP_S = 10.0  # a handler that reports no progress for so long is left to the lease

Params = Mapping[str, Any]
"""As the request stated them, and under HELD the worker's hold on the job."""
Handler = Callable[[Caller, Params, Progress], Mapping[str, Any]]

RUNNER = Caller("job-runner", frozenset(Scope))


def store_clock(store: Store) -> Clock:
    """The time by the store's clock: workers on machines whose clocks differ agree on who holds a job."""
    return lambda: store.read(RUNNER, lambda tx: tx.jobs.now())


class _Interrupted(BaseException):
    """Leaves a handler at its next report of progress. Not an Exception: no handler's net should catch it."""


@dataclass(slots=True)
class _Work:
    """What heartbeat and handler share about the job at hand."""

    job: JobRun
    lost: bool = False
    cancelled: bool = False
    stopping: bool = False

    @property
    def interrupted(self) -> bool:
        return self.lost or self.cancelled or self.stopping


class JobRunner:
    def __init__(
        self, store: Store, handlers: Mapping[str, Handler], clock: Clock, *, lease: timedelta = LEASE
    ) -> None:
        self.store = store
        self.handlers = handlers
        self.clock = clock
        self.lease = lease
        self.heartbeat_s = min(HEARTBEAT_S, lease.total_seconds() / 6)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()  # over `_work`: the heartbeat and the handler both write the job
        self._work: _Work | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="icrm-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hands the job at hand back to the queue, so that the next runner need not wait for its lease."""
        self._stop.set()
        self._wake.set()
        if self._work is not None:
            self._work.stopping = True
        if self._thread is not None:
            self._thread.join(STOP_S)

    def wake(self) -> None:
        self._wake.set()

    def run_next(self) -> bool:
        """Claims one job and works on it to its end; False when there was none."""
        now = self.clock()
        job = self.store.write(RUNNER, lambda tx: tx.jobs.claim(now=now, lease_until=now + self.lease))
        if job is None:
            return False
        self._run(job)
        return True

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                if self.run_next():
                    continue
            except IcrmError as error:  # the graph is away, or its disk full; that passes or the service is stopped
                log.warning("jobs.waiting", reason=error.message)
            except Exception as error:  # noqa: BLE001  one bad record must not end the service's only worker
                log.error("jobs.defect", kind=type(error).__name__)
            self._wake.wait(POLL_S)

    def _run(self, job: JobRun) -> None:
        work = _Work(job, cancelled=job.cancel_requested, stopping=self._stop.is_set())
        self._work = work
        ended = threading.Event()
        beat = threading.Thread(target=self._beat, args=(work, ended), name="icrm-heartbeat", daemon=True)
        beat.start()
        try:
            final = self._outcome(work)
        finally:
            ended.set()
            beat.join()
            self._work = None
        if work.lost:
            log.warning("job.lost", job=job.id)
            return
        kept = self.store.write(RUNNER, lambda tx: _report(tx, final), patient=True)
        log.info("job.ended", job=job.id, type=job.type, state=final.state if kept else "taken over")

    def _outcome(self, work: _Work) -> JobRun:
        """The job as it ended, or as it goes back to the queue."""
        try:
            if work.job.fence > MOST_TRIES:
                return self._ended(work, JobState.FAILED, error=f"It was tried {MOST_TRIES} times and never ended.")
            handler = self.handlers.get(work.job.type)
            if handler is None:
                return self._ended(work, JobState.FAILED, error="This service has no such type of job.")
            progress = self._progress(work)
            progress("", 0, 0)
            who = Caller(work.job.created_by, frozenset({Scope.READ, Scope.WRITE, Scope.RUN}))
            result = handler(
                who,
                {**json.loads(work.job.params), HELD: Held(work.job.id, work.job.fence, work.job.created_at)},
                progress,
            )
            return self._ended(work, JobState.SUCCEEDED, result=json.dumps(result, sort_keys=True))
        except _Interrupted:
            return self._ended(work, JobState.CANCELLED) if work.cancelled else _queued(work.job)
        except GraphUnreachable:  # its server has ended and comes back; the fence bounds how often
            return _queued(work.job)
        except IcrmError as error:
            return self._ended(work, JobState.FAILED, error=str(error))
        except Exception as error:  # noqa: BLE001  a defect of a handler fails its job, not the runner
            log.error("job.defect", job=work.job.id, kind=type(error).__name__)
            return self._ended(work, JobState.FAILED, error="It failed by a defect; the service's log names the job.")

    def _ended(self, work: _Work, state: JobState, *, result: str | None = None, error: str | None = None) -> JobRun:
        with self._lock:
            return replace(
                work.job, state=state, result=result, error=error, finished_at=self.clock(), lease_until=None
            )

    def _progress(self, work: _Work) -> Progress:
        def progress(stage: str, done: int, total: int) -> None:
            if work.interrupted:
                raise _Interrupted
            with self._lock:
                work.job = replace(work.job, stage=stage[:200], done=done, total=total)

        return progress

    def _beat(self, work: _Work, ended: threading.Event) -> None:
        while not ended.wait(self.heartbeat_s):
            try:
                until = self.clock() + self.lease
                with self._lock:
                    work.job = replace(work.job, lease_until=until)
                    job = work.job
                kept, asked = self._renew(job)
            except IcrmError:  # tried again at the next beat; the lease allows for it
                continue
            work.lost = work.lost or not kept
            work.cancelled = work.cancelled or asked

    def _renew(self, job: JobRun) -> tuple[bool, bool]:
        """(still ours, asked to cancel)."""
        kept = self.store.write(RUNNER, lambda tx: tx.jobs.report(job))
        stored = self.store.read(RUNNER, lambda tx: tx.jobs.get(job.id)) if kept else None
        return kept, stored is not None and stored.cancel_requested


def _report(tx: Transaction, job: JobRun) -> bool:
    """With the message that a job has failed, both or neither."""
    kept = tx.jobs.report(job)
    if kept and job.state is JobState.FAILED and job.finished_at is not None:
        tx.outbox.create(job_failed(job, job.finished_at))
    return kept


def _queued(job: JobRun) -> JobRun:
    return replace(job, state=JobState.QUEUED, lease_until=None, stage="", done=0, total=0)
