"""Lifetime value over HTTP: facts of customers in, the operator's own figure or an estimate out."""

import time

from fastapi.testclient import TestClient

from tests.purchases import buyers

API = "/api/v1"


def test_a_modelled_lifetime_value_says_that_it_is_an_estimate(client: TestClient) -> None:
    fields = ("purchases_repeated", "first_purchase_at", "last_purchase_at", "observed_until")
    made = []
    for one in buyers(80):
        facts = {name: value for name in fields if (value := getattr(one, name)) is not None}
        facts |= {name: value.isoformat() for name, value in facts.items() if name.endswith(("_at", "_until"))}
        if one.mean_margin is not None:
            facts["mean_margin"] = {"amount": str(one.mean_margin.amount), "currency": "EUR"}
        answer = client.post(f"{API}/customers", json={"name": one.name, **facts})
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    changed = client.patch(
        f"{API}/customers/{made[0]['id']}",
        json={"lifetime_value": {"amount": "7.00", "currency": "EUR"}, "lifetime_value_at": "2026-01-01T00:00:00Z"},
        headers={"If-Match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    place = client.post(f"{API}/jobs", json={"type": "score_value", "currency": "EUR"}).headers["Location"]
    ends = time.monotonic() + 60
    while (job := client.get(place).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert job["state"] == "succeeded"
    assert any("80 purchase histories" in sentence for sentence in job["result"]["assumptions"])
    own = client.get(f"{API}/customers/{made[0]['id']}/value").json()
    assert (own["clv"], own["clv_source"]) == ({"amount": "7.00", "currency": "EUR"}, "imported")
    assert (own["clv_at"], own["clv_is_estimate"], own["clv_low"]) == ("2026-01-01T00:00:00Z", False, None)
    for row in made[1:]:
        value = client.get(f"{API}/customers/{row['id']}/value").json()
        assert value["clv_is_estimate"] is True
        assert value["clv_source"].startswith("modelled by bg_nbd and gamma_gamma, ")
        assert value["clv_at"] == value["valuation_at"]
        low, middle, high = (float(value[name]["amount"]) for name in ("clv_low", "clv", "clv_high"))
        assert low <= middle <= high
