"""Our cash of a month against the operator's own books, and whether the month is closed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.ledger import LedgerTotal
from app.domain.money import Money
from app.domain.referral import FlowKind

Key = tuple[str, FlowKind, str]  # month, kind, currency


class Agreement(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_IN_BOOKS = "not_in_books"
    NOT_HERE = "not_here"


class MonthState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ReconciledLine:
    """`ours`: realised cash, undiscounted; `books`: what the ledger says, of all its sources; `difference`: ours less
    books. `signed`: ours as the month was closed; `since_close`: what has come or gone since, by facts recorded
    later."""

    month: str
    kind: FlowKind
    ours: Money
    books: Money | None
    difference: Money
    agreement: Agreement
    flows: int
    signed: Money | None
    since_close: Money | None


@dataclass(frozen=True, slots=True)
class ReconciledMonth:
    """`agrees`: every line does. `sign_off_id`: by which it was closed. `changed`: facts recorded since have changed a
    figure that was signed."""

    month: str
    state: MonthState
    agrees: bool
    lines: int
    sign_off_id: str | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Facts recorded until `known_at`. Months in order; lines in the order of month, kind and currency."""

    known_at: datetime
    months: tuple[ReconciledMonth, ...]
    lines: tuple[ReconciledLine, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """What was signed of a month: ours by kind and currency, in minor units."""

    sign_off_id: str
    ours: Mapping[tuple[FlowKind, str], int]


def books_of(totals: Iterable[LedgerTotal], known_at: datetime) -> dict[Key, int]:
    """Of each month, kind, currency and source the total recorded last by then; sources add up."""
    latest: dict[tuple[Key, str], tuple[datetime, str, int]] = {}
    for one in totals:
        if one.recorded_at <= known_at:
            place = (one.month, one.kind, one.total.currency), one.source
            found = (one.recorded_at, one.id, one.total.minor)
            latest[place] = max(latest.get(place, found), found)
    sums: dict[Key, int] = {}
    for (key, _), (_, _, minor) in latest.items():
        sums[key] = sums.get(key, 0) + minor
    return sums


def reconcile(
    ours: Mapping[Key, tuple[int, int]], books: Mapping[Key, int], closed: Mapping[str, Closed], known_at: datetime
) -> Reconciliation:
    """`ours`: minor units and how many flows. Nothing is left out on either side."""
    signed = {(month, *key): minor for month, one in closed.items() for key, minor in one.ours.items()}
    keys = sorted({*ours, *books, *signed}, key=lambda key: (key[0], list(FlowKind).index(key[1]), key[2]))
    lines = tuple(_line(key, ours.get(key), books.get(key), signed.get(key), key[0] in closed) for key in keys)
    months = tuple(_month(month, lines, closed.get(month)) for month in sorted({line.month for line in lines}))
    return Reconciliation(known_at, months, lines, tuple(_notes(months, bool(books))))


def _line(
    key: Key, ours: tuple[int, int] | None, books: int | None, signed: int | None, closed: bool
) -> ReconciledLine:
    month, kind, currency = key
    minor, flows = ours or (0, 0)
    difference = minor - (books or 0)
    if books is None:
        agreement = Agreement.NOT_IN_BOOKS
    elif ours is None and books:
        agreement = Agreement.NOT_HERE
    else:
        agreement = Agreement.DIFFERS if difference else Agreement.AGREES
    return ReconciledLine(
        month=month,
        kind=kind,
        ours=Money(minor, currency),
        books=None if books is None else Money(books, currency),
        difference=Money(difference, currency),
        agreement=agreement,
        flows=flows,
        signed=Money(signed or 0, currency) if closed else None,
        since_close=Money(minor - (signed or 0), currency) if closed else None,
    )


def _month(month: str, every: Sequence[ReconciledLine], closed: Closed | None) -> ReconciledMonth:
    lines = [line for line in every if line.month == month]
    return ReconciledMonth(
        month=month,
        state=MonthState.OPEN if closed is None else MonthState.CLOSED,
        agrees=all(line.agreement is Agreement.AGREES for line in lines),
        lines=len(lines),
        sign_off_id=None if closed is None else closed.sign_off_id,
        changed=any(line.since_close is not None and line.since_close.minor for line in lines),
    )


def _notes(months: Sequence[ReconciledMonth], books: bool) -> Iterable[str]:
    if not books:
        yield "The books say nothing yet: import the totals of the ledger (docs/closing.md)."
    changed = [one.month for one in months if one.changed]
    if changed:
        yield (
            f"Facts recorded since the close have changed {', '.join(changed)}: book the difference in an open month, "
            "or reopen."
        )
    disagree = [one.month for one in months if not one.agrees]
    if books and disagree:
        yield f"{len(disagree)} months do not agree with the books, the first of them {disagree[0]}."
