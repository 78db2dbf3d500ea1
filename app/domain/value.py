"""Referral value beside lifetime value, as written by one run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.advocacy import Advocacy
from app.domain.money import Money
from app.domain.quadrant import Cuts, Quadrant
from app.domain.referral import OPERATOR, UNATTRIBUTED

KINDS = ("margin", "savings", "retention", "fees", "costs")
TIMES = ("realised", "expected")
GRADES = ("A", "B", "C", "D")
"""Of the evidence for π: hold-out, pairs alike that were not introduced, survey, none."""
QUANTILES = 3  # low, median, high: 5 %, 50 %, 95 % of the draws
_CELLS = len(KINDS) * len(TIMES)
CUSTOMERS = "CUSTOMERS"
"""Stands for all customers together in a run's totals, beside OPERATOR and UNATTRIBUTED."""
TOTALS = (CUSTOMERS, OPERATOR, UNATTRIBUTED)


@dataclass(frozen=True, slots=True)
class ValueRun:
    """`assumptions` are sentences shown beside the figures, such as a stated margin rate. `manifest` is canonical JSON:
    parameters, data watermark, code version, what was left out. `quantiles`: low, median and high of all referrals, of
    all introductions, of both; empty without draws. The cuts are those of the 2×2. `advocacy_counts`: customers in each
    stage of Advocacy; `near_advocates`: the nearest to being one, the most valuable of each stage first."""

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
    quantiles: tuple[int, ...] = ()
    clv_cut_minor: int | None = None
    crv_cut_minor: int | None = None
    advocacy_counts: tuple[int, ...] = ()
    near_advocates: tuple[str, ...] = ()

    @property
    def cuts(self) -> Cuts:
        return Cuts(self.clv_cut_minor, self.crv_cut_minor)

    def interval(self, of: int = 2) -> "Interval | None":
        """Of referrals (0), introductions (1), both (2): from sums within draws."""
        return interval(self.quantiles[QUANTILES * of : QUANTILES * (of + 1)], self.currency)


@dataclass(frozen=True, slots=True)
class Interval:
    low: Money
    median: Money
    high: Money


def interval(quantiles: Sequence[int], currency: str) -> Interval | None:
    return Interval(*(Money(one, currency) for one in quantiles)) if quantiles else None


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
    A run has three rows more, whose `customer_id` is one of TOTALS: nobody's value is lost.

    `quantiles_…`: low, median, high, each of the total and then of kind × time; empty where nothing was drawn.
    `credit_by_grade`: credits without their signs, by the evidence of the outcome's π (GRADES). `attributed_away`: own
    value that was credited to anybody; of it the expected part."""

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
    attributed_away_expected: int = 0
    quantiles_referral: tuple[int, ...] = ()
    quantiles_introduction: tuple[int, ...] = ()
    credit_by_grade: tuple[int, ...] = ()
    quadrant: Quadrant | None = None
    advocacy: Advocacy | None = None

    @property
    def network_value(self) -> Money | None:
        """Lifetime value + what is expected of credits − what is expected of one's own value and credited to anybody.
        None where the lifetime value is not known."""
        if self.clv is None or self.clv.currency != self.currency:
            return None
        expected = sum(self.crv_referral[1::2]) + sum(self.crv_introduction[1::2])
        return Money(self.clv.minor + expected - self.attributed_away_expected, self.currency)

    def interval(self, quantiles: Sequence[int], cell: int = -1) -> Interval | None:
        """Of the total, or of a cell in the order of KINDS × TIMES."""
        return interval(quantiles[cell + 1 :: _CELLS + 1], self.currency)

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
