"""Start or join the one server of a data folder, and hold a lease on it.

Whoever comes first starts the server, detached; others join it over its control port. It stops itself when no lease
has been held for the idle time. A killed server frees its lock, so the next user starts a new one.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import GraphUnreachable, Misconfigured, PlatformUnsupported
from app.embedded.control import ask, take_lease
from app.embedded.folder import USER, DataFolder, ServerCard, package_version
from app.embedded.locks import FileLock, is_held

IDLE_SECONDS = 30.0  # the server ends this long after its last user, unless ICRM_EMBEDDED_IDLE_SECONDS says other
_START_S = 60.0  # 0.3 s on an idle machine; recovery of a large WAL takes longer
_STOP_S = 30.0
_POLL_S = 0.02


class EmbeddedServer:
    """A user's hold on the server of a folder; close it to give the hold back (the server may live on)."""

    def __init__(self, folder: DataFolder, card: ServerCard, lease: socket.socket) -> None:
        self._folder = folder
        self._lease = lease
        lease.setblocking(False)
        self.pid = card.pid
        self.bolt_url = f"bolt://127.0.0.1:{card.bolt_port}"
        self.user = USER
        self.password = folder.password()
        self.log_file = folder.log

    def __repr__(self) -> str:
        return f"EmbeddedServer({self.bolt_url}, pid={self.pid})"

    def complaint(self) -> Misconfigured | None:
        """What this machine lacks, asked when the engine has failed inside."""
        return self._folder.full_disk()

    def has_ended(self) -> bool:
        """Whether the server has closed our lease, as it does when it stops and the system does when it is killed."""
        try:
            return self._lease.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:  # open and silent
            return False
        except OSError:
            return True

    def close(self) -> None:
        self._lease.close()

    def __enter__(self) -> "EmbeddedServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Of a server that is started now; whoever joins one takes it as it is."""

    memory: str = "2g"
    idle_seconds: float = IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class EmbeddedStatus:
    """`version`: of the installed engine, None where it does not run; `format`: version that wrote the folder."""

    running: bool
    pid: int | None
    version: str | None
    format: str | None
    size: int


def open_embedded(folder: Path, *, memory: str = "2g", idle_seconds: float = IDLE_SECONDS) -> EmbeddedServer:
    """Join the folder's server, or start it. `memory` caps a server that is started now.

    Raises PlatformUnsupported, WrongVersion, Misconfigured (folder not usable), GraphUnreachable (does not start).
    """
    package_version()
    place = DataFolder(folder.expanduser().resolve())
    place.claim()
    try:
        with FileLock(place.start_lock, timeout=_START_S):
            place.prepare()
            return _join(place) or _start(place, memory=memory, idle_seconds=idle_seconds)
    except TimeoutError as exc:
        raise GraphUnreachable(
            f"Another process has been starting the graph in {place.path} for {_START_S:.0f} s.",
            remedy=f"Look at {place.log}, or run `icrm stop` and try again.",
        ) from exc


def stop_embedded(folder: Path) -> bool:
    """Stop the folder's server, whoever uses it; False when none ran. Returns when its files are closed."""
    place = DataFolder(folder.expanduser().resolve())
    card = place.card()
    if card is None or not is_held(place.owner_lock):
        return False
    try:
        for _ in ask(card.control_port, place.password(), "stop"):
            pass
    except OSError:  # it went away in between
        pass
    if not _wait_for_owner(place, _STOP_S):
        raise GraphUnreachable(
            f"The graph server (process {card.pid}) does not stop.", remedy=f"Look at {place.log}; end that process."
        )
    return True


def embedded_status(folder: Path) -> EmbeddedStatus:
    place = DataFolder(folder.expanduser().resolve())
    card = place.card() if is_held(place.owner_lock) else None
    try:
        version: str | None = package_version()
    except PlatformUnsupported:
        version = None
    return EmbeddedStatus(
        running=card is not None,
        pid=card.pid if card else None,
        version=version,
        format=place.format(),
        size=place.size_bytes(),
    )


def _join(place: DataFolder) -> EmbeddedServer | None:
    card = place.card()
    if card is not None and is_held(place.owner_lock):
        lease = take_lease(card.control_port, place.password())
        if lease is not None:
            return EmbeddedServer(place, card, lease)
    # A server that is just stopping still holds the files.
    if not _wait_for_owner(place, _STOP_S):
        raise GraphUnreachable(
            f"The graph in {place.path} is held by a process that does not answer.",
            remedy=f"Look at {place.log}; end process {card.pid if card else '(unknown)'} and try again.",
        )
    return None


def _wait_for_owner(place: DataFolder, timeout: float) -> bool:
    end = time.monotonic() + timeout
    while is_held(place.owner_lock):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True


def _start(place: DataFolder, *, memory: str, idle_seconds: float) -> EmbeddedServer:
    place.card_file.unlink(missing_ok=True)
    place.rotate_log()
    bolt_port, http_port = free_ports(2)
    environment = {
        **os.environ,
        "ARCADEDB_NATIVE_ISOLATE_ARGS": f"-Xmx{memory}",  # default: half of the machine
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }
    numbers = [str(bolt_port), str(http_port), str(idle_seconds)]
    with place.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own module, no shell
            [sys.executable, "-m", "app.embedded.server", str(place.path), *numbers],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=place.path,
            start_new_session=True,  # it outlives the command that started it
        )
    threading.Thread(target=process.wait, daemon=True).start()  # reaped when it ends, however long we live
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        card = place.card()
        if card is not None and card.pid == process.pid:
            lease = take_lease(card.control_port, place.password())
            if lease is not None:
                return EmbeddedServer(place, card, lease)
        if process.poll() is not None:
            raise _start_failed(place)
        time.sleep(_POLL_S)
    process.kill()
    raise _start_failed(place)


def _start_failed(place: DataFolder) -> Misconfigured | GraphUnreachable:
    full = place.full_disk()
    if full is not None:
        return full
    text = place.log_tail(lines=200)
    if "libarcadedb" in text or "GLIBC" in text:
        return PlatformUnsupported(
            "The embedded graph's library does not load on this machine.",
            remedy="Use Neo4j: set ICRM_GRAPH_URL=neo4j://host:7687, or start one with `icrm neo4j start`.",
        )
    return GraphUnreachable(
        f"The embedded graph in {place.path} did not start.", remedy=f"Its log says why: {place.log}."
    )


def free_ports(count: int) -> list[int]:
    """Distinct free loopback ports. The engine opens no listener on port 0, so the choice is ours."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(taken.getsockname()[1]) for taken in sockets]
    finally:
        for taken in sockets:
            taken.close()
