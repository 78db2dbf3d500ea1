"""One mapping between a domain record and the properties of its node or relationship, derived from the dataclass.

Money becomes `<field>_minor` and `<field>_currency`, an enum its text, a tuple a list; an absent value has no property.
The digest is a hash of the content: equal digests mean that saving would change nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from app.domain.errors import BadInput
from app.domain.money import Money

Record = TypeVar("Record")
Properties = dict[str, Any]

# What the store itself keeps about a record, or its history: never content.
_KEPT_BY_STORE = frozenset({"version", "created_at", "updated_at", "import_id", "digest"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_INTEGER = 2**63 - 1  # both engines store 64-bit integers


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is stored: `columns` are the names of its properties."""

    name: str
    columns: tuple[str, ...]
    store: Callable[[Any], tuple[Any, ...]]
    load: Callable[..., Any]
    required: bool
    plain: bool = False  # stored as it is, in one property


class Prepared(Sequence[Record]):
    """Records with their properties worked out before they are saved."""

    def __init__(self, records: Sequence[Record], properties: Sequence[Properties]) -> None:
        self.records = records
        self.properties = properties

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, at: Any) -> Any:
        return self.records[at]

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)


class Mapper(Generic[Record]):
    """`properties(record(p)) == p` and `record(properties(r)) == r`. `special` replaces the derived mapping of a field;
    `outside` names fields that are no properties (the kind of a relationship, its two ends)."""

    def __init__(
        self,
        kind: type[Record],
        *,
        special: Iterable[Field] = (),
        outside: Iterable[str] = (),
        history: Iterable[str] = _KEPT_BY_STORE,
    ) -> None:
        self.kind = kind
        self.name = kind.__name__
        self.outside = tuple(outside)
        self._history = frozenset(history)
        replaced = {field.name: field for field in special}
        hints = get_type_hints(kind)
        self.fields = tuple(
            replaced.get(field.name) or _derive(field.name, hints[field.name])
            for field in fields(kind)  # type: ignore[arg-type]
            if field.name not in self.outside
        )
        self.columns = tuple(column for field in self.fields for column in field.columns)
        # Plain tuples: a million rows of a large import go through them.
        self._steps = tuple((field.name, field.columns, None if field.plain else field.store) for field in self.fields)

    def properties(self, record: Record) -> Properties:
        """What is stored of the record, its digest included."""
        found: Properties = {}
        for name, columns, store in self._steps:
            value = getattr(record, name)
            if value is None:
                continue
            if store is None:
                found[columns[0]] = value
            else:
                found.update(zip(columns, store(value), strict=True))
        found["digest"] = self.digest(found)
        return found

    def all_properties(self, rows: Sequence[Record]) -> Sequence[Properties]:
        """Of each row; those of prepared rows are there already."""
        return rows.properties if isinstance(rows, Prepared) else [self.properties(row) for row in rows]

    def bare(self, record: Record) -> Properties:
        """As `properties`, for records without a digest (runs, jobs, keys)."""
        found = self.properties(record)
        del found["digest"]
        return found

    def digest(self, properties: Mapping[str, Any]) -> str:
        content = {name: value for name, value in properties.items() if name not in self._history}
        text = _CANONICAL.encode(content)
        # A lone surrogate is no text: the driver refuses it too, but names no field.
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def record(self, properties: Mapping[str, Any], **outside: Any) -> Record:
        values = dict(outside)
        for field in self.fields:
            stored = tuple(properties.get(column) for column in field.columns)
            if stored[0] is not None:
                values[field.name] = field.load(*stored)
            elif field.required:
                values[field.name] = None
        return self.kind(**values)


def to_json(properties: Mapping[str, Any]) -> str:
    """Properties as canonical JSON; a datetime becomes {"$at": text}, so that `from_json` gives it back."""
    return json.dumps(properties, sort_keys=True, default=_plain, ensure_ascii=False)


def from_json(text: str) -> Properties:
    return {
        name: datetime.fromisoformat(value["$at"]) if isinstance(value, dict) else value
        for name, value in json.loads(text).items()
    }


def utc(value: datetime) -> datetime:
    """The same moment with `timezone.utc`, in microseconds; a zoneinfo parameter can crash the driver."""
    if value.tzinfo is None:
        raise BadInput("A time needs its offset from UTC.", remedy="Write it with Z or +00:00.")
    return value.astimezone(UTC)


def moment(value: datetime | int) -> datetime:
    """A stored time; statements that return many give microseconds since 1970."""
    return value if isinstance(value, datetime) else _EPOCH + timedelta(microseconds=value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    raise TypeError(type(value).__name__)


# Made once: `json.dumps` with options makes an encoder a call, which costs as much as encoding a small record.
_CANONICAL = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":"))


def _derive(name: str, hint: Any) -> Field:
    """The mapping of a field by its type; TypeError for a type that no rule covers."""
    optional = get_origin(hint) is UnionType and type(None) in get_args(hint)
    kind = next(part for part in get_args(hint) if part is not type(None)) if optional else hint
    if kind is Money:
        return Field(name, (f"{name}_minor", f"{name}_currency"), _split_money, Money, optional)
    if get_origin(kind) is tuple:
        part = get_args(kind)[0]
        return Field(name, (name,), _list_of(part), _tuple_of(part), False)
    if kind is datetime:
        return Field(name, (name,), lambda value: (utc(value),), moment, optional)
    if kind is float:
        return Field(name, (name,), lambda value: (float(value),), float, optional)
    if kind is int:
        return Field(name, (name,), _whole, int, optional)
    if kind in (str, bool):
        return Field(name, (name,), lambda value: (value,), kind, optional, plain=True)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Field(name, (name,), lambda value: (str(value),), kind, optional)
    raise TypeError(f"No rule stores the field {name}.")


def _whole(value: int) -> tuple[int]:
    if abs(value) > _LARGEST_INTEGER:
        raise BadInput("A whole number is at most 2^63 - 1.")
    return (int(value),)


def _split_money(money: Money) -> tuple[int, str]:
    return (money.minor, money.currency)


def _list_of(part: Any) -> Callable[[Any], tuple[list[Any]]]:
    if isinstance(part, type) and issubclass(part, StrEnum):
        return lambda values: ([str(value) for value in values],)
    return lambda values: (list(values),)


def _tuple_of(part: Any) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple(part(value) for value in values)
