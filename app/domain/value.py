"""Referral value beside lifetime value, as written by one run."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money

KINDS = ("margin", "savings", "retention", "fees", "costs")
TIMES = ("realised", "expected")


@dataclass(frozen=True, slots=True)
class ValueRun:
    """`assumptions` are sentences shown beside the figures, such as a stated margin rate. `manifest` is canonical JSON:
    parameters, data watermark, code version."""

    id: str
    valuation_at: datetime
    known_at: datetime
    currency: str
    manifest: str
    assumptions: tuple[str, ...]
    customer_count: int
    outcome_count: int
    problems: tuple[str, ...]
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Two referral values, never blurred; each split by kind × time in minor units, in the order of KINDS and TIMES."""

    customer_id: str
    run_id: str
    currency: str
    crv_referral: tuple[int, ...]
    crv_introduction: tuple[int, ...]
    attributed_away: int
    clv: Money | None
    clv_source: str | None

    @property
    def referral(self) -> Money:
        return Money(sum(self.crv_referral), self.currency)

    @property
    def introduction(self) -> Money:
        return Money(sum(self.crv_introduction), self.currency)
