"""Repositories of the service's own: jobs, imports, keys, repeated requests, and the log of decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.audit import AuditEvent
from app.domain.contact import Addressee, ContactMessage, ContactState, Switch
from app.domain.decision import Decision
from app.domain.dispute import Dispute, DisputeState
from app.domain.evidence import Business, DecidedPair, LoggedDecision
from app.domain.job import ApiKey, Held, ImportRun, JobRun, JobState
from app.domain.outbox import Message, MessageState
from app.domain.report import Report, ReportKind
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.domain.standing import Waiting
from app.domain.vetting import Vetting
from app.ports.rows import PageOf


class Jobs(Protocol):
    def now(self) -> datetime:
        """By the clock of the store, which all workers share."""
        ...

    def save(self, job: JobRun) -> None: ...
    def create(self, job: JobRun) -> None:
        """A job of that id that is there stays as it is."""
        ...

    def hold(self, held: Held) -> None:
        """Conflict when another worker has claimed the job since; until the transaction ends nobody can."""
        ...

    def get(self, job_id: str) -> JobRun | None: ...
    def page(self, at: PageOf) -> list[JobRun]: ...
    def waiting(self, state: JobState) -> Waiting: ...
    def claim(self, *, now: datetime, lease_until: datetime) -> JobRun | None:
        """The oldest queued job, or a running one whose lease has run out; its fence is raised."""
        ...

    def report(self, job: JobRun) -> bool:
        """Writes progress or the result; False when the stored fence is another: the job was taken over."""
        ...

    def request_cancel(self, job_id: str) -> bool:
        """Asks a job's worker to stop, whatever it has reported meanwhile; False for an unknown job."""
        ...


class Outbox(Protocol):
    """Messages to other systems. Written in the transaction of what they tell, so that they are there exactly when it
    is."""

    def create(self, message: Message) -> None:
        """A message of that id that is there stays as it is."""
        ...

    def get(self, message_id: str) -> Message | None: ...
    def page(self, at: PageOf, state: MessageState | None = None) -> list[Message]: ...
    def waiting(self, state: MessageState) -> Waiting: ...
    def claim(self, *, now: datetime, lease_until: datetime) -> Message | None:
        """The one that is due longest and nobody works on; its fence is raised."""
        ...

    def report(self, message: Message) -> bool:
        """Writes what became of it; False when another relay has claimed it since."""
        ...

    def forget_sent(self, before: datetime, *, limit: int) -> int:
        """Removes at most `limit` messages that were delivered before then; how many."""
        ...


class Reports(Protocol):
    """What jobs have found, each as one document. No write here ages the snapshot."""

    def create(self, report: Report) -> None:
        """A report of that id that is there stays as it is."""
        ...

    def get(self, report_id: str) -> Report | None: ...
    def latest(self, kind: ReportKind, *, limit: int = 1) -> list[Report]:
        """The latest first."""
        ...

    def forget(self, kind: ReportKind, *, before: str) -> None:
        """Removes those older than the one of this id."""
        ...


class SignOffs(Protocol):
    """What takes two people. Kept for ever."""

    def create(self, one: SignOff) -> None: ...
    def get(self, sign_off_id: str) -> SignOff | None: ...
    def page(self, at: PageOf) -> list[SignOff]: ...
    def lock(self, what: str) -> None:
        """Until the transaction ends nobody else decides about it: a subject, or a month."""
        ...

    def decide(self, one: SignOff) -> bool:
        """Writes the decision; False where one has been made meanwhile."""
        ...

    def of_subject(self, subject: Subject, state: SignOffState, *, limit: int) -> list[SignOff]:
        """The one decided last first."""
        ...


class Audit(Protocol):
    """Events of every subject, sealed in chains (`app.domain.audit`). Written once; only content may be erased."""

    def last(self, subject_id: str) -> AuditEvent | None: ...
    def append(self, event: AuditEvent) -> None:
        """An event of that id that is there stays as it is; Conflict where its place is taken."""
        ...

    def of_subject(self, subject_id: str, *, after: int = 0, limit: int = 200) -> list[AuditEvent]: ...
    def at(self, places: Sequence[str]) -> list[AuditEvent]:
        """Those that are there, in no order."""
        ...

    def page(self, at: PageOf) -> list[AuditEvent]:
        """In the order of places."""
        ...

    def batch(self, after: str) -> list[AuditEvent]:
        """As `page`, thousands at once, for who reads the whole log; empty at its end."""
        ...

    def unanchored(self, *, limit: int) -> list[AuditEvent]: ...
    def anchor(self, ids: Sequence[str]) -> None: ...


