"""How fast `POST /suggestions` answers over 100 k customers on the embedded graph, and how fast the service starts.

One worker, one client on loopback that keeps its connection, one request at a time. The data folder is made once in the
user's cache folder and used again; loading and the first snapshot are not timed.
"""

import http.client
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import seed
from app.bootstrap import open_app
from app.domain.access import OPERATOR_CLI
from app.domain.need import NeedStatus
from app.embedded import stop_embedded
from app.ports.outside import silent
from app.ports.store import PageOf
from app.settings import Settings
from app.store.bulk import load_portfolio

GOAL_P50_MS, GOAL_P99_MS, GOAL_START_S = 20.0, 60.0, 3.0
WARMING = 100  # requests before the clock: first use of each page of the snapshot, of pools and plans
LONGEST_START_S = 120.0
NEEDS = 500  # different ones, in turn
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one size's data lies."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(graph_url=f"embedded:{self.folder / 'graph'}", data_folder=self.folder)

    @property
    def ready(self) -> Path:
        return self.folder / "needs.json"


def run(*, customers: int = 100_000, requests: int = 2_000) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds} of one run."""
    place = _Place(_cache() / f"bench-suggest-{customers}")
    _load(place, customers)
    need_ids = json.loads(place.ready.read_text(encoding="utf-8"))
    port = _free_port()
    with _service(place, port) as started:
        took, found = _ask(port, need_ids, requests)
        memory = _resident_megabytes(started.process.pid)
    p50, p99 = statistics.median(took), float(np.percentile(took, 99))
    what = f"POST /suggestions, one need, {customers:,} customers"
    return [
        _row(f"{what}: p50", p50, "ms", goal=f"≤ {GOAL_P50_MS:.0f} ms", holds=p50 <= GOAL_P50_MS),
        _row(f"{what}: p99", p99, "ms", goal=f"≤ {GOAL_P99_MS:.0f} ms", holds=p99 <= GOAL_P99_MS),
        _row("requests with a suggestion", found / requests, "share", goal="> 0.5", holds=found > requests / 2),
        _row(
            "service start", started.seconds, "s", goal=f"≤ {GOAL_START_S:.0f} s", holds=started.seconds <= GOAL_START_S
        ),
        _row("resident memory of the service", memory, "MB"),
    ]


@dataclass(frozen=True, slots=True)
class _Started:
    process: subprocess.Popen[bytes]
    seconds: float


def _row(what: str, value: float, unit: str, *, goal: str | None = None, holds: bool | None = None) -> Row:
    return {"what": what, "value": value, "unit": unit, "peer": None, "ratio": None, "goal": goal, "holds": holds}


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "icrm"


def _load(place: _Place, customers: int) -> None:
    """The synthetic portfolio in bulk and the ids of open needs, once; a snapshot where there is none of this graph."""
    place.folder.mkdir(parents=True, exist_ok=True)
    graph = place.folder / "graph"
    if not graph.exists():
        load_portfolio(graph, seed.synthetic_batches(customers))
    with open_app(place.settings) as app:
        app.analytics.refresh(silent)
        if place.ready.exists():
            return
        found: list[str] = []
        while len(found) < NEEDS:
            at = PageOf(found[-1] if found else None, 200)
            page = app.store.read(OPERATOR_CLI, lambda tx, at=at: tx.needs.page(at, status=NeedStatus.OPEN))  # type: ignore[misc]
            found += [need.id for need in page]
            if len(page) < 200:
                break
    place.ready.write_text(json.dumps(found[:NEEDS]), encoding="utf-8")


@contextmanager
def _service(place: _Place, port: int) -> Iterator[_Started]:
    """`icrm serve` as users start it; the graph's server is stopped before, so that its start counts."""
    stop_embedded(place.folder / "graph")
    environment = os.environ | {
        "ICRM_GRAPH_URL": place.settings.graph_url,
        "ICRM_DATA_FOLDER": str(place.folder),
        "ICRM_PORT": str(port),
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, port)
        yield _Started(process, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(timeout=30)
        stop_embedded(place.folder / "graph")


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:  # not listening yet
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise RuntimeError("The service of the bench did not become ready.")


def _ask(port: int, need_ids: list[str], requests: int) -> tuple[list[float], int]:
    """Milliseconds of each request, and how many got a suggestion."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took: list[float] = []
    found = 0
    for number in range(WARMING + requests):
        body = json.dumps({"queries": {"q": {"need_id": need_ids[number % len(need_ids)]}}})
        began = time.perf_counter()
        connection.request("POST", "/api/v1/suggestions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:  # a refusal is fast and says nothing
            raise RuntimeError(f"The service of the bench answered {answer.status}.")
        if number >= WARMING:
            took.append((time.perf_counter() - began) * 1e3)
            found += b'"rank":1' in content.replace(b" ", b"")
    connection.close()
    return took, found


def _resident_megabytes(pid: int) -> float:
    if platform.system() != "Linux":
        return 0.0
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
