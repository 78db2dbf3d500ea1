"""Who decides about an introduction, how often a customer is asked, and what the night does with what lies."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.ports.store import PageOf
from app.usecases.audit import CheckAudit
from tests.api.people import People


def test_a_small_deal_of_two_vetted_customers_takes_nobody(people: People) -> None:
    now = people.proposed()
    assert (now["approval"], now["proposed_by"]) == ("automatic", people.manager.id)
    assert people.later(seconds=1).approved >= 1
    events = people.timeline(now)
    assert [one["type"] for one in events] == ["introduction.proposed", "introduction.approved"]
    assert events[1]["reason"] == "Approved by policy."
    assert events[1]["details"]["policy_version"] == people.manager.get("/policy").json()["version"]


def test_what_is_larger_takes_a_vetter(people: People) -> None:
    now = people.proposed(budget={"amount": "5000.01", "currency": "USD"})
    assert now["approval"] == "vetted"
    people.later(seconds=1)
    assert people.manager.step(now, "approve").status_code == 403
    approved = people.vetter.step(now, "approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")


def test_what_is_confidential_takes_four_eyes_of_which_two_are_senior(people: People) -> None:
    now = people.proposed(confidential=True)
    assert now["approval"] == "senior"
    assert people.vetter.step(now, "approve", no_conflict=True).status_code == 403
    undeclared = people.senior.step(now, "approve")
    assert (undeclared.status_code, undeclared.json()["errors"][0]["pointer"]) == (422, "/no_conflict")
    done = people.senior.step(now, "approve", no_conflict=True)
    assert done.status_code == 200, done.text
    last = people.timeline(now)[-1]
    assert (last["actor"], last["details"]["no_conflict"]) == (people.senior.id, True)
    assert last["details"]["approval"]["because"] == ["The need is confidential."]


def test_who_proposed_a_senior_matter_does_not_approve_it(people: People) -> None:
    seeker, provider = people.customer(), people.customer()
    need = people.manager.post("/needs", seeker_id=seeker, text="an investor", category_id="finance.private_equity")
    body = {"seeker_id": seeker, "provider_id": provider, "need_id": need.json()["id"]}
    now = people.chief.once("/introductions", **body).json()
    assert now["approval"] == "senior"
    assert people.chief.step(now, "approve", no_conflict=True).status_code == 403
    assert people.senior.step(now, "approve", no_conflict=True).status_code == 200


def test_a_deal_that_has_grown_meanwhile_waits_for_somebody(people: People) -> None:
    seeker = people.customer()
    now = people.proposed(seeker)
    place = f"/customers/{seeker}"
    version = people.manager.get(place).json()["version"]
    changed = people.manager.client.patch(
        f"/api/v1{place}", json={"vetting": 0}, headers=people.manager.headers | {"If-Match": f'"{version}"'}
    )
    assert changed.status_code == 200, changed.text
    people.later(seconds=1)
    found = people.manager.get(f"/introductions/{now['id']}").json()
    assert (found["status"], found["approval"]) == ("proposed", "vetted")
    assert people.timeline(now)[-1]["type"] == "introduction.escalated"


def test_a_customer_is_asked_once_in_thirty_days(people: People) -> None:
    seeker = people.customer()
    first, second = people.proposed(seeker), people.proposed(seeker)
    people.moved(first, "approve", "offer")
    waiting = people.moved(second, "approve")
    refused = people.manager.step(waiting, "offer")
    assert refused.status_code == 409
    assert "as often as the policy allows" in refused.json()["detail"]
    assert "Offer it from" in str(refused.json())
    assert people.manager.get(f"/introductions/{second['id']}").json()["status"] == "approved"


def test_an_open_complaint_comes_first(people: People) -> None:
    seeker = people.customer()
    now = people.moved(people.proposed(seeker), "approve")
    customer = people.manager.get(f"/customers/{seeker}").json()
    headers = people.manager.headers | {"If-Match": f'"{customer["version"]}"'}
    place = f"/api/v1/customers/{seeker}"
    assert people.manager.client.patch(place, json={"standing": "complaint_open"}, headers=headers).status_code == 200
    refused = people.manager.step(now, "offer")
    assert (refused.status_code, "open complaint" in refused.json()["detail"]) == (409, True)
    headers = people.manager.headers | {"If-Match": f'"{customer["version"] + 1}"'}
    assert people.manager.client.patch(place, json={"standing": "good"}, headers=headers).status_code == 200
    assert people.manager.step(now, "offer").status_code == 200


def test_after_a_no_the_pair_rests(people: People) -> None:
    seeker, provider = people.customer(), people.customer()
    now = people.moved(people.proposed(seeker, provider), "approve", "offer")
    assert people.manager.step(now, "decline", reason="not now").status_code == 200
    again = people.manager.once("/introductions", seeker_id=seeker, provider_id=provider)
    assert again.status_code == 409
    assert "declined" in again.json()["detail"]


def test_an_offer_without_an_answer_expires_and_the_rest_is_told(people: People) -> None:
    offered = people.moved(people.proposed(), "approve", "offer")
    accepted = people.moved(people.proposed(), "approve", "offer", "accept", "accept")
    done = people.later(days=15)
    assert done.expired >= 1
    assert people.manager.get(f"/introductions/{offered['id']}").json()["status"] == "expired"
    assert people.timeline(accepted)[-1]["type"] == "introduction.escalated"
    told = people.opened.store.read(ME, lambda tx: tx.outbox.page(PageOf(limit=200)))
    assert accepted["id"] in {one.subject_id for one in told if one.topic == "introduction.overdue"}
    again = people.later(days=15)
    assert (again.expired, again.escalated) == (0, 0)  # once for each date


def test_what_rests_is_left_alone_and_what_is_handed_on_has_another_owner(people: People) -> None:
    now = people.moved(people.proposed(), "approve", "offer")
    until = people.opened.clock() + timedelta(days=60)
    resting = people.manager.step(now, "snooze", until=until.isoformat())
    assert resting.status_code == 200, resting.text
    left = datetime.fromisoformat(now["due_at"]) - people.opened.clock()
    assert abs(datetime.fromisoformat(resting.json()["due_at"]) - until - left) < timedelta(minutes=1)
    people.later(days=20)
    assert people.manager.get(f"/introductions/{now['id']}").json()["status"] == "offered"
    assert people.manager.step(resting.json(), "snooze", until="2020-01-01T00:00:00Z").status_code == 422
    handed = people.manager.step(resting.json(), "assign", owner=people.vetter.id)
    assert (handed.json()["owner"], handed.json()["status"]) == (people.vetter.id, "offered")
    assert [one["type"] for one in people.timeline(now)[-2:]] == ["introduction.snoozed", "introduction.assigned"]


def test_an_inbox_has_what_is_due_first_page_by_page(people: People) -> None:
    made = [people.proposed() for _ in range(5)]
    owner = "key_inbox"
    for days, one in zip((5, 1, 3, 3, 2), made, strict=True):
        handed = people.manager.step(one, "assign", owner=owner).json()
        until = (people.opened.clock() + timedelta(days=days)).isoformat()
        assert people.manager.step(handed, "snooze", until=until).status_code == 200
    first = people.manager.get(f"/introductions/inbox?owner={owner}&limit=2").json()
    rest = people.manager.get(f"/introductions/inbox?owner={owner}&limit=200&cursor={first['next_cursor']}").json()
    seen = [one["id"] for one in (*first["data"], *rest["data"])]
    due = {one["id"]: one["due_at"] for one in (*first["data"], *rest["data"])}
    assert sorted(seen) == sorted(one["id"] for one in made)
    assert seen == sorted(seen, key=lambda one: (due[one], one))
    assert people.manager.step(made[0] | {"version": 3}, "reject", reason="no").status_code in (200, 403)
    wrong = people.manager.get("/introductions").json()["next_cursor"] or "MWludF94"
    assert people.manager.get(f"/introductions/inbox?cursor={wrong}").status_code == 422
    assert people.admin.get("/introductions/inbox").json() == {"data": [], "has_more": False, "next_cursor": None}


def test_policy_is_drafted_previewed_and_brought_into_force_by_an_administrator(people: People) -> None:
    before = people.manager.get("/policy").json()
    assert (before["signed_off"], before["automatic_most"], before["offer_days"]) == (None, 5000, 14)
    small = people.proposed()
    asked = {"policy": {"automatic_most": 0}, "days": 90}
    preview = people.manager.post("/policy/preview", **asked)
    assert preview.status_code == 200, preview.text
    found = preview.json()
    changed = {one["introduction_id"]: one for one in found["changed"]}
    assert (changed[small["id"]]["mode_before"], changed[small["id"]]["mode_after"]) == ("automatic", "vetted")
    assert found["differing"] == len(changed)
    assert sum(found["modes_before"].values()) == sum(found["modes_after"].values()) > 0
    assert people.manager.get("/policy").json() == before
    assert people.manager.post("/sign-offs", subject="policy", policy={"offer_days": 3}, reason="x").status_code == 403
    draft = people.admin.post("/sign-offs", subject="policy", policy={"automatic_most": 0}, reason="Somebody looks")
    assert draft.status_code == 201, draft.text
    done = people.admin.post(f"/sign-offs/{draft.json()['id']}/approve")
    assert done.status_code == 200, done.text
    now = people.manager.get("/policy").json()
    assert now == before | {"automatic_most": 0, "signed_off": done.json()["id"], "version": now["version"]}
    assert now["version"] != before["version"]
    assert people.proposed()["approval"] == "vetted"
    back = people.admin.post("/sign-offs", subject="policy", policy={"automatic_most": 5000}, reason="As before")
    assert people.admin.post(f"/sign-offs/{back.json()['id']}/approve").status_code == 200


@pytest.mark.parametrize(
    "policy",
    [{}, {"offer_days": 0}, {"zone": "Mars"}, {"holidays": ["2026-02-30"]}, {"pay": 1}, {"opt_in": None}],
)
def test_a_policy_that_is_none_is_refused(people: People, policy: dict[str, Any]) -> None:
    answer = people.admin.post("/sign-offs", subject="policy", policy=policy, reason="x")
    assert answer.status_code in (400, 422), answer.text
    assert "Mars" not in answer.text


def test_the_log_of_it_all_holds(people: People) -> None:
    assert CheckAudit(people.opened.store, people.opened.trail.sealer)(ME, {}).faults == ()
