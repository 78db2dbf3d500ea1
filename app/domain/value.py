"""Referral value beside lifetime value, as written by one run."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money
from app.domain.referral import OPERATOR, UNATTRIBUTED

KINDS = ("margin", "savings", "retention", "fees", "costs")
TIMES = ("realised", "expected")
CUSTOMERS = "CUSTOMERS"
"""Stands for all customers together in a run's totals, beside OPERATOR and UNATTRIBUTED."""
TOTALS = (CUSTOMERS, OPERATOR, UNATTRIBUTED)


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
    outcomes_minor: int = 0  # what all outcomes are worth: the sum of everybody's values, exactly


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """`source`: who or which model says so. `low`, `high`: 95 %, only of an estimate; how well its model is known."""

    money: Money
    source: str
    at: datetime | None
    low: Money | None = None
    high: Money | None = None


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Two referral values, never blurred; each split by kind × time in minor units, in the order of KINDS and TIMES.
    A run has three rows more, whose `customer_id` is one of TOTALS: nobody's value is lost."""

    customer_id: str
    run_id: str
    currency: str
    crv_referral: tuple[int, ...]
    crv_introduction: tuple[int, ...]
    attributed_away: int
    clv: Money | None
    clv_source: str | None
    clv_at: datetime | None = None
    clv_low: Money | None = None
    clv_high: Money | None = None

    @property
    def clv_is_estimate(self) -> bool:
        """Modelled, not imported: it has an interval."""
        return self.clv_low is not None

    @property
    def referral(self) -> Money:
        return Money(sum(self.crv_referral), self.currency)

    @property
    def introduction(self) -> Money:
        return Money(sum(self.crv_introduction), self.currency)

    @property
    def both(self) -> Money:
        return Money(self.referral.minor + self.introduction.minor, self.currency)


@dataclass(frozen=True, slots=True)
class ValueTotals:
    """Where the worth of all outcomes went: customers + operator + unattributed = outcomes, to the minor unit."""

    run: ValueRun
    customers: CustomerValue
    operator: CustomerValue
    unattributed: CustomerValue

    @property
    def outcomes(self) -> Money:
        return Money(self.run.outcomes_minor, self.run.currency)

    @property
    def conserved(self) -> bool:
        rows = (self.customers, self.operator, self.unattributed)
        return sum(row.both.minor for row in rows) == self.run.outcomes_minor
