"""Over a real socket: a dead engine, a slow one, too many requests, bodies that are too large or too slow."""

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import uvicorn

from app.api.app import create_app
from app.api.deps import Limits
from app.bootstrap import App
from app.embedded import open_embedded
from app.service import Service
from app.store.connect import open_graph
from app.store.store import GraphStore
from tests.api.network import FaultProxy, listening

ASK = "/api/v1/customers?limit=1"


@pytest.fixture
def proxy(opened: App) -> Iterator[FaultProxy]:
    with open_embedded(Path(opened.settings.graph_url.removeprefix("embedded:"))) as server:
        parts = urlsplit(server.bolt_url)
        proxy = FaultProxy(str(parts.hostname), int(parts.port or 0))
        try:
            yield proxy
        finally:
            proxy.close()


@pytest.fixture
def behind(opened: App, proxy: FaultProxy) -> Iterator[Callable[..., App]]:
    """The application with its graph behind the proxy."""
    runners = []

    def make(**changes: Any) -> App:
        with open_embedded(Path(opened.settings.graph_url.removeprefix("embedded:"))) as server:
            runner = open_graph(f"bolt://127.0.0.1:{proxy.port}", user=server.user, password=server.password)
        runners.append(runner)
        settings = opened.settings.model_copy(update={"deadline_seconds": 2.0} | changes)
        return replace(opened, settings=settings, store=GraphStore(runner), runner=runner)

    yield make
    proxy.close()
    for runner in runners:
        runner.close()


CLIENT = httpx2.Client(timeout=10, limits=httpx2.Limits(max_connections=100))  # making one takes longer than asking


def timed(url: str) -> tuple[int, float, httpx2.Response]:
    started = time.perf_counter()
    answer = CLIENT.get(url)
    return answer.status_code, time.perf_counter() - started, answer


def test_a_dead_engine_gives_a_fast_clear_answer_and_recovers(behind: Any, proxy: FaultProxy) -> None:
    with listening(Service(behind()).server()) as url:
        assert timed(url + ASK)[0] == 200
        proxy.flowing.clear()
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(timed, [url + ASK] * 12))
            health = timed(f"{url}/healthz")
            ready = timed(f"{url}/readyz")
        assert {status for status, _, _ in answers} == {503}
        assert max(seconds for _, seconds, _ in answers) <= 2.5
        assert all(answer.headers["Retry-After"] for _, _, answer in answers)
        assert (health[0], health[1] < 0.5) == (200, True)
        assert (ready[0], ready[1] < 2.5) == (503, True)
        assert [check["ok"] for check in ready[2].json()["checks"]] == [False]
        proxy.flowing.set()
        ends = time.monotonic() + 15
        while timed(url + ASK)[0] != 200:
            assert time.monotonic() < ends, "the service has not recovered"
            time.sleep(0.2)


def test_the_deadline_is_the_edges_own_and_a_repeat_finds_what_was_done(behind: Any, proxy: FaultProxy) -> None:
    with listening(Service(behind(deadline_seconds=0.3)).server()) as url:
        timed(url + ASK)
        proxy.delay = 0.2  # each round trip; the store would wait for two seconds
        mark = secrets.token_hex(8)
        started = time.perf_counter()

        def create() -> httpx2.Response:
            return CLIENT.post(f"{url}/api/v1/customers", json={"name": mark}, headers={"Idempotency-Key": mark})

        late = create()
        assert (late.status_code, late.json()["type"]) == (503, "urn:icrm:problem:deadline")
        assert time.perf_counter() - started < 0.3 + 0.7
        proxy.delay = 0.0
        ends = time.monotonic() + 10
        while (answer := create()).status_code != 201:
            assert answer.status_code in (409, 503)
            assert time.monotonic() < ends
            time.sleep(0.1)
        assert create().json() == answer.json()
        found = CLIENT.get(f"{url}/api/v1/customers", params={"search": mark}).json()["data"]
        assert [row["id"] for row in found] == [answer.json()["id"]]


