"""Results of runs. Readers see only the run that the pointer names; it is switched when a run is complete."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.access import Scope
from app.domain.assignment import AssignedPair, AssignmentRun
from app.domain.assignment_record import AssignmentStep
from app.domain.value import TOTALS, CustomerValue, ValueRun
from app.ports.store import PageOf
from app.store.records import ASSIGNED_PAIR, ASSIGNMENT_RUN, ASSIGNMENT_STEP, VALUE, VALUE_RUN
from app.store.repositories.session import LARGEST_PAGE, Session, batches, bounds, in_order
from app.store.rows import Prepared, Properties

VALUES_POINTER = "values"
ASSIGNMENTS_POINTER = "assignments"


class ValueRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def write_run(self, run: ValueRun, values: Sequence[CustomerValue]) -> None:
        self._session.run(Scope.RUN, "analytics/save_value_run", id=run.id, properties=VALUE_RUN.bare(run))
        for batch in batches(value_rows(values)):
            self._session.run(Scope.RUN, "analytics/save_value", rows=batch)
            ties = [{"id": row["id"], "customer_id": row["customer_id"]} for row in batch]  # the rest is 1 kB a value
            self._session.run(Scope.RUN, "analytics/link_value", rows=ties)

    def begun(self, run_id: str) -> tuple[ValueRun, str] | None:
        found = self.run(run_id)
        if found is None:
            return None
        last = self._session.run(Scope.READ, "analytics/find_last_value", run_id=run_id, totals=list(TOTALS))
        return found, last[0]["last"] or ""

    def run(self, run_id: str) -> ValueRun | None:
        found = self._session.run(Scope.READ, "analytics/find_value_run", id=run_id)
        return VALUE_RUN.record(found[0]["record"]) if found else None

    def switch(self, run_id: str, at: datetime) -> None:
        self._session.run(Scope.RUN, "analytics/switch_run", id=VALUES_POINTER, run_id=run_id, at=at)

    def current(self) -> ValueRun | None:
        found = self._session.run(Scope.READ, "analytics/get_value_run", pointer=VALUES_POINTER)
        return VALUE_RUN.record(found[0]["record"]) if found else None

    def get(self, run_id: str, customer_ids: Sequence[str]) -> list[CustomerValue]:
        found: dict[str, CustomerValue] = {}
        for batch in batches(sorted(set(customer_ids))):
            keys = [f"{run_id}:{one}" for one in batch]
            rows = self._session.run(Scope.READ, "analytics/get_value", keys=keys)
            found |= {row["record"]["customer_id"]: VALUE.record(row["record"]) for row in rows}
        return in_order(customer_ids, found)

    def page(self, run_id: str, after: str, limit: int) -> list[CustomerValue]:
        """By a range of ids: see AssignmentRows.page. The totals, in capital letters, come before any customer."""
        limits = {"after": f"{run_id}:{max(after, *TOTALS)}", "until": f"{run_id};", "limit": limit}
        found = self._session.run(Scope.READ, "analytics/page_value", **limits)
        return [VALUE.record(row["record"]) for row in found]

    def top(self, run_id: str, limit: int) -> list[CustomerValue]:
        bounds(PageOf(limit=min(limit, LARGEST_PAGE)))
        name = "analytics/find_top_values"
        rows = self._session.run(Scope.READ, name, run_id=run_id, totals=list(TOTALS), limit=limit)
        return [VALUE.record(row["record"]) for row in rows]

    def old(self, run: ValueRun, *, keep: int) -> list[str]:
        return old_runs(self._session, "value", run.id, keep=keep)

    def forget(self, run_id: str, *, limit: int) -> int:
        return forget_run(self._session, "value", run_id, limit)


class AssignmentRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def write_run(self, run: AssignmentRun, pairs: Sequence[AssignedPair]) -> None:
        name = "analytics/save_assignment_run"
        self._session.run(Scope.RUN, name, id=run.id, properties=ASSIGNMENT_RUN.bare(run))
        rows = [
            {"id": pair.id, "properties": ASSIGNED_PAIR.bare(pair)} for pair in sorted(pairs, key=lambda one: one.id)
        ]
        for batch in batches(rows):
            self._session.run(Scope.RUN, "analytics/save_assigned_pair", rows=batch)

    def switch(self, run: AssignmentRun, at: datetime) -> None:
        self._session.run(Scope.RUN, "analytics/switch_run", id=_pointer(run.event), run_id=run.id, at=at)

    def current(self, event: str = "") -> AssignmentRun | None:
        found = self._session.run(Scope.READ, "analytics/get_assignment_run", pointer=_pointer(event))
        return ASSIGNMENT_RUN.record(found[0]["record"]) if found else None

    def page(self, run_id: str, at: PageOf) -> list[AssignedPair]:
        """By a range of ids, which begin with the run's: the index walks it, however many runs are kept."""
        _, _, place = (at.after or "").partition(":")
        limits = bounds(at) | {"after": f"{run_id}:{place}"}
        found = self._session.run(Scope.READ, "analytics/page_assigned_pair", until=f"{run_id};", **limits)
        return [ASSIGNED_PAIR.record(row["record"]) for row in found]

    def run(self, run_id: str) -> AssignmentRun | None:
        found = self._session.run(Scope.READ, "analytics/find_assignment_run", id=run_id)
        return ASSIGNMENT_RUN.record(found[0]["record"]) if found else None

    def keep_step(self, step: AssignmentStep) -> None:
        properties = ASSIGNMENT_STEP.bare(step)
        self._session.run(Scope.RUN, "analytics/create_assignment_step", id=step.id, properties=properties)

    def steps(self, record_id: str, at: PageOf) -> list[AssignmentStep]:
        limits = bounds(at) | {"after": at.after or f"{record_id}:"}
        found = self._session.run(Scope.RUN, "analytics/page_assignment_step", until=f"{record_id};", **limits)
        return [ASSIGNMENT_STEP.record(row["record"]) for row in found]

    def forget_steps(self, record_id: str, *, limit: int, but_run: str = "") -> int:
        name = "analytics/delete_assignment_step"
        found = self._session.run(Scope.RUN, name, record_id=record_id, but_run=but_run, limit=limit)
        return sum(int(row["deleted"]) for row in found)

    def abandoned(self, before: datetime, *, limit: int) -> list[str]:
        found = self._session.run(Scope.RUN, "analytics/find_abandoned_assignment", before=before, limit=limit)
        return [row["record_id"] for row in found]

    def old(self, run: AssignmentRun, *, keep: int) -> list[str]:
        return old_runs(self._session, "assignment", run.id, keep=keep, event=run.event)

    def forget(self, run_id: str, *, limit: int) -> int:
        """Its pairs, then the steps unless another run was computed from them too, then the run itself."""
        found = self._session.run(Scope.RUN, "analytics/delete_assignment", run_id=run_id, limit=limit)
        gone = sum(int(row["deleted"]) for row in found)
        run = None if gone else self.run(run_id)
        if run is not None:
            gone = self.forget_steps(run.record_id, limit=limit, but_run=run_id)
        if gone == 0:
            self._session.run(Scope.RUN, "analytics/delete_assignment_run", run_id=run_id)
        return gone


