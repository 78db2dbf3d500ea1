"""A portfolio from nothing up, on every engine, over HTTP: each question has an answer or the sentence why not."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.domain.customer import Purpose
from app.ports.outside import silent
from app.service import Service
from app.settings import Settings
from tests.contract.portfolio import capability, consent, customer, need
from tests.engines import Engine, empty

API = "/api/v1"
# In three scripts without gaps: what each of three customers offers, and what the next one seeks, in other words.
OFFERS = ("夜間の冷蔵輸送", "办公室清洁", "ตรวจสอบสะพานและซ่อมแซม")
SOUGHT = ("找人清洁办公室", "ต้องการคนตรวจสอบสะพานเก่า", "冷蔵品を夜間に輸送")


@pytest.fixture(scope="module")
def opened(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given: dict[str, Any] = {"graph_url": engine.url, "graph_user": engine.user, "graph_password": engine.password}
    known = {name: value for name, value in given.items() if value is not None}
    folder = tmp_path_factory.mktemp("thin")
    settings = Settings(_env_file=None, data_folder=folder, deadline_seconds=10.0, analytics="local", **known)
    with open_app(settings) as app:
        yield app
        empty(app.runner)


@pytest.fixture(scope="module")
def client(opened: App) -> Iterator[TestClient]:
    with TestClient(Service(opened).api, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing(opened: App) -> None:
    empty(opened.runner)


def load(app: App, **kinds: Any) -> None:
    for kind, rows in kinds.items():
        app.store.write(OPERATOR_CLI, lambda tx, kind=kind, rows=rows: getattr(tx, kind).save(rows), patient=True)
    app.analytics.refresh(silent, forced=True)


def people(count: int) -> dict[str, Any]:
    some = range(count)
    return {
        "customers": [customer(one) for one in some],
        "consents": [consent(one, one, purposes=tuple(Purpose)) for one in some],
    }


def ask(client: TestClient, **query: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/suggestions", json={"queries": {"q": query}})
    assert answer.status_code == 200, answer.text
    assert "NaN" not in answer.text
    return dict(answer.json()["results"]["q"])


def names(result: dict[str, Any]) -> list[str]:
    assert bool(result["suggestions"]) != bool(result["none_because"])
    return [one["customer_id"] for one in result["suggestions"]]


def done(client: TestClient, kind: str) -> dict[str, Any]:
    place = client.post(f"{API}/jobs", json={"type": kind}).headers["Location"]
    ends = time.monotonic() + 60
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert (job["state"], job["error"]) == ("succeeded", None)
    return dict(job["result"])


def communities(client: TestClient) -> list[int]:
    done(client, "detect_communities")
    answer = client.get(f"{API}/communities", params={"limit": 200})
    assert "NaN" not in answer.text
    return [one["size"] for one in answer.json()["data"]]


def assigned(client: TestClient) -> list[tuple[str, str]]:
    done(client, "suggest_all")
    answer = client.get(f"{API}/assignments")
    assert "NaN" not in answer.text
    return [(one["seeker_id"], one["provider_id"]) for one in answer.json()["data"]]


def test_an_empty_graph_names_nobody_and_says_so(client: TestClient, opened: App) -> None:
    load(opened)
    assert names(ask(client, text="bridge inspection")) == []
    assert (communities(client), assigned(client)) == ([], [])
    assert client.get(f"{API}/rings").json()["none_because"]
    assert client.get(f"{API}/paths", params={"from": "cus_a", "to": "cus_b"}).status_code == 404


def test_one_customer_is_nobodys_provider(client: TestClient, opened: App) -> None:
    load(opened, **people(1), capabilities=[capability(0, 0)], needs=[need(0, 0)])
    assert names(client.get(f"{API}/needs/need_0000/suggestions").json()) == []
    assert (communities(client), assigned(client)) == ([], [])
    assert client.get(f"{API}/customers/cus_0000/similar").json()["data"] == []


def test_nothing_known_of_the_past_leaves_what_is_said(client: TestClient, opened: App) -> None:
    offers = [capability(one, one, text="Bridge inspection") for one in range(2)]
    load(opened, **people(3), capabilities=offers, needs=[need(0, 2, text="Inspection of a bridge")])
    result = client.get(f"{API}/needs/need_0000/suggestions").json()
    assert names(result) == ["cus_0000", "cus_0001"]
    said = [why["sentence"] for why in result["suggestions"][0]["explanations"]]
    assert "Fewer than five outcomes of its work are recorded." in said
    assert communities(client) == []
    assert sorted(assigned(client)) == [("cus_0002", "cus_0000"), ("cus_0002", "cus_0001")]
    path = client.get(f"{API}/paths", params={"from": "cus_0000", "to": "cus_0001"}).json()
    assert (path["paths"], bool(path["none_because"])) == ([], True)


@pytest.mark.parametrize("text", ["…", "?!"])
def test_a_text_without_a_word_gets_a_sentence(client: TestClient, opened: App, text: str) -> None:
    load(opened, **people(2), capabilities=[capability(0, 0, text=text)], needs=[need(0, 1, text=text)])
    assert names(client.get(f"{API}/needs/need_0000/suggestions").json()) == []
    assert names(ask(client, text=text)) == []
    assert assigned(client) == []


def test_an_unknown_category_leaves_the_words(client: TestClient, opened: App) -> None:
    load(opened, **people(2), capabilities=[capability(0, 0, text="Bridge inspection")])
    result = ask(client, text="Bridge inspection", seeker_id="cus_0001", category_id="nobody.knows.it")
    assert names(result) == ["cus_0000"]
    assert "nobody.knows" not in str(result["suggestions"])


def test_scripts_without_gaps_find_each_other(client: TestClient, opened: App) -> None:
    offers = [capability(one, one, text=text) for one, text in enumerate(OFFERS)]
    needs = [need(one, one, text=text) for one, text in enumerate(SOUGHT)]
    load(opened, **people(3), capabilities=offers, needs=needs)
    for one in range(3):
        result = client.get(f"{API}/needs/need_{one:04}/suggestions").json()
        assert names(result) == [f"cus_{(one + 1) % 3:04}"]
        [why] = [part for part in result["suggestions"][0]["explanations"] if part["feature"] == "text_capability"]
        assert "“" in why["sentence"]
    [ring] = client.get(f"{API}/rings").json()["rings"]
    assert len(ring["legs"]) == 3
