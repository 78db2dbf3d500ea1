"""A report that a job has made: a document, kept until newer ones have taken its place.

Whoever shows it (the API, a page, a file) reads the same document: what is shown in one place is what was computed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.domain.money import Money, exponent
from app.domain.packed import canonical


class ReportKind(StrEnum):
    PROGRAMME = "programme"
    RECONCILIATION = "reconciliation"
    BRIDGE = "bridge"
    SENSITIVITY = "sensitivity"


@dataclass(frozen=True, slots=True)
class Report:
    """`content`: the document as canonical JSON."""

    id: str
    kind: ReportKind
    made_at: datetime
    content: str

    @property
    def document(self) -> dict[str, Any]:
        return {"id": self.id, "made_at": self.made_at.isoformat(), **json.loads(self.content)}


def document(made: Any) -> dict[str, Any]:
    """A dataclass as plain JSON: times as text, money as an exact amount and its currency."""
    return {name: plain(value) for name, value in asdict(made, dict_factory=_fields).items()}


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if found.keys() == {"minor", "currency"}:
        return money_document(Money(found["minor"], found["currency"]))
    return found


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def money_document(money: Money) -> dict[str, str]:
    return {"amount": format(money.amount, f".{exponent(money.currency)}f"), "currency": money.currency}


def content(made: Any) -> str:
    return canonical(document(made))
