"""The programme report over HTTP: asked for as a job, read from what it kept."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

API = "/api/v1"
EVIDENCE, REPORT = f"{API}/programme/evidence", f"{API}/programme/report"
pytestmark = pytest.mark.usefixtures("with_stories")


def ended(client: TestClient, kind: str, **params: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/jobs", json={"type": kind} | params)
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + 60
    while (job := client.get(answer.headers["Location"]).json())["state"] in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    return dict(job)


def ran(client: TestClient, kind: str = "programme_report", **params: Any) -> dict[str, Any]:
    job = ended(client, kind, **params)
    assert job["state"] == "succeeded", job
    return job


def test_before_the_first_report_the_answer_says_how_to_make_one(client: TestClient) -> None:
    for place in (EVIDENCE, REPORT):
        answer = client.get(place)
        assert answer.status_code == 404
        assert "programme_report" in answer.json()["detail"]


def test_the_prior_speaks_until_somebody_is_asked_or_held_out(client: TestClient) -> None:
    job = ran(client)
    body = client.get(EVIDENCE).json()
    assert (body["grade"], body["pi"]["value"], body["window_days"], body["effect"]) == ("D", 0.5, 365, None)
    assert [one["grade"] for one in body["lines"]] == ["A", "A", "B"]
    assert body["retention"]["introduced"] == {"count": 0, "stayed": 0, "rate": None}
    assert body["plan"]["for_pi"] > 1_000
    assert any("ICRM_HOLD_OUT" in one for one in body["sentences"])
    report = client.get(REPORT).json()
    assert report["id"] == job["result"]["report_id"]
    assert report["evidence"] == body
    assert report["programme"]["notes"] == job["result"]["notes"]


def test_a_survey_stays_until_another_is_stated(client: TestClient) -> None:
    ran(client, asked=40, anyway=10, window_days=90)
    for _ in range(2):
        asked = client.get(EVIDENCE).json()
        assert (asked["grade"], asked["asked"], asked["window_days"]) == ("C", 40, 90)
        assert asked["pi"]["low"] < 12 / 44 < asked["pi"]["high"]
        ran(client)


def test_the_report_has_every_part(client: TestClient) -> None:
    ran(client, "score_value", margin_rate=0.02)
    ran(client)
    programme = client.get(REPORT).json()["programme"]
    worth = programme["worth"]
    cents = {one["name"]: round(float(one["total"]["amount"]) * 100) for one in worth["owners"]}
    assert sum(cents.values()) == round(float(worth["outcomes"]["amount"]) * 100) != 0
    assert [one["name"] for one in programme["funnel"]["stages"]][:2] == ["proposed", "approved"]
    assert programme["demand"]["seeking"] >= programme["demand"]["unmet"]
    assert sum(one["count"] for one in programme["outcomes"]) > 0
    assert worth["gain"]["on_costs"] is None
    assert any("No cost is recorded" in note for note in programme["notes"])


@pytest.mark.parametrize("wrong", [{"window_days": 366}, {"asked": -1}, {"unknown": 1}, {"asked": "4"}])
def test_what_cannot_be_is_refused(client: TestClient, wrong: dict[str, Any]) -> None:
    answer = client.post(f"{API}/jobs", json={"type": "programme_report"} | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_more_who_say_so_than_were_asked_fail_the_job_with_the_reason(client: TestClient) -> None:
    job = ended(client, "programme_report", asked=4, anyway=5)
    assert job["state"] == "failed"
    assert "none to all" in job["error"]
