"""Leases, commands and strangers at the control port; no engine needed."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.embedded.control import Control, ask, take_lease

SECRET = "s" * 32


@pytest.fixture
def control() -> Iterator[Control]:
    def load(place: str, report: Callable[[dict[str, Any]], None]) -> None:
        if place == "bad":
            raise ValueError("no such table")
        report({"what": place, "rows": 1})
        report({"done": True})

    server = Control(SECRET, idle_seconds=0.2, load=load)
    server.start()
    yield server
    server.stop()


def waits(control: Control) -> threading.Thread:
    thread = threading.Thread(target=control.wait, daemon=True)
    thread.start()
    return thread


def test_it_ends_when_nobody_ever_comes(control: Control) -> None:
    thread = waits(control)
    thread.join(2)
    assert not thread.is_alive()


def test_it_lives_as_long_as_one_lease(control: Control) -> None:
    thread = waits(control)
    leases = [take_lease(control.port, SECRET) for _ in range(2)]
    assert all(leases)
    for lease in leases:
        time.sleep(0.4)
        assert thread.is_alive()
        assert lease is not None
        lease.close()
    thread.join(2)
    assert not thread.is_alive()


def test_a_stranger_gets_no_lease_and_cannot_stop_it(control: Control) -> None:
    assert take_lease(control.port, "guess") is None
    assert list(ask(control.port, "guess", "stop")) == []
    lease = take_lease(control.port, SECRET)
    assert lease is not None
    lease.close()


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"\n", b"[]\n", b'{"secret": 1}\n', b"\xff" * 70_000 + b"\n"]
)
def test_noise_is_dropped(control: Control, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", control.port), timeout=3) as connection:
        connection.sendall(noise)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(10) == b""
    lease = take_lease(control.port, SECRET)
    assert lease is not None
    lease.close()


def test_stop_ends_it_whoever_holds_a_lease(control: Control) -> None:
    thread = waits(control)
    lease = take_lease(control.port, SECRET)
    assert list(ask(control.port, SECRET, "stop")) == [{"ok": True}]
    thread.join(2)
    assert not thread.is_alive()
    assert lease is not None
    lease.close()


def test_a_load_reports_its_steps_and_its_failure(control: Control) -> None:
    assert next(iter(ask(control.port, SECRET, "load", argument="Customer"))) == {"what": "Customer", "rows": 1}
    assert "no such table" in json.dumps(list(ask(control.port, SECRET, "load", argument="bad")))
