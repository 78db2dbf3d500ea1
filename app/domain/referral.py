"""Who brought whom, the business that followed, and its dated cash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money

OPERATOR = "OPERATOR"  # contributor of an outcome beside customers
UNATTRIBUTED = "UNATTRIBUTED"


@dataclass(frozen=True, slots=True)
class Referral:
    """`referrer_id` brought `referred_id`, who is a customer since `at`. `pi`: P(would have joined anyway)."""

    id: str
    referrer_id: str
    referred_id: str
    at: datetime
    pi: float = 0.5
    source: str = "icrm"
    introduction_id: str | None = None
    version: int = 1
    import_id: str | None = None


class OutcomeKind(StrEnum):
    REFERRAL = "referral"
    INTRODUCTION = "introduction"


class FlowKind(StrEnum):
    MARGIN = "margin"
    SERVING = "serving"  # serving and marketing cost
    ACQUISITION_SAVED = "acquisition_saved"  # type one: on someone who would not have joined (ACQ1)
    ACQUISITION_SAVED_ANYWAY = "acquisition_saved_anyway"  # type two (ACQ2)
    FEE = "fee"
    COST = "cost"  # incentive, vetting, banker time, compensation
    PAYMENT = "payment"  # customer ledger: what the seeker paid the provider; never part of CRV


class Ledger(StrEnum):
    OPERATOR = "operator"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Contribution:
    """β of one contributor: a customer's id, OPERATOR or UNATTRIBUTED."""

    contributor_id: str
    beta: float


def customers_among(contributor_ids: Iterable[str]) -> list[str]:
    return [one for one in contributor_ids if one not in (OPERATOR, UNATTRIBUTED)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One referral conversion or one introduction that led to business. Σβ of `contributions` is 1; empty means the
    default split of VALUE.md."""

    id: str
    kind: OutcomeKind
    valid_at: datetime
    recorded_at: datetime
    source: str
    external_id: str
    seeker_id: str | None = None
    provider_id: str | None = None
    need_id: str | None = None
    referral_id: str | None = None
    introduction_id: str | None = None
    pi: float = 0.5
    good: bool | None = None
    contributions: tuple[Contribution, ...] = ()
    version: int = 1
    import_id: str | None = None


class Grade(StrEnum):
    """Of the evidence for a π."""

    A = "A"  # a hold-out of approved suggestions
    B = "B"  # pairs alike that were not introduced
    C = "C"  # a survey
    D = "D"  # an opinion


@dataclass(frozen=True, slots=True)
class PiEvidence:
    """What became known about an outcome: π with its grade, `low` and `high` as 95 %, and, where it says so, who acted.
    Append-only: of an outcome the one that was recorded last by then applies, before what the outcome itself says."""

    id: str
    outcome_id: str
    pi: float
    grade: Grade
    recorded_at: datetime
    source: str
    low: float | None = None
    high: float | None = None
    contributions: tuple[Contribution, ...] = ()
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Append-only. Amounts are positive as their kind names them; a reversal is negative and names what it reverses."""

    id: str
    outcome_id: str
    kind: FlowKind
    ledger: Ledger
    money: Money
    valid_at: datetime
    recorded_at: datetime
    reverses: str | None = None
    import_id: str | None = None
