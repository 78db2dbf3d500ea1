"""Bad input of referral value, through the importer to the figures: each has a defined result or an error that names
the record, and a run with bad records finishes the good ones (docs/value.md, "What happens to odd records")."""

import csv
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App
from tests.api.engines.test_imports import ended
from tests.api.engines.test_worked_examples import (
    API,
    at,
    brought_in,
    credit,
    customer_id,
    customers,
    flows,
    outcome,
    referral,
    scored,
)
from tests.engines import empty

MARGIN = ("margin", "100.00", 0)


@pytest.fixture
def fresh(client: TestClient, opened: App) -> TestClient:
    empty(opened.runner)
    return client


def shared(key: str, who: str, pi: float = 0.0, days: int = 0, **rest: Any) -> Any:
    """An introduction whose credit is one customer's alone."""
    return outcome(key, pi, days, contributions=[[customer_id(who), 1.0]], **rest)


def refused(client: TestClient, **kinds: Any) -> list[tuple[str, str, str]]:
    """(file, field, what is expected there) of each row that failed; the others are in."""
    lines = {kind: "".join(json.dumps({"source": "crm", **row}) + "\n" for row in rows) for kind, rows in kinds.items()}
    files = [("files", (f"{kind}.jsonl", text.encode())) for kind, text in lines.items()]
    result = ended(client, client.post(f"{API}/imports", files=files))["result"]
    if not result["failed"]:
        return []
    failed = client.get(f"{API}/imports/{result['import_id']}/failed-rows").text
    found = [(row["icrm_file"], row["icrm_field"], row["icrm_expected"]) for row in csv.DictReader(failed.splitlines())]
    assert len(found) == result["failed"]
    return found


def flow(number: int, **changes: Any) -> dict[str, Any]:
    [row] = flows("good", MARGIN)
    return {**row, "id": f"flow_bad{number}", **changes}


def test_rows_that_say_nothing_sound_are_named_and_cost_nothing_else(fresh: TestClient) -> None:
    good = [customers("A", "B"), [shared("good", "A")], flows("good", MARGIN)]
    brought_in(fresh, customers=good[0], outcomes=good[1], flows=good[2])
    bad_flows = [
        flow(1, money_currency=None),
        flow(2, money_currency="dollars"),
        flow(3, money="90071992547409.93"),  # 2^53 + 1 cents
        flow(4, valid_at="31.12.2025"),
        flow(5, valid_at="2025-02-29T00:00:00Z"),  # no leap year
        flow(6, outcome_external_id="nothing"),
    ]
    bad_outcomes = [
        shared("pi", "A", pi=1.5),
        outcome("beta", 0.0, contributions=[[customer_id("A"), 0.5], ["OPERATOR", 0.4]]),
        outcome("minus", 0.0, contributions=[[customer_id("A"), 1.5], ["OPERATOR", -0.5]]),
        outcome("lost", 0.0, seeker_id=customer_id("ghost"), provider_id=customer_id("A")),
    ]
    bad_referrals = [referral("A", "A", 0.5), {**referral("A", "B", 0.5), "at": "yesterday"}]
    found = refused(fresh, referrals=bad_referrals, outcomes=bad_outcomes, flows=bad_flows)
    assert [(file, field) for file, field, _ in found] == [
        ("referrals.jsonl", "referred_id"),
        ("referrals.jsonl", "at"),
        ("outcomes.jsonl", "pi"),
        ("outcomes.jsonl", "contributions"),
        ("outcomes.jsonl", "contributions"),
        ("outcomes.jsonl", "seeker_id"),
        ("flows.jsonl", "money_currency"),
        ("flows.jsonl", "money"),
        ("flows.jsonl", "money"),
        ("flows.jsonl", "valid_at"),
        ("flows.jsonl", "valid_at"),
        ("flows.jsonl", "outcome_id"),
    ]
    assert scored(fresh, 0.0)["outcomes"]["amount"] == "100.00"


