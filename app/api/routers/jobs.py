"""Work in the background: asked for here, watched here."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.convert import has_ended, job_of
from app.api.deps import Given, OptionalRunClaim, Runner
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_service import JobIn, JobOut
from app.api.strict import StrictRoute
from app.domain.job import JobRun
from app.usecases.jobs import CancelJob, QueueJob, find_job

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=StrictRoute)
Id = Annotated[str, path_id("job")]
WATCH_S = 0.5  # how often a stream looks at its job
LONGEST_S = 600.0  # a client that wants more reconnects with Last-Event-ID


def accepted(response: Response, job: JobRun) -> dict[str, Any]:
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job_of(job)


@router.post("", response_model=JobOut, status_code=202)
def create_job(given: Given, caller: Runner, claim: OptionalRunClaim, body: JobIn, response: Response) -> Any:
    """Asks for a job; poll it at Location, or follow its events."""
    params = body.model_dump(mode="json", exclude={"type"}, exclude_none=True)
    job = QueueJob(given.store, given.clock, given.new_id)(caller, body.type, params, claim)
    given.wake()
    return accepted(response, job)


@router.get("", response_model=Page[JobOut])
def list_jobs(given: Given, caller: Runner, paged: Paged) -> Any:
    """Jobs in the order of ids, which is that of their creation."""
    jobs = given.store.read(caller, lambda tx: tx.jobs.page(paged.one_more))
    return paged.page([job_of(job) for job in jobs], key=lambda job: str(job["id"]))


@router.get("/{id}", response_model=JobOut)
def get_job(given: Given, caller: Runner, job_id: Id) -> Any:
    """One job with its progress, result or the sentence that says why it failed."""
    return job_of(given.store.read(caller, lambda tx: find_job(tx, job_id)))


@router.post("/{id}/cancel", response_model=JobOut, status_code=202)
def cancel_job(given: Given, caller: Runner, job_id: Id, response: Response) -> Any:
    """Asks the job to stop; it does so at its next report of progress."""
    job = CancelJob(given.store)(caller, job_id)
    given.wake()
    return accepted(response, job)


def existing_job(given: Given, caller: Runner, job_id: Id) -> JobRun:
    return given.store.read(caller, lambda tx: find_job(tx, job_id))


@router.get("/{id}/events", response_class=EventSourceResponse)
async def watch_job(
    given: Given,
    caller: Runner,
    job: Annotated[JobRun, Depends(existing_job)],
    seen: Annotated[str | None, Header(alias="Last-Event-ID", max_length=64)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events `progress` and at last `ended`, each with the job. Reconnect with Last-Event-ID: a state that
    you have seen is not sent again."""
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends:
        state = JobOut.model_validate(job_of(job)).model_dump_json()
        event_id = hashlib.sha256(state.encode()).hexdigest()[:16]
        if event_id != seen:
            yield ServerSentEvent(raw_data=state, event="ended" if has_ended(job) else "progress", id=event_id)
            seen = event_id
        if has_ended(job) or given.draining():
            return
        await asyncio.sleep(WATCH_S)
        job = await run_in_threadpool(existing_job, given, caller, job.id)
