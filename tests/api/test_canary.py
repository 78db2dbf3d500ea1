"""A canary in each field of a bad request comes back in no answer, header or log line."""

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient

from app.api.document import operations

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
CANARY = "zq7canary"
BAD = f"{CANARY}\n" + "x" * 11_000  # too long for any text, of no pattern, no number, no time


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path


def planted(value: Any, path: tuple[Any, ...], bad: Any) -> Any:
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = bad
    return changed


def bad_bodies(example: Any) -> Iterator[Any]:
    for path in leaves(example):
        yield planted(example, path, BAD)
        yield planted(example, path, {CANARY: CANARY})
        yield planted(example, path, [CANARY])
    yield example | {CANARY: CANARY}
    yield {CANARY: example}
    yield [CANARY]
    yield CANARY


def requests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, method, operation in operations(DOCUMENT):
        if not path.startswith("/api/"):
            continue
        url = path.replace("{id}", "x").replace("{name}", "x")
        yield method, path.replace("{id}", f"{CANARY}-").replace("{name}", f"{CANARY}-"), {}
        yield method, url, {"params": {CANARY: CANARY}}
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                yield method, url, {"params": {parameter["name"]: CANARY + "\0"}}
            if parameter["in"] == "header":
                yield method, url, {"headers": {parameter["name"]: CANARY + " " * 300}}
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                real = url.replace("/x", "/int_x") if "introductions" in url else url
                for body in bad_bodies(media["example"]):
                    yield method, real, {"json": body, "headers": {"If-Match": '"1"', "Idempotency-Key": CANARY}}
            else:
                yield method, url, {"files": {"files": (f"../{CANARY}.csv", CANARY)}, "data": {"kind": CANARY}}
                yield method, url, {"files": {"files": (f"../{CANARY}.csv", CANARY)}}
        yield method, url, {"content": CANARY, "headers": {"Content-Type": "application/json"}}
        yield method, url, {"content": CANARY, "headers": {"Content-Type": CANARY}}
        yield method, url, {"headers": {"Authorization": f"Bearer {CANARY}", "Host": f"{CANARY}.example"}}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    written = io.StringIO()
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written), cache_logger_on_first_use=False)
    yield written
    structlog.configure(**before)


def test_no_input_comes_back(client: TestClient, log: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    asked, refused = 0, 0
    for method, url, given in requests():
        answer = client.request(method, url, **given)
        asked += 1
        assert answer.status_code < 500, (method, url, given)
        if answer.status_code < 400:
            continue
        refused += 1
        seen = answer.text + json.dumps(dict(answer.headers))
        assert CANARY not in seen, (method, url, given, seen)
    assert refused > 400
    assert CANARY not in log.getvalue()
    assert log.getvalue().count("request_id=") >= asked
    assert CANARY not in caplog.text