def test_nothing_takes_back_more_than_was_recorded(fresh: TestClient) -> None:
    brought_in(
        fresh,
        customers=customers("A"),
        outcomes=[shared("good", "A"), shared("other", "A")],
        flows=[*flows("good", MARGIN), *flows("other", MARGIN)],
    )

    def back(number: int, amount: str, **changes: Any) -> dict[str, Any]:
        return flow(number, **{"money": f"-{amount}", "reverses": "flow_good0", **changes})

    rows = [
        back(1, "60.00"),
        back(2, "40.01"),
        back(3, "10.00", kind="fee"),
        back(4, "10.00", money_currency="EUR"),
        back(5, "10.00", outcome_external_id="other"),
        back(6, "10.00", reverses="flow_nothing"),
        back(7, "10.00", money="10.00"),
    ]
    found = refused(fresh, flows=rows)
    assert [(field, expected) for _, field, expected in found] == [
        ("money", "no more than is left of the flow that it reverses"),
        ("reverses", "a flow of the same kind, ledger and currency, with an amount below 0 here"),
        ("reverses", "a flow of the same kind, ledger and currency, with an amount below 0 here"),
        ("reverses", "a flow of the same outcome"),
        ("reverses", "a flow of the same outcome"),
        ("reverses", "a flow of the same kind, ledger and currency, with an amount below 0 here"),
    ]
    assert scored(fresh, 0.0)["outcomes"]["amount"] == "140.00"
    assert refused(fresh, flows=[back(1, "60.00"), back(8, "40.00")]) == []  # what is in stays; the rest is left
    assert scored(fresh, 0.0)["outcomes"]["amount"] == "100.00"
    over_http = {"kind": "margin", "money": {"amount": "-1.00", "currency": "USD"}, "valid_at": at(0)}
    place = fresh.get(f"{API}/outcomes").json()["data"]
    outcome_id = next(one["id"] for one in place if one["external_id"] == "good")
    answer = fresh.post(f"{API}/outcomes/{outcome_id}/flows", json={"flows": [over_http | {"reverses": "flow_good0"}]})
    assert answer.status_code == 409, answer.text


def test_circles_and_a_referral_older_than_its_referrer_are_cut_and_counted(fresh: TestClient) -> None:
    """A brought B, B brought A: of what B earns the chain is B, A, and there it ends. When who came says nothing."""
    brought_in(
        fresh,
        customers=customers("A", "B"),
        referrals=[referral("A", "B", 0.5, days=-10), referral("B", "A", 0.5, days=-4_000)],
        outcomes=[shared("good", "B")],
        flows=flows("good", MARGIN),
    )
    assert scored(fresh, 0.0)["outcomes"]["amount"] == "100.00"
    assert (credit(fresh, "B")[1], credit(fresh, "A")[1]) == ("75.00", "25.00")


def test_old_days_and_a_leap_day_count_by_the_calendar(fresh: TestClient) -> None:
    """Compounded at 12 % a year: of 1960 by 2 ** 9.5, and the run says so; of 29 February by the days since."""
    brought_in(
        fresh,
        customers=customers("A", "B"),
        outcomes=[
            outcome("old", 0.0, contributions=[["cus_a", 1.0]]) | {"valid_at": "1960-01-01T00:00:00Z"},
            outcome("leap", 0.0, contributions=[["cus_b", 1.0]]) | {"valid_at": "2024-02-29T00:00:00Z"},
        ],
        flows=[
            {**flows("old", MARGIN)[0], "valid_at": "1960-01-01T00:00:00Z"},
            {**flows("leap", MARGIN)[0], "valid_at": "2024-02-29T00:00:00Z"},
        ],
    )
    totals = scored(fresh, 0.12)
    assert credit(fresh, "A")[1] == f"{100 * 1.12 ** (24107 / 365):.2f}"
    assert credit(fresh, "B")[1] == f"{100 * 1.12 ** (672 / 365):.2f}"
    assert any("1 outcome" in one and "1970" in one for one in totals["problems"]), totals["problems"]


def test_a_customer_that_has_gone_leaves_its_outcomes_out_and_the_run_says_so(fresh: TestClient) -> None:
    brought_in(fresh, customers=customers("A"), outcomes=[shared("good", "A")], flows=flows("good", MARGIN))
    lines = json.dumps({"source": "crm", **customers("B")[0]}) + "\n"
    job = ended(fresh, fresh.post(f"{API}/imports", files=[("files", ("customers.jsonl", lines.encode()))]))
    brought_in(fresh, outcomes=[shared("theirs", "B")], flows=flows("theirs", MARGIN))
    assert scored(fresh, 0.0)["outcomes"]["amount"] == "200.00"
    undone = ended(fresh, fresh.post(f"{API}/imports/{job['result']['import_id']}/undo"))
    assert undone["state"] == "succeeded", undone
    totals = scored(fresh, 0.0)
    assert totals["outcomes"]["amount"] == "100.00"
    assert totals["problems"] == [
        "1 outcomes name a party, referral or contributor that is not recorded; they are not scored."
    ]
