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
from app.ports.outside import silent
from app.service import Service
from app.settings import Settings
from seed.story import contact_id, customer_id
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
