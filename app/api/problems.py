"""Errors on the wire: `application/problem+json` (RFC 9457), from one table, with nothing of the input in them.

The table has a row for every class of `app.domain.errors` (a test fails for one without) and for what only HTTP knows.
`type` is `urn:icrm:problem:NAME`, absolute and the same on every host; `help` is the page of it that we serve.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.domain import errors

MEDIA_TYPE = "application/problem+json"
SOON = 1  # seconds; Retry-After of overload and deadline
LATER = 5  # seconds; Retry-After while the graph is away or a setting is wrong


@dataclass(frozen=True, slots=True)
class Row:
    """`about` is what the page of the problem says."""

    status: int
    name: str
    title: str
    about: str
    retry_after: int | None = None


_ROWS = (
    Row(400, "malformed", "The request cannot be read", "The body is not JSON, or a header breaks the protocol."),
    Row(
        400,
        "wrong-host",
        "This host is not served here",
        "On loopback only the names localhost, 127.0.0.1 and [::1] "
        "are answered, so that a page of another site cannot reach the service through a name of its own.",
    ),
    Row(
        401,
        "not-signed-in",
        "An API key is needed",
        "Send Authorization: Bearer icrm_… with a key that is not revoked.",
    ),
    Row(
        403,
        "not-allowed",
        "Not allowed",
        "The key lacks a scope, or a party has not given the consent that this step needs; the detail says which.",
    ),
    Row(404, "not-found", "Not found", "There is nothing here, or nothing that this caller may know of."),
    Row(405, "method-not-allowed", "This method is not offered here", "See the header Allow."),
    Row(408, "receive-timeout", "The body did not arrive in time", "Send the body at once, or in a smaller request."),
    Row(409, "conflict", "The state does not allow it", "Read the record again and decide anew."),
    Row(409, "illegal-move", "The state does not allow this move", "`allowed` lists the moves that are possible now."),
    Row(409, "key-in-flight", "The first request with this key is still running", "Wait and send it again."),
    Row(412, "version-stale", "The record has changed", "If-Match names another version: read, compare, send again."),
    Row(413, "too-large", "Too large", "A body, list or time limit was passed; the detail names it."),
    Row(
        415,
        "media-type",
        "This content type is not read here",
        "Send application/json in UTF-8; files as multipart/form-data.",
    ),
    Row(
        422,
        "invalid",
        "The request breaks a rule",
        "`errors` names each place by JSON pointer or parameter, and what "
        "was expected. Values that you sent are never repeated.",
    ),
    Row(422, "key-reused", "This Idempotency-Key was used for another request", "Use a new key for a new effect."),
    Row(428, "precondition-required", "If-Match is needed", "Send the ETag of the version that you read as If-Match."),
    Row(428, "idempotency-key-required", "Idempotency-Key is needed", "Send a fresh random value as Idempotency-Key."),
    Row(500, "internal", "A defect of this service", "Report the request_id; the log has the details."),
    Row(503, "overloaded", "Too many requests at once", "Wait for Retry-After, then send it again.", SOON),
    Row(
        503,
        "deadline",
        "No answer within the deadline",
        "The answer took too long. Send it again with the same Idempotency-Key.",
        SOON,
    ),
    Row(503, "unavailable", "The graph cannot answer now", "It may be starting, stopping or unreachable.", LATER),
    Row(
        503,
        "misconfigured",
        "An administrator has to change something",
        "The detail says what; `icrm doctor` explains step by step.",
        LATER,
    ),
)
ROWS: Mapping[str, Row] = {row.name: row for row in _ROWS}

BY_ERROR: Mapping[type[errors.IcrmError], str] = {
    errors.IcrmError: "internal",
    errors.BadInput: "invalid",
    errors.BadRow: "invalid",
    errors.BadRows: "invalid",
    errors.TooLarge: "too-large",
    errors.NotFound: "not-found",
    errors.Conflict: "conflict",
    errors.IllegalMove: "illegal-move",
    errors.StaleVersion: "version-stale",
    errors.KeyReused: "key-reused",
    errors.NotAllowed: "not-allowed",
    errors.NotSignedIn: "not-signed-in",
    errors.Unavailable: "unavailable",
    errors.GraphUnreachable: "unavailable",
    errors.TimedOut: "deadline",
    errors.Misconfigured: "misconfigured",
    errors.WrongPassword: "misconfigured",
    errors.WrongVersion: "misconfigured",
    errors.PlatformUnsupported: "misconfigured",
}
_BY_STATUS = {400: "malformed", 404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "media-type"}


class Problem(HTTPException):
    """A problem that only HTTP knows. `name` is one of ROWS."""

    def __init__(self, name: str, detail: str = "", *, pointer: str | None = None) -> None:
        super().__init__(status_code=ROWS[name].status, detail=detail)
        self.name = name
        self.pointer = pointer


def document(name: str, request_id: str, detail: str = "", **more: Any) -> dict[str, Any]:
    row = ROWS[name]
    body: dict[str, Any] = {
        "type": f"urn:icrm:problem:{name}",
        "title": row.title,
        "status": row.status,
        "detail": detail or row.about,
        "request_id": request_id,
        "help": f"/problems/{name}",
    }
    return body | {key: value for key, value in more.items() if value is not None}


def answer(name: str, request_id: str, detail: str = "", **more: Any) -> JSONResponse:
    row = ROWS[name]
    headers = {"Cache-Control": "no-store"}
    if row.retry_after is not None:
        headers["Retry-After"] = str(row.retry_after)
    if row.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="icrm"'
    return JSONResponse(document(name, request_id, detail, **more), row.status, headers, MEDIA_TYPE)


def of_error(error: errors.IcrmError, request_id: str) -> dict[str, Any]:
    """The document of a domain error; by the nearest ancestor that has a row."""
    name = next(BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR)
    if isinstance(error, errors.KeyReused) and error.in_flight:
        name = "key-in-flight"
    if name == "internal":
        return document(name, request_id)
    places = None
    if isinstance(error, errors.BadInput):
        places = [{"pointer": error.pointer, "detail": error.message}]
    allowed = list(error.allowed) if isinstance(error, errors.IllegalMove) else None
    return document(name, request_id, str(error), errors=places, allowed=allowed)


def request_id_of(request: Request) -> str:
    return str(request.scope.get("icrm.request_id", ""))


async def on_domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.IcrmError)  # noqa: S101  registered for this class alone
    body = of_error(error, request_id_of(request))
    name = body["type"].rpartition(":")[2]
    known = {"type", "title", "status", "detail", "request_id", "help"}
    return answer(name, body["request_id"], body["detail"], **{k: v for k, v in body.items() if k not in known})


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class alone
    if isinstance(error, Problem):
        places = None if error.pointer is None else [{"pointer": error.pointer, "detail": error.detail}]
        return answer(error.name, request_id_of(request), error.detail, errors=places)
    # What Starlette says is dropped: its words may hold a path or a header.
    made = answer(_BY_STATUS.get(error.status_code, "malformed"), request_id_of(request))
    if error.headers and "Allow" in error.headers:
        made.headers["Allow"] = error.headers["Allow"]
    return made


# Kinds of pydantic errors whose message is made of the rule alone; any other gets "is not valid".
_SPEAKING = frozenset(
    {
        *("missing", "string_type", "string_too_short", "string_too_long", "string_pattern_mismatch"),
        *("int_type", "int_parsing", "int_parsing_size", "int_from_float", "float_type", "float_parsing"),
        *("bool_type", "bool_parsing", "finite_number", "enum", "literal_error", "datetime_type", "timezone_aware"),
        *("greater_than", "greater_than_equal", "less_than", "less_than_equal", "too_short", "too_long"),
        *("list_type", "dict_type", "tuple_type", "model_type", "model_attributes_type"),
    }
)


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    """Names the places and the rules. A name that is not one of ours (an unknown field, a key of a map) is input too:
    it becomes `*`."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this class alone
    known: frozenset[str] = request.app.state.known_names
    places = []
    for found in error.errors()[:20]:  # enough to work with; a list of thousands of bad rows gives no endless answer
        message = "is not a field here" if found["type"] == "extra_forbidden" else found["msg"]
        if found["type"] == "value_error":
            reason = found.get("ctx", {}).get("error")
            message = reason.message if isinstance(reason, errors.BadInput) else "is not valid"
        elif found["type"] not in _SPEAKING:
            message = "is not valid"
        places.append({"pointer": _pointer(found["loc"], known), "detail": message})
    return answer("invalid", request_id_of(request), errors=places)


def _pointer(loc: tuple[int | str, ...], known: frozenset[str]) -> str:
    place, *path = loc or ("body",)
    parts = [str(part) if isinstance(part, int) or part in known else "*" for part in path]
    return "".join(f"/{part}" for part in parts) if place == "body" else "/".join(parts)
