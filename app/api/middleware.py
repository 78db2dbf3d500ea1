"""The async edge, outermost first: identity and access log, host check, receiving, admission and deadline.

Invariants: every answer has a request id and the security headers; a route's thread that outlives its deadline keeps
its place until it ends, so that no more than `max_requests` ever run; health never waits for a place.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.deps import Limits
from app.api.problems import answer

log = structlog.get_logger("icrm.access")
BODY = "icrm.body"  # where a route finds what has been received, without another copy
HEALTH = frozenset({"/healthz", "/readyz"})
_STREAMS = ("/events", "/value/export")  # as long as the reader likes, and no thread is held
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Our own pages load their script and style from here and nothing from anywhere else.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


def request_id(scope: Scope) -> str:
    return str(scope.get("icrm.request_id", ""))


class Identity:
    """Gives the request its id, logs it by route (never with query, body or key), turns a defect into a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["icrm.request_id"] = f"req_{secrets.token_hex(12)}"
        started = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id(scope)
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        except Exception as error:  # noqa: BLE001  the last net: a defect is answered as one and logged by its kind
            # No message and no local: both may hold input. The frames say where.
            log.error("defect", request_id=request_id(scope), kind=type(error).__name__, at=_frames(error))
            if status == 0:
                await answer("internal", request_id(scope))(scope, receive, send_marked)
        finally:
            log.info(
                "request",
                request_id=request_id(scope),
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=_template(scope),
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )


def _template(scope: Scope) -> str:
    """The route's path with its parameters' names; a path that no route has may hold anything and is not logged."""
    route = getattr(scope.get("route"), "path", None)
    prefix = "/api/v1" if scope["path"].startswith("/api/v1/") else ""
    return "unknown" if route is None else prefix + route


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _frames(error: BaseException) -> list[str]:
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-8:]


class HostCheck:
    """Against DNS rebinding: while we listen on loopback, only loopback's own names are served."""

    def __init__(self, app: ASGIApp, *, loopback: bool) -> None:
        self.app = app
        self.loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.loopback:
            host = Headers(scope=scope).get("host", "").lower()
            name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
            if name not in LOOPBACK_NAMES:
                await answer("wrong-host", request_id(scope))(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Edge:
    """Receives the body within its limits, then runs the route within the deadline in one of `max_requests` places."""

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.running = 0
        self.streams = 0
        self.buffered = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self.app(scope, receive, send)
        elif scope["path"].endswith(_STREAMS):
            await self._stream(scope, receive, send)
        elif _is_upload(scope):
            await self._upload(scope, receive, send)
        else:
            await self._online(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.streams >= self.limits.max_streams:
            await answer("overloaded", request_id(scope))(scope, receive, send)
            return
        self.streams += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.streams -= 1

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Files are spooled to disk as they come: no deadline over all, one for each silence, a limit of its own."""
        if self.running >= self.limits.max_requests:
            await answer("overloaded", request_id(scope))(scope, receive, send)
            return
        self.running += 1
        guard = _Guard(receive, self.limits)
        sender = _Once(send)
        try:
            if _announced(scope) > self.limits.max_import_bytes:
                raise _Refused("too-large")
            await self.app(scope, guard.receive, sender)
        except _Refused as refused:
            if not sender.started:
                await answer(refused.name, request_id(scope))(scope, receive, send)
        finally:
            self.running -= 1

    async def _online(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._body(scope, receive)
        except _Refused as refused:
            await answer(refused.name, request_id(scope))(scope, receive, send)
            return
        try:
            if self.running >= self.limits.max_requests:
                await answer("overloaded", request_id(scope))(scope, receive, send)
                return
            scope[BODY] = body
            await self._within_deadline(scope, _replay(body, receive), send)
        finally:
            self.buffered -= len(body)

    async def _within_deadline(self, scope: Scope, receive: Receive, send: Send) -> None:
        once = _Once(send)
        self.running += 1
        task = asyncio.create_task(self._run(scope, receive, once))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=self.limits.deadline_seconds)
        if task in done:
            task.result()
        elif once.started:
            await task
        else:
            once.closed = True
            await answer("deadline", request_id(scope))(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, once: "_Once") -> None:
        try:
            await self.app(scope, receive, once)
        except Exception as error:
            if not once.closed:
                raise
            log.error("defect", request_id=request_id(scope), kind=type(error).__name__, at=_frames(error))
        finally:
            self.running -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if _announced(scope) > self.limits.max_body_bytes:
            raise _Refused("too-large")
        kept = BytesIO()  # gives its value without a copy, where joining parts would hold all twice
        size = 0
        try:
            async with asyncio.timeout(self.limits.receive_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Refused("malformed")
                    part = message.get("body", b"")
                    size += len(part)
                    self.buffered += len(part)
                    kept.write(part)
                    if size > self.limits.max_body_bytes:
                        raise _Refused("too-large")
                    if self.buffered > self.limits.max_buffered_bytes:
                        raise _Refused("overloaded")
                    if not message.get("more_body", False):
                        return kept.getvalue()
        except TimeoutError as error:
            self.buffered -= size
            raise _Refused("receive-timeout") from error
        except BaseException:  # a cancelled request gives its bytes back too
            self.buffered -= size
            raise


class _Refused(BaseException):
    """Not an Exception: FastAPI turns those that a receive raises into its own 400."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Once:
    """A `send` that falls silent once the deadline's answer has gone out."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False
        self.closed = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if self.closed:
            return
        self.started = True
        await self.send(message)


class _Guard:
    """A `receive` that counts bytes and does not wait for ever."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self.inner = receive
        self.limits = limits
        self.size = 0
        self.ended = False

    async def receive(self) -> Message:
        if self.ended:
            return await self.inner()
        try:
            async with asyncio.timeout(self.limits.receive_seconds):
                message = await self.inner()
        except TimeoutError as error:
            raise _Refused("receive-timeout") from error
        self.size += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self.size > self.limits.max_import_bytes:
            raise _Refused("too-large")
        return message


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _announced(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _is_upload(scope: Scope) -> bool:
    kind = Headers(scope=scope).get("content-type", "").lower()
    return scope["method"] == "POST" and scope["path"] == "/api/v1/imports" and kind.startswith("multipart/form-data")
