"""Inputs of a computation as one text of the graph: canonical JSON, compressed."""

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

from app.domain.errors import Misconfigured


def canonical(value: Any, default: Callable[[Any], str] | None = None) -> str:
    """The same text for equal values, on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=default)


def pack(value: Any) -> str:
    return base64.b64encode(zlib.compress(canonical(value).encode(), 6)).decode()


def unpack(text: str) -> Any:
    """Misconfigured for a text that somebody has damaged."""
    try:
        return json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    except (ValueError, zlib.error) as error:
        raise damaged() from error


def damaged() -> Misconfigured:
    return Misconfigured("A record of this computation is damaged.", remedy="Restore it from a backup.")
