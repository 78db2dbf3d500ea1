"""Health, and the pages that people read: documentation and the explanations of problems. All from this package."""

import html
from collections.abc import Mapping
from importlib.resources import files

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.api.deps import Check, Given
from app.api.problems import ROWS, Problem, answer, request_id_of
from app.api.schemas_service import HealthOut, ReadyOut

health = APIRouter(tags=["health"])
pages = APIRouter(include_in_schema=False)
READY_S = 1.5  # of the deadline of 2 s
_WAITERS = 4  # readiness checks that may hang on a dead engine at once
_TYPES = {"docs.html": "text/html", "docs.js": "text/javascript", "docs.css": "text/css", "icon.svg": "image/svg+xml"}


@health.get("/healthz", response_model=HealthOut)
async def get_health() -> HealthOut:
    """The process answers. Says nothing of the graph; see /readyz."""
    return HealthOut(status="ok")


@health.get("/readyz", response_model=ReadyOut)
async def get_readiness(given: Given, request: Request) -> Response | ReadyOut:
    """Whether requests can be answered: engine reachable, schema migrated, GDS where it is configured."""
    if given.draining():
        return answer("unavailable", request_id_of(request), "The service is stopping.")
    limiter: anyio.CapacityLimiter = request.app.state.readiness
    checks = [Check("engine", ok=False, detail="No answer in time.")]
    with anyio.move_on_after(READY_S):
        checks = await anyio.to_thread.run_sync(given.ready, limiter=limiter, abandon_on_cancel=True)
    if any(check.ok is False for check in checks):
        lines = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        return answer("unavailable", request_id_of(request), checks=lines)
    return ReadyOut.model_validate({"status": "ready", "checks": checks})


def readiness_limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_WAITERS)


@pages.get("/")
async def get_root() -> RedirectResponse:
    return RedirectResponse("/docs", 307)


@pages.get("/docs")
async def get_docs() -> Response:
    return _asset("docs.html")


@pages.get("/docs/{name}")
async def get_asset(name: str) -> Response:
    if name not in _TYPES:
        raise Problem("not-found")
    return _asset(name)


def _asset(name: str) -> Response:
    content = files("app.api").joinpath("pages", name).read_bytes()
    return Response(content, media_type=_TYPES[name], headers={"Cache-Control": "no-cache"})


@pages.get("/problems")
async def list_problems() -> HTMLResponse:
    items = "".join(f'<li><a href="/problems/{row.name}">{row.name}</a> ({row.status})</li>' for row in ROWS.values())
    return page("Problems", f"<ul>{items}</ul>")


@pages.get("/problems/{name}")
async def get_problem(name: str) -> HTMLResponse:
    if name not in ROWS:
        raise Problem("not-found")
    row = ROWS[name]
    again = "" if row.retry_after is None else f"<p>Try again after {row.retry_after} s, as Retry-After says.</p>"
    about = f"<p>Status {row.status}, type <code>urn:icrm:problem:{row.name}</code>.</p>"
    return page(row.title, f"{about}<p>{html.escape(row.about)}</p>{again}")


def page(title: str, body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A page for people; `body` is HTML."""
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    style = '<link rel="stylesheet" href="/docs/docs.css">'
    text = f"<!doctype html><html lang=en>{head}{style}<main><h1>{html.escape(title)}</h1>{body}</main></html>"
    return HTMLResponse(text, status, headers=headers)
