"""S07: a consent is withdrawn while an introduction is on its way."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI as ME
from app.domain.customer import Consent, Purpose
from app.domain.introduction import IntroductionStatus, Move
from app.ports.store import PageOf
from app.usecases.consents import RecordConsent
from tests.api.people import ALL, People

NEUTRAL = "This introduction does not take place."


def withdraw(people: People, customer_id: str, *purposes: str) -> Any:
    body = {"customer_id": customer_id, "purposes": purposes, "granted": False, "basis": "on the phone"}
    answer = people.manager.post("/consents", **body, channel="phone")
    assert answer.status_code == 201, answer.text
    return answer.json()


def status(people: People, introduction: dict[str, Any]) -> str:
    return str(people.manager.get(f"/introductions/{introduction['id']}").json()["status"])


@pytest.fixture(scope="module")
def rivals(people: People) -> tuple[str, str, str]:
    """A seeker, and two providers of what it needs."""
    seeker, first, second = people.customer(), people.customer(), people.customer()
    for provider in (first, second):
        body = {"provider_id": provider, "category_id": "construction.lighting", "text": "lights and fixtures"}
        assert people.manager.post("/capabilities", **body).status_code == 201
    return seeker, first, second


def test_a_withdrawal_before_the_offer_cancels_with_a_neutral_text_and_the_next_steps_in(
    people: People, rivals: tuple[str, str, str], guarded: TestClient
) -> None:
    seeker, first, second = rivals
    now = people.proposed(seeker, first, category_id="construction.lighting", text="lights and fixtures for a hall")
    now = people.moved(now, "approve")
    line = withdraw(people, first, "match_as_provider")
    assert (line["channel"], line["recorded_by"]) == ("phone", people.manager.id)
    found = people.manager.get(f"/introductions/{now['id']}").json()
    assert (found["status"], found["reason"]) == ("cancelled", NEUTRAL)
    assert people.manager.step(found, "offer").status_code == 409
    last = people.timeline(now)[-1]
    assert (last["type"], last["details"]["cause"], last["details"]["sides"]) == (
        "introduction.cancelled", "consent", ["provider"],
    )  # fmt: skip
    jobs = [one for one in people.manager.get("/jobs?limit=200").json()["data"] if one["type"] == "propose_next"]
    ended = [people.manager.ended(f"/jobs/{one['id']}") for one in jobs]
    followed = [one["result"]["introduction_id"] for one in ended if one["result"]["introduction_id"]]
    assert followed, ended
    following = people.manager.get(f"/introductions/{followed[-1]}").json()
    assert (following["provider_id"], following["need_id"], following["status"]) == (second, now["need_id"], "proposed")
    assert first not in json.dumps(following)


def test_what_does_not_rest_on_it_goes_on(people: People) -> None:
    seeker, provider = people.customer(), people.customer()
    now = people.moved(people.proposed(seeker, provider), "approve")
    withdraw(people, provider, "profile", "match_as_seeker", "reveal_identity")
    assert status(people, now) == "approved"
    withdraw(people, provider, "contact")
    assert status(people, now) == "approved"
    assert people.manager.step(now, "offer").status_code == 403


def test_after_both_know_each_other_nothing_is_called_back(people: People) -> None:
    seeker, provider = people.customer(), people.customer()
    now = people.moved(people.proposed(seeker, provider), "approve", "offer", "accept", "accept", "introduce")
    withdraw(people, provider, *ALL)
    assert status(people, now) == "introduced"


def test_an_offer_that_waits_for_an_answer_is_cancelled_by_either_side(people: People) -> None:
    for side in (0, 1):
        parties = people.customer(), people.customer()
        now = people.moved(people.proposed(*parties), "approve", "offer")
        withdraw(people, parties[side], "contact")
        assert status(people, now) == "cancelled"


def test_a_refusal_that_came_with_an_import_cancels_at_night(people: People, opened: App) -> None:
    seeker, provider = people.customer(), people.customer()
    now = people.proposed(seeker, provider)
    lines = opened.store.read(ME, lambda tx: tx.views.ledger(provider))
    assert lines is not None
    import dataclasses

    refusal = dataclasses.replace(lines[-1], id="cns_imported", granted=False, recorded_at=opened.clock())
    opened.store.write(ME, lambda tx: tx.consents.save([refusal]))
    assert status(people, now) == "proposed"
    assert people.later(seconds=1).cancelled == 1
    assert status(people, now) == "cancelled"


def test_a_ledger_is_read_as_of_any_time_and_says_which_line_decides(people: People, opened: App) -> None:
    customer = people.customer()
    between = opened.clock()
    line = withdraw(people, customer, "contact")
    now = people.manager.get(f"/customers/{customer}/consents/effective").json()["data"]
    decided = {one["purpose"]: one for one in now}
    assert [decided["contact"]["granted"], decided["profile"]["granted"]] == [False, True]
    assert decided["contact"]["line"]["id"] == line["id"]
    asked = between.isoformat().replace("+00:00", "Z")
    before = people.manager.get(f"/customers/{customer}/consents/effective?at={asked}").json()["data"]
    assert all(one["granted"] for one in before)
    early = people.manager.get(f"/customers/{customer}/consents/effective?at=2000-01-01T00:00:00Z").json()["data"]
    assert not any(one["granted"] or one["line"] for one in early)
    events = opened.store.read(ME, lambda tx: tx.audit.of_subject(customer))
    assert [one.type for one in events] == ["consent.recorded", "consent.recorded"]


def test_the_last_word_decides_whatever_a_clock_says(people: People, opened: App) -> None:
    """A yes was written down by a machine whose clock is an hour ahead."""
    customer = people.customer()
    ahead = opened.clock() + timedelta(hours=1)
    yes = Consent("", customer, (Purpose.CONTACT,), True, "phone", "api", ahead)
    RecordConsent(opened.store, lambda: ahead, opened.new_id, opened.trail)(ME, yes)
    withdraw(people, customer, "contact")
    later = (ahead + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    found = people.manager.get(f"/customers/{customer}/consents/effective?at={later}").json()["data"]
    assert next(one for one in found if one["purpose"] == "contact")["granted"] is False


def test_a_withdrawal_against_a_move_leaves_no_offer_without_consent(people: People, opened: App) -> None:
    """Both at once, many times: whoever is second sees what the first has done."""
    made = [people.moved(people.proposed(), "approve") for _ in range(20)]
    with ThreadPoolExecutor(4) as pool:
        for one in made:
            moved = pool.submit(people.manager.step, one, "offer")
            gone = pool.submit(withdraw, people, one["seeker_id"], "contact", "match_as_seeker")
            gone.result()
            assert moved.result().status_code in (200, 403, 409, 412), moved.result().text
    for one in made:
        assert status(people, one) == "cancelled"
    stored = opened.store.read(ME, lambda tx: tx.introductions.get([one["id"] for one in made]))
    for one in stored:
        assert isinstance(one.moves[-1], Move)
        assert one.moves[-1].status is IntroductionStatus.CANCELLED
    waiting = opened.store.read(ME, lambda tx: tx.outbox.page(PageOf(limit=200)))
    assert all(one.topic != "introduction.offered" for one in waiting)
