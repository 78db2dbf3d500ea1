"""Keeping what a job has found as one document, and reading the latest of a kind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.access import Caller, Scope
from app.domain.errors import NotFound
from app.domain.ids import new_id, timed_id
from app.domain.job import Held
from app.domain.outbox import Message
from app.domain.report import Report, ReportKind, content
from app.ports.store import Store, Transaction
from app.usecases.jobs import while_held
from app.usecases.old_runs import KEPT

_JOBS = {
    ReportKind.PROGRAMME: "programme_report",
    ReportKind.RECONCILIATION: "reconcile_cash",
    ReportKind.BRIDGE: "bridge_value",
    ReportKind.SENSITIVITY: "value_sensitivity",
}


@dataclass(frozen=True, slots=True)
class KeepReport:
    """Of each kind the KEPT latest stay. A job that is run again keeps the report that it kept before. `messages`: what
    the operator is told of it, in the same transaction."""

    store: Store
    messages: Callable[[Report], Iterable[Message]] = lambda _: ()

    def __call__(self, caller: Caller, kind: ReportKind, made: Any, at: datetime, held: Held | None = None) -> Report:
        caller.require(Scope.RUN)
        report = Report(_id(kind, at, held), kind, at, content(made))

        def work(tx: Transaction) -> Report:
            tx.reports.create(report)
            for told in self.messages(report):
                tx.outbox.create(told)
            kept = tx.reports.latest(kind, limit=KEPT)
            tx.reports.forget(kind, before=kept[-1].id)
            return next((one for one in kept if one.id == report.id), report)

        return self.store.write(caller, while_held(held, work), patient=True)


def _id(kind: ReportKind, at: datetime, held: Held | None) -> str:
    return new_id("Report", at) if held is None else timed_id("Report", held.since, str(kind), held.job_id)


@dataclass(frozen=True, slots=True)
class ReadReport:
    store: Store

    def __call__(self, caller: Caller, kind: ReportKind) -> Report:
        """The latest; NotFound before the first."""
        caller.require(Scope.READ)
        found = self.store.read(caller, lambda tx: tx.reports.latest(kind))
        if not found:
            raise NotFound("There is no such report yet.", remedy=f"Run the job {_JOBS[kind]}.")
        return found[0]
