"""S12, S07: parties are written to by a real mail server, and answer without an account."""

import base64
import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.adapters.channels import signature
from app.bootstrap import App
from app.domain.access import OPERATOR_CLI as ME
from app.domain.contact import ContactMessage, ContactState
from app.domain.customer import BuyingRole, Contact
from app.jobs import store_clock
from app.mailer import Mailed, Mailer
from app.ports.store import PageOf
from app.post import post_of, sender_of
from app.service import Service
from app.usecases.advance import AdvanceIntroductions
from tests.api.people import People
from tests.smtp import Inbox, mail_server, text_of

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


@pytest.fixture(scope="module")
def house(opened: App, people: People) -> Iterator[House]:
    draft = people.admin.post("/sign-offs", subject="policy", policy=OPEN_ALL_DAY, reason="for the test")
    assert people.admin.post(f"/sign-offs/{draft.json()['id']}/approve").status_code == 200
    with mail_server() as (inbox, port):
        changes = {
            "auth": True,
            "operator": "First Bank",
            "public_url": "http://127.0.0.1:8000",
            "mail_from": "introductions@bank.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_tls": "off",
            "inbound_secret": SecretStr(SECRET),
        }
        settings = opened.settings.model_copy(update=changes)
        app = replace(opened, settings=settings, post=post_of(settings))
        with TestClient(Service(app).api, raise_server_exceptions=False) as client:
            yield House(app, client, inbox)


@pytest.fixture(autouse=True)
def _nothing_waits(house: House) -> Iterator[None]:
    """What one test leaves is not counted by the next."""
    yield
    house.mailed()


def test_two_say_yes_from_their_mails_and_only_then_learn_of_each_other(house: House) -> None:
    now, to_seeker, to_provider = house.offered()
    assert house.mailed() == Mailed(sent=1)
    (mail,) = house.inbox.to(to_seeker)
    assert (mail["From"], mail["Auto-Submitted"]) == ("introductions@bank.example", "auto-generated")
    assert mail["Message-ID"] == f"<{house.letters(now)['seeker', 'offer']['id']}@bank.example>"
    assert "the secret second floor" in text_of(mail)
    assert "We have checked who this customer is, and its licences and standing." in text_of(mail)
    provider = house.people.manager.get(f"/customers/{now['provider_id']}").json()["name"]
    seeker = house.people.manager.get(f"/customers/{now['seeker_id']}").json()["name"]
    assert provider not in mail.as_string()
    assert to_provider not in mail.as_string()
    link = house.link(to_seeker)
    page = house.client.get(link)
    assert (page.status_code, page.headers["Cache-Control"], link in page.text) == (200, "no-store", False)
    assert house.client.get(link).status_code == 200
    assert house.status(now) == "offered"  # looking changes nothing
    done = house.client.post(link, data={"answer": "yes"})
    assert (done.status_code, "Thank you" in done.text) == (200, True)
    assert house.status(now) == "accepted_by_one"
    assert house.client.post(link, data={"answer": "no"}).status_code == 409  # once
    assert house.status(now) == "accepted_by_one"
    assert house.mailed() == Mailed(sent=1)
    (mail,) = house.inbox.to(to_provider)
    for hidden in ("secret second floor", seeker, to_seeker, now["seeker_id"]):
        assert hidden not in mail.as_string()
    assert "Home additions" in text_of(mail)
    assert house.client.post(house.link(to_provider), data={"answer": "yes"}).status_code == 200
    accepted = house.people.manager.get(f"/introductions/{now['id']}").json()
    assert house.people.manager.step(accepted, "introduce", note="Enjoy!").status_code == 200
    assert house.mailed() == Mailed(sent=2)
    assert provider in text_of(house.inbox.to(to_seeker)[-1])
    assert to_seeker in text_of(house.inbox.to(to_provider)[-1])
    assert "Enjoy!" in text_of(house.inbox.to(to_provider)[-1])
    actors = [one["actor"] for one in house.people.timeline(now)]
    assert actors[3:5] == [f"seeker:{now['seeker_id']}", f"provider:{now['provider_id']}"]


def test_a_no_not_now_and_a_person(house: House) -> None:
    for answer, status in (("no", "declined"), ("not_now", "offered"), ("person", "offered"), ("assistant", "offered")):
        now, to_seeker, _ = house.offered()
        house.mailed()
        assert house.client.post(house.link(to_seeker), data={"answer": answer}).status_code == 200
        found = house.people.manager.get(f"/introductions/{now['id']}").json()
        assert found["status"] == status
        assert (found["snoozed_until"] is not None) == (answer == "not_now")
        assert ("Call the seeker" in (found["next_step"] or "")) == (answer in ("person", "assistant"))
    told = house.opened.store.read(ME, lambda tx: tx.outbox.page(PageOf(limit=200)))
    assert sum(one.topic == "introduction.person_wanted" for one in told) == 2


