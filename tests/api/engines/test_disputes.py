"""S08: an acrimonious match, and capacity that is never exceeded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI as ME
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.ports.store import PageOf
from app.usecases.disputes import HandleDispute
from tests.api.people import People

COMPLAINT = {"side": "seeker", "severity": 3, "text": "They broke the window and left."}


def met(people: People, **provider: Any) -> dict[str, Any]:
    now = people.proposed(people.customer(), people.customer(**provider))
    return people.moved(now, "approve", "offer", "accept", "accept", "introduce")


def customer(people: People, customer_id: str) -> dict[str, Any]:
    found = people.manager.get(f"/customers/{customer_id}").json()
    return {name: value for name, value in found.items() if name not in ("version", "updated_at")}


def opened_dispute(people: People, introduction: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = people.manager.step(introduction, "dispute", **COMPLAINT | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def heard(people: People, dispute: dict[str, Any]) -> None:
    answer = people.manager.post(f"/disputes/{dispute['id']}/statements", side="provider", text="It was broken before.")
    assert answer.status_code == 201, answer.text


def find(people: People, dispute: dict[str, Any], fault: str, *, by: str = "vetter", goes_on: bool = True) -> Any:
    person = getattr(people, by)
    return person.post(f"/disputes/{dispute['id']}/finding", fault=fault, text="As it was.", goes_on=goes_on)


def test_no_fault_restores_exactly_what_was(people: People) -> None:
    now = met(people)
    before = customer(people, now["provider_id"])
    dispute = opened_dispute(people, now)
    assert (dispute["state"], dispute["held_ids"]) == ("open", [now["provider_id"]])
    assert dispute["owner"]
    assert customer(people, now["provider_id"])["standing"] == "held"
    frozen = people.manager.get(f"/introductions/{now['id']}").json()
    assert (frozen["status"], frozen["next_step"]) == ("disputed", "Hear both sides.")
    again = people.manager.once("/introductions", seeker_id=now["seeker_id"], provider_id=now["provider_id"])
    assert again.status_code == 409
    assert people.manager.step(frozen, "complete").status_code == 409
    early = find(people, dispute, "nobody")
    assert (early.status_code, "must be heard" in early.json()["detail"]) == (409, True)
    heard(people, dispute)
    assert find(people, dispute, "nobody", by="manager").status_code == 403
    done = find(people, dispute, "nobody")
    assert (done.status_code, done.json()["state"], done.json()["held_ids"]) == (200, "found", [])
    assert customer(people, now["provider_id"]) == before
    assert people.manager.get(f"/introductions/{now['id']}").json()["status"] == "introduced"
    types = [one["type"] for one in people.timeline(now)][-2:]
    assert types == ["introduction.disputed", "introduction.introduced"]
    told = people.opened.store.read(ME, lambda tx: tx.outbox.page(PageOf(limit=200)))
    opened = [one for one in told if one.topic == "dispute.opened"]
    assert opened
    assert "window" not in "".join(one.payload for one in opened)


def test_a_fault_weighs_for_a_year_and_an_appeal_can_lift_it(people: People, opened: App) -> None:
    now = met(people, vetting=3)
    dispute = opened_dispute(people, now)
    heard(people, dispute)
    done = find(people, dispute, "provider", goes_on=False).json()
    assert done["lowered_ids"] == [now["provider_id"]]
    provider = customer(people, now["provider_id"])
    assert (provider["vetting"], provider["standing"]) == (2, "good")
    assert people.manager.get(f"/introductions/{now['id']}").json()["status"] == "cancelled"
    place = f"/disputes/{dispute['id']}/appeal"
    assert people.manager.post(place, side="seeker", text="I agree").status_code == 422
    assert people.manager.post(place, side="provider", text="There is a video.").json()["state"] == "appealed"
    assert find(people, dispute, "nobody").status_code == 403  # who has found once
    assert find(people, dispute, "nobody", by="senior").status_code == 200
    assert customer(people, now["provider_id"])["vetting"] == 3
    assert people.manager.get(f"/introductions/{now['id']}").json()["status"] == "cancelled"


def test_what_a_finding_has_lowered_comes_back_after_a_year_unless_vetted_anew(people: People, opened: App) -> None:
    first, second = met(people), met(people)
    for now in (first, second):
        dispute = opened_dispute(people, now)
        heard(people, dispute)
        assert find(people, dispute, "both").status_code == 200
        assert [customer(people, now[side])["vetting"] for side in ("seeker_id", "provider_id")] == [1, 1]
    place = f"/api/v1/customers/{second['provider_id']}"
    version = people.manager.get(f"/customers/{second['provider_id']}").json()["version"]
    headers = people.manager.headers | {"If-Match": f'"{version}"'}
    assert people.manager.client.patch(place, json={"vetting": 4}, headers=headers).status_code == 200
    later = opened.clock() + timedelta(days=366)
    ends = HandleDispute(opened.store, lambda: later, opened.new_id, opened.trail)
    assert ends.let_effects_end(ME) == 2
    assert ends.let_effects_end(ME) == 0
    assert customer(people, first["provider_id"])["vetting"] == 2
    assert customer(people, second["provider_id"])["vetting"] == 4


def test_a_nuisance_holds_nobody_and_what_was_held_before_stays(people: People) -> None:
    now = met(people)
    assert opened_dispute(people, now, severity=1)["held_ids"] == []
    assert customer(people, now["provider_id"])["standing"] == "good"
    other = met(people)
    place = f"/api/v1/customers/{other['provider_id']}"
    version = people.manager.get(f"/customers/{other['provider_id']}").json()["version"]
    headers = people.manager.headers | {"If-Match": f'"{version}"'}
    assert people.manager.client.patch(place, json={"standing": "complaint_open"}, headers=headers).status_code == 200
    dispute = opened_dispute(people, other, severity=4)
    heard(people, dispute)
    assert find(people, dispute, "nobody").status_code == 200
    assert customer(people, other["provider_id"])["standing"] == "complaint_open"


@pytest.mark.parametrize("changes", [{"severity": 0}, {"severity": 5}, {"side": "officer"}, {"text": " "}])
def test_a_complaint_that_is_none_is_refused(people: People, changes: dict[str, Any]) -> None:
    assert people.manager.step(met(people), "dispute", **COMPLAINT | changes).status_code == 422


def test_before_they_have_met_there_is_nothing_to_dispute(people: People) -> None:
    assert people.manager.step(people.proposed(), "dispute", **COMPLAINT).status_code == 409
    assert people.manager.get("/disputes/dsp_absent").status_code == 404


def test_the_last_slot_is_taken_once_and_given_back(people: People, opened: App) -> None:
    """P4: many seekers have an offer of a provider with three places."""
    provider = people.customer(open_slots=3)
    at = opened.clock()
    seekers = [people.customer() for _ in range(12)]
    status = IntroductionStatus.ACCEPTED_BY_ONE
    waiting = [
        Introduction(
            f"int_slot{number}", None, seeker, provider, status, at, at, owner="me", next_step="wait",
            due_at=at + timedelta(days=9), moves=(Move(IntroductionStatus.PROPOSED, at), Move(status, at)),
        )
        for number, seeker in enumerate(seekers)
    ]  # fmt: skip
    opened.store.write(ME, lambda tx: tx.introductions.save(waiting))
    rows = [{"id": one.id, "version": 1} for one in waiting]

    def accept(row: dict[str, Any]) -> int:
        return int(people.manager.step(row, "accept").status_code)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(accept, rows))
    while 503 in answers:  # the engine was busy: a client tries again
        answers = [accept(row) if code == 503 else code for row, code in zip(rows, answers, strict=True)]
    assert sorted(answers) == [200] * 3 + [409] * 9
    assert customer(people, provider)["open_slots"] == 0
    taken = next(row for row, code in zip(rows, answers, strict=True) if code == 200)
    assert people.manager.step(taken | {"version": 2}, "cancel", reason="ill").status_code == 200
    assert customer(people, provider)["open_slots"] == 1
    refused = next(row for row, code in zip(rows, answers, strict=True) if code == 409)
    assert accept(refused) == 200
    stored = opened.store.read(ME, lambda tx: tx.introductions.get([one.id for one in waiting]))
    assert sum(one.status is IntroductionStatus.ACCEPTED for one in stored) == 3
