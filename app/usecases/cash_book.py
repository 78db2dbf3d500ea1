"""The operator's recorded cash by month: undiscounted, in the currency it came in, to the minor unit."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from app.domain.money import Money
from app.domain.referral import FlowKind, Ledger
from app.ports.store import Transaction
from app.usecases.value_facts import micros

_Key = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class CashLine:
    """`month`: such as 2026-01, by the flows' own dates in UTC. `realised`: dated by then, else expected. `flows`: how
    many it sums. Amounts are signed as they were recorded: costs are positive, reversals negative."""

    month: str
    kind: FlowKind
    money: Money
    realised: bool
    flows: int


def cash_lines(tx: Transaction, now: datetime) -> list[CashLine]:
    """In the order of month, kind and currency; facts recorded after `now` do not exist. Payments between customers are
    not the operator's. One pass over the flows, of which none is kept."""
    minor: dict[_Key, int] = defaultdict(int)
    count: dict[_Key, int] = defaultdict(int)
    until = micros(now)
    for rows in tx.views.value_facts(["flows"]):
        for key, amount in _entries(rows.columns, until):
            minor[key] += amount
            count[key] += 1
    return [
        CashLine(month, FlowKind(kind), Money(minor[key], currency), realised, count[key])
        for key in sorted(minor)
        for month, kind, currency, realised in [key]
    ]


def _entries(columns: Any, until: int) -> Iterator[tuple[_Key, int]]:
    months = _months(columns["valid_at"])
    names = ("kind", "currency", "ledger", "amount_minor", "valid_at", "recorded_at")
    for month, kind, currency, ledger, amount, at, recorded_at in zip(months, *map(columns.get, names), strict=True):
        if ledger == Ledger.OPERATOR and kind != FlowKind.PAYMENT and recorded_at <= until:
            yield (month, kind, currency, at <= until), int(amount)


def _months(times: Sequence[int]) -> list[str]:
    return [str(month) for month in np.asarray(times, "datetime64[us]").astype("datetime64[M]")]