def test_a_manager_records_what_was_said_on_the_phone(house: House) -> None:
    now, _, _ = house.offered()
    place = f"/introductions/{now['id']}/responses"
    assert house.people.manager.post(place, side="provider", answer="yes").status_code == 409
    said = house.people.manager.post(place, side="seeker", answer="yes", reason="on the phone")
    assert (said.status_code, said.json()["status"]) == (201, "accepted_by_one")
    assert house.people.manager.post(place, side="seeker", answer="no").status_code == 409


def test_a_link_that_is_none_opens_nothing(house: House) -> None:
    now, to_seeker, _ = house.offered()
    house.mailed()
    link = house.link(to_seeker)
    for wrong in (
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        "/a/x",
        "/a/ctm_a.99999999999.aaaa",
        link.replace(".", ".9", 1),
    ):
        assert house.client.get(wrong).status_code in (404, 422), wrong
        assert house.client.post(wrong, data={"answer": "yes"}).status_code in (404, 422)
    assert house.client.post(link, data={"answer": "perhaps"}).status_code == 422
    assert house.client.post(link).status_code == 422
    assert house.status(now) == "offered"


def test_an_answer_after_a_withdrawal_finds_nothing_open(house: House) -> None:
    now, to_seeker, _ = house.offered()
    house.mailed()
    body = {"customer_id": now["seeker_id"], "purposes": ["contact"], "granted": False, "basis": "letter"}
    gone = house.people.manager.post("/consents", **body).json()
    assert (gone["cancelled"], gone["leaving"]) == ([now["id"]], 0)
    link = house.link(to_seeker)
    assert "No answer is waited for" in house.client.get(link).text
    assert house.client.post(link, data={"answer": "yes"}).status_code == 409
    assert house.mailed() == Mailed(cancelled=1)  # it wants no mail of ours, not this one either
    assert len(house.inbox.to(to_seeker)) == 1


def test_a_withdrawal_before_the_mail_leaves_nothing_to_send(house: House) -> None:
    now, to_seeker, _ = house.offered()
    body = {"customer_id": now["provider_id"], "purposes": ["match_as_provider"], "granted": False, "basis": "letter"}
    assert house.people.manager.post("/consents", **body).json()["cancelled"] == [now["id"]]
    assert house.mailed() == Mailed()
    assert house.inbox.to(to_seeker) == []
    assert house.letters(now)["seeker", "offer"]["state"] == "cancelled"


def test_the_other_side_hears_only_that_it_does_not_take_place(house: House) -> None:
    _, to_seeker, to_provider = house.offered()
    house.mailed()
    house.client.post(house.link(to_seeker), data={"answer": "yes"})
    house.mailed()
    assert house.client.post(house.link(to_provider), data={"answer": "no"}).status_code == 200
    assert house.mailed() == Mailed(sent=1)
    told = text_of(house.inbox.to(to_seeker)[-1])
    assert "does not take place" in told
    assert "declin" not in told
    assert len(house.inbox.to(to_provider)) == 1


def test_without_an_address_somebody_calls(house: House) -> None:
    seeker, (provider, _) = house.people.customer(), house.customer()
    now = house.people.moved(house.people.proposed(seeker, provider), "approve", "offer")
    assert now["next_step"] == "Call the seeker: no mail address is known."
    assert house.letters(now) == {}


def test_refusals_are_held_or_tried_again_and_told(house: House) -> None:
    house.inbox.refuse = {"nobody": "550 no such user", "busy": "450 later"}
    try:
        for name, state in (("nobody", "held"), ("busy", "waiting")):
            (seeker, to_seeker), (provider, _) = house.customer(name), house.customer()
            now = house.people.moved(house.people.proposed(seeker, provider), "approve", "offer")
            house.mailed()
            letter = house.letters(now)["seeker", "offer"]
            assert (letter["state"], letter["owner"]) == (state, house.people.manager.id)
            assert "550" not in letter["problem"]
            assert house.inbox.to(to_seeker) == []
    finally:
        house.inbox.refuse = {}
    assert house.mailed(later=timedelta(minutes=2)) == Mailed(sent=1)  # the busy one
    told = house.opened.store.read(ME, lambda tx: tx.outbox.page(PageOf(limit=200)))
    assert "letter.held" in {str(one.topic) for one in told}
    (held,) = house.people.manager.get("/contact/letters?state=held").json()["data"]
    assert house.people.manager.post(f"/contact/letters/{held['id']}/retry").json()["state"] == "waiting"
    assert house.mailed() == Mailed(sent=1)
    assert house.people.manager.post(f"/contact/letters/{held['id']}/retry").status_code == 409


