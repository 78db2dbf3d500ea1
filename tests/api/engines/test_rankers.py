"""The ranker over HTTP: the job that trains it, its versions, who serves; and why a training cannot be."""

import time
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.analytics import ranker
from app.bootstrap import App
from app.domain.access import OPERATOR_CLI, Scope
from app.service import Service
from app.usecases.keys import CreateKey
from tests.api.engines.test_analysis import API, run_job
from tests.contract.portfolio import save_all
from tests.history import OPEN_NEED, history

PLACE = f"{API}/rankers"
FIGURES = {"mrr", "hit@5"}


def failed_job(client: TestClient, **body: Any) -> str:
    place = client.post(f"{API}/jobs", json=body).headers["Location"]
    ends = time.monotonic() + 60
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert (job["state"], job["result"]) == ("failed", None)
    return str(job["error"])


def test_without_history_the_job_says_what_is_missing_and_fusion_serves(client: TestClient) -> None:
    error = failed_job(client, type="train_ranker")
    assert "too little history" in error
    assert "At least 200" in error
    assert client.get(PLACE).json() == {"serves": "fusion", "because": "", "versions": []}
    nothing = client.post(f"{PLACE}/rollback")
    assert (nothing.status_code, nothing.json()["type"]) == (404, "urn:icrm:problem:not-found")


def test_without_the_extra_the_job_names_what_to_install(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranker, "find_spec", lambda name: None)
    assert 'pip install "icrm[ranker]"' in failed_job(client, type="train_ranker")


def test_the_job_trains_a_version_that_serves_until_it_is_taken_back(client: TestClient, opened: App) -> None:
    save_all(opened.store, history())
    run_job(client, type="refresh_snapshot")
    by_fusion = first_suggested(client)
    job = run_job(client, type="train_ranker", seed=5)
    made = job["result"]
    assert (job["stage"], job["done"]) == ("fitting the model", job["total"])
    assert made["serves"]
    assert (made["seed"], made["decisions"] >= 200) == (5, True)
    assert 0 <= made["calibration_error"] < 1
    assert all(block["fusion"].keys() == block["ranker"].keys() == FIGURES for block in made["blocks"])
    listed = client.get(PLACE).json()
    assert listed["serves"] == made["version"]
    assert [one["version"] for one in listed["versions"]] == [made["version"]]
    shown = listed["versions"][0]
    assert shown["blocks"][-1]["ranker"] == made["blocks"][-1]["ranker"]
    assert shown.keys() == made.keys()
    by_ranker = first_suggested(client)
    assert client.post(f"{PLACE}/rollback").json()["serves"] == "fusion"
    assert first_suggested(client) == by_fusion
    assert client.post(f"{PLACE}/use", json={"version": made["version"]}).json()["serves"] == made["version"]
    assert first_suggested(client) == by_ranker == "cus_0102"  # whom this seeker asks three times of four
    unknown = client.post(f"{PLACE}/use", json={"version": "r1"})
    assert (unknown.status_code, client.get(PLACE).json()["serves"]) == (404, made["version"])
    assert client.post(f"{PLACE}/use", json={"version": "fusion"}).json()["serves"] == "fusion"


def first_suggested(client: TestClient) -> str:
    answer = client.get(f"{API}/needs/{OPEN_NEED}/suggestions").json()
    return str(answer["suggestions"][0]["customer_id"])


@pytest.mark.parametrize("changes", [{"seed": -1}, {"seed": 2**31}, {"seed": "0"}, {"rounds": 5}])
def test_a_training_out_of_range_is_refused_at_once(client: TestClient, changes: dict[str, Any]) -> None:
    assert client.post(f"{API}/jobs", json={"type": "train_ranker"} | changes).status_code == 422


def test_whoever_may_only_read_sees_the_versions_and_chooses_none(opened: App) -> None:
    settings = opened.settings.model_copy(update={"auth": True})
    create = CreateKey(opened.store, opened.clock, opened.new_id)
    made = create(OPERATOR_CLI, "reader", [Scope.READ, Scope.WRITE])
    headers = {"Authorization": f"Bearer {made.secret}"}
    reader = TestClient(Service(replace(opened, settings=settings)).api, headers=headers)
    assert reader.get(PLACE).status_code == 200
    for place, body in ((f"{PLACE}/rollback", None), (f"{PLACE}/use", {"version": "fusion"})):
        assert reader.post(place, json=body).status_code == 403
    assert reader.post(f"{API}/jobs", json={"type": "train_ranker"}).status_code == 403
