"""One process that queues jobs when they are due, and works on what is queued.

Any number of them may run: the id of a scheduled job follows from its job and time, so that it is made once, and its
lease and fence let one worker at a time work on it (app.jobs). All times are the store's.
"""

import threading
from collections.abc import Sequence
from datetime import datetime

import structlog

from app.domain.errors import IcrmError
from app.domain.job import JobRun, JobState
from app.domain.schedule import Schedule
from app.jobs import RUNNER, JobRunner
from app.ports.outside import Clock
from app.ports.store import Store

log = structlog.get_logger("icrm.scheduler")

LOOK_S = 10.0  # how late a job may begin


class Scheduler:
    def __init__(self, store: Store, schedules: Sequence[Schedule], clock: Clock, jobs: JobRunner) -> None:
        """`clock` of the store, and `jobs` that works by it."""
        self.store = store
        self.schedules = schedules
        self.clock = clock
        self.jobs = jobs
        self._stop = threading.Event()

    def run(self) -> None:
        """Until `stop`. What fails is tried again: the graph may be away for a while."""
        self.jobs.start()
        try:
            while not self._stop.is_set():
                try:
                    if self.queue_due():
                        self.jobs.wake()
                except IcrmError as error:
                    log.warning("scheduler.waiting", reason=error.message)
                self._stop.wait(LOOK_S)
        finally:
            self.jobs.stop()

    def stop(self) -> None:
        self._stop.set()

    def run_once(self) -> int:
        """Queues what is due and works until nothing waits; how many jobs it worked on."""
        self.queue_due()
        count = 0
        while self.jobs.run_next():
            count += 1
        return count

    def queue_due(self) -> list[str]:
        """Ids of the jobs made now. Of the times that were missed only the latest is made up."""
        now, made = self.clock(), []
        for one in self.schedules:
            job = _job(one, one.due(now), now)
            if self.store.read(RUNNER, lambda tx, job=job: tx.jobs.get(job.id)) is None:  # type: ignore[misc]
                self.store.write(RUNNER, lambda tx, job=job: tx.jobs.create(job))  # type: ignore[misc]
                log.info("scheduler.queued", job=job.id, type=job.type)
                made.append(job.id)
        return made


def _job(schedule: Schedule, due: datetime, now: datetime) -> JobRun:
    """Asked for now, not when it was due: a run that is made up sees what is known now."""
    return JobRun(
        id=schedule.job_id(due),
        type=schedule.job,
        state=JobState.QUEUED,
        params="{}",
        created_at=now,
        created_by="scheduler",
    )
