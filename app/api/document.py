"""The OpenAPI document: every problem declared, an example for every operation."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from app.api.problems import MEDIA_TYPE
from app.api.schemas_service import ProblemOut

_MEANS = {
    "400": "Malformed, or a host that is not served here.",
    "401": "No valid API key.",
    "403": "A scope or a consent is missing.",
    "404": "Not found.",
    "405": "Method not allowed.",
    "408": "The body did not arrive in time.",
    "409": "The state does not allow it.",
    "412": "If-Match names another version.",
    "413": "Too large.",
    "415": "Content type not read here.",
    "422": "The request breaks a rule.",
    "428": "If-Match or Idempotency-Key is missing.",
    "500": "A defect of this service.",
    "503": "Overloaded, past the deadline, or the graph is away; see Retry-After.",
}
_METHODS = ("get", "post", "patch", "put", "delete")
Node = dict[str, Any]


def describe(app: FastAPI) -> None:
    """Replaces `app.openapi`."""

    def openapi() -> Node:
        if app.openapi_schema is None:
            app.openapi_schema = build(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI documents this way of extending it


def build(app: FastAPI) -> Node:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    components: Node = document.setdefault("components", {})
    schemas: Node = components.setdefault("schemas", {})
    schemas["ProblemOut"] = TypeAdapter(ProblemOut).json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}"
    )
    schemas |= schemas["ProblemOut"].pop("$defs", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "icrm_…"}}
    for path, method, operation in operations(document):
        _declare_problems(path, method, operation)
        _add_examples(operation, schemas)
        operation["summary"] = _first_sentence(operation)
        if path.startswith("/api/"):
            # `{}`: with authentication off, on loopback, no key is asked for.
            operation["security"] = [{"key": []}, {}]
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _first_sentence(operation: Node) -> str:
    """Says more than the function's name, which FastAPI would take."""
    text = " ".join(operation["description"].split())
    return str(_SENTENCE.match(text)[0]).rstrip(".;:")  # type: ignore[index]


_SENTENCE = re.compile(r".+?[.;:](?= |$)|.+")


def _declare_problems(path: str, method: str, operation: Node) -> None:
    responses: Node = operation["responses"]
    problem = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    for status in _statuses(path, method, operation):
        responses[status] = {"description": _MEANS[status], "content": {MEDIA_TYPE: problem}}


_MAY_BE_ABSENT = (
    "/run", "/value", "/advocates", "/export", "/paths", "/rings", "/assignments", "/rankers/use", "/rollback",
)  # fmt: skip


def _statuses(path: str, method: str, operation: Node) -> list[str]:
    if not path.startswith("/api/"):
        return ["400", "500", "503"]
    found = {"400", "401", "403", "413", "422", "500", "503", "408"}
    headers = {p["name"].lower() for p in operation.get("parameters", []) if p["in"] == "header"}
    if (
        "{" in path
        or path.endswith(_MAY_BE_ABSENT)
        or path.startswith(("/api/v1/programme/", "/api/v1/finance/"))
        or operation["operationId"] == "suggest_for_need"
    ):
        found.add("404")
    if method != "get":
        found |= {"409"}
    if "requestBody" in operation:
        found.add("415")
    if "if-match" in headers:
        found |= {"412", "428"}
    if operation["operationId"] == "create_introduction":
        found.add("428")
    return sorted(found)


def _add_examples(operation: Node, schemas: Node) -> None:
    """Lifts the models' own examples to where tools look for them."""
    bodies = [operation.get("requestBody", {}), *(operation["responses"].get(s, {}) for s in ("200", "201", "202"))]
    for body in bodies:
        for media in body.get("content", {}).values():
            if "example" not in media and "schema" in media:
                media["example"] = example_of(media["schema"], schemas)


def example_of(schema: Node, schemas: Node, depth: int = 0) -> Any:
    """The schema's own example, or one made of its parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth + 1)
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return example_of(schema[key][0], schemas, depth + 1)
    if schema.get("type") == "object":
        return _object_example(schema, schemas, depth)
    if schema.get("type") == "array":
        items = [example_of(schema["items"], schemas, depth + 1)] if "items" in schema and depth < _DEEPEST else []
        return items * max(1, schema.get("minItems", 1))
    return _plain_example(schema)


_DEEPEST = 12  # our deepest answer nests seven schemas


def _object_example(schema: Node, schemas: Node, depth: int) -> Node:
    properties = {
        name: _ID_EXAMPLES[name] if name in _ID_EXAMPLES else example_of(part, schemas, depth + 1)
        for name, part in schema.get("properties", {}).items()
    }
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict) and depth < _DEEPEST:
        properties["name"] = example_of(extra, schemas, depth + 1)
    return properties


_ID_EXAMPLES = {
    f"{word}_id": f"{prefix}_0123456789abcdefghjkmnpqrs"
    for word, prefix in (("customer", "cus"), ("seeker", "cus"), ("provider", "cus"), ("need", "need"), ("run", "run"))
}


def _plain_example(schema: Node) -> Any:
    if schema.get("format") == "date-time":
        return "2026-03-01T00:00:00Z"
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return {"boolean": True, "null": None}.get(str(kind), "text")


def known_names(document: Mapping[str, Any]) -> frozenset[str]:
    """Names of all fields and parameters: those that an error may repeat."""
    names = {part for schema in document["components"]["schemas"].values() for part in schema.get("properties", {})}
    for _, _, operation in operations(document):
        names |= {parameter["name"] for parameter in operation.get("parameters", [])}
    return frozenset(names)
