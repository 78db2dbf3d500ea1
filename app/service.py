"""From an open application to the running service: what the API is given, the job runner beside it, the server."""

import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

import cypher
from app.api.app import create_app
from app.api.deps import Check, Limits, Services
from app.bootstrap import App
from app.domain.errors import IcrmError
from app.freshness import SnapshotKeeper
from app.handlers import job_handlers, upload_folder
from app.jobs import JobRunner, store_clock
from app.post import receiver_of
from app.settings import AnalyticsEngine
from app.store.gds_version import gds_version
from app.store.migrations import schema_version

DRAIN_S = 5  # more than the deadline: every request that was accepted is answered
KEEP_ALIVE_S = 15
LARGEST_HEAD = 64 * 1024  # bytes of request line and headers
BACKLOG = 512


class Service:
    """`draining` is set by the first signal: readiness goes off and event streams end, so that the server can stop."""

    def __init__(self, app: App, *, at_end: Callable[[], None] = lambda: None) -> None:
        # It warns of each malformed upload, so a hostile client could fill the log.
        logging.getLogger("python_multipart").setLevel(logging.ERROR)
        self.app = app
        self.at_end = at_end
        self.draining = threading.Event()
        self.jobs = JobRunner(app.store, job_handlers(app), store_clock(app.store))
        settings = app.settings
        self.snapshots = SnapshotKeeper(app.analytics, every=settings.snapshot_refresh_seconds)
        self.services = Services(
            store=app.store,
            analytics=app.analytics,
            rankers=app.rankers,
            clock=app.clock,
            new_id=app.new_id,
            auth=settings.auth,
            host=settings.host,
            upload_folder=upload_folder(app),
            limits=Limits(
                deadline_seconds=settings.deadline_seconds,
                max_requests=settings.max_requests,
                max_body_bytes=settings.max_body_bytes,
                max_import_bytes=settings.max_import_bytes,
                max_buffered_bytes=max(Limits.max_buffered_bytes, 2 * settings.max_body_bytes),
            ),
            ready=self.ready,
            wake=self.jobs.wake,
            draining=self.draining.is_set,
            parameters=app.parameters,
            trail=app.trail,
            post=app.post,
            receiver=receiver_of(settings),
            policy=app.policy,
            record_needs=settings.record_suggestions,
        )
        self.api: FastAPI = create_app(self.services, self._background)

    def ready(self) -> list[Check]:
        """Engine, schema, and GDS where it is configured; what follows a failure is not asked."""
        try:
            self.app.runner.ping()
        except IcrmError as error:
            return [Check("engine", ok=False, detail=error.message)]
        checks = [Check("engine", ok=True, detail="It answers."), self._schema()]
        if self.app.settings.analytics is AnalyticsEngine.GDS:
            checks.append(self._gds())
        return checks

    def _schema(self) -> Check:
        found, published = schema_version(self.app.runner), cypher.schema().version
        return Check("schema", ok=found == published, detail=f"Version {found}; this icrm needs {published}.")

    def _gds(self) -> Check:
        try:
            version = gds_version(self.app.runner)
        except IcrmError as error:
            return Check("gds", ok=False, detail=error.message)
        if version is None:
            return Check("gds", ok=False, detail="The server has no Graph Data Science; see icrm doctor.")
        return Check("gds", ok=True, detail=f"Version {version}.")

    def server(self) -> uvicorn.Server:
        config = uvicorn.Config(
            self.api,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=DRAIN_S,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            ws="none",
        )
        return _Server(config, self.draining)

    @asynccontextmanager
    async def _background(self) -> AsyncIterator[None]:
        self.jobs.start()
        self.snapshots.start()
        try:
            yield
        finally:
            self.draining.set()
            await anyio.to_thread.run_sync(self.snapshots.stop)
            await anyio.to_thread.run_sync(self.jobs.stop)
            self.at_end()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, draining: threading.Event) -> None:
        super().__init__(config)
        self._draining = draining

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # asyncio spares accepted sockets Nagle's wait for 40 ms only where the listener names its protocol.
        for listener in sockets or ():
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._draining.set()
        super().handle_exit(sig, frame)
