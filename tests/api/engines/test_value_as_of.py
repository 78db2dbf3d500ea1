"""Referral value over HTTP as of any two times, with how it comes about."""

import time

from fastapi.testclient import TestClient

API = "/api/v1"


def test_a_value_as_of_before_a_fact_does_not_know_it(client: TestClient) -> None:
    made = [client.post(f"{API}/customers", json={"name": name}).json()["id"] for name in ("Brings", "Comes")]
    referral = {"referrer_id": made[0], "referred_id": made[1], "at": "2025-01-01T00:00:00Z", "pi": 0.5}
    brought = client.post(f"{API}/referrals", json=referral)
    assert brought.status_code == 201, brought.text
    cash = {"kind": "margin", "money": {"amount": "100.00", "currency": "USD"}, "valid_at": "2025-06-01T00:00:00Z"}
    outcome = {"kind": "referral", "referral_id": brought.json()["id"], "valid_at": "2025-02-01T00:00:00Z"}
    answer = client.post(f"{API}/outcomes", json=outcome | {"pi": 0.5, "flows": [cash]})
    assert answer.status_code == 201, answer.text
    place = f"{API}/customers/{made[0]}/value"
    assert client.get(f"{place}?valid_at=2026-01-01T00:00:00Z").status_code == 404  # no run yet
    body = {"type": "score_value", "currency": "USD", "annual_rate": 0.0}
    job = client.post(f"{API}/jobs", json=body).headers["Location"]
    ends = time.monotonic() + 60
    while (state := client.get(job).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert state["state"] == "succeeded", state
    stored = client.get(place).json()
    assert stored["referral"] == {"amount": "50.00", "currency": "USD"}
    assert stored["evidence"] == {"D": 1.0}
    assert (
        float(stored["referral_interval"]["low"]["amount"]) < 50 < float(stored["referral_interval"]["high"]["amount"])
    )
    asked = client.get(f"{place}?valid_at={stored['valuation_at']}&known_at={stored['known_at']}").json()
    assert asked | {"run_id": stored["run_id"]} == stored
    before = client.get(f"{place}?known_at=2025-01-01T00:00:00Z").json()
    assert (before["referral"]["amount"], before["run_id"]) == ("0.00", None)
    fall = client.get(f"{place}/waterfall").json()
    assert [line["chain"] for line in fall["lines"]] == [[made[0]]]
    assert (fall["lines"][0]["pi"], fall["lines"][0]["grade"], fall["lines"][0]["credit"]["amount"]) == (
        0.5,
        "D",
        "50.00",
    )
    assert any("lifetime value" in one for one in fall["not_known"])
    drawn = client.get(f"{place}/waterfall.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "No lifetime value is known" in drawn.text
    assert client.get(f"{place}?known_at=yesterday").status_code == 422
    assert client.get(f"{API}/customers/cus_unknown/value/waterfall").status_code in (404, 422)
