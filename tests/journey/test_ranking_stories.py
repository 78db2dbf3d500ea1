"""S06 and the ranking part of S10 on every engine, over HTTP: whose outcomes count, and what a vague need gets."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

import seed
from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.ports.outside import silent
from app.service import Service
from app.settings import Settings
from seed.peers import peers_id
from seed.vague import VAGUE, vague_id
from tests.engines import Engine, empty

HOUSE, OFFICE = (peers_id("Customer", f"builder-{kind}") for kind in ("household", "company"))
NIGHT, GIANT, FULL, SILENT = (vague_id("Customer", key) for key in ("night", "giant", "full", "silent"))
SEEN: dict[str, str] = {}  # the answers of the engine that came first, for the other to agree with


@pytest.fixture(scope="module")
def client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    given: dict[str, Any] = {"graph_url": engine.url, "graph_user": engine.user, "graph_password": engine.password}
    known = {name: value for name, value in given.items() if value is not None}
    settings = Settings(_env_file=None, data_folder=tmp_path_factory.mktemp("ranking"), deadline_seconds=10.0, **known)
    with open_app(settings) as app:
        empty(app.runner)
        for kind, rows in seed.combined(seed.peers_story(), seed.vague_story()).kinds():
            save(app, kind, rows)
        app.analytics.refresh(silent)
        with TestClient(Service(app).api, raise_server_exceptions=False) as client:
            yield client
        empty(app.runner)


def save(app: App, kind: str, rows: Any) -> None:
    app.store.write(OPERATOR_CLI, lambda tx: getattr(tx, kind).save(rows), patient=True)


def suggested(client: TestClient, need_id: str) -> dict[str, dict[str, Any]]:
    answer = client.get(f"/api/v1/needs/{need_id}/suggestions", params={"limit": 20})
    assert answer.status_code == 200, answer.text
    return {one["customer_id"]: one for one in answer.json()["suggestions"]}


def by_kind(client: TestClient, kind: str) -> dict[str, dict[str, Any]]:
    return suggested(client, peers_id("Need", kind))


def quality(suggestion: dict[str, Any]) -> dict[str, Any]:
    [found] = [one for one in suggestion["explanations"] if one["feature"] == "quality"]
    return dict(found)


def test_s06_twelve_house_owners_come_before_sixty_firms_and_the_sentence_says_so(client: TestClient) -> None:
    found = by_kind(client, "household")
    assert list(found) == [HOUSE, OFFICE]
    house, office = quality(found[HOUSE]), quality(found[OFFICE])
    start = "Of the recorded outcomes of its work, "
    assert house["sentence"] == start + "11 of 12 for customers like the seeker were good."
    assert office["sentence"] == start + "59 of 60 for customers unlike the seeker were good."
    assert house["value"] == pytest.approx(12 / 14, abs=1e-6)
    assert house["value"] > office["value"]
    assert house["contribution"] > office["contribution"]


def test_s06_a_firm_hears_of_the_firms_first(client: TestClient) -> None:
    found = by_kind(client, "company")
    assert list(found) == [OFFICE, HOUSE]
    assert "59 of 60 for customers like the seeker" in quality(found[OFFICE])["sentence"]


def test_s06_of_whom_nothing_is_known_nobody_is_a_peer(client: TestClient) -> None:
    found = by_kind(client, "unknown")
    assert list(found) == [OFFICE, HOUSE]
    assert quality(found[OFFICE])["sentence"].endswith(" 59 of 60 were good.")
    assert "seeker" not in str([quality(one) for one in found.values()])


def test_s06_the_catalogue_says_that_peers_count_in_full(client: TestClient) -> None:
    [fact] = [one for one in client.get("/api/v1/algorithms").json()["features"] if one["name"] == "quality"]
    assert (fact["unit"], fact["low"], fact["high"], fact["higher_is_better"]) == ("probability", 0.0, 1.0, True)
    assert "segment" in fact["about"]
    said = {quality(one)["sentence"] for kind in ("household", "unknown") for one in by_kind(client, kind).values()}
    assert all(any(one.startswith(form.split("{}")[0]) for form in fact["sentences"]) for one in said)


def test_s10_a_vague_need_already_gets_names_at_a_lower_score_than_a_clear_one(client: TestClient) -> None:
    vague, clear = suggested(client, vague_id("Need", "vague")), suggested(client, vague_id("Need", "clear"))
    assert next(iter(vague)) == next(iter(clear)) == NIGHT
    assert vague.keys() <= clear.keys()
    assert [0 < vague[one]["score"] < clear[one]["score"] for one in vague] == [True] * len(vague)


def test_s10_a_vague_need_claims_no_category_and_a_clear_one_does(client: TestClient) -> None:
    features = [
        {why["feature"] for why in suggested(client, vague_id("Need", key))[NIGHT]["explanations"]}
        for key in ("vague", "clear")
    ]
    assert ["category" in some for some in features] == [False, True]
    assert all("text_capability" in some for some in features)


def test_s10_what_must_hold_holds_of_a_vague_need_too(client: TestClient) -> None:
    answer = client.get(f"/api/v1/needs/{vague_id('Need', 'vague')}/suggestions", params={"limit": 20})
    document = answer.json()
    assert {one["customer_id"] for one in document["blocked"]} >= {FULL}
    assert document["blocked_by_consent"] == 1
    assert SILENT not in answer.text
    named = {one["customer_id"] for one in document["suggestions"]}
    assert not named & {FULL, HOUSE, OFFICE}, "a record in another trade is no answer"


def test_s10_the_officer_leaves_out_who_is_not_wanted_and_the_others_stay(client: TestClient) -> None:
    def ask(**more: Any) -> list[str]:
        query = {"text": VAGUE, "seeker_id": vague_id("Customer", "maker"), "limit": 20, **more}
        result = client.post("/api/v1/suggestions", json={"queries": {"q": query}}).json()["results"]["q"]
        return [one["customer_id"] for one in result["suggestions"]]

    everybody = ask(category_id="logistics.chilled")
    assert GIANT in everybody
    without = ask(category_id="logistics.chilled", exclude=[GIANT])
    assert without == [one for one in everybody if one != GIANT]


def test_s10_words_that_say_nothing_get_a_sentence_instead_of_names(client: TestClient) -> None:
    query = {"text": "We would like something better", "seeker_id": vague_id("Customer", "maker")}
    result = client.post("/api/v1/suggestions", json={"queries": {"q": query}}).json()["results"]["q"]
    assert result["suggestions"] == []
    assert result["none_because"]


def test_both_engines_give_the_same_answers_to_the_letter(client: TestClient, engine: Engine) -> None:
    told = str([by_kind(client, kind) for kind in ("household", "company", "unknown")])
    told += str([suggested(client, vague_id("Need", key)) for key in ("vague", "clear")])
    SEEN[engine.name] = told
    assert set(SEEN.values()) == {told}
