"""`icrm serve` as its users start it: a process of its own on a folder of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.embedded import embedded_status, stop_embedded

ROOT = Path(__file__).parents[3]
READY_S = 60.0  # two shared cores; kernels come from the cache


@dataclass(frozen=True, slots=True)
class Running:
    """A service; `client` knows its address."""

    client: httpx2.Client
    process: "subprocess.Popen[bytes]"
    graph: Path

    def server_pid(self) -> int:
        pid = embedded_status(self.graph).pid
        assert pid is not None
        return pid

    def kill_server(self) -> None:
        os.kill(self.server_pid(), signal.SIGKILL)

    def new_customer(self, name: str = "Ashgrove Timber", **fields: Any) -> httpx2.Response:
        return self.client.post("/api/v1/customers", json={"name": name, "vetting": 2} | fields)


def until(holds: Callable[[], bool], *, within: float) -> float:
    """Seconds until it held."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < within, f"not within {within} s"
        time.sleep(0.05)
    return time.monotonic() - started


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts services on one data folder; ends them all."""
    running: list[Running] = []
    graph = tmp_path / "graph"

    def start(**settings: Any) -> Running:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        chosen = {"graph_url": f"embedded:{graph}", "data_folder": tmp_path / "data", "port": port} | settings
        environment = {f"ICRM_{name.upper()}": str(value) for name, value in chosen.items()}
        process = subprocess.Popen(
            [sys.executable, "-c", "from app.cli import main; main()", "serve"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)
        running.append(Running(client, process, graph))
        until(lambda: _is_ready(running[-1]), within=READY_S)
        return running[-1]

    yield start
    for one in running:
        one.process.terminate()
        one.process.wait(20)
        one.client.close()
    stop_embedded(graph)


def _is_ready(service: Running) -> bool:
    assert service.process.poll() is None, "the service ended"
    with contextlib.suppress(httpx2.TransportError):
        return service.client.get("/readyz").status_code == 200
    return False
