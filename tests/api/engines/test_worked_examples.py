"""VALUE.md's worked examples 1 to 5 to the cent: files through the importer, figures over HTTP, on each engine."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App
from tests.api.engines.test_imports import ended
from tests.engines import empty

API = "/api/v1"
START = datetime(2026, 1, 1, tzinfo=UTC)
Rows = Sequence[Mapping[str, Any]]


def at(days: int) -> str:
    return (START + timedelta(days=days)).isoformat()


@pytest.fixture
def fresh(client: TestClient, opened: App) -> TestClient:
    empty(opened.runner)
    return client


def brought_in(client: TestClient, **kinds: Rows) -> None:
    """JSON Lines of each kind."""
    lines = {kind: "".join(json.dumps({"source": "crm", **row}) + "\n" for row in rows) for kind, rows in kinds.items()}
    files = [("files", (f"{kind}.jsonl", text.encode())) for kind, text in lines.items()]
    result = ended(client, client.post(f"{API}/imports", files=files))["result"]
    assert result["failed"] == 0, client.get(f"{API}/imports/{result['import_id']}/failed-rows").text
    assert result["created"] == sum(len(rows) for rows in kinds.values())


def scored(client: TestClient, annual_rate: float, **options: Any) -> dict[str, Any]:
    body = {"type": "score_value", "currency": "USD", "annual_rate": annual_rate, "valuation_at": at(0)}
    job = ended(client, client.post(f"{API}/jobs", json=body | options))
    assert job["state"] == "succeeded", job
    answer = client.get(f"{API}/value")
    assert answer.status_code == 200, answer.text
    assert answer.json()["conserved"]
    return dict(answer.json())


def credit(client: TestClient, name: str) -> tuple[str, str]:
    """(by referrals, by introductions)"""
    found = value(client, name)
    return found["referral"]["amount"], found["introduction"]["amount"]


def value(client: TestClient, name: str) -> dict[str, Any]:
    answer = client.get(f"{API}/customers/{customer_id(name)}/value")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def customers(*names: str, worth: Mapping[str, str] | None = None) -> Rows:
    own = {} if worth is None else {name: {"lifetime_value": amount} for name, amount in worth.items()}
    money = {} if worth is None else {"lifetime_value_currency": "USD"}
    return [
        {"id": customer_id(name), "external_id": name, "name": name, **own.get(name, {}), **money} for name in names
    ]


def customer_id(name: str) -> str:
    return f"cus_{name.lower()}"


def referral_id(who: str, brought: str) -> str:
    return f"ref_{who}{brought}".lower()


def referral(who: str, brought: str, pi: float, days: int = 0) -> Mapping[str, Any]:
    named = {"referrer_id": customer_id(who), "referred_id": customer_id(brought)}
    return {"id": referral_id(who, brought), **named, "at": at(days), "pi": pi}


def outcome(key: str, pi: float, days: int = 0, **rest: Any) -> Mapping[str, Any]:
    rest.setdefault("kind", "introduction")
    return {"external_id": key, "valid_at": at(days), "recorded_at": at(days), "pi": pi, **rest}


def flows(key: str, *cash: tuple[str, str, int], currency: str = "USD", recorded: int = 0) -> Rows:
    return [
        {
            "id": f"flow_{key.lower()}{number}",
            "outcome_external_id": key,
            "kind": kind,
            "ledger": "operator",
            "money": amount,
            "money_currency": currency,
            "valid_at": at(days),
            "recorded_at": at(recorded),
        }
        for number, (kind, amount, days) in enumerate(cash)
    ]


@pytest.mark.parametrize(
    ("pis", "shares"),
    [((0.5,), ("18.00", "6.00")), ((0.5, 0.5), ("17.00", "5.00", "2.00")), ((0.5, 0.0), ("16.00", "4.00", "4.00"))],
)
def test_example_1_shares_of_a_chain(fresh: TestClient, pis: Sequence[float], shares: Sequence[str]) -> None:
    names = [f"X{number}" for number in range(len(shares))]
    brought_in(
        fresh,
        customers=customers(*names),
        referrals=[referral(names[place + 1], names[place], pi) for place, pi in enumerate(pis)],
        outcomes=[outcome("o", 0.0, contributions=[["cus_x0", 1.0]])],
        flows=flows("o", ("margin", "24.00", 0)),
    )
    scored(fresh, 0.0)
    assert [credit(fresh, name)[1] for name in names] == list(shares)


def introduction(client: TestClient, money: Sequence[Rows], pi: float = 0.25, **more: Rows) -> None:
    """Example 2: K introduces S to P; J referred K, G referred J."""
    shares = [["cus_k", 0.4], ["cus_p", 0.2], ["cus_s", 0.2], ["OPERATOR", 0.2]]
    brought_in(
        client,
        customers=customers(*"GJKPS"),
        referrals=[referral("J", "K", 0.5), referral("G", "J", 0.0)],
        outcomes=[outcome("o", pi, seeker_id="cus_s", provider_id="cus_p", contributions=shares)],
        flows=[row for rows in money for row in rows],
        **more,
    )


MONEY = (("margin", "1000.00", 181), ("margin", "2000.00", 365), ("serving", "150.00", 181), ("cost", "120.00", 31))
CREDITS = {"K": "486.16", "J": "121.54", "G": "121.54", "P": "364.62", "S": "364.62"}


def test_example_2_one_introduction_with_a_chain_behind_one_voucher(fresh: TestClient) -> None:
    introduction(fresh, [flows("o", *MONEY)])
    totals = scored(fresh, 0.12)
    assert {name: credit(fresh, name) for name in CREDITS} == {name: ("0.00", paid) for name, paid in CREDITS.items()}
    assert totals["operator"]["introduction"]["amount"] == "364.62"
    assert totals["outcomes"]["amount"] == "1823.10"


def test_example_2_with_evidence_that_came_later_and_in_foreign_money(fresh: TestClient) -> None:
    """The same figures: π from a study instead of the outcome, half of the money in another currency at a rate of 2."""
    dollars, pounds = flows("o", *MONEY[1:]), flows("p", ("margin", "500.00", 181), currency="GBP")
    pounds = [{**row, "outcome_external_id": "o"} for row in pounds]
    rate = {"currency": "GBP", "quote": "USD", "valid_at": at(4), "recorded_at": at(10), "rate": 2.0}
    study = {"outcome_external_id": "o", "grade": "A", "low": 0.1, "high": 0.4, "recorded_at": at(10)}
    introduction(fresh, [dollars, pounds], pi=0.9, evidence=[{**study, "pi": 0.25}], rates=[rate])
    early = scored(fresh, 0.12, known_at=at(9))
    assert "GBP on 2026-01-10" in early["problems"][0]
    totals = scored(fresh, 0.12, known_at=at(10))
    assert totals["problems"] == []
    assert totals["outcomes"]["amount"] == "1823.10"
    assert (credit(fresh, "K")[1], value(fresh, "K")["evidence"]) == ("486.16", {"A": 1.0})
    low, high = (float(totals["outcomes_interval"][end]["amount"]) for end in ("low", "high"))
    assert 1_000 < low < 1_823.10 < high < 2_700  # the pound has no interval; π .10 to .40 has


def net_margins(*years: int, amount: str) -> list[tuple[str, str, int]]:
    return [("margin", amount, 365 * year) for year in years]


def costs(year: int) -> list[tuple[str, str, int]]:
    saved = [("acquisition_saved", "100.00", 365 * year), ("acquisition_saved_anyway", "100.00", 365 * year)]
    return [*saved, ("cost", "20.00", 365 * year)]


def test_example_3_three_referrals(fresh: TestClient) -> None:
    money = {
        "R1": net_margins(1, 2, 3, amount="450.00") + costs(1),
        "R2": net_margins(2, 3, amount="810.00") + costs(2),
        "R3": net_margins(1, 2, 3, amount="405.00") + costs(1),
    }
    pis = {"R1": 0.2, "R2": 0.5, "R3": 1.0}
    brought_in(
        fresh,
        customers=customers("A", *pis),
        referrals=[referral("A", name, pi) for name, pi in pis.items()],
        outcomes=[outcome(name, pi, kind="referral", referral_id=referral_id("A", name)) for name, pi in pis.items()],
        flows=[row for name, cash in money.items() for row in flows(name, *cash)],
    )
    assert scored(fresh, 0.1)["outcomes"]["amount"] == "1745.83"
    assert credit(fresh, "A") == ("1745.83", "0.00")
    lines = fresh.get(f"{API}/customers/cus_a/value/waterfall", params={"valid_at": at(0)}).json()["lines"]
    assert sorted(one["credit"]["amount"] for one in lines) == ["705.11", "72.73", "967.99"]
    assert fresh.get(f"{API}/customers/{customer_id('R3')}/value").json()["detail"].startswith("The latest run")
    assert scored(fresh, 0.1, strict=True)["outcomes"]["amount"] == "2626.82"
    types = [{"outcome_external_id": n, "pi": float(n == "R3"), "grade": "C", "recorded_at": at(1)} for n in pis]
    brought_in(fresh, evidence=types)
    assert scored(fresh, 0.1)["outcomes"]["amount"] == "2608.64"


def test_example_4_a_chain_that_conserves(fresh: TestClient) -> None:
    second, third = [f"B{number}" for number in range(10)], [f"C{number}" for number in range(6)]
    margins = ["200.00"] * 10 + ["166.67"] * 4 + ["166.66"] * 2
    worth = {"root": "200.00", **dict(zip((*second, *third), margins, strict=True))}
    by = {**dict.fromkeys(second, "root"), **{name: f"B{name[1:]}" for name in third}}
    brought_in(
        fresh,
        customers=customers(*worth, worth=worth),
        referrals=[referral(who, name, 0.5 if who == "root" else 0.0) for name, who in by.items()],
        outcomes=[outcome(name, 0.0, 30, kind="referral", referral_id=referral_id(by[name], name)) for name in by],
        flows=[row for name in by for row in flows(name, ("margin", worth[name], 30))],
    )
    totals = scored(fresh, 0.0)
    assert totals["outcomes"]["amount"] == "3000.00"
    assert credit(fresh, "root") == ("2250.00", "0.00")
    assert [credit(fresh, name)[0] for name in second] == ["125.00"] * 6 + ["0.00"] * 4
    network = [float(value(fresh, name)["network_value"]["amount"]) for name in worth]
    assert round(sum(network), 2) == 3_200.00


def assumed(totals: Mapping[str, Any], model: str) -> dict[str, float]:
    """The parameters of a model as the run tells them."""
    [told] = [one for one in totals["assumptions"] if f"{model} (" in one]
    pairs = told.partition(f"{model} (")[2].partition(")")[0].split(", ")
    return {name: float(number) for name, number in (pair.split(" ") for pair in pairs)}


def test_example_5_purchases_as_fader_hardie_lee_print_them(fresh: TestClient, cdnow: Any) -> None:
    """39 weeks of CDNOW, imported as dates and dollars. A rate of time is one a day here, seven times that of a week;
    spending is in cents."""
    first = START - timedelta(days=400)
    rows = [
        {
            **customers(f"c{number}")[0],
            "purchases_repeated": int(again),
            "first_purchase_at": first.isoformat(),
            "last_purchase_at": (first + timedelta(days=round(7 * last))).isoformat(),
            "observed_until": (first + timedelta(days=round(7 * observed))).isoformat(),
            **({"mean_margin": f"{spent:.2f}", "mean_margin_currency": "USD"} if again else {}),
        }
        for number, (again, last, observed, spent) in enumerate(cdnow.T.tolist())
    ]
    brought_in(fresh, customers=rows)
    totals = scored(fresh, 0.15)
    buying, spending = assumed(totals, "bg_nbd"), assumed(totals, "gamma_gamma")
    assert [round(buying[name], 3) for name in ("r", "a", "b")] == [0.243, 0.793, 2.426]
    assert round(buying["alpha"] / 7, 2) == 4.41
    assert [round(spending[name], 2) for name in ("p", "q")] == [6.25, 3.74]
    assert round(spending["gamma"] / 100, 2) == 15.44
    found = value(fresh, "c0")
    assert found["clv_is_estimate"] is True
    assert found["clv_source"].startswith("modelled by bg_nbd and gamma_gamma")


def test_example_5_contracts_as_fader_hardie_print_them(fresh: TestClient) -> None:
    """Of 1,000 customers with contracts of a year so many are left after each of seven."""
    left = [1_000, 631, 468, 382, 326, 289, 262, 241]
    tenures = [(year, before - after) for year, (before, after) in enumerate(pairwise(left))]
    counts = [*((year, True, count) for year, count in tenures), (len(tenures), False, left[-1])]
    rows = [
        {
            **customers(f"c{year}n{number}")[0],
            "contract_renewals": year,
            "contract_ended": ended_,
            "mean_margin": "100.00",
            "mean_margin_currency": "USD",
        }
        for year, ended_, count in counts
        for number in range(count)
    ]
    brought_in(fresh, customers=rows)
    fitted = assumed(scored(fresh, 0.1), "sbg")
    assert {name: round(number, 3) for name, number in fitted.items()} == {"alpha": 0.704, "beta": 1.182}
