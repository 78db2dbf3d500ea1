"""ReconcileCash: every month's realised cash against the imported totals of the ledger, to the minor unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from app.domain.access import Caller, Scope
from app.domain.reconciliation import Closed, Key, Reconciliation, books_of, reconcile
from app.domain.referral import FlowKind
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.ports.outside import Clock, Progress, silent
from app.ports.store import Store, Transaction
from app.usecases.cash_book import cash_lines

MOST_MONTHS = 2_000  # closes and reopenings that are looked at: a century


@dataclass(frozen=True, slots=True)
class ReconcileCash:
    """Reads every flow once: for a job."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller, progress: Progress = silent) -> Reconciliation:
        caller.require(Scope.RUN)
        now = self.clock()
        progress("reading cash", 0, 0)
        ours = self.store.read(caller, lambda tx: _ours(tx, now), patient=True)
        progress("reading the ledger", 0, 0)
        books = self.store.read(caller, lambda tx: books_of(chain.from_iterable(tx.ledger.stream()), now), patient=True)
        closed = self.store.read(caller, closed_months)
        return reconcile(ours, books, closed, now)


def _ours(tx: Transaction, now: datetime) -> dict[Key, tuple[int, int]]:
    return {
        (line.month, line.kind, line.money.currency): (line.money.minor, line.flows)
        for line in cash_lines(tx, now)
        if line.realised
    }


def closed_months(tx: Transaction) -> dict[str, Closed]:
    """Whichever of close and reopening was approved last decides about a month."""
    latest: dict[str, SignOff] = {}
    for subject in (Subject.CLOSE, Subject.REOPEN):
        for one in tx.sign_offs.of_subject(subject, SignOffState.APPROVED, limit=MOST_MONTHS):
            known = latest.get(one.month or "")
            if known is None or (one.decided_at, one.id) > (known.decided_at, known.id):
                latest[one.month or ""] = one
    return {month: _closed(one) for month, one in latest.items() if one.subject is Subject.CLOSE}


def _closed(one: SignOff) -> Closed:
    lines: list[Mapping[str, object]] = one.document["lines"]
    ours = {(FlowKind(str(line["kind"])), str(line["currency"])): int(str(line["ours_minor"])) for line in lines}
    return Closed(one.id, ours)
