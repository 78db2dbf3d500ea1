"""What the operator's own books say of a month, to hold our cash against."""

import re
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import BadInput
from app.domain.money import Money
from app.domain.referral import FlowKind

_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    return _MONTH.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """Cash of one kind and currency in a month such as 2026-01, undiscounted, signed as our flows are. Append-only: of
    a month, kind, currency and source the one that was recorded last by then applies."""

    id: str
    month: str
    kind: FlowKind
    total: Money
    recorded_at: datetime
    source: str
    import_id: str | None = None

    def __post_init__(self) -> None:
        if not is_month(self.month):
            raise BadInput("a month such as 2026-01", pointer="month")
        if self.kind is FlowKind.PAYMENT:
            raise BadInput("a kind of the operator's own cash: payments between customers are not", pointer="kind")
