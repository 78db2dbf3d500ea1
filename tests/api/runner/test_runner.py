"""The job runner: what it records, and what it survives. On a graph where no other runner takes the jobs."""

import json
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI, Caller
from app.domain.errors import Conflict
from app.domain.job import JobRun, JobState
from app.jobs import MOST_TRIES, Handler, JobRunner
from app.ports.outside import Progress
from app.usecases.jobs import CancelJob, QueueJob

Params = Mapping[str, Any]
SHORT = timedelta(seconds=0.6)


def queue(app: App, kind: str, **params: Any) -> JobRun:
    return QueueJob(app.store, app.clock, app.new_id)(OPERATOR_CLI, kind, params)


def stored(app: App, job: JobRun) -> JobRun:
    found = app.store.read(OPERATOR_CLI, lambda tx: tx.jobs.get(job.id))
    assert found is not None
    return found


def runner(app: App, handler: Handler, *, lease: timedelta = SHORT) -> JobRunner:
    return JobRunner(app.store, {"test": handler}, app.clock, lease=lease)


def test_a_job_runs_reports_and_ends_with_its_result(opened: App) -> None:
    seen: list[tuple[Caller, Params]] = []

    def work(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        progress("counting", 3, 7)
        seen.append((caller, params))
        return {"counted": 7}

    job = queue(opened, "test", depth=2)
    assert runner(opened, work).run_next()
    done = stored(opened, job)
    assert (done.state, done.stage, done.done, done.total) == (JobState.SUCCEEDED, "counting", 3, 7)
    assert json.loads(done.result or "") == {"counted": 7}
    assert done.finished_at is not None
    assert [(caller.id, params) for caller, params in seen] == [("cli", {"depth": 2, "job_id": job.id})]
    assert not runner(opened, work).run_next()


def test_a_failure_is_recorded_as_one_sentence(opened: App) -> None:
    def refuse(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        raise Conflict("Two runs at once.", remedy="Wait.")

    def break_down(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        raise RuntimeError("zq7canary")

    for handler, sentence in ((refuse, "Two runs at once. Wait."), (break_down, "defect")):
        job = queue(opened, "test")
        runner(opened, handler).run_next()
        failed = stored(opened, job)
        assert failed.state is JobState.FAILED
        assert sentence in (failed.error or "")
        assert "canary" not in (failed.error or "")
    job = queue(opened, "unknown")
    runner(opened, refuse).run_next()
    assert stored(opened, job).state is JobState.FAILED


def test_a_job_whose_worker_was_killed_is_run_again_and_the_dead_one_cannot_write(opened: App) -> None:
    job = queue(opened, "test")
    now = opened.clock()
    dead = opened.store.write(OPERATOR_CLI, lambda tx: tx.jobs.claim(now=now, lease_until=now + SHORT))
    assert dead is not None
    assert dead.id == job.id
    next_runner = runner(opened, lambda caller, params, progress: {"by": "second"})
    assert not next_runner.run_next()  # the lease still holds
    time.sleep(SHORT.total_seconds() + 0.1)
    assert next_runner.run_next()
    assert stored(opened, job).state is JobState.SUCCEEDED
    assert not opened.store.write(OPERATOR_CLI, lambda tx: tx.jobs.report(dead))
    assert json.loads(stored(opened, job).result or "") == {"by": "second"}


def test_a_long_job_keeps_its_lease(opened: App) -> None:
    begun = threading.Event()

    def work(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        begun.set()
        for number in range(16):
            time.sleep(0.1)
            progress("working", number, 16)
        return {}

    job = queue(opened, "test")
    thread = threading.Thread(target=runner(opened, work).run_next)
    thread.start()
    assert begun.wait(30)  # else the other might be the first to claim it
    other = runner(opened, work)
    while thread.is_alive():
        assert not other.run_next()
        time.sleep(0.1)
    assert (stored(opened, job).state, stored(opened, job).fence) == (JobState.SUCCEEDED, 1)


def test_a_worker_that_lost_its_job_stops_and_writes_nothing(opened: App) -> None:
    begun = threading.Event()
    steps: list[int] = []

    def work(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        begun.set()
        for number in range(200):
            time.sleep(0.02)
            progress("working", number, 200)
            steps.append(number)
        return {"by": "first"}

    job = queue(opened, "test")
    thread = threading.Thread(target=runner(opened, work).run_next)
    thread.start()
    begun.wait(5)
    later = opened.clock() + timedelta(hours=1)  # another machine whose clock runs ahead
    thief = opened.store.write(OPERATOR_CLI, lambda tx: tx.jobs.claim(now=later, lease_until=later + SHORT))
    assert thief is not None
    thread.join(10)
    assert len(steps) < 200
    assert stored(opened, job).fence == thief.fence == 2
    assert stored(opened, job).result is None


def test_a_running_job_is_cancelled_at_its_next_report(opened: App) -> None:
    begun = threading.Event()

    def work(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        begun.set()
        for number in range(500):
            time.sleep(0.02)
            progress("working", number, 500)
        return {}

    job = queue(opened, "test")
    thread = threading.Thread(target=runner(opened, work).run_next)
    thread.start()
    begun.wait(5)
    CancelJob(opened.store)(OPERATOR_CLI, job.id)
    thread.join(8)
    assert stored(opened, job).state is JobState.CANCELLED
    with pytest.raises(Conflict):
        CancelJob(opened.store)(OPERATOR_CLI, job.id)


def test_a_stopped_runner_hands_its_job_back(opened: App) -> None:
    begun = threading.Event()

    def work(caller: Caller, params: Params, progress: Progress) -> Mapping[str, Any]:
        begun.set()
        for number in range(500):
            time.sleep(0.02)
            progress("working", number, 500)
        return {}

    job = queue(opened, "test")
    first = runner(opened, work, lease=timedelta(hours=1))
    first.start()
    begun.wait(5)
    first.stop()
    assert stored(opened, job).state is JobState.QUEUED
    assert runner(opened, lambda caller, params, progress: {}).run_next()  # at once, not after an hour
    assert stored(opened, job).state is JobState.SUCCEEDED


def test_a_job_that_kills_its_workers_is_given_up(opened: App) -> None:
    job = queue(opened, "test")
    for _ in range(MOST_TRIES):
        now = opened.clock()
        assert opened.store.write(OPERATOR_CLI, lambda tx, now=now: tx.jobs.claim(now=now, lease_until=now))
        time.sleep(0.01)
    assert runner(opened, lambda caller, params, progress: {}).run_next()
    assert stored(opened, job).state is JobState.FAILED
