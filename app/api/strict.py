"""How a route reads its request: content type, JSON without traps, no query parameter that nobody declared."""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Form, Query
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.api.problems import Problem

DEEPEST = 32  # levels of nesting; our own bodies have five
MOST_VALUES = 250_000  # marks that begin one; `[{},{},…` would grow from 8 MiB to 200 MiB of objects
_JSON = ("application/json", "application/merge-patch+json")


class StrictRequest(Request):
    """Python's json takes NaN, Infinity, 1e999 and lone surrogates, each of which is a 500 later on."""

    async def body(self) -> bytes:
        received: bytes | None = self.scope.get("icrm.body")
        return await super().body() if received is None else received

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parse(await self.body())
        return self._json


def parse(body: bytes) -> Any:
    """Raises Problem: `malformed` for what is not JSON, `invalid` for JSON that no field can hold."""
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise Problem("too-large", "The body holds too many values.")
    try:
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Problem("invalid", "The body must be UTF-8.", pointer="") from error
    except json.JSONDecodeError as error:
        raise Problem("malformed", "The body is not JSON.") from error
    except RecursionError as error:
        raise Problem("invalid", f"A body is at most {DEEPEST} levels deep.", pointer="") from error
    except ValueError as error:  # an integer of more digits than Python converts
        raise Problem("invalid", "A number in the body is too long.", pointer="") from error
    _check(value)
    return value


def _check(value: Any) -> None:
    rest = [([value], 0)]
    while rest:
        here, depth = rest.pop()
        if depth > DEEPEST:
            raise Problem("invalid", f"A body is at most {DEEPEST} levels deep.", pointer="")
        for item in here:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise Problem("invalid", "NaN, Infinity and numbers beyond 1e308 are no JSON numbers here.", pointer="")
            elif isinstance(item, list):
                rest.append((item, depth + 1))
            elif isinstance(item, dict):
                for key in item:
                    _check_text(key)
                rest.append((list(item.values()), depth + 1))


def _check_text(text: str) -> None:
    if "\0" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)):
        raise Problem("invalid", "Text must not contain NUL or lone surrogates.", pointer="")


class StrictRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        declared = frozenset(f.alias for f in get_flat_params(self.dependant) if isinstance(f.field_info, Query))
        reads_form = bool(self.body_field and isinstance(self.body_field.field_info, Form))
        reads_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            for name, text in request.query_params.multi_items():
                if name not in declared:
                    raise Problem("invalid", "This operation has no such query parameter.", pointer="")
                if "\0" in text:
                    raise Problem("invalid", "Text must not contain NUL.", pointer=name)
            if len(request.query_params.multi_items()) != len(request.query_params):
                raise Problem("invalid", "A query parameter is given twice.", pointer="")
            if reads_body:
                _check_media_type(request.headers.get("content-type"), reads_form=reads_form)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def _check_media_type(header: str | None, *, reads_form: bool) -> None:
    kind, _, parameters = (header or "").partition(";")
    allowed = ("multipart/form-data",) if reads_form else _JSON
    if header is not None and kind.strip().lower() not in allowed:
        raise Problem("media-type")
    if not reads_form and "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise Problem("media-type")
