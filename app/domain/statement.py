"""How one customer's value comes about: from lifetime value through each outcome to network value."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money
from app.domain.value import CustomerValue


@dataclass(frozen=True, slots=True)
class Stage:
    """One bar of the waterfall: `money` leads from the sum of the bars before it to the next. Of an outcome `credit`
    and `away` are its two sides."""

    name: str
    money: Money


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One outcome in the customer's value. `value`: what all of it is worth. `credit`, `away`: what of it is credited
    to the customer, and what of the customer's own is credited to anybody; of each the expected part. `chain`: from
    who acted to the customer. `share`: of the value."""

    outcome_id: str
    kind: str
    valid_at: datetime
    seeker_id: str | None
    provider_id: str | None
    referrer_id: str | None
    pi: float
    grade: str
    value: Money
    credit: Money
    credit_expected: Money
    away: Money
    away_expected: Money
    chain: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class ValueStatement:
    """As of `valuation_at`, from facts recorded until `known_at`. `credited_to`: the first company of the legal group,
    in whose row the group's credit stands. `lines`: those with the largest amounts; `others`: how many more there are,
    which the last bars hold. `not_known` are sentences."""

    value: CustomerValue
    valuation_at: datetime
    known_at: datetime
    credited_to: str
    lines: tuple[OutcomeLine, ...]
    others: int
    stages: tuple[Stage, ...]
    not_known: tuple[str, ...]
    assumptions: tuple[str, ...]
