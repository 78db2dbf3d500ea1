"""The native format: one column a field of the record, named as in the domain, lossless both ways.

| field | column | written as |
|---|---|---|
| text | its name | the text; an empty cell means none |
| whole or broken number, yes or no | its name | `3`, `0.25`, `true` or `false` |
| time | its name | ISO 8601 with offset, `2026-03-31T00:00:00Z` |
| money | `<name>` and `<name>_currency` | `1234.50` and `EUR` |
| list | its name | a JSON list, `["a", "b"]` |
| contributions | `contributions` | a JSON list of `["contributor", 0.5]`: a customer, `OPERATOR` or `UNATTRIBUTED` |
| moves | `moves` | a JSON list of `["offered", "2026-03-31T00:00:00Z"]`, the last of them the status |

In JSON Lines the same names hold JSON values. A record is named by `id` (ours) or by `source` and `external_id` (the
operator's key); another record by `<name>_id`, or by `<name>_external_id` and `<name>_source` (default: the row's own
source); a contributor by either. `import_id` is not part of the format: it belongs to the import that reads the row.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from app.domain.capability import Capability, Category
from app.domain.customer import Consent, Contact, Customer, LegalGroup, Signal
from app.domain.errors import BadInput, BadRow
from app.domain.exchange_rate import ExchangeRate
from app.domain.ids import PREFIXES, derived_id, id_pattern
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.domain.ledger import LedgerTotal
from app.domain.money import Money
from app.domain.need import Need
from app.domain.referral import OPERATOR, UNATTRIBUTED, CashFlow, Contribution, Outcome, PiEvidence, Referral
from app.domain.relationship import Relationship
from app.domain.staff import Acquaintance, Staff

CLASSES: Mapping[str, type[Any]] = {
    "categories": Category,
    "groups": LegalGroup,
    "customers": Customer,
    "contacts": Contact,
    "staff": Staff,
    "knows": Acquaintance,
    "consents": Consent,
    "signals": Signal,
    "needs": Need,
    "capabilities": Capability,
    "relationships": Relationship,
    "introductions": Introduction,
    "referrals": Referral,
    "outcomes": Outcome,
    "evidence": PiEvidence,
    "flows": CashFlow,
    "rates": ExchangeRate,
    "ledger": LedgerTotal,
}
# What each field names, for references by the operator's own key.
TARGETS: Mapping[str, str] = {
    "customer_id": "Customer",
    "contact_id": "Contact",
    "seeker_id": "Customer",
    "provider_id": "Customer",
    "from_id": "Customer",
    "to_id": "Customer",
    "referrer_id": "Customer",
    "referred_id": "Customer",
    "met_by": "Customer",
    "group_id": "LegalGroup",
    "need_id": "Need",
    "referral_id": "Referral",
    "outcome_id": "Outcome",
    "introduction_id": "Introduction",
}
_OUTSIDE = frozenset({"import_id"})
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


@dataclass(frozen=True, slots=True)
class Column:
    """One field: `read` from a cell's text or a JSON value, `write` to a cell's text. `expected` completes "expected …"
    in an error."""

    field: str
    names: tuple[str, ...]
    expected: str
    read: Callable[..., Any]
    write: Callable[[Any], tuple[str, ...]]
    optional: bool
    default: Any


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    line: int


@cache
def columns(kind: str) -> tuple[Column, ...]:
    hints = get_type_hints(CLASSES[kind])
    return tuple(_column(f.name, hints[f.name], f.default) for f in fields(CLASSES[kind]) if f.name not in _OUTSIDE)


def header(kind: str) -> tuple[str, ...]:
    """The columns that an export has, in order."""
    return tuple(name for column in columns(kind) for name in column.names)


@cache
def accepted(kind: str) -> frozenset[str]:
    """The columns that an import may have."""
    names = {*header(kind), "external_id", "source"}
    for name in header(kind):
        if name in TARGETS:
            names |= {f"{name.removesuffix('_id')}_external_id", f"{name.removesuffix('_id')}_source"}
    return frozenset(names)


def to_cells(kind: str, record: Any) -> list[str]:
    cells: list[str] = []
    for column in columns(kind):
        value = getattr(record, column.field)
        cells += [""] * len(column.names) if value is None else column.write(value)
    return cells


def to_record(kind: str, values: Mapping[str, Any], place: Place) -> Any:
    """The record that a row describes; BadRow names the first field that is not as expected, never its value."""
    values = {name: value for name, value in values.items() if value not in ("", None)}
    found: dict[str, Any] = {}
    for column in columns(kind):
        if column.field == "id":
            continue
        given = [_given(name, values, place) for name in column.names]
        if all(value is None for value in given):
            if column.default is MISSING and not column.optional:
                raise BadRow(place.file, place.line, column.field, f"a value: {column.expected}")
            if column.default is MISSING:
                found[column.field] = None
            continue
        found[column.field] = _read(column, given, place)
    if "contributions" in found:
        found["contributions"] = tuple(_contribution(one, values.get("source")) for one in found["contributions"])
    found["id"] = _id(kind, values, found, place)
    try:
        return CLASSES[kind](**found)
    except BadInput as error:
        raise BadRow(place.file, place.line, error.pointer or "row", error.message) from error


def _read(column: Column, given: list[Any], place: Place) -> Any:
    for name, value in zip(column.names, given, strict=True):
        if value is None:
            raise BadRow(place.file, place.line, name, "an amount and its currency, both or neither")
    try:
        return column.read(*given)
    except (BadInput, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadRow(place.file, place.line, column.field, column.expected) from error


def _contribution(one: Contribution, source: Any) -> Contribution:
    """Named by our id, or by the operator's own key in the row's source."""
    name = one.contributor_id
    if name in (OPERATOR, UNATTRIBUTED) or name.startswith(f"{PREFIXES['Customer']}_") or not isinstance(source, str):
        return one
    return Contribution(derived_id("Customer", source, name), one.beta)


def _given(name: str, values: Mapping[str, Any], place: Place) -> Any:
    """The value of a column, or our id for a reference by the operator's own key."""
    if name in values or name not in TARGETS:
        return values.get(name)
    stem = name.removesuffix("_id")
    key = values.get(f"{stem}_external_id")
    if key is None:
        return None
    source = values.get(f"{stem}_source", values.get("source"))
    if not isinstance(key, str) or not isinstance(source, str):
        raise BadRow(place.file, place.line, name, f"texts in {stem}_external_id and in source or {stem}_source")
    return derived_id(TARGETS[name], source, key)


