"""Disputes about introductions."""

from datetime import datetime

from app.domain.access import Scope
from app.domain.dispute import Dispute, DisputeState
from app.ports.store import PageOf
from app.store.records import DISPUTE
from app.store.repositories.session import LARGEST_PAGE, Session, bounds


class DisputeRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, dispute: Dispute) -> None:
        self._session.run(Scope.WRITE, "disputes/save_dispute", id=dispute.id, properties=DISPUTE.bare(dispute))

    def get(self, dispute_id: str) -> Dispute | None:
        return next(iter(self._found("disputes/get_dispute", id=dispute_id)), None)

    def page(self, at: PageOf, state: DisputeState | None = None) -> list[Dispute]:
        return self._found("disputes/page_dispute", state=None if state is None else str(state), **bounds(at))

    def about(self, introduction_id: str) -> list[Dispute]:
        name = "disputes/find_dispute_introduction"
        return self._found(name, introduction_id=introduction_id, limit=LARGEST_PAGE)

    def over(self, now: datetime, *, limit: int) -> list[Dispute]:
        return self._found("disputes/find_dispute_due", now=now, limit=limit)

    def _found(self, name: str, **asked: object) -> list[Dispute]:
        return [DISPUTE.record(row["record"]) for row in self._session.run(Scope.READ, name, **asked)]
