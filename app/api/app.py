"""The HTTP API put together: routes, errors, the async edge, the document."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from app.api.deps import Limits, Services
from app.api.document import describe, known_names
from app.api.middleware import Edge, HostCheck, Identity
from app.api.problems import on_domain_error, on_http_error, on_invalid
from app.api.routers import (
    answers,
    assignments,
    communities,
    contact,
    customers,
    decisions,
    disputes,
    finance,
    imports,
    inbound,
    introductions,
    jobs,
    metrics,
    outbox,
    pages,
    paths,
    policy,
    programme,
    rankers,
    records,
    service,
    suggestions,
    value,
)
from app.domain.address import is_loopback
from app.domain.errors import IcrmError

SPARE_THREADS = 8  # event streams and readiness look at the graph beside the requests

Background = Callable[[], AbstractAsyncContextManager[None]]
"""What runs beside the requests while the service is up, such as the job runner."""


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    yield


def assemble(*, limits: Limits, loopback: bool, background: Background = nothing) -> FastAPI:
    """The application without its services: enough for its document."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = limits.max_requests + SPARE_THREADS
        async with background():
            yield

    app = FastAPI(
        title="icrm",
        version="1",
        description="Inter-customer relationship management: specific, explained introductions between customers.",
        docs_url=None,  # FastAPI's page loads its script from a CDN; ours is served from the package
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        middleware=[
            Middleware(Identity),
            Middleware(HostCheck, loopback=loopback),
            Middleware(Edge, limits=limits),
        ],
        exception_handlers={
            IcrmError: on_domain_error,
            HTTPException: on_http_error,
            RequestValidationError: on_invalid,
        },
    )
    api = APIRouter(prefix="/api/v1")
    for module in (
        *(suggestions, decisions, customers, records, introductions, disputes, contact, inbound, policy, paths),
        *(assignments, communities, finance, value, programme, rankers, imports, jobs, outbox, metrics, service),
    ):
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(pages.health)
    app.include_router(pages.pages)
    app.include_router(answers.router)
    app.state.readiness = pages.readiness_limiter()
    describe(app)
    app.state.known_names = known_names(app.openapi())
    return app


def create_app(services: Services, background: Background = nothing) -> FastAPI:
    app = assemble(limits=services.limits, loopback=is_loopback(services.host), background=background)
    app.state.services = services
    return app


def openapi_document() -> dict[str, Any]:
    """The document of the API, without a graph."""
    return assemble(limits=Limits(), loopback=True).openapi()
