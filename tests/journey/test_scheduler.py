"""P7 and P8: two schedulers with clocks ten minutes apart are killed again and again; every run happens once and whole,
and no reader ever sees half of one. ICRM_KILLS says how often on each engine (8; `make chaos` 200), ICRM_READS how many
reads there are at least (0; `make chaos` 100,000)."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.domain.errors import NotFound
from app.domain.ids import derived_id
from app.domain.job import JobRun, JobState
from app.jobs import store_clock
from app.ports.store import PageOf
from app.settings import Settings
from app.store.runner import GraphRunner
from app.usecases.reading import ReadTotals
from tests.engines import Engine
from tests.journey.chaos_schedulers import EVERY
from tests.journey.test_runs import RECORDS, loaded

KILLS = int(os.environ.get("ICRM_KILLS", "8"))
READS = int(os.environ.get("ICRM_READS", "0"))
SKEW_S = 600.0
SLOT = timedelta(seconds=2)
LATE = timedelta(seconds=1.5)  # a scheduler that has begun to look makes a job within this
ENDS_S = 60.0
LONGEST_S = 4.0  # between two kills


@dataclass(slots=True)
class Reader:
    """Reads totals over and over: all of one run, and together what the run says."""

    app: App
    reads: int = 0
    mixed: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        read = ReadTotals(self.app.store)
        while not self.stopped.is_set():
            try:
                found = read(OPERATOR_CLI)
            except NotFound:  # before the first run
                continue
            rows = (found.customers, found.operator, found.unattributed)
            self.reads += 1
            self.mixed += not found.conserved or any(one.run_id != found.run.id for one in rows)


@dataclass(slots=True)
class Schedulers:
    """`alive`: by process id since when each has been looking. `watched`: (from, to) of each one's life as far as it
    was looking."""

    process: "subprocess.Popen[str]"
    settings: Mapping[str, str]
    alive: dict[int, datetime] = field(default_factory=dict)
    watched: list[tuple[datetime, datetime]] = field(default_factory=list)

    def start(self, skew: float) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"skew": skew, "settings": self.settings}) + "\n")
        self.process.stdin.flush()
        pid = int(self._line(lambda line: line.strip().isdigit()))
        self._line(lambda line: line.split() == ["ready", str(pid)])
        self.alive[pid] = datetime.now(UTC)
        return pid

    def kill(self, pid: int) -> None:
        self.watched.append((self.alive.pop(pid), datetime.now(UTC)))
        os.kill(pid, signal.SIGKILL)

    def _line(self, wanted: Any) -> str:
        """The next line of that kind; what schedulers log is passed over."""
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if wanted(line))


@contextmanager
def schedulers(settings: Mapping[str, str]) -> Iterator[Schedulers]:
    command = [sys.executable, "-m", "tests.journey.chaos_schedulers"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        running = Schedulers(process, settings)
        try:
            yield running
        finally:
            for pid in list(running.alive):
                running.kill(pid)
            process.kill()


@pytest.fixture
def settings(engine: Engine, runner: GraphRunner, tmp_path: Path) -> dict[str, str]:
    """Of a graph that holds the demonstration's records."""
    loaded(runner)
    given = {"graph_url": engine.url, "data_folder": str(tmp_path / "data")}
    if engine.user and engine.password:
        given |= {"graph_user": engine.user, "graph_password": engine.password}
    return given


@pytest.fixture
def app(settings: dict[str, str]) -> Iterator[App]:
    with open_app(Settings(_env_file=None, deadline_seconds=10.0, **settings)) as opened:
        yield opened


def test_of_two_schedulers_that_are_killed_at_random_every_run_happens_once_and_whole(
    app: App, settings: dict[str, str]
) -> None:
    draw, reader = random.Random(7), Reader(app)
    thread = threading.Thread(target=reader.run)
    thread.start()
    try:
        with schedulers(settings) as running:
            pids = {skew: running.start(skew) for skew in (-SKEW_S / 2, SKEW_S / 2)}
            for _ in range(KILLS):
                time.sleep(draw.uniform(0.0, LONGEST_S))
                skew = draw.choice(sorted(pids))
                running.kill(pids[skew])
                pids[skew] = running.start(skew)
            while reader.reads < READS and thread.is_alive():
                time.sleep(LONGEST_S)
            last = store_clock(app.store)()
            jobs = _ended(app, last)
    finally:
        reader.stopped.set()
        thread.join()
    _check_runs(app, jobs)
    made = {job.id for job in jobs}
    watched = _watched_slots(running.watched, last)
    missed = [slot for slot in watched if EVERY.job_id(slot) not in made]
    tries = sum(job.fence for job in jobs)
    sys.stdout.write(
        f"{KILLS} kills, {len(jobs)} runs in {tries} tries, {reader.reads:,} reads, {reader.mixed} mixed; "
        f"{len(watched)} times watched, {len(missed)} missed\n"
    )
    assert watched
    assert (reader.mixed, missed) == (0, [])
    assert reader.reads > max(KILLS, READS - 1)


def _ended(app: App, until: datetime) -> list[JobRun]:
    """All jobs made until then, once they have ended."""
    give_up = time.monotonic() + ENDS_S
    while True:
        jobs = [job for job in _jobs(app) if job.created_at <= until]
        if all(job.state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED) for job in jobs):
            return jobs
        assert time.monotonic() < give_up, "a run is lost"
        time.sleep(0.2)


def _jobs(app: App) -> list[JobRun]:
    found: list[JobRun] = []
    while True:
        at = PageOf(found[-1].id if found else None, 200)
        page = app.store.read(OPERATOR_CLI, lambda tx, at=at: tx.jobs.page(at))  # type: ignore[misc]
        found += page
        if len(page) < 200:
            return found


def _check_runs(app: App, jobs: list[JobRun]) -> None:
    """One run for each job and none besides; each with everybody's value."""
    assert jobs
    assert [(job.state, job.fence, job.error) for job in jobs if job.state is not JobState.SUCCEEDED] == []
    sizes = set()
    for job in jobs:
        run_id = derived_id("Run", job.id)
        assert f'"run_id": "{run_id}"' in (job.result or "")
        begun = app.store.read(OPERATOR_CLI, lambda tx, run_id=run_id: tx.values.begun(run_id))  # type: ignore[misc]
        assert begun is not None
        values = app.store.read(OPERATOR_CLI, lambda tx, run_id=run_id: tx.values.top(run_id, 200))  # type: ignore[misc]
        sizes.add((len(values), begun[0].outcomes_minor, begun[0].customer_count))
    assert len(sizes) == 1
    assert sizes.pop()[2] == len(RECORDS.customers)
    stored = app.store.read(OPERATOR_CLI, lambda tx: tx.views.counts())["ValueRun"]
    assert len(jobs) <= stored <= len(_jobs(app))


def _watched_slots(watched: list[tuple[datetime, datetime]], until: datetime) -> list[datetime]:
    """Times that fell due while one scheduler was looking from before until well after."""
    found, slot = [], EVERY.due(min(start for start, _ in watched)) + SLOT
    while slot + LATE < until:
        if any(start <= slot and slot + LATE <= end for start, end in watched):
            found.append(slot)
        slot += SLOT
    return found
