"""Jobs over HTTP: asked for, watched, cancelled."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

API = "/api/v1"


def test_a_job_is_asked_for_watched_and_resumed_over_http(client: TestClient) -> None:
    asked = client.post(f"{API}/jobs", json={"type": "refresh_snapshot"})
    assert asked.status_code == 202
    place = asked.headers["Location"]
    with client.stream("GET", f"{place}/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = list(stream.iter_lines())
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert events[-1] == "ended"
    last = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")][-1]
    done = client.get(place).json()
    assert (done["state"], done["error"]) == ("succeeded", None)
    assert done["result"]["watermark"] >= 0
    with client.stream("GET", f"{place}/events", headers={"Last-Event-ID": last}) as stream:
        assert not [line for line in stream.iter_lines() if line.startswith("event: ")]
    assert client.post(f"{place}/cancel").status_code == 409
    listed = client.get(f"{API}/jobs", params={"limit": 200}).json()["data"]
    assert done["id"] in [job["id"] for job in listed]


@pytest.mark.parametrize(
    "body", [{}, {"type": "import"}, {"type": "score_value", "margin_rate": 2}, {"type": "refresh_snapshot", "x": 1}]
)
def test_a_job_that_nobody_knows_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post(f"{API}/jobs", json=body).status_code == 422