def test_a_refusing_engine_gives_503_at_once(behind: Any, proxy: FaultProxy) -> None:
    with listening(Service(behind()).server()) as url:
        proxy.refuse()
        status, seconds, answer = timed(url + ASK)
        assert (status, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert seconds <= 2.5
        assert "127.0.0.1" not in answer.text


def test_too_many_requests_are_shed_while_health_answers(behind: Any, proxy: FaultProxy) -> None:
    with listening(Service(behind(max_requests=4)).server()) as url:
        timed(url + ASK)
        proxy.delay = 0.15
        with ThreadPoolExecutor(48) as pool:
            asked = [pool.submit(timed, url + ASK) for _ in range(40)]
            healthy = [pool.submit(timed, f"{url}/healthz") for _ in range(8)]
            answers = [one.result() for one in asked]
            health = [one.result() for one in healthy]
        statuses = [status for status, _, _ in answers]
        assert set(statuses) == {200, 503}
        assert statuses.count(200) >= 4
        shed = next(answer for status, _, answer in answers if status == 503)
        assert shed.json()["type"] == "urn:icrm:problem:overloaded"
        assert shed.headers["Retry-After"] == "1"
        assert {status for status, _, _ in health} == {200}
        proxy.delay = 0.0
        time.sleep(0.7)
        assert timed(url + ASK)[0] == 200  # every place was given back


@pytest.fixture
def small(opened: App) -> Iterator[str]:
    """A service whose limits are small enough to meet: 4 KiB, half a second to receive."""
    service = Service(opened)
    limits = Limits(max_body_bytes=4096, max_import_bytes=16384, receive_seconds=0.5, max_buffered_bytes=6000)
    api = create_app(replace(service.services, limits=limits))
    with listening(uvicorn.Server(uvicorn.Config(api, log_config=None, access_log=False))) as url:
        yield url


def converse(url: str, *parts: bytes, pause: float = 0.0) -> bytes:
    """Sends the parts one by one and reads until the end, whatever happens to the connection."""
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=10) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        except OSError:
            pass  # the server has answered and hung up
        answer = b""
        try:
            while data := connection.recv(65536):
                answer += data
        except OSError:
            pass
    return answer


HEAD = b"POST /api/v1/customers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
UPLOAD = (
    b"POST /api/v1/imports HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\n"
)


def test_a_body_that_is_too_large_is_refused_before_and_while_it_arrives(small: str) -> None:
    announced = converse(small, HEAD + b"Content-Length: 314572800\r\n\r\n", b"{")
    assert announced.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in announced
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"
    streamed = converse(small, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *([chunk] * 8))
    assert streamed.startswith(b"HTTP/1.1 413")
    assert b"urn:icrm:problem:too-large" in streamed


def test_an_upload_has_a_limit_of_its_own(small: str) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    chunks = [b"1000\r\n" + b"x" * 4096 + b"\r\n"] * 6
    first = f"{len(head):x}\r\n".encode() + head + b"\r\n"
    streamed = converse(small, UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n", first, *chunks)
    assert streamed.startswith(b"HTTP/1.1 413"), streamed[:200]
    assert converse(small, UPLOAD + b"Content-Length: 99999\r\n\r\n", head).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("head", [HEAD, UPLOAD])
def test_a_body_that_does_not_arrive_is_not_waited_for(small: str, head: bytes) -> None:
    started = time.perf_counter()
    answer = converse(small, head + b"Content-Length: 100\r\n\r\n", b"-")
    assert answer.startswith(b"HTTP/1.1 408"), answer[:200]
    assert time.perf_counter() - started < 2


def test_bodies_that_arrive_together_share_a_budget(small: str) -> None:
    slow = [HEAD + b"Content-Length: 4000\r\n\r\n", b"{" + b" " * 3000]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: converse(small, *slow), range(6)))
    assert {answer[9:12] for answer in answers} == {b"503", b"408"}
    assert httpx2.post(f"{small}/api/v1/suggestions", json={"queries": {}}).status_code == 422  # all was given back


def test_an_answer_waits_for_no_timer(opened: App) -> None:
    """With Nagle's algorithm on, each answer on a kept connection takes 40 ms more."""
    with listening(Service(opened).server()) as url:
        times = sorted(timed(f"{url}/healthz")[1] for _ in range(41))
    assert times[20] < 0.03


def test_garbage_gives_no_5xx(small: str) -> None:
    for junk in (b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50, b"GET " + b"a" * 70_000):
        assert not converse(small, junk + b"\r\n\r\n").startswith(b"HTTP/1.1 5")
