"""The operator's service with a real mail server beside it."""

import base64
import itertools
import re
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI as ME
from app.domain.customer import BuyingRole, Contact
from app.jobs import store_clock
from app.mailer import Mailed, Mailer
from app.post import sender_of
from tests.api.people import People
from tests.smtp import Inbox, text_of

NUMBERS = itertools.count(1)
LINK = re.compile(r"http://127\.0\.0\.1:8000(/a/\S+)")
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OPEN_ALL_DAY = {"quiet_from": 0, "quiet_until": 0, "quiet_weekends": False}


class House:
    """The operator's service with a mail server beside it."""

    def __init__(self, opened: App, client: TestClient, inbox: Inbox) -> None:
        self.opened, self.client, self.inbox = opened, client, inbox
        self.people = People(client, opened)
        self.now = store_clock(opened.store)

    def mailer(self, *, later: timedelta = timedelta(0), sender: Any = None, allowed: Any = ()) -> Mailer:
        found = sender or sender_of(self.opened.settings)
        assert found is not None
        return Mailer(self.opened.store, found, lambda: self.now() + later, allowed)

    def mailed(self, **given: Any) -> Mailed:
        return self.mailer(**given).run_once()

    def customer(self, name: str | None = None, **fields: Any) -> tuple[str, str]:
        """Its id, and the address of whoever decides there."""
        number = next(NUMBERS)
        address = f"{name or 'boss'}{number}@example.com"
        customer_id = self.people.customer(name=f"Secret Company {number}", **fields)
        contacts = [
            Contact(
                f"con_{number}a", customer_id, "Ann Gatekeeper", BuyingRole.GATEKEEPER, f"gate{number}@example.com"
            ),
            Contact(f"con_{number}b", customer_id, f"Boss {number}", BuyingRole.DECIDER, address),
        ]
        self.opened.store.write(ME, lambda tx: tx.contacts.save(contacts))
        return customer_id, address

    def offered(self, **need: Any) -> tuple[dict[str, Any], str, str]:
        (seeker, to_seeker), (provider, to_provider) = self.customer(), self.customer()
        wanted = {"text": "the secret second floor", "category_id": "construction.home_addition"} | need
        now = self.people.proposed(seeker, provider, **wanted)
        return self.people.moved(now, "approve", "offer"), to_seeker, to_provider

    def status(self, introduction: dict[str, Any]) -> str:
        return str(self.people.manager.get(f"/introductions/{introduction['id']}").json()["status"])

    def letters(self, introduction: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
        found = self.people.manager.get(f"/introductions/{introduction['id']}/letters").json()["data"]
        return {(one["side"], one["letter"]): one for one in found}

    def link(self, address: str) -> str:
        (mail,) = self.inbox.to(address)
        found = LINK.search(text_of(mail))
        assert found is not None
        return found[1]
