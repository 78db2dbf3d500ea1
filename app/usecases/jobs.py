"""Asking for a job, and asking it to stop; what runs it is the job runner of the service."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.domain.access import Caller, Scope
from app.domain.errors import Conflict, NotFound
from app.domain.job import Held, JobRun, JobState
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.once import Claim, Once

ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
T = TypeVar("T")


def while_held(held: Held | None, work: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """`work` in one transaction with the check that the job is still this worker's; without a job, `work`."""

    def guarded(tx: Transaction) -> T:
        if held is not None:
            tx.jobs.hold(held)
        return work(tx)

    return guarded


def find_job(tx: Transaction, job_id: str) -> JobRun:
    found = tx.jobs.get(job_id)
    if found is None:
        raise NotFound("There is no such job.")
    return found


@dataclass(frozen=True, slots=True)
class QueueJob:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(self, caller: Caller, kind: str, params: Mapping[str, Any], claim: Claim | None = None) -> JobRun:
        caller.require(Scope.RUN)
        at = self.clock()
        made = JobRun(
            id=self.new_id("Job"),
            type=kind,
            state=JobState.QUEUED,
            params=json.dumps(params, sort_keys=True),
            created_at=at,
            created_by=caller.id,
        )

        def effect(tx: Transaction) -> JobRun:
            tx.jobs.save(made)
            return made

        once = Once(effect, find_job, lambda job: job.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


@dataclass(frozen=True, slots=True)
class CancelJob:
    """A queued job is cancelled at once; a running one at its next report of progress."""

    store: Store

    def __call__(self, caller: Caller, job_id: str) -> JobRun:
        caller.require(Scope.RUN)

        def work(tx: Transaction) -> JobRun:
            job = find_job(tx, job_id)
            if job.state in ENDED:
                raise Conflict("This job has ended.")
            tx.jobs.request_cancel(job_id)
            return replace(job, cancel_requested=True)

        return self.store.write(caller, work)
