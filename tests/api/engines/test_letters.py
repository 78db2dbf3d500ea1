"""S12, S07: parties are written to by a real mail server, and answer without an account."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.channels import signature
from app.domain.access import OPERATOR_CLI as ME
from app.mailer import Mailed
from app.ports.store import PageOf
from app.usecases.advance import AdvanceIntroductions
from tests.api.house import LINK, House
from tests.smtp import text_of

pytestmark = pytest.mark.usefixtures("_nothing_waits")


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
