"""Paging, repeated requests, versions, keys: each convention once, over the real service."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.app import openapi_document
from app.api.document import operations
from app.api.listen import refuse_open_door
from app.bootstrap import App
from app.domain.access import OPERATOR_CLI, Scope
from app.domain.errors import Misconfigured
from app.service import Service
from app.usecases.keys import CreateKey, hash_of

API = "/api/v1"
CUSTOMER = f"{API}/customers"
Pair = Callable[[], tuple[str, str]]


def test_pages_follow_each_other_without_gap_or_repeat(client: TestClient, make_customer: Any) -> None:
    mark = secrets.token_hex(6)
    made = {make_customer(name=f"{mark} {number}")["id"] for number in range(7)}
    seen: list[str] = []
    query: dict[str, Any] = {"search": mark, "limit": 3}
    sizes = []
    while True:
        page = client.get(CUSTOMER, params=query).json()
        seen += [row["id"] for row in page["data"]]
        sizes.append(len(page["data"]))
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
    assert sizes == [3, 3, 1]
    assert seen == sorted(made)


def test_the_largest_page_is_followed_too(client: TestClient, opened: App, make_customer: Any) -> None:
    customer = make_customer()["id"]
    first = client.post(f"{API}/needs", json={"seeker_id": customer, "text": "the first"}).json()["id"]
    kept = opened.store.read(OPERATOR_CLI, lambda tx: tx.needs.get([first]))[0]
    more = [replace(kept, id=opened.new_id("Need"), external_id=secrets.token_hex(8)) for _ in range(200)]
    opened.store.write(OPERATOR_CLI, lambda tx: tx.needs.save(more))
    page = client.get(f"{CUSTOMER}/{customer}/needs", params={"limit": 200}).json()
    rest = client.get(f"{CUSTOMER}/{customer}/needs", params={"limit": 200, "cursor": page["next_cursor"]}).json()
    assert (len(page["data"]), len(rest["data"]), rest["has_more"]) == (200, 1, False)


def test_a_repeated_request_has_one_effect_and_the_first_answer(client: TestClient, make_pair: Pair) -> None:
    seeker, provider = make_pair()
    body = {"seeker_id": seeker, "provider_id": provider}
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    first = client.post(f"{API}/introductions", json=body, headers=headers)
    again = client.post(f"{API}/introductions", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    other = client.post(f"{API}/introductions", json=body | {"rank": 2}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:icrm:problem:key-reused")
    assert len(client.get(f"{CUSTOMER}/{seeker}/introductions").json()["data"]) == 1
    missing = client.post(f"{API}/introductions", json=body)
    assert (missing.status_code, missing.json()["type"]) == (428, "urn:icrm:problem:idempotency-key-required")


def test_a_refused_effect_leaves_its_key_free(client: TestClient, make_customer: Any, consent: Any) -> None:
    seeker, provider = make_customer()["id"], make_customer()["id"]
    body = {"seeker_id": seeker, "provider_id": provider}
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    assert client.post(f"{API}/introductions", json=body, headers=headers).status_code == 403
    consent(seeker, "match_as_seeker")
    consent(provider, "match_as_provider")
    assert client.post(f"{API}/introductions", json=body, headers=headers).status_code == 201


def test_fifty_at_once_with_one_key_have_one_effect(client: TestClient) -> None:
    mark = secrets.token_hex(8)
    headers = {"Idempotency-Key": mark}

    def create(_: int) -> tuple[int, str]:
        answer = client.post(CUSTOMER, json={"name": f"only {mark}"}, headers=headers)
        return answer.status_code, answer.json().get("id", "")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(create, range(50)))
    assert {status for status, _ in answers} <= {201, 409, 503}
    assert len({made for status, made in answers if status == 201}) == 1
    assert len(client.get(CUSTOMER, params={"search": mark}).json()["data"]) == 1


def test_a_change_needs_the_version_that_was_read(client: TestClient, make_customer: Any) -> None:
    place = f"{CUSTOMER}/{make_customer()['id']}"
    assert client.patch(place, json={"segment": "a"}).status_code == 428
    for header, status in (('"7"', 412), ("1", 422), ('W/"1"', 422), ("*", 422), ('"1"', 200)):
        assert client.patch(place, json={"segment": "a"}, headers={"If-Match": header}).status_code == status


def test_of_parallel_changes_of_one_version_one_wins(client: TestClient, make_customer: Any) -> None:
    place = f"{CUSTOMER}/{make_customer()['id']}"

    def change(number: int) -> int:
        headers = {"If-Match": '"1"'}
        return int(client.patch(place, json={"segment": f"s{number}"}, headers=headers).status_code)

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(change, range(16)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 412, 503}
    assert client.get(place).json()["version"] == 2


def test_a_taken_external_id_is_a_conflict(client: TestClient) -> None:
    body = {"name": "twice", "source": "crm", "external_id": secrets.token_hex(8)}
    first = client.post(CUSTOMER, json=body)
    assert first.status_code == 201
    assert client.post(CUSTOMER, json=body | {"name": "other"}).status_code == 409
    assert client.get(first.headers["Location"]).json()["name"] == "twice"


@pytest.fixture
def guarded(with_settings: Any) -> TestClient:
    return TestClient(Service(with_settings(auth=True)).api, raise_server_exceptions=False)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_without_a_valid_key_nothing_is_answered(guarded: TestClient) -> None:
    document = guarded.get("/openapi.json").json()
    refused = 0
    for path, item in document["paths"].items():
        for method in ("get", "post", "patch"):
            if method not in item or not path.startswith("/api/"):
                continue
            url = path.replace("{id}", "x").replace("{name}", "x")
            for headers in ({}, bearer("icrm_wrong"), {"Authorization": "Basic eA=="}):
                body = {} if "requestBody" in item[method] else None
                kind = next(iter(item[method].get("requestBody", {}).get("content", {})), "")
                files = {"files": ("a.csv", b"")} if kind.startswith("multipart") else None
                answer = guarded.request(method, url, headers=headers, json=None if files else body, files=files)
                assert answer.status_code == 401, (method, path)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                refused += 1
    assert refused > 100


GRANTS = {scope: {scope, Scope.READ} for scope in (Scope.READ, Scope.WRITE, Scope.RUN, Scope.SIGN)} | {
    Scope.VET: {Scope.VET, Scope.WRITE, Scope.READ},
    Scope.DECIDE: {Scope.DECIDE, Scope.WRITE, Scope.READ},
    Scope.ADMIN: {Scope.ADMIN},
}


def test_a_key_opens_what_its_scopes_name_until_it_is_revoked(opened: App, guarded: TestClient) -> None:
    secrets_by = {
        scope: CreateKey(opened.store, opened.clock, opened.new_id)(OPERATOR_CLI, f"key {scope}", [scope])
        for scope in Scope
    }
    asks = {
        Scope.READ: ("GET", CUSTOMER, None),
        Scope.WRITE: ("POST", CUSTOMER, {"name": "by key"}),
        Scope.RUN: ("GET", f"{API}/jobs", None),
        Scope.SIGN: (
            "POST",
            f"{API}/sign-offs",
            {"subject": "parameters", "parameters": {"seed": 1}, "reason": "test"},
        ),
        Scope.ADMIN: ("GET", f"{API}/api-keys", None),
    }
    for held, made in secrets_by.items():
        for needed, (method, path, body) in asks.items():
            answer = guarded.request(method, path, json=body, headers=bearer(made.secret))
            may = needed in GRANTS[held]
            assert (answer.status_code < 300) == may, (held, needed, answer.text)
            assert answer.status_code in (200, 201, 403)
    admin, reader = secrets_by[Scope.ADMIN], secrets_by[Scope.READ]
    me = guarded.get(f"{API}/me", headers=bearer(reader.secret)).json()
    assert me == {"id": reader.key.id, "scopes": ["read"], "authentication": True}
    gone = guarded.post(f"{API}/api-keys/{reader.key.id}/revoke", headers=bearer(admin.secret))
    assert gone.json()["revoked_at"]
    assert guarded.get(CUSTOMER, headers=bearer(reader.secret)).status_code == 401


OPEN_TO_ALL = {"get_me", "take_mail"}  # the latter is signed instead
FOR_READERS = {"suggest", "run_query", "preview_policy"}  # requests with a body that change nothing
FOR_RUNNERS = {"list_jobs", "get_job", "watch_job", "list_imports", "get_import", "get_failed_rows"}


@pytest.mark.parametrize("held", [Scope.READ, Scope.ADMIN])
def test_an_operation_beyond_the_keys_scopes_is_403_whatever_is_sent(
    opened: App, guarded: TestClient, held: Scope
) -> None:
    key = bearer(CreateKey(opened.store, opened.clock, opened.new_id)(OPERATOR_CLI, f"only {held}", [held]).secret)
    refused = set()
    for path, method, operation in operations(openapi_document()):
        name = operation["operationId"]
        reads = (method == "get" or name in FOR_READERS) and name not in FOR_RUNNERS and "api_key" not in name
        administers = "api_key" in name or name in ("undo_import", "get_shared_evidence")
        may = name in OPEN_TO_ALL or (reads if held is Scope.READ else administers)
        if not path.startswith("/api/") or may:
            continue
        files = {"files": ("a.csv", b"")} if name == "create_import" else None
        url = path.replace("{id}", "x").replace("{name}", "x")
        sent: dict[str, Any] = {"files": files} if files else {} if method == "get" else {"json": {}}
        answer = guarded.request(method, url, headers=key, **sent)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:icrm:problem:not-allowed"), name
        refused.add(name)
    assert len(refused) > 25


def test_a_key_is_shown_once_and_stored_as_a_hash(opened: App, guarded: TestClient) -> None:
    admin = CreateKey(opened.store, opened.clock, opened.new_id)(OPERATOR_CLI, "root", [Scope.ADMIN])
    made = guarded.post(
        f"{API}/api-keys", json={"name": "reporting", "scopes": ["read", "read"]}, headers=bearer(admin.secret)
    )
    secret = made.json()["key"]
    assert secret.startswith("icrm_")
    assert len(secret) > 40
    listed = guarded.get(f"{API}/api-keys", params={"limit": 200}, headers=bearer(admin.secret)).text
    assert made.json()["id"] in listed
    assert secret not in listed
    assert hash_of(secret) not in listed
    stored = opened.store.read(OPERATOR_CLI, lambda tx: tx.keys.by_hash(hash_of(secret)))
    assert stored is not None
    assert secret not in repr(stored)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org", ""])
def test_beyond_loopback_keys_are_a_must(host: str) -> None:
    with pytest.raises(Misconfigured):
        refuse_open_door(host, auth=False)
    refuse_open_door(host, auth=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_on_loopback_keys_are_a_choice(host: str) -> None:
    refuse_open_door(host, auth=False)