def _id(kind: str, values: Mapping[str, Any], found: Mapping[str, Any], place: Place) -> str:
    """As given, or derived from source and external_id, or from what makes a record of this kind the same one."""
    given = values.get("id")
    label = CLASSES[kind].__name__
    if given is not None:
        if not isinstance(given, str) or (label in PREFIXES and not re.fullmatch(id_pattern(PREFIXES[label]), given)):
            expected = f"an id of ours: {PREFIXES.get(label, 'code')}_ and up to 60 of a-z, 0-9 and _"
            raise BadRow(place.file, place.line, "id", expected)
        return given
    source, key = values.get("source"), values.get("external_id")
    if isinstance(source, str) and isinstance(key, str) and label in PREFIXES:  # others are their own key
        return derived_id(label, source, key)
    parts = _IDENTITY.get(kind)
    if parts is None:
        raise BadRow(place.file, place.line, "id", "an id, or source and external_id")
    return derived_id(label, *(_identity(found.get(part)) for part in parts))


# Where two rows with the same values here are the same record. Not for money: two equal payments are two.
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "contacts": ("customer_id", "name", "email"),
    "knows": ("source", "staff_id", "contact_id"),
    "consents": ("source", "customer_id", "purposes", "recorded_at"),
    "signals": ("source", "customer_id", "kind", "recorded_at", "text"),
    "relationships": ("source", "kind", "from_id", "to_id"),
    "referrals": ("source", "referrer_id", "referred_id"),
    "evidence": ("source", "outcome_id", "recorded_at"),
    "rates": ("source", "currency", "quote", "valid_at", "recorded_at"),
    "ledger": ("source", "month", "kind", "total", "recorded_at"),
}