class Letters(Protocol):
    """Messages to the parties of introductions. Written in the transaction of the move that they follow from."""

    def create(self, message: ContactMessage) -> None:
        """A message of that id that is there stays as it is."""
        ...

    def get(self, ids: Sequence[str]) -> list[ContactMessage]: ...
    def page(self, at: PageOf, state: ContactState | None = None) -> list[ContactMessage]: ...
    def of_introduction(self, introduction_id: str) -> list[ContactMessage]: ...
    def of_customer(self, customer_id: str, state: ContactState) -> list[ContactMessage]: ...
    def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> list[ContactMessage]:
        """Of those that are due longest and nobody works on, as claimed, unless their last relay had got further; their
        fences are raised."""
        ...

    def addressee(self, message: ContactMessage) -> Addressee | None:
        """What decides whether it may go, read under the lock on whom it goes to; None where that is gone."""
        ...

    def report(self, message: ContactMessage) -> bool:
        """Writes how far it has come; False when another relay has claimed it since."""
        ...

    def switch(self) -> Switch | None: ...
    def set_switch(self, switch: Switch) -> None: ...


class Disputes(Protocol):
    def save(self, dispute: Dispute) -> None: ...
    def get(self, dispute_id: str) -> Dispute | None: ...
    def page(self, at: PageOf, state: DisputeState | None = None) -> list[Dispute]: ...
    def about(self, introduction_id: str) -> list[Dispute]:
        """The latest first."""
        ...

    def over(self, now: datetime, *, limit: int) -> list[Dispute]:
        """Those whose effect has ended."""
        ...


class Vettings(Protocol):
    def create(self, vetting: Vetting) -> None: ...
    def of_customer(self, customer_id: str) -> list[Vetting]:
        """The latest first."""
        ...

    def expired(self, now: datetime, *, limit: int) -> list[str]:
        """Ids of customers whose level rests on a check that has ended."""
        ...


class Imports(Protocol):
    def save(self, run: ImportRun) -> None: ...
    def get(self, import_id: str) -> ImportRun | None: ...
    def page(self, at: PageOf) -> list[ImportRun]: ...
    def remember(self, import_id: str, label: str, changed_before: Sequence[tuple[str, str]]) -> None:
        """Keeps what rows were before this import changed them (the first memory of a row wins)."""
        ...

    def undo(self, import_id: str, *, limit: int) -> int:
        """Removes what the import created and restores what it changed, at most `limit` records; how many."""
        ...


class ApiKeys(Protocol):
    def save(self, key: ApiKey) -> None: ...
    def by_hash(self, key_hash: str) -> ApiKey | None: ...
    def page(self, at: PageOf) -> list[ApiKey]: ...


class Idempotency(Protocol):
    def claim(self, record_id: str, request_hash: str, at: datetime) -> tuple[int, str] | None:
        """None: the key is ours now. Otherwise the stored status and response; KeyReused for another body, or while
        the first request is in flight. Called inside the effect's own transaction."""
        ...

    def store(self, record_id: str, status: int, response: str) -> None: ...


class Decisions(Protocol):
    """The decision log: written once, never changed. No write here ages the snapshot."""

    def save(self, decisions: Sequence[Decision]) -> None: ...
    def get(self, decision_id: str) -> Decision | None: ...
    def of_need(self, need_id: str, at: PageOf) -> list[Decision]: ...


class Pilots(Protocol):
    """Everything that shows what introductions changed, read whole: for a report, not for each request."""

    def decisions(self) -> list[LoggedDecision]: ...
    def pairs(self) -> list[DecidedPair]: ...
    def business(self, seeker_ids: Sequence[str], *, until: datetime) -> list[Business]:
        """Of these seekers, begun by then; promises are none."""
        ...

    def left(self, customer_ids: Sequence[str]) -> set[str]:
        """Those who are no longer customers."""
        ...
