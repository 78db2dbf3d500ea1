"""Inputs of a computation as one text of the graph: canonical JSON, compressed."""

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from app.domain.errors import Misconfigured

T = TypeVar("T")


def canonical(value: Any, default: Callable[[Any], str] | None = None) -> str:
    """The same text for equal values, on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=default)


def pack(value: Any) -> str:
    return base64.b64encode(zlib.compress(canonical(value).encode(), 6)).decode()


def unpack(text: str, read: Callable[[Any], T], *, of: str) -> T:
    """What `read` makes of the value; Misconfigured for a text that somebody has damaged, the record `of` something."""
    try:
        return read(json.loads(zlib.decompress(base64.b64decode(text, validate=True))))
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise damaged(of) from error


def damaged(of: str) -> Misconfigured:
    return Misconfigured(f"The record of {of} is damaged.", remedy="Restore it from a backup.")
