"""Communities over layers on every engine, over HTTP: runs by layer, ids that last, shares, limits, and peers."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

import seed
from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.domain.community import RUNS
from app.domain.customer import Standing
from app.service import Service
from app.settings import Settings
from seed.portfolio import combined
from seed.story import customer_id
from seed.synthetic import synthetic
from tests.engines import Engine, empty

RECORDS = combined(seed.story(), synthetic(60))
API = "/api/v1"


@pytest.fixture(scope="module")
def opened(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given: dict[str, Any] = {"graph_url": engine.url, "graph_user": engine.user, "graph_password": engine.password}
    known = {name: value for name, value in given.items() if value is not None}
    folder = tmp_path_factory.mktemp("communities")
    settings = Settings(_env_file=None, data_folder=folder, deadline_seconds=10.0, analytics="local", **known)
    with open_app(settings) as app:
        empty(app.runner)
        for kind, rows in RECORDS.kinds():
            save(app, kind, rows)
        yield app
        empty(app.runner)


@pytest.fixture(scope="module")
def client(opened: App) -> Iterator[TestClient]:
    with TestClient(Service(opened).api, raise_server_exceptions=False) as client:
        yield client


def save(app: App, kind: str, rows: Any) -> None:
    app.store.write(OPERATOR_CLI, lambda tx: getattr(tx, kind).save(rows), patient=True)


def detected(client: TestClient, **body: Any) -> dict[str, Any]:
    place = client.post(f"{API}/jobs", json={"type": "detect_communities", "seed": 3} | body).headers["Location"]
    ends = time.monotonic() + 60
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert (job["state"], job["error"]) == ("succeeded", None)
    return dict(job["result"])


def listed(client: TestClient, layer: str = "combined") -> dict[str, dict[str, Any]]:
    page = client.get(f"{API}/communities", params={"limit": 200, "layer": layer}).json()["data"]
    return {one["id"]: one for one in page}


def members(client: TestClient, community_id: str) -> list[str]:
    page = client.get(f"{API}/communities/{community_id}/members", params={"limit": 200}).json()["data"]
    return [row["customer_id"] for row in page]


def test_each_layer_has_its_run_and_a_customer_is_in_one_community_of_each(client: TestClient) -> None:
    one = customer_id("fixtures")
    for layer in RUNS:
        result = detected(client, layer=layer)
        run = client.get(f"{API}/communities/run", params={"layer": layer}).json()
        assert (run["id"], run["layer"], run["stability"]) == (result["run_id"], layer, None)
        found = listed(client, layer)
        assert len(found) == result["communities"] > 1
        assert all(0.0 <= part["binding"] <= 1.0 for part in found.values())
        assert sum(part["size"] for part in found.values()) <= run["customer_count"]
    mine = client.get(f"{API}/customers/{one}/communities").json()["data"]
    own = [row for row in mine if row["is_member"]]
    layers = [row["run_layer"] for row in own]
    assert layers == sorted(set(layers), key=RUNS.index)
    assert {"combined", "interest"} <= set(layers)
    for row in own:
        assert one in members(client, row["community_id"])
        assert row["label"] == listed(client, row["run_layer"])[row["community_id"]]["label"]
    for layer in layers:
        assert sum(row["strength"] for row in mine if row["run_layer"] == layer) <= 1.000_01
    assert set(own[0]["layers"]) == set(RUNS) - {"combined"}
    assert client.get(f"{API}/customers/{customer_id('nobody')}/communities").status_code == 404


def test_a_community_keeps_its_id_and_the_run_says_who_stayed(client: TestClient, opened: App) -> None:
    detected(client)
    before = listed(client)
    same = detected(client)
    assert same["stability"] == 1.0
    assert listed(client).keys() == before.keys()
    parted = detected(client, resolution=4.0)
    assert 0.0 < parted["stability"] < 1.0
    assert len(before.keys() & listed(client).keys()) > len(before) / 2
    assert listed(client).keys() - before.keys()


def test_a_limit_holds_where_it_can_and_what_it_cannot_split_is_counted(client: TestClient) -> None:
    result = detected(client, max_size=12)
    sizes = [one["size"] for one in listed(client).values()]
    assert result["oversized"] == sum(size > 12 for size in sizes)
    free = detected(client)
    assert max(one["size"] for one in listed(client).values()) > 12 >= sorted(sizes)[len(sizes) // 2]
    assert free["oversized"] == 0


def test_weights_and_half_life_reach_the_run(client: TestClient) -> None:
    detected(client, weights={"trade": 1, "referral": 0, "interest": 0, "geography": 0}, half_life_days=365)
    run = client.get(f"{API}/communities/run").json()
    assert run["half_life_days"] == 365.0
    for row in client.get(f"{API}/customers/{customer_id('fixtures')}/communities").json()["data"]:
        if row["run_layer"] == "combined":
            assert set(row["layers"]) <= {"trade"}
    fresh = [one["freshness"] for one in listed(client).values() if one["freshness"] is not None]
    assert fresh
    assert all(0.0 < one <= 1.0 for one in fresh)


@pytest.mark.parametrize(
    "bad",
    [
        {"layer": "gossip"},
        {"weights": {"gossip": 1}},
        {"weights": {"trade": -1}},
        {"half_life_days": 0},
        {"max_size": 1},
    ],
)
def test_an_option_out_of_range_is_refused_at_the_door(client: TestClient, bad: dict[str, Any]) -> None:
    answer = client.post(f"{API}/jobs", json={"type": "detect_communities"} | bad)
    assert answer.status_code == 422
    assert "gossip" not in answer.text


def test_peers_say_what_they_share_and_who_left_is_none(client: TestClient, opened: App) -> None:
    detected(client)  # on a fresh snapshot
    one = customer_id("fixtures")
    found = client.get(f"{API}/customers/{one}/similar", params={"limit": 5}).json()["data"]
    assert 1 <= len(found) <= 5
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    assert one not in [row["customer_id"] for row in found]
    for row in found:
        assert row["partner_count"] + row["category_count"] > 0
        assert row["reason"].startswith("Shares ")
        assert all(partner["name"] for partner in row["partners"])
    best = next(row for row in RECORDS.customers if row.id == found[0]["customer_id"])
    version = {"If-Match": client.get(f"{API}/customers/{best.id}").headers["ETag"]}
    gone = client.patch(f"{API}/customers/{best.id}", json={"standing": Standing.LEFT}, headers=version)
    assert gone.status_code == 200, gone.text
    left = client.get(f"{API}/customers/{one}/similar", params={"limit": 5}).json()["data"]
    assert best.id not in [row["customer_id"] for row in left]
    assert client.get(f"{API}/customers/{customer_id('nobody')}/similar").status_code == 404
    assert client.get(f"{API}/customers/{one}/similar", params={"limit": 101}).status_code == 422
