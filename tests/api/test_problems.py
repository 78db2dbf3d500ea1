"""Every error is a problem document, from one table, with nothing of the input in it."""

import inspect
import re

import pytest
from fastapi.testclient import TestClient

from app.api.problems import BY_ERROR, MEDIA_TYPE, ROWS
from app.domain import errors

API = "/api/v1"
CUSTOMER = f"{API}/customers"


def error_classes() -> list[type[errors.IcrmError]]:
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.IcrmError)]


def test_every_domain_error_has_a_row() -> None:
    assert len(error_classes()) >= 17
    assert [kind.__name__ for kind in error_classes() if kind not in BY_ERROR] == []
    assert set(BY_ERROR.values()) <= ROWS.keys()


def test_every_problem_has_a_page(client: TestClient) -> None:
    for name, row in ROWS.items():
        page = client.get(f"/problems/{name}")
        assert page.status_code == 200
        assert row.title in page.text
    assert client.get("/problems/no-such").headers["Content-Type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", f"{API}/no-such-thing", 404, "not-found"),
        ("GET", "/api/v2/customers", 404, "not-found"),
        ("GET", f"{CUSTOMER}/cus_absent", 404, "not-found"),
        ("GET", f"{CUSTOMER}/cus_absent/needs", 404, "not-found"),
        ("GET", f"{CUSTOMER}/cus_absent/network", 404, "not-found"),
        ("GET", f"{CUSTOMER}/cus_absent/consents", 404, "not-found"),
        ("GET", f"{CUSTOMER}/cus_absent/value", 404, "not-found"),
        ("GET", f"{API}/needs/need_absent", 404, "not-found"),
        ("GET", f"{API}/jobs/job_absent", 404, "not-found"),
        ("GET", f"{API}/jobs/job_absent/events", 404, "not-found"),
        ("GET", f"{API}/imports/imp_absent", 404, "not-found"),
        ("GET", f"{API}/outcomes/out_absent/flows", 404, "not-found"),
        ("GET", f"{API}/queries/no_such_query", 404, "not-found"),
        ("POST", f"{API}/api-keys/key_absent/revoke", 404, "not-found"),
        ("DELETE", CUSTOMER, 405, "method-not-allowed"),
        ("GET", f"{CUSTOMER}/BAD", 422, "invalid"),
        ("GET", f"{CUSTOMER}?limit=0", 422, "invalid"),
        ("GET", f"{CUSTOMER}?limit=201", 422, "invalid"),
        ("GET", f"{CUSTOMER}?cursor=!", 422, "invalid"),
        ("GET", f"{CUSTOMER}?surch=x", 422, "invalid"),
        ("GET", f"{CUSTOMER}?search=%00", 422, "invalid"),
        ("GET", f"{CUSTOMER}/cus_absent/network?depth=4", 422, "invalid"),
    ],
)
def test_an_error_is_a_problem_document(client: TestClient, method: str, path: str, status: int, name: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    body = answer.json()
    assert body["type"] == f"urn:icrm:problem:{name}"
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert re.fullmatch("req_[0-9a-f]{24}", body["request_id"])
    assert client.get(body["help"]).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b'{"name": NaN}', 422),
        (b'{"name": "x", "latitude": Infinity}', 422),
        (b'{"name": "x", "latitude": 1e999}', 422),
        (b'{"name": "x", "open_slots": ' + b"9" * 5000 + b"}", 422),
        (b'{"name": "\xff"}', 422),
        (b'{"name": "\\ud800"}', 422),
        (b'{"name": "a\\u0000b"}', 422),
        (b'{"a\\u0000b": 1}', 422),
        (b'{"name": ' + b"[" * 100_000, 422),
        (b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"name": " "}', 422),
        (b'{"name": "x", "open_slots": "3"}', 422),
        (b'{"name": "x", "open_slots": 3.0}', 422),
        (b'{"name": "x", "open_slots": true}', 422),
        (b'{"name": "x", "vetting_expires_at": 12345}', 422),
        (b'{"name": "x", "vetting_expires_at": "2026-01-01T00:00:00"}', 422),
        (b'{"name": "x", "vetting_expires_at": "9999-12-31T23:59:59-12:00"}', 422),
        (b'{"name": "x", "lifetime_value": {"amount": "1.001", "currency": "EUR"}}', 422),
        (b'{"name": "x", "lifetime_value": {"amount": "9999999999999999", "currency": "EUR"}}', 422),
        (b'{"name": "x", "surprise": 1}', 422),
    ],
)
def test_a_hostile_body_is_refused_with_its_place(client: TestClient, content: bytes, status: int) -> None:
    answer = client.post(CUSTOMER, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, MEDIA_TYPE), answer.text
    if status == 422:
        assert answer.json()["errors"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin1"]
)
def test_another_content_type_is_not_read(client: TestClient, kind: str) -> None:
    answer = client.post(CUSTOMER, content=b'{"name": "x"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, MEDIA_TYPE)


def test_each_bad_field_is_named_by_its_pointer(client: TestClient) -> None:
    body = {"queries": {"first": {"text": "x", "limit": 99, "budget": {"amount": 5, "currency": "EUR"}}, "b": {}}}
    answer = client.post(f"{API}/suggestions", json=body)
    pointers = {place["pointer"] for place in answer.json()["errors"]}
    assert pointers == {"/queries/*/limit", "/queries/*/budget/amount", "/queries/*"}
    money = {"amount": "1.001", "currency": "EUR"}
    answer = client.post(CUSTOMER, json={"name": "x", "lifetime_value": money})
    assert answer.json()["errors"][0]["pointer"] == "/lifetime_value/amount"


def test_a_record_that_a_body_names_must_exist(client: TestClient) -> None:
    answer = client.post(f"{API}/needs", json={"seeker_id": "cus_absent", "text": "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/seeker_id", "detail": "There is no such record."}]
    body = {"kind": "introduction", "valid_at": "2026-03-01T00:00:00Z", "need_id": "need_absent"}
    assert client.post(f"{API}/outcomes", json=body).json()["errors"][0]["pointer"] == "/need_id"


def test_security_headers_are_on_every_answer(client: TestClient) -> None:
    for path in ("/healthz", f"{CUSTOMER}?limit=1", f"{API}/none", "/docs", "/problems"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Request-Id"].startswith("req_")
    assert client.get(f"{CUSTOMER}?limit=1").headers["Cache-Control"] == "no-store"


def test_only_loopbacks_own_names_are_served(client: TestClient) -> None:
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "", "[::1"):
        answer = client.get("/healthz", headers={"Host": host})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:icrm:problem:wrong-host")
