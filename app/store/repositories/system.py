"""The service's own records: jobs, API keys, answers to repeated requests. No write here ages the snapshot."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from app.domain.access import Scope
from app.domain.decision import Decision
from app.domain.errors import Conflict, KeyReused
from app.domain.job import ApiKey, Held, ImportRun, JobRun, JobState
from app.domain.outbox import Message, MessageState
from app.domain.standing import Waiting
from app.ports.store import PageOf
from app.store.records import DECISION, IMPORT, JOB, KEY, MESSAGE
from app.store.repositories.session import Session, bounds
from app.store.repositories.undo import UndoImport
from app.store.rows import Mapper

Leased = TypeVar("Leased", JobRun, Message)

_CLAIM_TRIES = 8  # candidates looked at before a worker gives up until its next poll


def claimed(
    session: Session, mapper: Mapper[Leased], find: str, claim: str, *, now: datetime, lease_until: datetime
) -> Leased | None:
    """The first of those found that nobody takes before."""
    for row in session.run(Scope.RUN, find, now=now, limit=_CLAIM_TRIES):
        taken = session.run(Scope.RUN, claim, id=row["id"], now=now, lease_until=lease_until)
        if taken:
            return mapper.record(taken[0]["record"])
    return None


class JobRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, job: JobRun) -> None:
        self._session.run(Scope.RUN, "system/save_job", id=job.id, properties=JOB.bare(job))

    def now(self) -> datetime:
        return self._session.run(None, "system/get_time")[0]["now"]  # type: ignore[no-any-return]

    def create(self, job: JobRun) -> None:
        """No scope of its own: what a move leads to is done by the service, not by who moves."""
        self._session.run(None, "system/create_job", id=job.id, properties=JOB.bare(job))

    def hold(self, held: Held) -> None:
        if not self._session.run(Scope.RUN, "system/claim_held_job", id=held.job_id, fence=held.fence):
            raise Conflict("Another worker has taken this job over.")

    def get(self, job_id: str) -> JobRun | None:
        found = self._session.run(Scope.RUN, "system/get_job", id=job_id)
        return JOB.record(found[0]["record"]) if found else None

    def page(self, at: PageOf) -> list[JobRun]:
        return [JOB.record(row["record"]) for row in self._session.run(Scope.RUN, "system/page_job", **bounds(at))]

    def waiting(self, state: JobState) -> Waiting:
        return Waiting(**self._session.run(Scope.READ, "system/count_job", state=str(state))[0])

    def claim(self, *, now: datetime, lease_until: datetime) -> JobRun | None:
        """The oldest queued job, or a running one whose lease has run out; its fence is raised."""
        find, claim = "system/find_claimable_jobs", "system/claim_job"
        return claimed(self._session, JOB, find, claim, now=now, lease_until=lease_until)

    def report(self, job: JobRun) -> bool:
        """Writes progress or the result; False when the stored fence is another: the job was taken over."""
        properties = JOB.bare(job)
        written = self._session.run(Scope.RUN, "system/report_job", id=job.id, fence=job.fence, properties=properties)
        return bool(written)

    def request_cancel(self, job_id: str) -> bool:
        """Asks a job's worker to stop, whatever it has reported meanwhile; False for an unknown job."""
        return bool(self._session.run(Scope.RUN, "system/cancel_job", id=job_id))


class OutboxRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, message: Message) -> None:
        """No scope of its own: whoever may do a thing may have it told."""
        self._session.run(None, "outbox/create_message", id=message.id, properties=MESSAGE.bare(message))

    def get(self, message_id: str) -> Message | None:
        found = self._session.run(Scope.RUN, "outbox/get_message", id=message_id)
        return MESSAGE.record(found[0]["record"]) if found else None

    def page(self, at: PageOf, state: MessageState | None = None) -> list[Message]:
        if state is None:
            found = self._session.run(Scope.RUN, "outbox/page_message", **bounds(at))
        else:
            found = self._session.run(Scope.RUN, "outbox/page_message_state", state=str(state), **bounds(at))
        return [MESSAGE.record(row["record"]) for row in found]

    def waiting(self, state: MessageState) -> Waiting:
        return Waiting(**self._session.run(Scope.READ, "outbox/count_message", state=str(state))[0])

    def claim(self, *, now: datetime, lease_until: datetime) -> Message | None:
        find, claim = "outbox/find_claimable_message", "outbox/claim_message"
        return claimed(self._session, MESSAGE, find, claim, now=now, lease_until=lease_until)

    def report(self, message: Message) -> bool:
        written = self._session.run(
            Scope.RUN, "outbox/report_message", id=message.id, fence=message.fence, properties=MESSAGE.bare(message)
        )
        return bool(written)

    def forget_sent(self, before: datetime, *, limit: int) -> int:
        found = self._session.run(Scope.RUN, "outbox/delete_message", before=before, limit=limit)
        return sum(int(row["deleted"]) for row in found)


class ImportRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, run: ImportRun) -> None:
        self._session.run(Scope.RUN, "system/save_import", id=run.id, properties=IMPORT.bare(run))

    def get(self, import_id: str) -> ImportRun | None:
        found = self._session.run(Scope.RUN, "system/get_import", id=import_id)
        return IMPORT.record(found[0]["record"]) if found else None

    def page(self, at: PageOf) -> list[ImportRun]:
        found = self._session.run(Scope.RUN, "system/page_import", **bounds(at))
        return [IMPORT.record(row["record"]) for row in found]

    def remember(self, import_id: str, label: str, changed_before: Sequence[tuple[str, str]]) -> None:
        UndoImport(self._session, import_id).remember(label, changed_before)

    def undo(self, import_id: str, *, limit: int) -> int:
        return UndoImport(self._session, import_id).undo(limit)


class KeyRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, key: ApiKey) -> None:
        self._session.run(Scope.ADMIN, "system/save_key", id=key.id, properties=KEY.bare(key))

    def by_hash(self, key_hash: str) -> ApiKey | None:
        found = self._session.run(Scope.ADMIN, "system/get_key", hash=key_hash)
        return KEY.record(found[0]["record"]) if found else None

    def page(self, at: PageOf) -> list[ApiKey]:
        return [KEY.record(row["record"]) for row in self._session.run(Scope.ADMIN, "system/page_key", **bounds(at))]


class DecisionRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, decisions: Sequence[Decision]) -> None:
        rows = [{"id": one.id, "properties": DECISION.bare(one)} for one in sorted(decisions, key=lambda one: one.id)]
        self._session.run(Scope.WRITE, "system/save_decision", rows=rows)

    def get(self, decision_id: str) -> Decision | None:
        found = self._session.run(Scope.READ, "system/get_decision", id=decision_id)
        return DECISION.record(found[0]["record"]) if found else None

    def of_need(self, need_id: str, at: PageOf) -> list[Decision]:
        found = self._session.run(Scope.READ, "system/page_decision_need", need_id=need_id, **bounds(at))
        return [DECISION.record(row["record"]) for row in found]


class IdempotencyRows:
    """Any caller may repeat its own request, so no scope is asked for: the effect in the same transaction asks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(self, record_id: str, request_hash: str, at: datetime) -> tuple[int, str] | None:
        name = "system/claim_idempotency"
        row = self._session.run(None, name, id=record_id, request_hash=request_hash, at=at)[0]
        if row["was"] is None:
            return None
        if row["was"] != request_hash:
            raise KeyReused("This Idempotency-Key came with another request before.", in_flight=False)
        if row["status"] is None:
            raise KeyReused("The first request with this Idempotency-Key is still running.", in_flight=True)
        return row["status"], row["response"]

    def store(self, record_id: str, status: int, response: str) -> None:
        self._session.run(None, "system/store_idempotency", id=record_id, status=status, response=response)
