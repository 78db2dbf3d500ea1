"""Finance over HTTP: from the ledger's file to a closed month, parameters that two sign, bridge and sensitivity."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App
from app.domain.access import Scope
from tests.api.people import API, Person

LEDGER = "month,kind,total,total_currency,recorded_at,source\n"


@pytest.fixture(scope="module")
def people(guarded: TestClient, opened: App) -> tuple[Person, Person, Person]:
    """Two who sign, and one who runs jobs."""
    scopes = ((Scope.SIGN,), (Scope.SIGN,), (Scope.WRITE, Scope.RUN))
    ann, bea, operator = (Person(guarded, opened, name, *some) for name, some in zip("abo", scopes, strict=True))
    made = [operator.post("/customers", name=name).json()["id"] for name in ("referrer", "referred")]
    brought = operator.client.post(
        f"{API}/referrals",
        json={"referrer_id": made[0], "referred_id": made[1], "at": "2025-01-01T00:00:00Z", "pi": 0.5},
        headers=operator.headers | {"Idempotency-Key": "finance-referral"},
    )
    assert brought.status_code == 201, brought.text
    cash = {"kind": "margin", "money": {"amount": "100.00", "currency": "USD"}, "valid_at": "2025-06-10T00:00:00Z"}
    outcome = {"kind": "referral", "referral_id": brought.json()["id"], "valid_at": "2025-02-01T00:00:00Z"}
    answer = operator.post("/outcomes", **outcome, pi=0.5, flows=[cash])
    assert answer.status_code == 201, answer.text
    return ann, bea, operator


def test_a_month_is_closed_from_the_ledgers_file(people: tuple[Person, Person, Person]) -> None:
    ann, bea, operator = people
    assert ann.get("/finance/reconciliation").status_code == 404
    text = LEDGER + "2025-06,margin,100.00,USD,2025-07-02,books\n2025-13,margin,1.00,USD,2025-07-02,books\n"
    files = {"files": ("ledger.csv", text.encode())}
    answer = operator.client.post(f"{API}/imports", files=files, data={"kind": "native"}, headers=operator.headers)
    assert answer.status_code == 202, answer.text
    imported = operator.ended(answer.headers["Location"].removeprefix(API))["result"]
    assert (imported["created"], imported["failed"]) == (1, 1)
    assert operator.ran(type="reconcile_cash")["state"] == "succeeded"
    report = ann.get("/finance/reconciliation").json()
    assert [(one["month"], one["agreement"]) for one in report["lines"]] == [("2025-06", "agrees")]
    asked = {"subject": "close", "month": "2025-06", "reason": "agrees with the books"}
    assert operator.post("/sign-offs", **asked).status_code == 403
    made = ann.post("/sign-offs", **asked)
    assert made.status_code == 201, made.text
    place = made.headers["Location"].removeprefix(API)
    assert made.json()["document"]["report_id"] == report["id"]
    refused = ann.post(f"{place}/approve")
    assert (refused.status_code, "cannot approve" in refused.json()["detail"]) == (403, True)
    done = bea.post(f"{place}/approve").json()
    assert (done["state"], done["proposed_by"], done["decided_by"]) == ("approved", ann.id, bea.id)
    assert bea.post(f"{place}/reject").status_code == 409
    assert ann.post("/sign-offs", **asked).status_code == 409
    operator.ran(type="reconcile_cash")
    (month,) = ann.get("/finance/reconciliation").json()["months"]
    assert month == {
        "month": "2025-06", "state": "closed", "agrees": True, "lines": 1, "sign_off_id": done["id"], "changed": False,
    }  # fmt: skip


def test_parameters_change_by_two_and_the_bridge_says_what_that_moved(people: tuple[Person, Person, Person]) -> None:
    ann, bea, operator = people
    before = ann.get("/value/parameters").json()
    assert (before["signed_off"], before["annual_rate"]) == (None, 0.15)
    first = operator.ran(type="score_value", annual_rate=0.15)["result"]["run_id"]
    assert ann.get("/finance/bridge").status_code == 404
    made = ann.post("/sign-offs", subject="parameters", parameters={"annual_rate": 0.05}, reason="cost of capital")
    assert bea.post(f"/sign-offs/{made.json()['id']}/approve").status_code == 200
    assert ann.get("/value/parameters").json() == before | {"signed_off": made.json()["id"], "annual_rate": 0.05}
    refused = operator.ran(type="score_value", annual_rate=0.15)
    assert (refused["state"], "signed" in refused["error"]) == ("failed", True)
    second = operator.ran(type="score_value")["result"]["run_id"]
    assert operator.ran(type="bridge_value")["state"] == "succeeded"
    bridge = ann.get("/finance/bridge").json()
    assert (bridge["before"]["run_id"], bridge["after"]["run_id"]) == (first, second)
    cents = {one["name"]: round(float(one["change"]["amount"]) * 100) for one in bridge["steps"]}
    ends = [round(float(bridge[end]["value"]["amount"]) * 100) for end in ("before", "after")]
    assert ends[0] + sum(cents.values()) == ends[1]
    assert cents["discount rate"] < 0  # cash of the past compounds at the rate
    picture = ann.get("/finance/bridge.svg")
    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert "discount rate" in picture.text


def test_sensitivity_of_all_and_of_one(people: tuple[Person, Person, Person]) -> None:
    ann, _, operator = people
    assert ann.get("/finance/sensitivity").status_code == 404
    operator.ran(type="score_value")
    operator.ran(type="value_sensitivity")
    found = ann.get("/finance/sensitivity").json()
    assert found["customer_id"] is None
    assert {one["name"] for one in found["swings"]} >= {"π of every outcome", "margins", "costs", "horizon"}
    name = next(one["id"] for one in ann.get("/customers?search=referrer").json()["data"])
    one = ann.get(f"/customers/{name}/value/sensitivity").json()
    assert (one["customer_id"], one["value"]) == (name, found["value"])
    assert ann.get("/customers/cus_absent/value/sensitivity").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "close", "month": "2025-6", "reason": "x"},
        {"subject": "close", "month": "2025-06", "reason": " "},
        {"subject": "close", "reason": "x"},
        {"subject": "parameters", "parameters": {"annual_rate": 11}, "reason": "x"},
        {"subject": "parameters", "parameters": {"annual_rate": None}, "reason": "x"},
        {"subject": "parameters", "parameters": {}, "reason": "x"},
        {"subject": "parameters", "parameters": {"known_at": "2025-01-01T00:00:00Z"}, "reason": "x"},
        {"subject": "everything", "reason": "x"},
    ],
)
def test_what_cannot_be_signed_is_refused(people: tuple[Person, Person, Person], wrong: dict[str, Any]) -> None:
    answer = people[0].post("/sign-offs", **wrong)
    assert answer.status_code == 422, answer.text