def _pointer(event: str) -> str:
    return f"{ASSIGNMENTS_POINTER}:{event}" if event else ASSIGNMENTS_POINTER


def value_rows(values: Sequence[CustomerValue]) -> Sequence[Properties]:
    """As the statements take them, in the order of customers; those of prepared values are there already."""
    if isinstance(values, Prepared):
        return values.properties
    return [_value_row(value) for value in sorted(values, key=lambda value: value.customer_id)]


def _value_row(value: CustomerValue) -> Properties:
    key = f"{value.run_id}:{value.customer_id}"
    properties = VALUE.bare(value) | {
        "id": key,
        "crv_referral_total": sum(value.crv_referral),
        "crv_introduction_total": sum(value.crv_introduction),
    }
    return {"id": key, "customer_id": value.customer_id, "properties": properties}


def old_runs(session: Session, kind: str, run_id: str, *, keep: int, **of: str) -> list[str]:
    """Runs beyond the `keep` latest, without `run_id`, the oldest first; of very many the latest LARGEST_PAGE."""
    found = session.run(Scope.READ, f"analytics/find_old_{kind}_run", keep=keep, limit=LARGEST_PAGE, **of)
    return [row["id"] for row in reversed(found) if row["id"] != run_id]


def forget_run(session: Session, kind: str, run_id: str, limit: int) -> int:
    """Removes at most `limit` results of a run that no pointer names; how many. 0: the run has gone too."""
    found = session.run(Scope.RUN, f"analytics/delete_{kind}", run_id=run_id, limit=limit)
    gone = sum(int(row["deleted"]) for row in found)
    if gone == 0:
        session.run(Scope.RUN, f"analytics/delete_{kind}_run", run_id=run_id)
    return gone
