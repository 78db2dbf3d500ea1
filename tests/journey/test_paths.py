"""S15 on every engine, over HTTP: the strongest fresh path from an officer to a chief financial officer, and who may
not be named on one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import prod
from typing import Any

import pytest
from fastapi.testclient import TestClient

import seed
from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.domain.customer import Consent, Purpose, Standing
from app.domain.ids import derived_id
from app.ports.outside import silent
from app.service import Service
from app.settings import Settings
from seed.story import contact_id, customer_id, need_id
from tests.engines import Engine, empty

STORY = seed.story()
OFFICER, FINANCE = "officer-riverside", contact_id("watchmaker", "Chief financial officer")
WATCHMAKER, STRAPS, EQUITY = map(customer_id, ("watchmaker", "straps", "equity"))


@pytest.fixture(scope="module")
def opened(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given: dict[str, Any] = {"graph_url": engine.url, "graph_user": engine.user, "graph_password": engine.password}
    known = {name: value for name, value in given.items() if value is not None}
    settings = Settings(_env_file=None, data_folder=tmp_path_factory.mktemp("paths"), deadline_seconds=10.0, **known)
    with open_app(settings) as app:
        empty(app.runner)
        for kind, rows in STORY.kinds():
            save(app, kind, rows)
        app.analytics.refresh(silent)
        yield app
        empty(app.runner)


@pytest.fixture(scope="module")
def client(opened: App) -> Iterator[TestClient]:
    with TestClient(Service(opened).api, raise_server_exceptions=False) as client:
        yield client


def save(app: App, kind: str, rows: Any) -> None:
    app.store.write(OPERATOR_CLI, lambda tx: getattr(tx, kind).save(rows), patient=True)


def ask(client: TestClient, start: str, end: str, **options: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/paths", params={"from": start, "to": end, **options})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ways(answer: dict[str, Any]) -> list[list[str]]:
    return [[stop["id"] for stop in path["stops"]] for path in answer["paths"]]


def consent(app: App, customer: str, purpose: Purpose, *, granted: bool) -> None:
    at = datetime.now(UTC)
    save(app, "consents", [Consent(app.new_id("Consent"), customer, (purpose,), granted, "of a test", "test", at)])


def test_the_longer_fresh_path_comes_before_the_old_direct_tie(client: TestClient) -> None:
    answer = ask(client, OFFICER, FINANCE)
    owner = contact_id("straps", "Owner")
    assert ways(answer)[:2] == [[OFFICER, owner, STRAPS, WATCHMAKER, FINANCE], [OFFICER, FINANCE]]
    assert answer["none_because"] is None
    best, direct = answer["paths"][:2]
    assert best["strength"] > 5 * direct["strength"]
    assert best["strength"] == pytest.approx(prod(hop["strength"] for hop in best["hops"]), abs=1e-5)
    assert [hop["kind"] for hop in best["hops"]] == ["knows", "works_for", "deals_with", "works_for"]
    assert direct["hops"][0]["age_days"] > 1_400
    assert "knows" in direct["hops"][0]["sentence"]
    assert all(hop["sentence"] for hop in best["hops"])


def test_two_customers_meet_over_the_officer_who_knows_people_of_both(client: TestClient) -> None:
    assert [EQUITY, contact_id("equity", "Chief executive"), "officer-senior", FINANCE, WATCHMAKER] in ways(
        ask(client, EQUITY, WATCHMAKER, limit=10)
    )


def test_a_path_is_the_same_read_backwards(client: TestClient) -> None:
    there, back = ask(client, OFFICER, FINANCE, limit=10), ask(client, FINANCE, OFFICER, limit=10)
    assert sorted(ways(there)) == sorted(way[::-1] for way in ways(back))


def test_fewer_hops_leave_the_direct_tie_alone(client: TestClient) -> None:
    assert ways(ask(client, OFFICER, FINANCE, hops=3)) == [[OFFICER, FINANCE]]


def test_whoever_withdraws_consent_is_on_no_path_and_only_counted(client: TestClient, opened: App) -> None:
    consent(opened, STRAPS, Purpose.IDENTITY, granted=False)
    answer = client.get("/api/v1/paths", params={"from": OFFICER, "to": FINANCE, "limit": 10})
    assert ways(answer.json()) == [[OFFICER, FINANCE]]
    assert answer.json()["without_consent"] >= 1
    for told in (STRAPS, "Strap Maker", contact_id("straps", "Owner")):
        assert told not in answer.text
    consent(opened, STRAPS, Purpose.IDENTITY, granted=True)
    assert len(ways(ask(client, OFFICER, FINANCE))) > 1


def test_an_end_that_may_not_be_named_gets_the_remedy_instead_of_a_path(client: TestClient, opened: App) -> None:
    consent(opened, WATCHMAKER, Purpose.IDENTITY, granted=False)
    answer = client.get("/api/v1/paths", params={"from": OFFICER, "to": FINANCE}).json()
    consent(opened, WATCHMAKER, Purpose.IDENTITY, granted=True)
    assert answer["paths"] == []
    assert "consent" in answer["none_because"]


def test_a_persons_name_needs_the_consent_to_be_contacted(client: TestClient, opened: App) -> None:
    consent(opened, WATCHMAKER, Purpose.CONTACT, granted=False)
    answer = client.get("/api/v1/paths", params={"from": OFFICER, "to": WATCHMAKER})
    consent(opened, WATCHMAKER, Purpose.CONTACT, granted=True)
    assert "Chief financial officer" not in answer.text
    assert FINANCE in answer.text
    assert "Chief financial officer" in str(ask(client, OFFICER, WATCHMAKER, limit=10))


def test_whoever_has_an_open_complaint_is_not_asked_for_a_favour(client: TestClient, opened: App) -> None:
    [straps] = [row for row in STORY.customers if row.id == STRAPS]
    save(opened, "customers", [replace(straps, standing=Standing.COMPLAINT_OPEN)])
    answer = ask(client, OFFICER, FINANCE, limit=10)
    save(opened, "customers", [straps])
    assert ways(answer) == [[OFFICER, FINANCE]]


def test_a_tie_of_a_second_ago_counts(client: TestClient, opened: App) -> None:
    [tie] = [row for row in STORY.knows if (row.staff_id, row.contact_id) == (OFFICER, FINANCE)]
    fresh = replace(tie, strength=1.0, count=30, last_at=datetime.now(UTC) + timedelta(minutes=1))
    save(opened, "knows", [fresh])
    answer = ask(client, OFFICER, FINANCE)
    save(opened, "knows", [tie])
    assert ways(answer)[0] == [OFFICER, FINANCE]
    assert answer["paths"][0]["hops"][0]["age_days"] == 0
    assert answer["paths"][0]["strength"] > 0.99


def test_bad_ends_are_told_apart_and_repeated_nowhere(client: TestClient) -> None:
    for start, end, status in (
        ("sesame", FINANCE, 404),
        (OFFICER, "con_sesame", 404),
        (OFFICER, "cus_sesame", 404),
        (OFFICER, OFFICER, 422),
        (OFFICER, "", 422),
    ):
        answer = client.get("/api/v1/paths", params={"from": start, "to": end})
        assert answer.status_code == status, answer.text
        assert "sesame" not in answer.text
        assert OFFICER not in answer.text
    assert "two different" in client.get("/api/v1/paths", params={"from": OFFICER, "to": OFFICER}).text


def test_no_path_is_an_empty_list_with_a_sentence(client: TestClient) -> None:
    answer = ask(client, "officer-senior", customer_id("bistro"), hops=1)
    assert (answer["paths"], answer["complete"]) == ([], True)
    assert answer["none_because"].startswith("Nobody is known")


def ring_id(kind: str, key: str) -> str:
    return derived_id(kind, "ring", key)


RING = [ring_id("Customer", key) for key in ("packer", "carrier", "studio")]


@pytest.fixture(scope="module")
def with_ring(opened: App, client: TestClient) -> None:
    for kind, rows in seed.ring_story().kinds():
        save(opened, kind, rows)
    opened.analytics.refresh(silent)


@pytest.mark.usefixtures("with_ring")
def test_three_needs_close_to_a_ring_whose_legs_stand_alone(client: TestClient) -> None:
    answer = client.get("/api/v1/rings").json()
    [ring] = answer["rings"]
    assert {(leg["seeker_id"], leg["provider_id"]) for leg in ring["legs"]} == {
        (RING[0], RING[1]),
        (RING[1], RING[2]),
        (RING[2], RING[0]),
    }
    for leg in ring["legs"]:
        alone = client.get(f"/api/v1/needs/{leg['need_id']}/suggestions").json()["suggestions"]
        [same] = [one for one in alone if one["customer_id"] == leg["provider_id"]]
        assert (same["score"], same["name"]) == (leg["score"], leg["provider_name"])
        assert leg["score"] < leg["score_in_ring"] <= 1
    assert ring["weakest"] == min(leg["score"] for leg in ring["legs"])


@pytest.mark.usefixtures("with_ring")
def test_a_ring_that_breaks_takes_no_other_leg_with_it(client: TestClient, opened: App) -> None:
    """One leg after the other goes: its seeker is not to be matched any more. What the other two needs get stays."""
    [ring] = client.get("/api/v1/rings").json()["rings"]

    def told(need: str) -> list[Any]:
        return list(client.get(f"/api/v1/needs/{need}/suggestions", params={"limit": 20}).json()["suggestions"])

    alone = {leg["need_id"]: told(leg["need_id"]) for leg in ring["legs"]}
    for broken in ring["legs"]:
        consent(opened, broken["seeker_id"], Purpose.SEEKER, granted=False)
        assert client.get("/api/v1/rings").json()["rings"] == []
        assert told(broken["need_id"]) == []
        for leg in ring["legs"]:
            if leg is not broken:
                assert told(leg["need_id"]) == alone[leg["need_id"]]
                assert leg["provider_id"] in {one["customer_id"] for one in alone[leg["need_id"]]}
        consent(opened, broken["seeker_id"], Purpose.SEEKER, granted=True)
    assert client.get("/api/v1/rings").json()["rings"] == [ring]


@pytest.mark.usefixtures("with_ring")
def test_closing_a_ring_lifts_nobody_in_a_suggestion(client: TestClient) -> None:
    """The grocer needs what the studio needs and is in no ring; the packer gets from both what its words earn."""
    [ring] = client.get("/api/v1/rings").json()["rings"]
    [leg] = [one for one in ring["legs"] if one["provider_id"] == RING[0]]
    outside = client.get(f"/api/v1/needs/{ring_id('Need', 'grocer-cartons')}/suggestions").json()["suggestions"]
    [packer] = [one for one in outside if one["customer_id"] == RING[0]]
    assert (packer["rank"], packer["score"]) == (1, leg["score"])


@pytest.mark.usefixtures("with_ring")
def test_a_ring_begins_with_the_customer_asked_about_and_who_is_in_none_gets_a_sentence(client: TestClient) -> None:
    [ring] = client.get("/api/v1/rings", params={"customer_id": RING[1]}).json()["rings"]
    assert [leg["seeker_id"] for leg in ring["legs"]] == [RING[1], RING[2], RING[0]]
    alone = client.get("/api/v1/rings", params={"customer_id": ring_id("Customer", "grocer")}).json()
    assert alone["rings"] == []
    assert "no ring" in alone["none_because"]
    unknown = client.get("/api/v1/rings", params={"customer_id": "cus_sesame"})
    assert (unknown.status_code, "sesame" in unknown.text) == (404, False)


@pytest.mark.usefixtures("with_ring")
def test_whoever_has_not_consented_closes_no_ring_and_is_only_counted(client: TestClient, opened: App) -> None:
    answer = client.get("/api/v1/rings")
    assert answer.json()["blocked_by_consent"] >= 1
    assert "Silent" not in answer.text
    assert ring_id("Customer", "silent") not in answer.text
    consent(opened, RING[2], Purpose.SEEKER, granted=False)
    without = client.get("/api/v1/rings").json()
    consent(opened, RING[2], Purpose.SEEKER, granted=True)
    assert without["rings"] == []
    assert len(client.get("/api/v1/rings").json()["rings"]) == 1


@pytest.mark.usefixtures("with_ring")
def test_a_confidential_need_is_in_no_ring(client: TestClient, opened: App) -> None:
    [need] = [row for row in seed.ring_story().needs if row.seeker_id == RING[0]]
    save(opened, "needs", [replace(need, confidential=True)])
    answer = client.get("/api/v1/rings").json()
    save(opened, "needs", [need])
    assert answer["rings"] == []


def test_a_need_leads_to_a_capability_and_an_introducer_in_one_object(client: TestClient) -> None:
    answer = client.get(f"/api/v1/needs/{need_id('S03-investor')}/introducers").json()
    [option] = answer["options"]
    assert option["suggestion"]["customer_id"] == EQUITY
    assert option["capability"]["provider_id"] == EQUITY
    assert option["introducer"] == {"id": "officer-senior", "kind": "staff", "name": "Senior manager", "role": None}
    assert [option["path"]["stops"][place]["id"] for place in (0, -1)] == [WATCHMAKER, EQUITY]
    assert "likes" not in str(answer)
    gone = client.get("/api/v1/needs/need_sesame/introducers")
    assert (gone.status_code, "sesame" in gone.text) == (404, False)


def test_a_need_that_nobody_may_fill_says_why(client: TestClient) -> None:
    answer = client.get(f"/api/v1/needs/{need_id('S03-one-watch')}/introducers").json()
    assert answer["options"] == []
    assert answer["none_because"]


def test_a_value_chain_names_suppliers_people_and_officers_but_nobody_without_consent(
    client: TestClient, opened: App
) -> None:
    def chain() -> dict[str, Any]:
        return dict(client.get(f"/api/v1/customers/{WATCHMAKER}/value-chain").json())

    roles = {(link["role"], link["stop"]["id"]) for link in chain()["links"]}
    assert roles >= {("supplier", STRAPS), ("person", FINANCE), ("officer", "officer-senior"), ("officer", OFFICER)}
    consent(opened, STRAPS, Purpose.IDENTITY, granted=False)
    hidden = chain()
    consent(opened, STRAPS, Purpose.IDENTITY, granted=True)
    assert STRAPS not in str(hidden)
    assert hidden["without_consent"] == 1
    assert client.get("/api/v1/customers/cus_sesame/value-chain").status_code == 404
