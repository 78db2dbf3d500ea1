"""Known ties between customers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money


class RelationshipKind(StrEnum):
    DEALS_WITH = "deals_with"  # from the buyer to the supplier
    COMPETES_WITH = "competes_with"  # either direction
    CONFLICTS_WITH = "conflicts_with"  # either direction: a conflict of interest


@dataclass(frozen=True, slots=True)
class Relationship:
    """One tie of one kind between two customers; `count` dealings, the latest at `last_at`."""

    id: str
    kind: RelationshipKind
    from_id: str
    to_id: str
    source: str
    strength: float = 1.0
    count: int = 1
    amount: Money | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    import_id: str | None = None
