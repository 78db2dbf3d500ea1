"""The program behind test_scheduler.py: imports once, then forks a scheduler for each line it reads.

A line is JSON, `settings` and `skew` in seconds; the answer is the process id. A scheduler prints `ready PID` when it
has begun to look. Its application's clock is wrong by the skew; what it schedules is due every other second.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from app import scheduler
from app.bootstrap import open_app, utc_now
from app.domain.schedule import Schedule
from app.handlers import job_handlers
from app.jobs import JobRunner, store_clock
from app.settings import Settings
from app.usecases import old_runs

EVERY = Schedule("score_value", "*/2 * * * * *")
LEASE = timedelta(seconds=1.5)


def main() -> None:
    for line in sys.stdin:
        given = json.loads(line)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            work(given["settings"], given["skew"])
            os._exit(0)
        say(str(child))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def work(settings: Mapping[str, str], skew: float) -> None:
    scheduler.LOOK_S = 0.2
    old_runs.KEPT = 1_000_000  # the test looks at all of them
    with open_app(Settings(_env_file=None, **settings)) as opened:
        app = replace(opened, clock=lambda: utc_now() + timedelta(seconds=skew))
        clock = store_clock(app.store)
        jobs = JobRunner(app.store, job_handlers(app), clock, lease=LEASE)
        say(f"ready {os.getpid()}")
        scheduler.Scheduler(app.store, [EVERY], clock, jobs).run()


if __name__ == "__main__":
    main()
