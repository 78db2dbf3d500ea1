"""Dead, silent and killed engines; the embedded server's life."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.adapters import local_neo4j
from app.domain.errors import (
    GraphUnreachable,
    IcrmError,
    Misconfigured,
    PlatformUnsupported,
    TimedOut,
    Unavailable,
    WrongVersion,
)
from app.embedded import embedded_status, open_embedded, stop_embedded
from app.store.connect import open_graph
from app.store.migrations import migrate
from app.store.runner import GraphRunner
from tests.contract.test_runner import CREATE, write_query
from tests.engines import Engine

P9_S = 2.5


@contextmanager
def silent_server() -> Iterator[int]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


class Proxy:
    """Passes bytes on until it is frozen; then it keeps the connections and passes nothing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        self._open.clear()

    def close(self) -> None:
        self._open.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._port))
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self._open.wait()
                target.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            target.close()


def seconds_until_error(runner: GraphRunner, kind: type[IcrmError]) -> float:
    start = time.monotonic()
    with pytest.raises(kind):
        runner.ping()
    return time.monotonic() - start


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_dead_server_is_reported_in_time(scheme: str) -> None:
    with open_graph(f"{scheme}://127.0.0.1:1", password="x") as runner:
        assert seconds_until_error(runner, GraphUnreachable) < P9_S


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_silent_server_is_reported_in_time(scheme: str) -> None:
    with silent_server() as port, open_graph(f"{scheme}://127.0.0.1:{port}", password="x") as runner:
        assert seconds_until_error(runner, Unavailable) < P9_S


def test_a_server_that_falls_silent_is_reported_in_time(engine: Engine) -> None:
    with engine.open() as direct:
        port = direct.driver.get_server_info().address[1]
        proxy = Proxy(port)
        user, password = _sign_in(engine)
        with open_graph(f"bolt://127.0.0.1:{proxy.port}", user=user, password=password) as runner:
            runner.ping()
            proxy.freeze()
            assert seconds_until_error(runner, TimedOut) < P9_S
            start = time.monotonic()
            with pytest.raises(Unavailable):
                runner.write(lambda tx: tx.run(CREATE, id="cus_silent"))
            assert time.monotonic() - start < P9_S
            proxy.close()


def test_a_url_never_carries_a_password() -> None:
    with pytest.raises(Misconfigured) as caught:
        open_graph("bolt://neo4j:hunter2@127.0.0.1:7687", password="x")
    assert "hunter2" not in str(caught.value)


def test_the_server_stops_after_its_last_lease(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    first = open_embedded(folder, idle_seconds=0.3)
    second = open_embedded(folder)
    assert first.pid == second.pid
    first.close()
    time.sleep(0.8)
    assert embedded_status(folder).running
    second.close()
    assert _stops_within(folder, 3.0)


def test_stop_ends_it_and_reports_whether_one_ran(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    with open_embedded(folder):
        assert stop_embedded(folder)
        assert not stop_embedded(folder)
    assert not embedded_status(folder).running


def test_the_password_is_for_its_owner_only(tmp_path: Path) -> None:
    with open_embedded(tmp_path / "graph", idle_seconds=0.1) as server:
        assert (tmp_path / "graph" / "password").stat().st_mode & 0o777 == 0o600
        assert server.password not in repr(server)
        assert server.password not in Path(f"/proc/{server.pid}/cmdline").read_text()


def test_a_killed_server_is_started_again_and_lost_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    acknowledged: list[str] = []
    end = threading.Event()
    pids: set[int | None] = set()
    try:
        with open_graph(f"embedded:{folder}") as runner:
            migrate(runner)
            threads = [threading.Thread(target=_write, args=(runner, str(t), acknowledged, end)) for t in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(3):
                time.sleep(1.0)
                reached = len(acknowledged)
                pids.add(pid := embedded_status(folder).pid)
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
                assert _grows(acknowledged, beyond=reached + 20, within=15.0)
            end.set()
            for thread in threads:
                thread.join()
            assert len(pids) == 3
        with open_graph(f"embedded:{folder}") as runner:
            ids = write_query("MATCH (c:Customer) RETURN c.id AS id")
            stored = {row["id"] for row in runner.write(lambda tx: tx.run(ids))}
        assert len(acknowledged) > 100
        assert not set(acknowledged) - stored
    finally:
        stop_embedded(folder)


def test_processes_share_one_server(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    program = (
        "import sys, pathlib; from app.embedded import open_embedded\n"
        "with open_embedded(pathlib.Path(sys.argv[1]), idle_seconds=5) as s: print(s.pid); sys.stdin.read()"
    )
    users = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    pids = {user.stdout.readline() for user in users if user.stdout}
    for user in users:
        user.communicate("")
    assert len(pids) == 1
    assert stop_embedded(folder)


def test_a_folder_of_another_version_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    folder.mkdir()
    (folder / "format.json").write_text('{"engine": "arcadedb", "version": "1.0"}')
    with pytest.raises(WrongVersion, match="export"):
        open_embedded(folder)


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Misconfigured, match="other files"):
        open_embedded(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def _write(runner: GraphRunner, prefix: str, acknowledged: list[str], end: threading.Event) -> None:
    number = 0
    while not end.is_set():
        number += 1
        key = f"{prefix}_{number}"
        try:
            runner.write(lambda tx, key=key: tx.run(CREATE, id=key))  # type: ignore[misc]
        except Unavailable:  # broken during the commit, or the new server takes long
            continue
        acknowledged.append(key)


def _grows(acknowledged: list[str], *, beyond: int, within: float) -> bool:
    ends = time.monotonic() + within
    while len(acknowledged) <= beyond and time.monotonic() < ends:
        time.sleep(0.02)
    return len(acknowledged) > beyond


def _stops_within(folder: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while embedded_status(folder).running and time.monotonic() < end:
        time.sleep(0.05)
    return not embedded_status(folder).running


def _sign_in(engine: Engine) -> tuple[str, str]:
    if engine.name == "neo4j":
        return str(engine.user), str(engine.password)
    folder = Path(engine.url.removeprefix("embedded:"))
    return "root", (folder / "password").read_text()


def test_the_local_neo4j_stops_only_what_it_started(tmp_path: Path) -> None:
    home = tmp_path.resolve() / "neo4j"
    home.mkdir()
    assert not local_neo4j.stop(home)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (home / "server.json").write_text(f'{{"url": "bolt://127.0.0.1:1", "pid": {stranger.pid}}}')
        assert not local_neo4j.status(home).running
        assert not local_neo4j.stop(home)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_without_java_or_maven_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(PlatformUnsupported, match="Java 17"):
        local_neo4j.start(tmp_path / "neo4j")
    assert not list(tmp_path.iterdir())
