"""Messages to the parties of introductions, and the switch that stops them."""

import random
from collections.abc import Sequence
from datetime import datetime

from app.domain.access import Scope
from app.domain.contact import Addressee, ContactMessage, ContactState, Switch
from app.domain.customer import Standing
from app.domain.introduction import IntroductionStatus
from app.ports.store import PageOf
from app.store.facts import consent_line
from app.store.records import CONTACT_MESSAGE, SWITCH
from app.store.repositories.session import LARGEST_PAGE, Session, bounds

_SWITCH = "contact"
_TRIES = 8  # times as many are looked at as are taken: relays at work at once find the same


class LetterRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, message: ContactMessage) -> None:
        """No scope of its own: whoever may move an introduction may have it told."""
        properties = CONTACT_MESSAGE.bare(message)
        self._session.run(None, "contact/create_letter", id=message.id, properties=properties)

    def get(self, ids: Sequence[str]) -> list[ContactMessage]:
        return self._found("contact/get_letter", ids=sorted(ids))

    def page(self, at: PageOf, state: ContactState | None = None) -> list[ContactMessage]:
        return self._found("contact/page_letter", state=None if state is None else str(state), **bounds(at))

    def of_introduction(self, introduction_id: str) -> list[ContactMessage]:
        name = "contact/find_letter_introduction"
        return self._found(name, introduction_id=introduction_id, limit=LARGEST_PAGE)

    def of_customer(self, customer_id: str, state: ContactState) -> list[ContactMessage]:
        asked = {"customer_id": customer_id, "state": str(state), "limit": LARGEST_PAGE}
        return self._found("contact/find_letter_customer", **asked)

    def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> list[ContactMessage]:
        """In any order, so that relays at work at once seldom meet."""
        found = self._session.run(Scope.RUN, "contact/find_claimable_letter", now=now, limit=_TRIES * limit)
        random.shuffle(found)
        taken: list[ContactMessage] = []
        for row in found[: 2 * limit]:
            asked = {"id": row["id"], "now": now, "lease_until": lease_until}
            claimed = self._session.run(Scope.RUN, "contact/claim_letter", **asked)
            taken += [CONTACT_MESSAGE.record(one["record"]) for one in claimed]
            if len(taken) == limit:
                break
        return taken

    def addressee(self, message: ContactMessage) -> Addressee | None:
        asked = {"id": message.customer_id, "introduction_id": message.introduction_id, "switch_id": _SWITCH}
        found = self._session.run(Scope.WRITE, "contact/claim_addressee", **asked)
        if not found:
            return None
        row = found[0]
        lines = tuple(consent_line(line) for line in row["consents"])
        return Addressee(IntroductionStatus(row["status"]), Standing(row["standing"]), lines, row["stopped"])

    def report(self, message: ContactMessage) -> bool:
        asked = {"id": message.id, "fence": message.fence, "properties": CONTACT_MESSAGE.bare(message)}
        return bool(self._session.run(Scope.WRITE, "contact/report_letter", **asked))

    def switch(self) -> Switch | None:
        found = self._session.run(Scope.READ, "contact/get_switch", id=_SWITCH)
        return SWITCH.record({"id": _SWITCH, **found[0]}) if found else None

    def set_switch(self, switch: Switch) -> None:
        properties = SWITCH.bare(switch)
        self._session.run(Scope.RUN, "contact/save_switch", id=_SWITCH, properties=properties | {"id": _SWITCH})

    def _found(self, name: str, **asked: object) -> list[ContactMessage]:
        return [CONTACT_MESSAGE.record(row["record"]) for row in self._session.run(Scope.READ, name, **asked)]
