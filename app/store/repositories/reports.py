"""Documents that jobs have made."""

from app.domain.access import Scope
from app.domain.report import Report, ReportKind
from app.store.records import REPORT
from app.store.repositories.session import Session

_AT_ONCE = 100


class ReportRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, report: Report) -> None:
        self._session.run(Scope.RUN, "reports/create_report", id=report.id, properties=REPORT.bare(report))

    def get(self, report_id: str) -> Report | None:
        found = self._session.run(Scope.READ, "reports/get_report", id=report_id)
        return REPORT.record(found[0]["record"]) if found else None

    def latest(self, kind: ReportKind, *, limit: int = 1) -> list[Report]:
        found = self._session.run(Scope.READ, "reports/find_latest_report", kind=str(kind), limit=limit)
        return [REPORT.record(row["record"]) for row in found]

    def forget(self, kind: ReportKind, *, before: str) -> None:
        self._session.run(Scope.RUN, "reports/delete_old_report", kind=str(kind), before=before, limit=_AT_ONCE)
