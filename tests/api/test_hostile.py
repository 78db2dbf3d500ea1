"""Hostile bodies against the service as a process of its own: no 5xx, and memory stays where it was (P12)."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from app.bootstrap import App
from tests.api.test_edge import HEAD, UPLOAD, converse

MEBIBYTE = 2**20
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Process:
    url: str
    pid: int

    def peak(self) -> int:
        """Bytes of resident memory at most so far."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) * 1024


@pytest.fixture
def process(opened: App, tmp_path: Path) -> Iterator[Process]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # No snapshots meanwhile: the first loads the kernels, 100 MB that no body has eaten.
    quiet = {"SNAPSHOT_REFRESH_SECONDS": "0"}
    settings = quiet | {"GRAPH_URL": opened.settings.graph_url, "DATA_FOLDER": str(tmp_path), "PORT": str(port)}
    environment = os.environ | {f"ICRM_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as child:
        url = f"http://127.0.0.1:{port}"
        ends = time.monotonic() + 60
        while not _ready(url):
            assert time.monotonic() < ends
            assert child.poll() is None
            time.sleep(0.1)
        yield Process(url, child.pid)
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) in (0, -signal.SIGTERM)


def _ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def json_body(content: bytes) -> bytes:
    return HEAD + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


def fields(count: int) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nnative\r\n'
    content = part * count + b"--b--\r\n"
    return UPLOAD + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_hostile_bodies_give_no_5xx_and_eat_no_memory(process: Process) -> None:
    chunk = b"100000\r\n" + b" " * MEBIBYTE + b"\r\n"
    largest = 8 * MEBIBYTE - 16
    attacks = [
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *([chunk] * 64)),
        (HEAD + b"Content-Length: 314572800\r\n\r\n", *([b" " * MEBIBYTE] * 32)),
        (json_body(b"[" * largest),),
        (json_body(b'{"name": [' + b"{}," * (largest // 4) + b"1]}"),),
        (json_body(b"[" + b"1," * (largest // 2 - 10) + b"1]"),),
        (json_body(b'{"name": "' + b"\\ud800" * (largest // 7) + b'"}'),),
        (json_body(b'{"' + secrets.token_bytes(1000) + b'": 1}'),),
        (json_body(b"9" * 1_000_000),),
        (fields(20_000),),
        (UPLOAD + b"Content-Length: 1000000\r\n\r\n", b"--b\r\n" + b"X" * 900_000),
        (b"POST /api/v1/customers HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 2_000_000,),
    ]
    httpx2.post(f"{process.url}/api/v1/customers", json={"name": "an ordinary one"})
    before = process.peak()
    statuses: list[bytes] = []
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(lambda parts: converse(process.url, *parts), attacks * 4):
            statuses.append(answer[9:12])
    assert {status for status in statuses if status.startswith(b"5")} <= {b"503"}
    assert b"413" in statuses
    assert process.peak() - before <= 64 * MEBIBYTE
    assert httpx2.get(f"{process.url}/healthz").status_code == 200
