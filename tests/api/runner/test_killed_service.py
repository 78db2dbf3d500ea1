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
from app.domain.job import JobState
from app.jobs import JobRunner
from app.usecases.jobs import QueueJob

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
    assert (done.state, done.fence, runs) == (JobState.SUCCEEDED, 2, [{"n": 1}])
