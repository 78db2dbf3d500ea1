"""Documents that jobs have made, and what two people have signed."""

from app.domain.access import Scope
from app.domain.report import Report, ReportKind
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.ports.store import PageOf
from app.store.records import REPORT, SIGN_OFF
from app.store.repositories.session import Session, bounds

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


class SignOffRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, one: SignOff) -> None:
        self._session.run(Scope.SIGN, "finance/create_sign_off", id=one.id, properties=SIGN_OFF.bare(one))

    def get(self, sign_off_id: str) -> SignOff | None:
        found = self._session.run(Scope.READ, "finance/get_sign_off", id=sign_off_id)
        return SIGN_OFF.record(found[0]["record"]) if found else None

    def page(self, at: PageOf) -> list[SignOff]:
        found = self._session.run(Scope.READ, "finance/page_sign_off", **bounds(at))
        return [SIGN_OFF.record(row["record"]) for row in found]

    def lock(self, what: str) -> None:
        self._session.run(Scope.SIGN, "finance/claim_subject", id=f"sign_off:{what}")

    def decide(self, one: SignOff) -> bool:
        properties = SIGN_OFF.bare(one)
        return bool(self._session.run(Scope.SIGN, "finance/claim_sign_off", id=one.id, properties=properties))

    def of_subject(self, subject: Subject, state: SignOffState, *, limit: int) -> list[SignOff]:
        asked = {"subject": str(subject), "state": str(state), "limit": limit}
        found = self._session.run(Scope.READ, "finance/find_subject_sign_off", **asked)
        return [SIGN_OFF.record(row["record"]) for row in found]
