"""Values at the border of the graph: parameters checked on the way in, the driver's types removed on the way out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from neo4j._codec.packstream import Structure  # not public; the contract suite writes and reads times through it
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from app.domain.errors import BadInput
from cypher import CatalogueError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UTC_DATETIME = b"I"  # tag of the structure, https://neo4j.com/docs/bolt/current/bolt/structure-semantics/
_AS_IS = frozenset({bool, bytes, float, type(None)})
_PLAIN = frozenset({bool, int, float, str, type(None)})


class Checked(dict[str, Any]):
    """A map that `parameter` has been through: a thread that prepares rows ahead does so once for each."""


def parameter(value: Any, pointer: str) -> Any:
    """`value` in types that both engines store the same way; BadInput names the place, never the value."""
    kind = type(value)  # most values are of exactly these types: a row of a large import takes a third of the time
    if kind is Checked:
        return value
    if kind is str:
        return _text(value, pointer)
    if kind in _AS_IS:
        return value
    if kind is datetime:
        return _moment(value, pointer)
    if kind is dict:
        return _map(value, pointer)
    if kind is int and -(2**63) <= value < 2**63:
        return value
    return _unusual(value, pointer)


def _map(value: Mapping[Any, Any], pointer: str) -> dict[str, Any]:
    """A place is only spelt out for values that are looked at closely: most of them are plain text."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = key if type(key) is str and key.isascii() and "\0" not in key else _text(str(key), pointer)
        kind = type(item)
        if kind in _AS_IS or kind is Checked or (kind is str and item.isascii() and "\0" not in item):
            found[name] = item
        else:
            found[name] = parameter(item, f"{pointer}/{key}")
    return found


def _unusual(value: Any, pointer: str) -> Any:
    """What is no exact instance of a common type: lists, subclasses, enums, numpy's numbers, wrong values."""
    if isinstance(value, bool | bytes):
        return value
    if isinstance(value, float):
        return float(value)  # also of numpy's subclass
    if isinstance(value, str):
        return _text(value, pointer)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise BadInput("A number does not fit into 64 bits.", pointer=pointer)
        return int(value)
    if isinstance(value, datetime):
        return _moment(value, pointer)
    if isinstance(value, date):
        return value
    if isinstance(value, Mapping):
        return _map(value, pointer)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [item if type(item) is int and -(2**63) <= item < 2**63 else parameter(item, pointer) for item in value]
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return parameter(value.tolist(), pointer)
    raise BadInput("A value is of a kind that the graph does not store.", pointer=pointer)


def _text(value: str, pointer: str) -> str:
    if "\0" in value:
        raise BadInput("A text holds a NUL character.", pointer=pointer)
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as exc:
            raise BadInput("A text holds half a character (a lone surrogate).", pointer=pointer) from exc
    return str.__str__(value)  # a StrEnum's text, not the enum: the driver packs exact types


def _moment(value: datetime, pointer: str) -> Any:
    """As Bolt 5 sends it: seconds and nanoseconds since 1970 with an offset of 0. The driver makes the same out of a
    datetime in 32 µs, this takes 1 µs: half of a large import's time. And a zoneinfo crashes the driver at random."""
    if value.tzinfo is None:
        raise BadInput("A time has no time zone.", pointer=pointer, remedy="Add Z or an offset.")
    since = value.astimezone(UTC) - _EPOCH
    return Structure(_UTC_DATETIME, since.days * 86400 + since.seconds, since.microseconds * 1000, 0)


def result(value: Any) -> Any:
    """The driver's value as plain Python; datetimes in UTC."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list):
        return [item if type(item) in _PLAIN else result(item) for item in value]
    if isinstance(value, dict):
        return {key: result(item) for key, item in value.items()}
    if isinstance(value, DateTime):
        native = value.to_native()
        return native.replace(tzinfo=UTC) if native.tzinfo is None else native.astimezone(UTC)
    if isinstance(value, (Date, Time)):
        return value.to_native()
    if isinstance(value, (Node, Relationship, Path, Duration)):
        raise CatalogueError(f"A statement returns a {type(value).__name__}; statements return maps and plain values.")
    return value
