"""The audit log in the graph."""

from collections.abc import Sequence

from app.domain.access import Scope
from app.domain.audit import AuditEvent
from app.ports.store import PageOf
from app.store.records import AUDIT_EVENT
from app.store.repositories.session import LARGEST_PAGE, STREAM_BATCH, Session, batches, bounds


class AuditRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def last(self, subject_id: str) -> AuditEvent | None:
        found = self._session.run(Scope.READ, "audit/find_last_event", subject_id=subject_id, limit=1)
        return AUDIT_EVENT.record(found[0]["record"]) if found else None

    def append(self, event: AuditEvent) -> None:
        """No scope of its own: whoever may do a thing may have it recorded."""
        self._session.run(None, "audit/create_event", id=event.id, properties=AUDIT_EVENT.bare(event))

    def of_subject(self, subject_id: str, *, after: int = 0, limit: int = LARGEST_PAGE) -> list[AuditEvent]:
        asked = {"subject_id": subject_id, "after": after, "limit": limit}
        return [AUDIT_EVENT.record(row["record"]) for row in self._session.run(Scope.READ, _OF_SUBJECT, **asked)]

    def at(self, places: Sequence[str]) -> list[AuditEvent]:
        found = []
        for some in batches(sorted(places)):
            found += self._session.run(Scope.READ, "audit/get_event_place", keys=list(some))
        return [AUDIT_EVENT.record(row["record"]) for row in found]

    def page(self, at: PageOf) -> list[AuditEvent]:
        return self._events(**bounds(at))

    def batch(self, after: str) -> list[AuditEvent]:
        return self._events(after=after, limit=STREAM_BATCH)

    def unanchored(self, *, limit: int) -> list[AuditEvent]:
        found = self._session.run(Scope.RUN, "audit/find_unanchored_event", limit=limit)
        return [AUDIT_EVENT.record(row["record"]) for row in found]

    def anchor(self, ids: Sequence[str]) -> None:
        self._session.run(Scope.RUN, "audit/change_event_anchored", ids=sorted(ids))

    def _events(self, *, after: str, limit: int) -> list[AuditEvent]:
        found = self._session.run(Scope.ADMIN, "audit/page_event", after=after, limit=limit)
        return [AUDIT_EVENT.record(row["record"]) for row in found]


_OF_SUBJECT = "audit/page_event_subject"