def test_a_connection_that_breaks_inside_the_message_is_held_and_never_repeated(house: House) -> None:
    house.inbox.drop = {"broken"}
    (seeker, to_seeker), (provider, _) = house.customer("broken"), house.customer()
    now = house.people.moved(house.people.proposed(seeker, provider), "approve", "offer")
    assert house.mailed() == Mailed(held=1)
    assert house.mailed(later=timedelta(days=3)) == Mailed()
    assert len(house.inbox.to(to_seeker)) == 1
    assert "it may have it" in house.letters(now)["seeker", "offer"]["problem"]
    house.inbox.drop = set()


def reply(house: House, to: str, text: str, **changes: Any) -> int:
    """As a mail system posts it."""
    (mail,) = house.inbox.to(to)[-1:]
    body = {"sender": to, "in_reply_to": mail["Message-ID"], "text": text} | changes.pop("body", {})
    raw = json.dumps(body).encode()
    stamp = str(int(time.time()) + changes.pop("late", 0))
    signed = signature(changes.pop("key", b"s" * 32), f"msg_1.{stamp}.".encode() + raw)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signed}"}
    headers |= {"content-type": "application/json"}
    return int(house.client.post("/api/v1/inbound/mail", content=raw, headers=headers).status_code)


def test_a_reply_of_yes_is_an_answer_and_other_words_go_to_a_person(house: House) -> None:
    now, to_seeker, to_provider = house.offered()
    house.mailed()
    assert reply(house, to_seeker, "Well, it depends") == 202
    assert house.status(now) == "offered"
    assert reply(house, to_seeker, "YES", body={"sender": "somebody@else.example"}) == 202
    assert house.status(now) == "offered"  # another address is another person
    assert reply(house, to_seeker, "Yes, please!\n\n> May we ask") == 202  # "yes please" is no word of ours
    assert house.status(now) == "offered"
    assert reply(house, to_seeker, "\n YES. \n\nAnn\n> May we ask") == 202
    assert house.status(now) == "accepted_by_one"
    assert reply(house, to_seeker, "no") == 202
    assert house.status(now) == "accepted_by_one"  # once
    house.mailed()
    assert reply(house, to_provider, "not now") == 202
    assert house.people.manager.get(f"/introductions/{now['id']}").json()["snoozed_until"]
    told = house.opened.store.read(ME, lambda tx: tx.outbox.page(PageOf(limit=200)))
    assert sum(one.topic == "introduction.person_wanted" for one in told) >= 1


def test_stop_takes_consent_back_at_once(house: House) -> None:
    now, to_seeker, _ = house.offered()
    house.mailed()
    assert reply(house, to_seeker, "STOP") == 202
    assert house.status(now) == "cancelled"
    found = house.people.manager.get(f"/customers/{now['seeker_id']}/consents/effective").json()["data"]
    assert next(one for one in found if one["purpose"] == "contact")["granted"] is False


def test_a_reply_that_is_not_signed_lately_by_us_is_refused(house: House) -> None:
    now, to_seeker, _ = house.offered()
    house.mailed()
    assert reply(house, to_seeker, "YES", key=b"x" * 32) == 401
    assert reply(house, to_seeker, "YES", late=-400) == 401
    assert reply(house, to_seeker, "YES", late=400) == 401
    assert reply(house, to_seeker, "YES", body={"extra": 1}) == 422
    assert reply(house, to_seeker, "YES", key=b"x" * 32, body={"extra": 1}) == 401
    assert reply(house, to_seeker, "YES", body={"in_reply_to": "<ctm_absent@bank.example>"}) == 202
    assert house.status(now) == "offered"


def test_after_not_now_it_is_asked_again_when_the_rest_is_over(house: House) -> None:
    now, to_seeker, _ = house.offered()
    house.mailed()
    assert house.client.post(house.link(to_seeker), data={"answer": "not_now"}).status_code == 200
    at = house.opened.clock()
    for days, count in ((20, 1), (31, 2)):
        later = at + timedelta(days=days)
        AdvanceIntroductions(house.opened.store, lambda later=later: later, house.opened.trail, house.opened.post)(ME)
        assert (house.status(now), len(house.letters(now))) == ("offered", count)
    assert "we have not heard" in house.letters(now)["seeker", "reminder"]["subject"]


def test_one_reminder_after_five_days(house: House) -> None:
    now, to_seeker, _ = house.offered()
    house.mailed()
    at = house.opened.clock()
    for days, count in ((4, 0), (6, 1), (7, 0)):
        later = at + timedelta(days=days)
        look = AdvanceIntroductions(
            house.opened.store, lambda later=later: later, house.opened.trail, house.opened.post
        )
        before = len(house.letters(now))
        look(ME)
        assert len(house.letters(now)) == before + count
    assert house.mailed(later=timedelta(days=7)).sent >= 1
    assert "we have not heard from you" in house.inbox.to(to_seeker)[-1]["Subject"]
    found = LINK.search(text_of(house.inbox.to(to_seeker)[-1]))
    assert found is not None
    assert house.client.post(found[1], data={"answer": "yes"}).status_code == 200
    assert house.status(now) == "accepted_by_one"


