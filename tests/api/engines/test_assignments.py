"""Introductions for all open needs over HTTP: the job, its run, its pairs, and what bars one since."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

import seed
from app.bootstrap import App
from app.domain.access import OPERATOR_CLI
from seed.story import customer_id
from tests.api.engines.test_analysis import API, run_job

pytestmark = pytest.mark.usefixtures("with_stories")
PLACE = f"{API}/assignments"


def all_pages(client: TestClient, limit: int, **params: Any) -> list[dict[str, Any]]:
    pages = [client.get(PLACE, params={"limit": limit} | params).json()]
    while pages[-1]["has_more"]:
        pages.append(client.get(PLACE, params={"limit": limit, "cursor": pages[-1]["next_cursor"]} | params).json())
    return pages


def test_before_the_first_run_the_answer_says_how_to_make_one(client: TestClient) -> None:
    for place in (PLACE, f"{PLACE}/run"):
        answer = client.get(place, params={"event": "never"})
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:icrm:problem:not-found")
        assert "suggest_all" in answer.json()["detail"]


def test_the_job_assigns_all_open_needs_and_pages_show_them_with_the_figures(client: TestClient) -> None:
    job = run_job(client, type="suggest_all", per_need=2)
    run = client.get(f"{PLACE}/run").json()
    assert run["id"] == job["result"]["run_id"]
    assert (run["per_need"], run["policy"], run["event"]) == (2, "transferable", "")
    assert {name: run[name] for name in ("gini", "never_shown", "mutual_top")} == {
        name: job["result"][name] for name in ("gini", "never_shown", "mutual_top")
    }
    assert any("not probabilities" in note for note in run["notes"])
    whole = all_pages(client, 200)
    assert (len(whole), whole[0]["run"], whole[0]["withheld"]) == (1, run, {})
    pairs = whole[0]["data"]
    assert len(pairs) == run["pair_count"] > 0
    assert [pair["id"] for page in all_pages(client, 2) for pair in page["data"]] == [pair["id"] for pair in pairs]
    for pair in pairs:
        assert pair["place"] <= 2
        assert pair["seeker_name"]
        assert pair["provider_name"]
        assert pair["sentences"]
    told = client.get(PLACE, params={"limit": 200}).text
    assert customer_id("contractor-opted-out") not in told  # no consent: neither id nor name


def test_a_provider_that_is_full_by_now_is_only_counted(client: TestClient, opened: App) -> None:
    run_job(client, type="suggest_all")
    pairs = all_pages(client, 200)[0]["data"]
    provider = pairs[0]["provider_id"]
    found = opened.store.read(OPERATOR_CLI, lambda tx: tx.customers.get([provider]))[0]
    version = client.get(f"{API}/customers/{provider}").headers["ETag"]
    full = client.patch(f"{API}/customers/{provider}", json={"open_slots": 0}, headers={"If-Match": version})
    assert full.status_code == 200, full.text
    page = client.get(PLACE, params={"limit": 200})
    left = [pair for pair in pairs if pair["provider_id"] != provider]
    assert page.json()["data"] == left
    assert page.json()["withheld"] == {"capacity": len(pairs) - len(left)}
    assert provider not in [pair["provider_id"] for pair in page.json()["data"]]
    back = client.patch(
        f"{API}/customers/{provider}", json={"open_slots": found.open_slots}, headers={"If-Match": full.headers["ETag"]}
    )
    assert back.status_code == 200
    assert client.get(PLACE, params={"limit": 200}).json()["data"] == pairs


def test_an_event_introduces_its_attendees_only_and_leaves_the_batch_alone(client: TestClient) -> None:
    run_job(client, type="suggest_all")
    batch = all_pages(client, 200)
    ids = sorted({side for pair in batch[0]["data"] for side in (pair["seeker_id"], pair["provider_id"])})
    attendees = [{"customer_id": one, "asks_out": 2, "asks_in": 1} for one in ids]
    job = run_job(client, type="suggest_all", event={"name": "fair-2026", "attendees": attendees})
    assert job["result"]["event"] == "fair-2026"
    pairs = all_pages(client, 200, event="fair-2026")[0]["data"]
    assert pairs
    providers = [pair["provider_id"] for pair in pairs]
    assert len(set(providers)) == len(providers)
    assert {side for pair in pairs for side in (pair["seeker_id"], pair["provider_id"])} <= set(ids)
    assert all_pages(client, 200) == batch


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"per_need": 21}, 422),
        ({"per_need": 0}, 422),
        ({"per_need": 4}, 422),
        ({"acceptance_rate": 0}, 422),
        ({"policy": "reciprocal"}, 422),
        ({"event": {"name": "a b", "attendees": []}}, 422),
        ({"event": {"name": "fair", "attendees": [{"customer_id": "cus_a"}]}}, 422),
        ({"event": {"name": "fair", "attendees": [{"customer_id": "cus_a"}] * 2}}, 422),
    ],
)
def test_a_job_out_of_range_is_refused_at_once(client: TestClient, changes: dict[str, Any], status: int) -> None:
    assert client.post(f"{API}/jobs", json={"type": "suggest_all"} | changes).status_code == status


def test_every_named_need_of_the_stories_is_looked_at(client: TestClient) -> None:
    run_job(client, type="suggest_all")
    found = {pair["need_id"] for page in all_pages(client, 50) for pair in page["data"]}
    assert found & set(seed.STORY_NEEDS)
