"""Evidence of what the programme changed, over HTTP."""

import pytest
from fastapi.testclient import TestClient

EVIDENCE = "/api/v1/programme/evidence"
pytestmark = pytest.mark.usefixtures("with_stories")


def test_the_prior_speaks_until_somebody_is_asked_or_held_out(client: TestClient) -> None:
    found = client.get(EVIDENCE)
    assert found.status_code == 200, found.text
    body = found.json()
    assert (body["grade"], body["pi"]["value"], body["window_days"], body["effect"]) == ("D", 0.5, 365, None)
    assert [one["grade"] for one in body["lines"]] == ["A", "A", "B"]
    assert body["plan"]["for_pi"] > 1_000
    assert any("ICRM_HOLD_OUT" in one for one in body["sentences"])
    asked = client.get(EVIDENCE, params={"asked": 40, "anyway": 10, "window_days": 90}).json()
    assert (asked["grade"], asked["asked"], asked["window_days"]) == ("C", 40, 90)
    assert asked["pi"]["low"] < 12 / 44 < asked["pi"]["high"]


@pytest.mark.parametrize("query", [{"asked": 4, "anyway": 5}, {"window_days": 366}, {"asked": -1}, {"unknown": 1}])
def test_what_cannot_be_is_refused(client: TestClient, query: dict[str, int]) -> None:
    answer = client.get(EVIDENCE, params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"]
