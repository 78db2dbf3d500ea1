"""Checks over HTTP, and what follows from them at once."""

from datetime import timedelta
from typing import Any

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI as ME
from app.usecases.vetting import RecordVetting
from tests.api.people import People


def record(people: People, customer_id: str, **body: Any) -> Any:
    return people.vetter.post(f"/customers/{customer_id}/vettings", **{"verdict": "pass", "evidence": "file 7"} | body)


def vetting(people: People, customer_id: str) -> tuple[int, str | None]:
    found = people.manager.get(f"/customers/{customer_id}").json()
    return found["vetting"], found["vetting_expires_at"]


def test_a_check_moves_the_level_in_the_same_moment(people: People) -> None:
    name = people.customer(vetting=0)
    body = {"check": "identity", "verdict": "pass", "evidence": "file 7"}
    assert people.manager.post(f"/customers/{name}/vettings", **body).status_code == 403
    assert record(people, name, check="identity").status_code == 201
    assert vetting(people, name) == (1, None)
    made = record(people, name, check="standing", expires_at="2099-01-01T00:00:00Z").json()
    assert made["checked_by"] == people.vetter.id
    assert vetting(people, name)[0] == 2
    assert record(people, name, check="credit", verdict="fail", tier=5).status_code == 201
    assert vetting(people, name)[0] == 1
    assert record(people, name, check="credit", tier=2).status_code == 201
    assert record(people, name, check="officer", officer="Ann Officer").status_code == 201
    assert vetting(people, name)[0] == 4
    checks = people.manager.get(f"/customers/{name}/vettings").json()["data"]
    assert [one["check"] for one in checks] == ["officer", "credit", "credit", "standing", "identity"]


def test_a_check_that_ends_lowers_at_night(people: People, opened: App) -> None:
    name = people.customer(vetting=0)
    soon = (opened.clock() + timedelta(days=2)).isoformat()
    record(people, name, check="identity")
    record(people, name, check="standing", expires_at=soon)
    assert vetting(people, name)[0] == 2
    later = opened.clock() + timedelta(days=3)
    night = RecordVetting(opened.store, lambda: later, opened.new_id, opened.trail)
    assert night.let_expire(ME) == 1
    assert night.let_expire(ME) == 0
    assert vetting(people, name) == (1, None)
    events = opened.store.read(ME, lambda tx: tx.audit.of_subject(name))
    assert events[-1].document == {"because": "expired", "before": 2, "level": 1}


def test_what_is_no_check_is_refused(people: People) -> None:
    name = people.customer()
    for wrong in (
        {"check": "identity", "tier": 1},
        {"check": "officer"},
        {"check": "palm"},
        {"check": "kyc", "tier": 9},
    ):
        answer = record(people, name, **wrong)
        assert answer.status_code == 422, answer.text
    assert record(people, "cus_absent", check="identity").status_code == 404
    assert people.manager.get("/customers/cus_absent/vettings").status_code == 404
    assert vetting(people, name)[0] == 2
