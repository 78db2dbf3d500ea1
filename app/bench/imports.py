"""How long imports take, and how much memory the importer needs: the contract quarters and a synthetic portfolio.

Each import runs in a process of its own, whose largest resident size is the importer's. Neo4j is the server that
ICRM_NEO4J_URL names, or one that we start for the bench; without either its rows say so.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.adapters import local_neo4j
from app.adapters.contracts import ContractQuarters
from app.adapters.synthetic import SyntheticSource
from app.bootstrap import utc_now
from app.domain.access import OPERATOR_CLI
from app.domain.errors import Misconfigured
from app.embedded import stop_embedded
from app.ports.records import RecordSource
from app.store.bulk import load_portfolio
from app.store.connect import open_graph
from app.store.migrations import migrate
from app.store.store import GraphStore
from app.usecases.imports import ImportOptions, ImportPortfolio
from seed import synthetic_batches

CONTRACTS_S, BULK_S, BOLT_S, MEMORY_MB = 60.0, 180.0, 120.0, 500.0
KINDS = ("groups", "customers", "relationships")  # "100 k customers + 1 M relationships"
BATCH = 5000
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Task:
    """What a child process does. `url` is empty for a bulk load into `folder`."""

    what: str
    url: str
    folder: str
    customers: int = 0
    relationships: int = 0
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    megabytes: float
    rows: int
    failed: int


def run(*, customers: int = 100_000, relationships: int = 1_000_000) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds}."""
    rows: list[Row] = []
    data = Path(os.environ.get("ICRM_DATA", "../shared/data")) / "philadelphia"
    size = f"{customers:,} customers + {relationships:,} relationships"
    with tempfile.TemporaryDirectory() as place, neo4j_server(Path(place)) as server:
        embedded = Path(place) / "graph"
        if data.is_dir():
            task = Task("contracts", f"embedded:{embedded}", str(data))
            rows += _rows("contract quarters, embedded", CONTRACTS_S, lambda: _measure(task))
            stop_embedded(embedded)
        else:
            rows.append(_absent("contract quarters", "no data at ICRM_DATA"))
        bulk = Task("bulk", "", str(Path(place) / "bulk"), customers, relationships)
        rows += _rows(f"{size}, embedded, bulk", BULK_S, lambda: _measure(bulk))
        if server is None:
            return [*rows, _absent("Neo4j", "no Neo4j: needs Java 17 and Maven, or ICRM_NEO4J_URL")]
        url, user, password = server
        if data.is_dir():
            bolt = Task("contracts", url, str(data), user=user)
            rows += _rows("contract quarters, Neo4j", CONTRACTS_S, lambda: _measure(bolt, password))
        large = Task("synthetic", url, "", customers, relationships, user)
        rows += _rows(f"{size}, Neo4j, Bolt", BOLT_S, lambda: _measure(large, password))
    return rows


def child() -> None:
    """Entry of the measured process: a task on standard input, what it took on standard output."""
    given = json.loads(sys.stdin.read())
    password = given.pop("password")
    task = Task(**given)
    began = time.perf_counter()
    if task.what == "bulk":
        batches = synthetic_batches(task.customers, relationships=task.relationships)
        counts = load_portfolio(Path(task.folder), (one for one in batches if one[0] in KINDS))
        found = (counts.nodes + counts.relationships, 0)
    else:
        found = _import(task, password)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    sys.stdout.write(json.dumps(asdict(Measured(seconds, peak, *found))))


def _import(task: Task, password: str | None) -> tuple[int, int]:
    source: RecordSource = (
        ContractQuarters(Path(task.folder))
        if task.what == "contracts"
        else SyntheticSource(task.customers, task.relationships, kinds=KINDS)
    )
    with open_graph(task.url, user=task.user, password=password) as runner:
        migrate(runner)
        importer = ImportPortfolio(GraphStore(runner), utc_now)
        report = importer(OPERATOR_CLI, source, options=ImportOptions(batch=BATCH))
    return report.rows_in, report.failed


def _measure(task: Task, password: str | None = None) -> Measured:
    done = subprocess.run(
        [sys.executable, "-c", "from app.bench.imports import child; child()"],
        input=json.dumps(asdict(task) | {"password": password}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Measured(**json.loads(done.stdout))


def _rows(what: str, goal: float, measure: Callable[[], Measured]) -> list[Row]:
    found = measure()
    return [
        _row(what, found.seconds, "s", f"≤ {goal:.0f} s", holds=found.seconds <= goal),
        _row(f"{what}: resident memory", found.megabytes, "MB", f"≤ {MEMORY_MB:.0f} MB",
             holds=found.megabytes <= MEMORY_MB),
        _row(f"{what}: rows a second", found.rows / found.seconds, "rows/s", None, holds=None),
    ]  # fmt: skip


def _row(what: str, value: float | None, unit: str, goal: str | None, *, holds: bool | None) -> Row:
    return {"what": what, "value": value, "unit": unit, "peer": None, "ratio": None, "goal": goal, "holds": holds}


def _absent(what: str, why: str) -> Row:
    return _row(f"{what}: not measured, {why}", None, "", None, holds=None)


@contextmanager
def neo4j_server(place: Path) -> Iterator[tuple[str, str, str] | None]:
    url = os.environ.get("ICRM_NEO4J_URL")
    if url:
        yield url, os.environ.get("ICRM_NEO4J_USER", "neo4j"), os.environ["ICRM_NEO4J_PASSWORD"]
        return
    home = place / "neo4j"
    library = Path(os.environ.get("ICRM_NEO4J_LIBRARY", ".icrm/neo4j-lib"))
    try:
        server = local_neo4j.start(home, library=library)
    except Misconfigured:
        yield None
        return
    try:
        yield server.url, server.user, server.password
    finally:
        local_neo4j.stop(home)
