"""Officers of the operator and the people they know: through whom a customer can be reached."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Staff:
    """An officer; `id` is the operator's own key."""

    id: str
    name: str
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """An officer knows a person; `count` contacts between the two, the latest at `last_at`."""

    id: str
    staff_id: str
    contact_id: str
    source: str
    strength: float = 1.0
    count: int = 1
    last_at: datetime | None = None
    import_id: str | None = None
