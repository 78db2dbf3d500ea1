"""What a currency was worth in another on a day, as a dated fact."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """`rate` units of `quote` for one of `currency`, on the UTC day of `valid_at`. Append-only: of a day the one that
    was recorded last by then applies."""

    id: str
    currency: str
    quote: str
    rate: float
    valid_at: datetime
    recorded_at: datetime
    source: str
    import_id: str | None = None
