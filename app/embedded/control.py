"""The server's control port on loopback: leases and commands, one line each, opened by the folder's password.

`lease` keeps the connection open: the server lives as long as one is. `stop` ends it. `load FOLDER` runs a bulk load
and answers one line per step. Every answer is a JSON object.
"""

import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

_CONNECT_S = 2.0  # loopback; a server that does not answer in this time hangs
_LINE = 65_536
Loader = Callable[[str, Callable[[dict[str, Any]], None]], None]


def ask(port: int, secret: str, command: str, *, argument: str = "") -> Iterator[dict[str, Any]]:
    """Answers of the server, line by line; OSError when there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_S) as connection:
        _send(connection, {"secret": secret, "command": command, "argument": argument})
        connection.settimeout(None)
        with connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def take_lease(port: int, secret: str) -> socket.socket | None:
    """An open lease, or None when there is no server of ours that takes one."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_S)
    except OSError:
        return None
    try:
        _send(connection, {"secret": secret, "command": "lease", "argument": ""})
        if connection.recv(64).startswith(b'{"ok": true'):
            return connection
    except OSError:
        pass
    connection.close()
    return None


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


class Control:
    """The server's side. `wait()` returns when the server has to stop."""

    def __init__(self, secret: str, *, idle_seconds: float, load: Loader) -> None:
        self._secret = secret
        self._idle_seconds = idle_seconds
        self._load = load
        self._changed = threading.Condition()
        self._users = 0
        self._stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self, *_: object) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def wait(self) -> None:
        """Until a stop is asked for or nobody has held a lease for the idle time."""
        with self._changed:
            while not self._stopping:
                if self._users:
                    self._changed.wait(1.0)
                    continue
                end = time.monotonic() + self._idle_seconds
                while not (self._stopping or self._users) and time.monotonic() < end:
                    self._changed.wait(max(0.0, end - time.monotonic()))
                if not self._users:
                    self._stopping = True
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed: the server stops
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                connection.settimeout(_CONNECT_S)
                message = json.loads(lines.readline(_LINE))
                if not hmac.compare_digest(str(message["secret"]), self._secret):
                    return
                connection.settimeout(None)
                if message["command"] == "stop":
                    self.stop()
                    _send(connection, {"ok": True})
                elif self._enter():
                    try:
                        self._run(connection, message)
                    finally:
                        self._leave()
        except (OSError, ValueError, KeyError, TypeError):  # a stranger, or a user that died
            return

    def _run(self, connection: socket.socket, message: dict[str, Any]) -> None:
        if message["command"] == "lease":
            _send(connection, {"ok": True})
            while connection.recv(64):
                pass
        elif message["command"] == "load":
            try:
                self._load(str(message["argument"]), lambda step: _send(connection, step))
            except OSError:
                raise
            except Exception as exc:  # noqa: BLE001  the engine's errors have no common class; the parent reports it
                _send(connection, {"error": f"{type(exc).__name__}: {exc}"})

    def _enter(self) -> bool:
        with self._changed:
            if self._stopping:
                return False
            self._users += 1
            return True

    def _leave(self) -> None:
        with self._changed:
            self._users -= 1
            self._changed.notify_all()
