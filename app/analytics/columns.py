"""Plain columns to arrays: texts of fixed width, lookups in sorted ids, rows grouped by a key."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.bytes_]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

ABSENT = -1  # of an index
NEVER = np.iinfo(np.int64).min  # of a time


def to_bytes(texts: Iterable[str]) -> Bytes:
    """UTF-8, padded to the longest: S[n]. A map of the file then needs no parsing."""
    return np.array([text.encode() for text in texts] or [], dtype=np.bytes_)


def to_text(raw: Any) -> str:
    return bytes(raw).decode()


def to_seconds(times: Iterable[datetime | None]) -> Int64:
    """Whole seconds since 1970 in UTC, or NEVER: int64[n]."""
    return np.array([NEVER if at is None else int(at.timestamp()) for at in times], dtype=np.int64)


def to_month(seconds: int) -> str:
    """`March 2018`: no finer date of another party's business is shown."""
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%B %Y}"


def to_floats(numbers: Iterable[float | None]) -> Float64:
    return np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)


def positions(ids: Bytes, wanted: Sequence[str | None]) -> Int32:
    """Places of `wanted` in sorted ids, ABSENT where there is none: int32[len(wanted)]."""
    if not len(wanted):
        return np.empty(0, dtype=np.int32)
    known = {to_text(raw): place for place, raw in enumerate(ids)}
    return np.array([ABSENT if one is None else known.get(one, ABSENT) for one in wanted], dtype=np.int32)


def find(ids: Bytes, wanted: str | None) -> int:
    """Place of one id in sorted ids, or ABSENT; O(log n) on a mapped file."""
    if wanted is None or not len(ids):
        return ABSENT
    raw = wanted.encode()
    if len(raw) > ids.dtype.itemsize:
        return ABSENT
    place = int(np.searchsorted(ids, np.array(raw, dtype=ids.dtype)))
    return place if place < len(ids) and bytes(ids[place]) == raw else ABSENT


def group_starts(keys: Int32, count: int) -> Int64:
    """Where each key's rows begin in rows sorted by key: int64[count + 1]."""
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys, minlength=count), out=starts[1:])
    return starts