class Killed(BaseException):
    """As a process that ends here."""


def test_a_relay_killed_before_the_message_sends_it_once_and_after_it_never_again(house: House) -> None:
    real = sender_of(house.opened.settings)
    assert real is not None

    def killed_before(one: ContactMessage, before_data: Any) -> bool:
        raise Killed

    def killed_at_the_mark(one: ContactMessage, before_data: Any) -> bool:
        before_data()
        raise Killed

    def killed_after(one: ContactMessage, before_data: Any) -> bool:
        real(one, before_data)
        raise Killed

    for sender, received, after in ((killed_before, 0, 1), (killed_at_the_mark, 0, 0), (killed_after, 1, 1)):
        now, to_seeker, _ = house.offered()
        with pytest.raises(Killed):
            house.mailer(sender=sender).run_once()
        assert len(house.inbox.to(to_seeker)) == received
        assert house.mailed() == Mailed()  # its lease holds
        done = house.mailed(later=timedelta(minutes=2))
        assert (done.sent, done.held) == ((1, 0) if after > received else (0, 1))
        assert len(house.inbox.to(to_seeker)) == after
        assert house.letters(now)["seeker", "offer"]["state"] == ("sent" if after > received else "held")


def test_the_switch_stops_everything_at_once(house: House) -> None:
    now, to_seeker, _ = house.offered()
    stopped = house.people.manager.post("/contact/switch", stopped=True, reason="a wrong letter went out")
    assert (stopped.status_code, stopped.json()["changed_by"]) == (200, house.people.manager.id)
    assert house.mailed() == Mailed(waiting=1)
    assert house.inbox.to(to_seeker) == []
    assert house.people.manager.post("/contact/switch", stopped=False, reason="mended").status_code == 200
    assert house.mailed(later=timedelta(minutes=2)) == Mailed(sent=1)
    assert house.people.manager.get("/contact/switch").json()["stopped"] is False
    assert house.status(now) == "offered"


def test_before_going_live_only_the_allowed_are_written_to(house: House) -> None:
    now, to_seeker, _ = house.offered()
    assert house.mailed(allowed=("@bank.example",)) == Mailed(held=1)
    letter = house.letters(now)["seeker", "offer"]
    house.people.manager.post(f"/contact/letters/{letter['id']}/retry")
    assert house.mailed(allowed=(to_seeker.upper(),)) == Mailed(sent=1)


def test_a_clock_that_jumps_sends_nothing_twice(house: House) -> None:
    _, to_seeker, _ = house.offered()
    assert house.mailed(later=timedelta(days=-1)) == Mailed()
    assert house.mailed() == Mailed(sent=1)
    house.mailed(later=timedelta(days=40))
    assert len(house.inbox.to(to_seeker)) == 1


def test_many_relays_at_once_send_each_letter_once(house: House) -> None:
    made = [house.offered() for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: house.mailed(), range(6)))
    assert sum(one.sent for one in done) == 12
    assert [len(house.inbox.to(to)) for _, to, _ in made] == [1] * 12


def test_nothing_is_sent_after_a_withdrawal_was_acknowledged(house: House) -> None:
    """Withdrawals against relays at work: what still arrives was leaving, and the answer to the withdrawal said so."""
    made = [house.offered() for _ in range(25)]
    ended = threading.Event()
    told: dict[str, tuple[float, int]] = {}

    def relay() -> None:
        while not ended.is_set():
            house.mailed()

    with ThreadPoolExecutor(3) as pool:
        relays = [pool.submit(relay) for _ in range(2)]
        for now, to_seeker, _ in made:
            body = {"customer_id": now["seeker_id"], "purposes": ["contact"], "granted": False, "basis": "phone"}
            answer = house.people.manager.post("/consents", **body)
            assert answer.status_code == 201, answer.text
            told[to_seeker] = time.monotonic(), answer.json()["leaving"]
        time.sleep(0.5)
        ended.set()
        for one in relays:
            one.result()
    arrived = {mail["To"]: at for mail, at in zip(house.inbox.mails, house.inbox.times, strict=True)}
    for address, (at, leaving) in told.items():
        assert address not in arrived or arrived[address] <= at or leaving == 1
    states = {one.state for one in house.opened.store.read(ME, lambda tx: tx.letters.page(PageOf(limit=200)))}
    assert not states & {ContactState.CLAIMED, ContactState.LEAVING}
