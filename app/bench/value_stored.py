"""How long a scoring run takes with the graph: reading a million customers' facts, writing their values, and what
readers of single values notice meanwhile; on the embedded graph and on Neo4j.

Loading the portfolio is not timed. The scorer is a process that gives way, as `icrm scheduler` is; the reader is
another with a connection of its own, as a service beside it is. Neo4j is the server that ICRM_NEO4J_URL names (its
graph is filled), or one started for this.
"""

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.bench.imports import neo4j_server
from app.bench.rows import Against, Row, row
from app.bench.value import peak_megabytes
from app.bench.value_records import VALUATION, Size, batches, customer_id
from app.domain.access import OPERATOR_CLI
from app.domain.errors import Misconfigured
from app.domain.value import CustomerValue, ValueRun
from app.embedded import stop_embedded
from app.priority import give_way
from app.store.bulk import load_portfolio
from app.store.connect import open_graph
from app.store.migrations import migrate
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.reading import ReadValue
from app.usecases.referral_value import ScoreValue
from app.usecases.value_scoring import ScoreParameters

PARAMETERS = ScoreParameters("USD", 0.12, valuation_at=VALUATION, known_at=VALUATION)
GOALS_S = {"embedded": 300.0, "Neo4j": 150.0}  # for reading and for writing, each
GOAL_READ_MS = 50.0
READ_EVERY_S = 0.02
READ = 1_000  # customers whose values are read, at random
_FIRST, _RUN = "run_before", "run_measured"


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    url: str
    user: str | None = None
    password: str | None = None

    def open(self) -> GraphRunner:
        return open_graph(self.url, user=self.user, password=self.password)


@dataclass(slots=True)
class Stages:
    """When each stage of a run was first heard of: a progress function."""

    began: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.began.setdefault(stage, time.perf_counter())

    def seconds(self) -> dict[str, float]:
        times = [*self.began.values(), time.perf_counter()]
        return {stage: after - at for stage, at, after in zip(self.began, times, times[1:], strict=False)}


def run(*, customers: int = 1_000_000, outcomes: int = 300_000, flows: int = 5_000_000) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds}; allow an hour at the full size."""
    size = Size(customers, outcomes, flows)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph"
        load_portfolio(graph, batches(size), memory="4g")
        try:
            rows += _measured(Place("embedded", f"embedded:{graph}"), size)
        finally:
            stop_embedded(graph)
        with neo4j_server(Path(folder)) as server:
            if server is None:
                return [*rows, row("Neo4j: not measured, needs Java 17 and Maven, or ICRM_NEO4J_URL", 0, "")]
            place = Place("Neo4j", *server)
            _fill(place, size)
            rows += _measured(place, size)
    return rows


def _fill(place: Place, size: Size) -> None:
    with place.open() as runner:
        migrate(runner)
        store = GraphStore(runner)
        for kind, some in batches(size):
            store.write(OPERATOR_CLI, lambda tx, kind=kind, some=some: getattr(tx, kind).save(some), patient=True)  # type: ignore[misc]


def _measured(place: Place, size: Size) -> list[Row]:
    with place.open() as runner:
        _first_values(GraphStore(runner), size)
    with _reading(place, size) as waits:
        found = _scored(place)
    took, goal = found["took"], GOALS_S[place.name]
    read, write = took["reading outcomes"], took["writing values"]
    p50, p99 = (float(np.percentile(waits, share)) for share in (50, 99))
    told, wait = f"≤ {goal:.0f} s", f"≤ {GOAL_READ_MS:.0f} ms"
    return [
        row(f"{place.name}: read the facts of {size}", read, "s", Against(goal=told, holds=read <= goal)),
        row(f"{place.name}: score with {PARAMETERS.draws} draws", took["scoring"], "s"),
        row(f"{place.name}: write {found['values']:,} values", write, "s", Against(goal=told, holds=write <= goal)),
        row(f"{place.name}: {len(waits):,} reads of a value meanwhile, p50", p50, "ms"),
        row("the same, p99", p99, "ms", Against(goal=wait, holds=p99 <= GOAL_READ_MS)),
        row("peak memory of the scoring process", found["megabytes"], "MB"),
    ]


def _scored(place: Place) -> dict[str, Any]:
    child = _child("score_values", {"place": asdict(place)})
    told, _ = child.communicate()
    if child.returncode:
        raise Misconfigured("The scoring process ended before its result.", remedy="Its error is above.")
    return dict(json.loads(told))


def score_values() -> None:
    """Entry of the scoring process: seconds of each stage, how many values, and its peak memory."""
    give_way()
    stages = Stages()
    with Place(**json.loads(sys.stdin.readline())["place"]).open() as runner:
        made = ScoreValue(GraphStore(runner), lambda: VALUATION, lambda kind: _RUN)(OPERATOR_CLI, PARAMETERS, stages)
    found = {"took": stages.seconds(), "values": made.customer_count, "megabytes": peak_megabytes()}
    sys.stdout.write(json.dumps(found))


def _child(entry: str, given: dict[str, Any]) -> "subprocess.Popen[str]":
    """A process of this module's `entry`, which has one line of input."""
    child = subprocess.Popen(  # noqa: S603  our own module, no shell
        [sys.executable, "-c", f"from app.bench.value_stored import {entry}; {entry}()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if child.stdin is not None:  # it is a pipe
        child.stdin.write(json.dumps(given) + "\n")
        child.stdin.flush()
    return child


def _first_values(store: GraphStore, size: Size) -> None:
    """A small run that readers see until the new one is complete."""
    first = ValueRun(_FIRST, VALUATION, VALUATION, "USD", "{}", (), size.customers, 0, (), VALUATION)
    value = CustomerValue("", _FIRST, "USD", (0,) * 10, (0,) * 10, 0, None, None)
    values = [replace(value, customer_id=one) for one in _read_ids(size)]

    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.values.write_run(first, values)
        tx.values.switch(_FIRST, VALUATION)

    store.write(OPERATOR_CLI, work)


def _read_ids(size: Size) -> list[str]:
    step = max(1, size.customers // READ)
    return [customer_id(number) for number in range(0, size.customers, step)]


@contextmanager
def _reading(place: Place, size: Size) -> Iterator[list[float]]:
    """Milliseconds of each read of the process beside, once it has ended."""
    waits: list[float] = []
    child = _child("read_values", {"place": asdict(place), "ids": _read_ids(size)})
    try:
        yield waits
    finally:
        told, _ = child.communicate(timeout=60)  # closes its input: it ends
    waits += json.loads(told)


def read_values() -> None:
    """Entry of the reading process: reads until its input is closed, then tells how long each read took."""
    given = json.loads(sys.stdin.readline())
    ended = _closed_input()
    waits = []
    drawn = random.Random(1)
    with Place(**given["place"]).open() as runner:
        read = ReadValue(GraphStore(runner))
        for _ in range(100):  # plans and pools
            read(OPERATOR_CLI, drawn.choice(given["ids"]))
        while not ended.is_set():
            began = time.perf_counter()
            read(OPERATOR_CLI, drawn.choice(given["ids"]))
            waits.append(1e3 * (time.perf_counter() - began))
            time.sleep(READ_EVERY_S)
    sys.stdout.write(json.dumps(waits))


def _closed_input() -> threading.Event:
    """Set once standard input was closed."""
    closed = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        closed.set()

    threading.Thread(target=wait, daemon=True).start()
    return closed
