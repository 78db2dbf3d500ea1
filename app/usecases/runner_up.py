"""Where a provider has fallen out, the next in line for the need steps in: by a job, because who that is takes longer
than a move may."""

import json
from datetime import datetime

from app.domain.access import Caller
from app.domain.ids import timed_id
from app.domain.introduction import Introduction
from app.domain.job import JobRun, JobState
from app.ports.store import Transaction

JOB = "propose_next"


def queue_runner_up(tx: Transaction, ended: Introduction, at: datetime, caller: Caller) -> None:
    """In the transaction that ends the introduction, so that it is followed up exactly once."""
    if ended.need_id is None:
        return
    params = json.dumps({"introduction_id": ended.id})
    tx.jobs.create(JobRun(timed_id("Job", at, JOB, ended.id), JOB, JobState.QUEUED, params, at, caller.id))
