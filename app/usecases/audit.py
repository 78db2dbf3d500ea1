"""The audit log: recording an event beside its effect, reading a subject's events, anchoring, and checking it all.

Invariant: an event is written in the transaction of what it tells, so that neither is there without the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.audit import AuditEvent, Fault, Happening, Sealer, against_anchors, seals
from app.domain.outbox import Topic, message
from app.ports.outside import Clock, NewId, Progress, silent
from app.ports.store import Store, Transaction

ANCHORED_AT_ONCE = 500  # 60 kB of seals: below what webhook receivers take


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """An event's id is drawn before the unit of work, which may run twice."""

    sealer: Sealer
    new_id: NewId

    def draw(self) -> str:
        return self.new_id("AuditEvent")

    def record(self, tx: Transaction, event_id: str, what: Happening) -> AuditEvent:
        """The caller holds the lock on the subject: two events at once would want one place, and one is refused."""
        event = self.sealer.sealed(tx.audit.last(what.subject_id), what, event_id)
        tx.audit.append(event)
        return event


@dataclass(frozen=True, slots=True)
class AnchorAudit:
    """Hands new seals on to be kept outside the graph, as messages of the outbox; how many. Each event is in one
    message."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller) -> int:
        caller.require(Scope.RUN)
        count = 0
        while done := self.store.write(caller, self._some, patient=True):
            count += done
        return count

    def _some(self, tx: Transaction) -> int:
        events = sorted(tx.audit.unanchored(limit=ANCHORED_AT_ONCE), key=lambda one: one.place)
        if not events:
            return 0
        first = min(one.id for one in events)
        told = message(Topic.AUDIT_ANCHORED, first, self.clock(), {"seals": seals(events)})
        tx.outbox.create(told)
        tx.audit.anchor([one.id for one in events])
        return len(events)


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """`faults` in the order of places, at most MOST_FAULTS. `anchored`: seals that were compared."""

    events: int
    anchored: int
    faults: tuple[Fault, ...]
    more: bool


MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class CheckAudit:
    """Reads the whole log: some seconds for 100,000 events."""

    store: Store
    sealer: Sealer

    def __call__(self, caller: Caller, anchored: Mapping[str, str], progress: Progress = silent) -> AuditCheck:
        """`anchored`: the seals kept outside, by place."""
        caller.require(Scope.ADMIN)
        count, seen = 0, dict[str, str]()

        def batch(after: str) -> list[AuditEvent]:
            return self.store.read(caller, lambda tx: tx.audit.batch(after), patient=True)

        def events() -> Iterator[AuditEvent]:
            nonlocal count
            after = ""
            while some := batch(after):
                count += len(some)
                progress("checking events", count, 0)
                seen.update((place, seal) for place, seal in seals(some).items() if place in anchored)
                yield from some
                after = some[-1].place

        found = {*self.sealer.faults(events()), *against_anchors(seen, anchored)}
        places = sorted(found, key=lambda one: (one.place, one.damage))
        return AuditCheck(count, len(anchored), tuple(places[:MOST_FAULTS]), len(places) > MOST_FAULTS)


def timeline(tx: Transaction, subject_id: str) -> Iterable[AuditEvent]:
    """Every event of a subject, the first first."""
    after = 0
    while some := tx.audit.of_subject(subject_id, after=after):
        yield from some
        after = some[-1].number