def _identity(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, Money):  # two amounts for the same are a contradiction, not two records
        return value.currency
    return "" if value is None else str(value)


def _column(name: str, hint: Any, default: Any) -> Column:
    optional = get_origin(hint) is UnionType
    kind = next(part for part in get_args(hint) if part is not type(None)) if optional else hint
    about = (optional, default)
    if kind is Money:
        return Column(
            name,
            (name, f"{name}_currency"),
            "an amount such as 1234.50 and a currency such as EUR",
            lambda amount, currency: Money.parse(_plain_amount(amount), _text(currency)),
            lambda money: (str(money.amount), money.currency),
            *about,
        )
    if get_origin(kind) is tuple:
        read, write = _lists(get_args(kind)[0])
        return Column(name, (name,), 'a JSON list such as ["a", "b"]', read, write, *about)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Column(name, (name,), f"one of {', '.join(kind)}", kind, lambda value: (str(value),), *about)
    read, write, expected = _SCALARS[kind]
    return Column(name, (name,), expected, read, write, *about)


def _lists(part: Any) -> tuple[Callable[[Any], Any], Callable[[Any], tuple[str, ...]]]:
    def read(value: Any) -> tuple[Any, ...]:
        found = json.loads(value) if isinstance(value, str) else value
        if not isinstance(found, list):
            raise ValueError("a list")
        if part in _PAIRS:
            return tuple(_PAIRS[part][0](*pair) for pair in found)
        return tuple(part(_text(value)) for value in found)

    def write(values: tuple[Any, ...]) -> tuple[str, ...]:
        plain = [_PAIRS[part][1](value) if part in _PAIRS else str(value) for value in values]
        return (json.dumps(plain, ensure_ascii=False),)

    return read, write


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return value


def _plain_amount(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError("an amount as text: a JSON number may lose decimals")
    return str(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a number")
    found = float(value)
    if found != found or found in (float("inf"), float("-inf")):
        raise ValueError("a finite number")
    return found


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
        raise TypeError("a whole number")
    return int(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("yes or no")
    return word in _TRUE


def _time(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value).strip())
    if found.tzinfo is None:
        if len(_text(value).strip()) > len("2026-03-31"):
            raise ValueError("an offset")
        found = found.replace(tzinfo=UTC)  # a bare date is its first moment in UTC
    return found.astimezone(UTC)


def _write_time(value: datetime) -> tuple[str, ...]:
    return (value.astimezone(UTC).isoformat().replace("+00:00", "Z"),)


# Parts of a list that are two values: how to read and to write one.
_PAIRS: Mapping[Any, tuple[Callable[[Any, Any], Any], Callable[[Any], list[Any]]]] = {
    Contribution: (
        lambda name, beta: Contribution(_text(name), _number(beta)),
        lambda one: [one.contributor_id, one.beta],
    ),
    Move: (
        lambda status, at: Move(IntroductionStatus(_text(status)), _time(at)),
        lambda one: [str(one.status), *_write_time(one.at)],
    ),
}
_Reader = Callable[[Any], Any]
_Writer = Callable[[Any], tuple[str, ...]]
_SCALARS: Mapping[Any, tuple[_Reader, _Writer, str]] = {
    str: (_text, lambda value: (value,), "a text"),
    int: (_whole, lambda value: (str(value),), "a whole number"),
    float: (_number, lambda value: (repr(value),), "a number"),
    bool: (_truth, lambda value: ("true" if value else "false",), "true or false"),
    datetime: (_time, _write_time, "a time such as 2026-03-31T00:00:00Z"),
}
