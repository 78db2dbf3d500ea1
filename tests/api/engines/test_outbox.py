"""Messages over HTTP: seen, tried again, and not once they were delivered."""

from dataclasses import replace
from datetime import UTC, datetime

from fastapi.testclient import TestClient

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI
from app.domain.outbox import Topic, in_vain, message, sent
from app.jobs import store_clock
from app.relay import Relay

API = "/api/v1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_held_message_is_seen_tried_again_and_delivered(client: TestClient, opened: App) -> None:
    one = message(Topic.JOB_FAILED, "job_seen", NOW, {"job_id": "job_seen"})
    held = in_vain(one, NOW, "why", final=True)
    opened.store.write(OPERATOR_CLI, lambda tx: tx.outbox.create(held))
    seen = client.get(f"{API}/outbox", params={"state": "held"}).json()["data"]
    assert [row["id"] for row in seen] == [one.id]
    assert (seen[0]["problem"], seen[0]["payload"], seen[0]["tries"]) == ("why", one.payload, 1)
    assert client.get(f"{API}/outbox", params={"state": "lost"}).status_code == 422
    place = f"{API}/outbox/{one.id}"
    again = client.post(f"{place}/retry")
    assert (again.status_code, again.json()["state"], again.json()["tries"]) == (200, "waiting", 0)
    taken: list[str] = []
    Relay(opened.store, {"a": lambda told: taken.append(told.id)}, store_clock(opened.store)).run_once()
    assert taken.count(one.id) == 1
    assert client.get(place).json()["state"] == "sent"
    refused = client.post(f"{place}/retry")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:icrm:problem:illegal-move")
    assert client.get(f"{API}/outbox/msg_unknown").status_code == 404


def test_without_a_channel_nothing_counts_as_delivered(opened: App) -> None:
    one = message(Topic.JOB_FAILED, "job_alone", NOW, {})
    opened.store.write(OPERATOR_CLI, lambda tx: tx.outbox.create(one))
    Relay(opened.store, {}, store_clock(opened.store)).run_once()
    assert opened.store.read(OPERATOR_CLI, lambda tx: tx.outbox.get(one.id)) == one
    assert opened.store.write(OPERATOR_CLI, lambda tx: tx.outbox.report(replace(sent(one, NOW), fence=0)))
