"""Checks of customers."""

from datetime import datetime

from app.domain.access import Scope
from app.domain.vetting import Vetting
from app.store.records import VETTING
from app.store.repositories.session import LARGEST_PAGE, Session


class VettingRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, vetting: Vetting) -> None:
        properties = VETTING.bare(vetting)
        asked = {"id": vetting.id, "customer_id": vetting.customer_id, "properties": properties}
        self._session.run(Scope.VET, "vetting/create_vetting", **asked)

    def of_customer(self, customer_id: str) -> list[Vetting]:
        name = "vetting/find_vetting_customer"
        found = self._session.run(Scope.READ, name, customer_id=customer_id, limit=LARGEST_PAGE)
        return [VETTING.record(row["record"]) for row in found]

    def expired(self, now: datetime, *, limit: int) -> list[str]:
        found = self._session.run(Scope.READ, "vetting/find_expired_vetting", now=now, limit=limit)
        return [row["id"] for row in found]
