"""Letters on their way: refused, broken off, killed, stopped, raced; each leaves once or is held (P5, P6)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.contact import ContactMessage, ContactState
from app.mailer import Mailed
from app.ports.store import PageOf
from app.post import sender_of
from tests.api.house import House

pytestmark = pytest.mark.usefixtures("_nothing_waits")


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
