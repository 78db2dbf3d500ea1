"""What the document promises holds for generated requests: no 5xx, no undeclared status, type or shape."""

import os
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.api.app import openapi_document
from app.bootstrap import App
from app.ports.outside import silent
from app.service import Service
from tests.api.network import listening

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
# Per operation. The default ends within 90 s on two busy cores; ICRM_API_EXAMPLES=100 makes more than 5,000 cases.
EXAMPLES = int(os.environ.get("ICRM_API_EXAMPLES", "8"))


# A stream lasts as long as its job; its errors are in test_problems.
schema = schemathesis.openapi.from_dict(openapi_document()).exclude(path_regex="/events$")


@pytest.fixture(scope="module")
def url(opened: App) -> Iterator[str]:
    opened.analytics.refresh(silent)  # without a snapshot, suggestions are 503
    with listening(Service(opened).server()) as url:
        yield url


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_the_document_holds(case: schemathesis.Case, url: str) -> None:
    # A form cannot say "absent" otherwise than by an empty field, which FastAPI reads as the default.
    is_form = case.operation.path == "/api/v1/imports"
    checks = [check for check in CHECKS if not (is_form and check is negative_data_rejection)]
    case.call_and_validate(base_url=url, checks=checks)
