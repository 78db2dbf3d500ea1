"""The OpenAPI document: current, whole, with examples that hold; and the page that shows it."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from app.api import openapi
from app.api.document import operations

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations(DOCUMENT)}


def test_the_snapshot_is_current() -> None:
    assert (ROOT / openapi.PLACE).read_text(encoding="utf-8") == openapi.text(), "run python -m app.api.openapi"


def test_operation_ids_are_unique_and_words() -> None:
    names = [operation["operationId"] for _, _, operation in operations(DOCUMENT)]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)*", name)] == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_its_manual_an_example_and_its_problems(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["description"]
    errors = {status: body for status, body in operation["responses"].items() if status >= "400"}
    assert {"400", "500", "503"} <= errors.keys()
    for body in errors.values():
        assert list(body["content"]) == ["application/problem+json"]
    good = [body for status, body in operation["responses"].items() if status < "300"]
    bodies = [operation.get("requestBody", {}), *good]
    media = [(kind, part) for body in bodies for kind, part in body.get("content", {}).items()]
    examples = [(kind, part) for kind, part in media if "example" in part or kind == "text/event-stream"]
    assert examples
    for kind, part in examples:
        if kind == "application/json":
            schema = part["schema"] | {"components": DOCUMENT["components"]}
            jsonschema_rs.validator_for(schema).validate(part["example"])


def test_the_documentation_page_asks_nobody_else(client: TestClient) -> None:
    for path in ("/docs", "/docs/docs.js", "/docs/docs.css", "/problems", "/problems/invalid"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert not re.search(r"https?://|//[a-z]+\.[a-z]+/", answer.text)
    page = client.get("/docs").text
    for place in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert place.startswith("/")
        assert client.get(place).status_code == 200
    assert client.get("/", follow_redirects=False).headers["Location"] == "/docs"


def test_what_the_service_says_of_itself(client: TestClient) -> None:
    algorithms = client.get("/api/v1/algorithms").json()
    assert all(feature["about"] and feature["weight"] >= 0 for feature in algorithms["features"])
    schema = client.get("/api/v1/schema").json()
    assert schema["nodes"]["Customer"]["properties"]["name"]["sensitivity"] == "confidential"
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert [check["name"] for check in ready["checks"]] == ["engine", "schema"]
