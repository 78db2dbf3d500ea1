"""What a customer needs that the operator cannot fill, or can fill only in part."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money


class NeedStatus(StrEnum):
    DETECTED = "detected"
    CONFIRMED = "confirmed"
    OPEN = "open"
    MATCHED = "matched"
    MET = "met"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


SEEKING = frozenset({NeedStatus.CONFIRMED, NeedStatus.OPEN})  # a guessed need is never disclosed before confirmation


@dataclass(frozen=True, slots=True)
class Need:
    """`ongoing` False marks an isolated transaction, which is refused. `confidential`: that the need exists, and why,
    is for the operator alone. `met_by`: the provider that filled it, for needs of the past."""

    id: str
    seeker_id: str
    text: str
    source: str
    external_id: str
    known_at: datetime
    category_id: str | None = None
    status: NeedStatus = NeedStatus.OPEN
    budget: Money | None = None
    licence: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    ongoing: bool = True
    confidential: bool = False
    operator_can_fill: bool = False
    met_by: str | None = None
    met_at: datetime | None = None
    parent_external_id: str | None = None
    expires_at: datetime | None = None
    version: int = 1
    import_id: str | None = None
