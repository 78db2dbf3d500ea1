"""What monitoring reads: freshness of what readers see, and what waits."""

from datetime import datetime

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI
from app.domain.outbox import Topic, message
from tests.api.engines.test_worked_examples import API, brought_in, customers, flows, outcome, scored
from tests.engines import empty


def gauges(client: TestClient) -> dict[tuple[str, str], float]:
    """By name and the value of the one label, '' without."""
    answer = client.get(f"{API}/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    found = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    return {(one.name, "".join(one.labels.values())): one.value for one in found}


def test_monitoring_sees_how_fresh_values_are_and_what_waits(client: TestClient, opened: App) -> None:
    empty(opened.runner)
    before = gauges(client)
    assert ("icrm_run_finished_seconds", "value") not in before
    assert before["icrm_jobs", "queued"] == before["icrm_messages", "held"] == 0
    assert ("icrm_messages_oldest_seconds", "waiting") not in before
    brought_in(
        client,
        customers=customers("A"),
        outcomes=[outcome("o", 0.0, contributions=[["cus_a", 1.0]])],
        flows=flows("o", ("margin", "24.00", 0)),
    )
    totals = scored(client, 0.0)
    after = gauges(client)
    assert after["icrm_value_known_seconds", ""] == datetime.fromisoformat(totals["known_at"]).timestamp()
    assert after["icrm_value_valuation_seconds", ""] == datetime.fromisoformat(totals["valuation_at"]).timestamp()
    assert (after["icrm_value_customers", ""], after["icrm_value_outcomes", ""]) == (1, 1)
    assert after["icrm_value_problems", ""] == 0
    assert after["icrm_run_finished_seconds", "value"] > after["icrm_value_known_seconds", ""] - 60
    assert after["icrm_graph_watermark", ""] > before["icrm_graph_watermark", ""]
    told = message(Topic.JOB_FAILED, "job_x", opened.clock(), {})
    was = after["icrm_messages", "waiting"]
    opened.store.write(OPERATOR_CLI, lambda tx: tx.outbox.create(told))
    now = gauges(client)
    assert now["icrm_messages", "waiting"] == was + 1
    assert abs(now["icrm_messages_oldest_seconds", "waiting"] - told.created_at.timestamp()) < 120
