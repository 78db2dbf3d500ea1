"""The facts that referral value rests on, gathered from the graph's columns: rows of what is told apart one by one,
arrays of the cash, of which there are millions. Times are microseconds since 1970."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.customer import Customer
from app.domain.referral import FlowKind, Ledger
from app.ports.store import Transaction
from app.ports.views import FactRows

Codes = NDArray[np.int32]
Times = NDArray[np.int64]

PAYMENT = tuple(FlowKind).index(FlowKind.PAYMENT)  # the engine's kinds come before it, in its order
MICROSECONDS_A_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_FLOW_KINDS = {str(kind): code for code, kind in enumerate(FlowKind)}


class ReferralRow(NamedTuple):
    id: str
    recorded_at: int
    referrer_id: str
    referred_id: str
    at: int
    pi: float


class OutcomeRow(NamedTuple):
    """Absent ids are ''. `introduced_at`: when the introduction was made that it came from, else `valid_at`."""

    id: str
    recorded_at: int
    kind: str
    seeker_id: str
    provider_id: str
    referral_id: str
    introduced_at: int
    pi: float
    valid_at: int
    contributor_ids: Sequence[str]
    betas: Sequence[float]


class EvidenceRow(NamedTuple):
    """Of π: `grade` A to D. `low`, `high`: 95 %. Betas are empty where it says nothing about who acted."""

    outcome_id: str
    recorded_at: int
    id: str
    pi: float
    grade: str
    low: float | None
    high: float | None
    contributor_ids: Sequence[str]
    betas: Sequence[float]


class RateRow(NamedTuple):
    """`rate` units of `quote` for one of `currency`."""

    currency: str
    quote: str
    valid_at: int
    recorded_at: int
    id: str
    rate: float


@dataclass(frozen=True, slots=True)
class FlowColumns:
    """`outcome`: row of the outcomes, −1 for one that is not there. `kind`: place in FlowKind. `currency`: place in
    `currencies`."""

    outcome: Codes
    kind: NDArray[np.int8]
    of_operator: NDArray[np.bool_]
    amount_minor: NDArray[np.int64]
    currency: NDArray[np.int16]
    valid_at: Times
    recorded_at: Times
    currencies: Sequence[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows in the order of their fields: former versions of a referral or outcome stand before what it is now. Flows
    are in any order. `watermark`: the data are at least as new."""

    customers: Sequence[Customer]
    referrals: Sequence[ReferralRow]
    outcomes: Sequence[OutcomeRow]
    outcome_ids: Sequence[str]
    flows: FlowColumns
    evidence: Sequence[EvidenceRow]
    rates: Sequence[RateRow]
    watermark: int


def read_facts(tx: Transaction) -> Facts:
    """All of them. The watermark comes first: what changes meanwhile is newer than it says."""
    watermark = tx.views.watermark()
    customers = [one for batch in tx.customers.stream() for one in batch]
    return gather(customers, tx.views.value_facts(), watermark)


def gather(customers: Iterable[Customer], batches: Iterable[FactRows], watermark: int) -> Facts:
    """Sorted here, so that no engine's order of texts decides anything. Outcomes come before their flows."""
    found = _Gathered()
    for rows in batches:
        found.add(rows)
    return Facts(
        customers=sorted(customers, key=lambda one: one.id),
        referrals=sorted(found.referrals),
        outcomes=sorted(found.outcomes),
        outcome_ids=list(found.rank()),
        flows=found.flows(),
        evidence=sorted(found.evidence),
        rates=sorted(found.rates),
        watermark=watermark,
    )


def micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def days(at: Times) -> Codes:
    """Ordinals of the days in UTC."""
    return (np.floor_divide(at, MICROSECONDS_A_DAY) + _EPOCH_DAY).astype(np.int32)


def day_of(at: int) -> int:
    return at // MICROSECONDS_A_DAY + _EPOCH_DAY


_ROWS: Mapping[str, type[Any]] = {
    "referrals": ReferralRow,
    "outcomes": OutcomeRow,
    "evidence": EvidenceRow,
    "rates": RateRow,
}


class _Gathered:
    def __init__(self) -> None:
        self.referrals: list[ReferralRow] = []
        self.outcomes: list[OutcomeRow] = []
        self.evidence: list[EvidenceRow] = []
        self.rates: list[RateRow] = []
        self._rank: Mapping[str, int] | None = None
        self._flows: list[tuple[NDArray[Any], ...]] = []
        self._currencies: dict[str, int] = {}

    def add(self, rows: FactRows) -> None:
        if rows.kind == "flows":
            self._flows.append(tuple(self._flow_columns(rows.columns)))
        else:
            kind = _ROWS[rows.kind]
            columns = (rows.columns[name] for name in kind._fields)
            getattr(self, rows.kind).extend(map(kind._make, zip(*columns, strict=True)))

    def rank(self) -> Mapping[str, int]:
        """Of each outcome by id; asked for when all outcomes are there."""
        if self._rank is None:
            self._rank = {key: rank for rank, key in enumerate(sorted({one.id for one in self.outcomes}))}
        return self._rank

    def _flow_columns(self, columns: Mapping[str, Sequence[Any]]) -> Iterator[NDArray[Any]]:
        rank, codes = self.rank(), self._currencies
        for currency in sorted(set(columns["currency"])):
            codes.setdefault(currency, len(codes))
        yield np.array([rank.get(one, -1) for one in columns["outcome_id"]], np.int32)
        yield np.array([_FLOW_KINDS[one] for one in columns["kind"]], np.int8)
        yield np.array([one == Ledger.OPERATOR for one in columns["ledger"]], np.bool_)
        yield np.array(columns["amount_minor"], np.int64)
        yield np.array([codes[one] for one in columns["currency"]], np.int16)
        yield np.array(columns["valid_at"], np.int64)
        yield np.array(columns["recorded_at"], np.int64)

    def flows(self) -> FlowColumns:
        parts = self._flows or [tuple(self._flow_columns(dict.fromkeys(_FLOW_NAMES, ())))]
        columns: list[NDArray[Any]] = [np.concatenate(column) for column in zip(*parts, strict=True)]
        outcome, kind, of_operator, amount, currency, valid_at, recorded_at = columns
        codes = tuple(self._currencies)
        return FlowColumns(outcome, kind, of_operator, amount, currency, valid_at, recorded_at, codes)


_FLOW_NAMES = ("outcome_id", "kind", "ledger", "amount_minor", "currency", "valid_at", "recorded_at")
