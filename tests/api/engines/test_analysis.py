"""Suggestions, communities, value and the library of queries over HTTP, from the stories."""

import csv
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

import seed

API = "/api/v1"
pytestmark = pytest.mark.usefixtures("with_stories")


def run_job(client: TestClient, **body: Any) -> dict[str, Any]:
    place = client.post(f"{API}/jobs", json=body).headers["Location"]
    ends = time.monotonic() + 60
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert (job["state"], job["error"]) == ("succeeded", None)
    return dict(job)


def test_a_batch_of_named_queries_is_answered_by_name(client: TestClient) -> None:
    queries: dict[str, Any] = {f"story-{number}": {"need_id": need} for number, need in enumerate(seed.STORY_NEEDS)}
    queries["text"] = {"text": "a second floor and a bedroom", "limit": 2}
    queries["gone"] = {"need_id": "need_absent"}
    answer = client.post(f"{API}/suggestions", json={"queries": queries})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert results.keys() == queries.keys()
    assert results["gone"]["type"] == "urn:icrm:problem:not-found"
    suggested = 0
    for number, need in enumerate(seed.STORY_NEEDS):
        result = results[f"story-{number}"]
        assert result["need_id"] == need
        assert len(result["suggestions"]) <= 3
        assert (result["none_because"] is None) == bool(result["suggestions"])
        for rank, suggestion in enumerate(result["suggestions"], start=1):
            assert suggestion["rank"] == rank
            assert suggestion["explanations"]
            assert all(reason["sentence"] for reason in suggestion["explanations"])
            suggested += 1
        alone = client.get(f"{API}/needs/{need}/suggestions").json()
        assert alone["suggestions"] == result["suggestions"]
    assert suggested >= 4
    assert len(results["text"]["suggestions"]) <= 2


def test_an_excluded_provider_is_not_suggested(client: TestClient) -> None:
    need = seed.STORY_NEEDS[0]
    first = client.get(f"{API}/needs/{need}/suggestions").json()["suggestions"][0]["customer_id"]
    query = {"need_id": need, "exclude": [first], "limit": 20}
    result = client.post(f"{API}/suggestions", json={"queries": {"q": query}}).json()["results"]["q"]
    assert first not in [suggestion["customer_id"] for suggestion in result["suggestions"]]


def test_communities_are_detected_and_listed(client: TestClient) -> None:
    assert client.get(f"{API}/communities/run").status_code == 404
    job = run_job(client, type="detect_communities", resolution=1.0, seed=7)
    run = client.get(f"{API}/communities/run").json()
    assert (run["id"], run["resolution"], run["seed"]) == (job["result"]["run_id"], 1.0, 7)
    page = client.get(f"{API}/communities", params={"limit": 200}).json()["data"]
    assert len(page) == run["community_count"] == job["result"]["communities"]
    members = []
    for community in page:
        found = client.get(f"{API}/communities/{community['id']}/members", params={"limit": 200}).json()["data"]
        assert len(found) == community["size"]
        members += [row["customer_id"] for row in found]
    assert 0 < len(members) == len(set(members)) <= run["customer_count"]
    network = client.get(f"{API}/customers/{members[0]}/network").json()
    assert network["nodes"][0]["community_id"] is not None


def test_value_is_scored_and_its_parts_add_up(client: TestClient) -> None:
    job = run_job(client, type="score_value", currency="USD", margin_rate=0.02)
    assert job["result"]["customers"] > 0
    seen = 0
    for customer in client.get(f"{API}/customers", params={"limit": 200}).json()["data"]:
        answer = client.get(f"{API}/customers/{customer['id']}/value")
        if answer.status_code == 404:
            continue
        value = answer.json()
        seen += 1
        assert value["run_id"] == job["result"]["run_id"]
        for kind in ("referral", "introduction"):
            cents = sum(round(float(part["money"]["amount"]) * 100) for part in value[f"{kind}_parts"])
            assert cents == round(float(value[kind]["amount"]) * 100)
            assert len(value[f"{kind}_parts"]) == 10
    assert seen > 0
    totals = client.get(f"{API}/value").json()
    shares = [totals[who] for who in ("customers", "operator", "unattributed")]
    kinds = ("referral", "introduction")
    cents = [round(float(share[kind]["amount"]) * 100) for share in shares for kind in kinds]
    assert totals["conserved"] is True
    assert sum(cents) == round(float(totals["outcomes"]["amount"]) * 100) > 0
    export = client.get(f"{API}/value/export")
    assert export.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(export.text.splitlines()))
    assert len(rows) == len({row["customer_id"] for row in rows}) >= seen
    assert {row["run_id"] for row in rows} == {totals["run_id"]}
    assert [sum(int(row[f"crv_{kind}_minor"]) for row in rows) for kind in kinds] == cents[:2]


def test_a_job_that_cannot_be_done_says_why(client: TestClient) -> None:
    body = {"type": "score_value", "valuation_at": "1950-01-01T00:00:00Z", "known_at": "1950-01-01T00:00:00Z"}
    place = client.post(f"{API}/jobs", json=body).headers["Location"]
    ends = time.monotonic() + 30
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert job["state"] in ("succeeded", "failed")
    assert (job["error"] is None) == (job["state"] == "succeeded")


def test_every_question_of_the_library_runs(client: TestClient) -> None:
    queries = client.get(f"{API}/queries").json()["data"]
    assert len(queries) >= 10
    customer = client.get(f"{API}/customers").json()["data"][0]["id"]
    for query in queries:
        whole = client.get(f"{API}/queries/{query['name']}").json()
        assert "MATCH" in whole["text"]
        needed = set(query["params"]) - query["defaults"].keys()
        params = {name: customer if name.endswith("_id") else 10 for name in needed}
        ran = client.post(f"{API}/queries/{query['name']}/run", json={"params": params})
        assert ran.status_code == 200, (query["name"], ran.text)
        for row in ran.json()["data"]:
            assert list(row) == query["returns"]
        refused = client.post(f"{API}/queries/{query['name']}/run", json={"params": params | {"other": 1}})
        assert refused.status_code == 422
