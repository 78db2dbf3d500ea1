"""A service that is killed in the middle of a job: the next one finishes it."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI
from app.domain.assignment_record import record_of
from app.domain.job import Held, JobState
from app.handlers import job_handlers
from app.jobs import JobRunner
from app.ports.store import PageOf
from app.usecases.assignment_record import ReplayAssignment
from app.usecases.jobs import QueueJob
from seed.synthetic import synthetic

LEASE_S = 1.5
CHILD = f"""
import sys, time
from datetime import timedelta
from app.bootstrap import open_app
from app.jobs import JobRunner
from app.settings import Settings

def work(caller, params, progress):
    for number in range(1000):
        progress("working", number, 1000)
        print(number, flush=True)
        time.sleep(0.05)
    return {{}}

with open_app(Settings(_env_file=None, graph_url=sys.argv[1], data_folder=sys.argv[2])) as app:
    JobRunner(app.store, {{"killed": work}}, app.clock, lease=timedelta(seconds={LEASE_S})).run_next()
"""


def test_a_job_survives_the_kill_of_its_service(opened: App) -> None:
    job = QueueJob(opened.store, opened.clock, opened.new_id)(OPERATOR_CLI, "killed", {"n": 1})
    arguments = [opened.settings.graph_url, str(opened.settings.data_folder)]
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", CHILD, *arguments], cwd=root, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(10):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
    runs: list[object] = []
    second = JobRunner(
        opened.store,
        {"killed": lambda caller, params, progress: runs.append(params) or {"by": "second"}},
        opened.clock,
        lease=timedelta(seconds=LEASE_S),
    )
    ends = time.monotonic() + 3 * LEASE_S
    while not second.run_next():
        assert time.monotonic() < ends, "nobody took the job over"
        time.sleep(0.05)
    done = opened.store.read(OPERATOR_CLI, lambda tx: tx.jobs.get(job.id))
    assert done is not None
    assert (done.state, done.fence, runs) == (
        JobState.SUCCEEDED,
        2,
        [{"n": 1, "held": Held(job.id, 2, job.created_at)}],
    )


BATCH_CHILD = f"""
import sys
from datetime import timedelta
from app.bootstrap import open_app
from app.handlers import job_handlers
from app.jobs import JobRunner
from app.settings import Settings

with open_app(Settings(_env_file=None, graph_url=sys.argv[1], data_folder=sys.argv[2])) as app:
    suggest_all = job_handlers(app)["suggest_all"]

    def told(caller, params, progress):
        def report(stage, done, total):
            print(done if stage == "finding candidates" else 0, flush=True)
            progress(stage, done, total)

        return suggest_all(caller, params, report)

    JobRunner(app.store, {{"suggest_all": told}}, app.clock, lease=timedelta(seconds={LEASE_S})).run_next()
"""


def test_a_batch_whose_service_is_killed_goes_on_with_what_was_found(opened: App) -> None:
    for kind, rows in synthetic(400).kinds():
        opened.store.write(OPERATOR_CLI, lambda tx, kind=kind, rows=rows: getattr(tx, kind).save(rows), patient=True)  # type: ignore[misc]
    job = QueueJob(opened.store, opened.clock, opened.new_id)(OPERATOR_CLI, "suggest_all", {"per_need": 2})
    arguments = [opened.settings.graph_url, str(opened.settings.data_folder)]
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", BATCH_CHILD, *arguments], cwd=root, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 50:
                break
        os.kill(child.pid, signal.SIGKILL)
    found = opened.store.read(OPERATOR_CLI, lambda tx: tx.assignments.steps(job.id, PageOf()))
    assert found
    assert record_of(found).rules is None
    second = JobRunner(opened.store, job_handlers(opened), opened.clock, lease=timedelta(seconds=LEASE_S))
    ends = time.monotonic() + 3 * LEASE_S
    while not second.run_next():
        assert time.monotonic() < ends, "nobody took the job over"
        time.sleep(0.05)
    run = opened.store.read(OPERATOR_CLI, lambda tx: tx.assignments.current())
    assert run is not None
    assert (run.record_id, run.per_need) == (job.id, 2)
    assert run.pair_count > 0
    now = opened.store.read(OPERATOR_CLI, lambda tx: tx.assignments.steps(job.id, PageOf()))
    assert {one.id: one for one in found}.items() < {one.id: one for one in now}.items()
    assert ReplayAssignment(opened.store)(OPERATOR_CLI, run.id) == (run, True)
