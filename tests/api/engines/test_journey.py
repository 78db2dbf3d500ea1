"""The main journey over HTTP: record, suggest, introduce, refer, account."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

API = "/api/v1"
Pair = Callable[[], tuple[str, str]]


def propose(client: TestClient, seeker: str, provider: str, **fields: Any) -> dict[str, Any]:
    body = {"seeker_id": seeker, "provider_id": provider} | fields
    answer = client.post(f"{API}/introductions", json=body, headers={"Idempotency-Key": secrets.token_hex(16)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def step(client: TestClient, introduction: dict[str, Any], verb: str, **body: Any) -> Any:
    headers = {"If-Match": f'"{introduction["version"]}"'}
    return client.post(f"{API}/introductions/{introduction['id']}/{verb}", json=body, headers=headers)


def test_a_customer_is_created_read_found_and_changed(client: TestClient) -> None:
    name = f"Bäckerei {secrets.token_hex(6)}"
    money = {"amount": "1234.5", "currency": "EUR"}
    made = client.post(f"{API}/customers", json={"name": name, "lifetime_value": money, "open_slots": 2})
    assert made.status_code == 201
    place = made.headers["Location"]
    read = client.get(place)
    assert read.json() == made.json()
    assert read.headers["ETag"] == '"1"'
    assert read.json()["lifetime_value"] == {"amount": "1234.50", "currency": "EUR"}
    assert read.json()["created_at"].endswith("Z")
    found = client.get(f"{API}/customers", params={"search": name.upper()[5:]})
    assert [row["id"] for row in found.json()["data"]] == [made.json()["id"]]
    patch = {"open_slots": None, "standing": "held"}
    changed = client.patch(place, json=patch, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json() == read.json() | patch | {"version": 2, "updated_at": changed.json()["updated_at"]}
    assert client.patch(place, json=patch, headers={"If-Match": '"1"'}).status_code == 412


def test_an_introduction_goes_from_proposal_to_completion(client: TestClient, make_pair: Pair) -> None:
    seeker, provider = make_pair()
    need = client.post(f"{API}/needs", json={"seeker_id": seeker, "text": "a roof over the yard"}).json()
    now = propose(client, seeker, provider, need_id=need["id"], score=0.5, rank=1)
    assert (now["status"], now["version"]) == ("proposed", 1)
    assert now["owner"]
    assert now["next_step"]
    assert now["due_at"]
    states = []
    for verb in ("approve", "offer", "accept", "accept", "introduce", "complete"):
        answer = step(client, now, verb)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
        now = answer.json()
        states.append(now["status"])
    assert states == ["approved", "offered", "accepted_by_one", "accepted", "introduced", "completed"]
    assert now["next_step"] is None
    assert [move["status"] for move in now["moves"]] == ["proposed", *states]
    assert [move["at"] for move in now["moves"]] == sorted(move["at"] for move in now["moves"])
    assert now["moves"][-1]["at"] == now["changed_at"]
    assert client.get(f"{API}/introductions/{now['id']}").json() == now
    listed = client.get(f"{API}/customers/{provider}/introductions").json()["data"]
    assert [row["id"] for row in listed] == [now["id"]]
    events = client.get(f"{API}/introductions/{now['id']}/timeline").json()["data"]
    assert [one["type"] for one in events] == [f"introduction.{state}" for state in ("proposed", *states)]
    assert [one["number"] for one in events] == list(range(1, len(events) + 1))
    assert [one["at"] for one in events] == [move["at"] for move in now["moves"]]
    assert events[1]["details"]["inputs"]["seeker"]["consents"]
    assert client.get(f"{API}/introductions/int_absent/timeline").status_code == 404


def test_a_refused_step_leaves_no_event(client: TestClient, make_pair: Pair) -> None:
    now = propose(client, *make_pair())
    assert step(client, now, "complete").status_code == 409
    assert step(client, now | {"version": 7}, "approve").status_code == 412
    assert step(client, now, "reject", reason="they know each other").status_code == 200
    events = client.get(f"{API}/introductions/{now['id']}/timeline").json()["data"]
    assert [(one["type"], one["reason"]) for one in events] == [
        ("introduction.proposed", None),
        ("introduction.rejected", "they know each other"),
    ]


def test_an_illegal_step_says_which_are_allowed(client: TestClient, make_pair: Pair) -> None:
    now = propose(client, *make_pair())
    answer = step(client, now, "complete")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:icrm:problem:illegal-move"
    assert answer.json()["allowed"] == ["approve", "reject", "withdraw", "cancel"]
    assert step(client, now | {"version": 9}, "complete").status_code == 412  # what you know of it is old: read first
    for verb in answer.json()["allowed"]:
        assert step(client, propose(client, *make_pair()), verb, reason="as the test wants").status_code == 200


@pytest.mark.parametrize("verb", ["reject", "withdraw", "cancel"])
def test_an_end_needs_its_reason(client: TestClient, make_pair: Pair, verb: str) -> None:
    answer = step(client, propose(client, *make_pair()), verb)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/reason"


def test_nobody_is_introduced_without_consent(client: TestClient, make_customer: Any, consent: Any) -> None:
    seeker, provider = make_customer()["id"], make_customer()["id"]
    consent(seeker, "match_as_seeker")
    body = {"seeker_id": seeker, "provider_id": provider}

    def ask() -> Any:
        return client.post(f"{API}/introductions", json=body, headers={"Idempotency-Key": secrets.token_hex(8)})

    refused = ask()
    assert refused.status_code == 403
    assert "provider" in refused.json()["detail"]
    consent(provider, "match_as_provider")
    now = ask().json()
    now = step(client, now, "approve").json()
    assert step(client, now, "offer").status_code == 403  # to be matched is not to be contacted
    consent(seeker, "contact")
    consent(provider, "contact")
    for verb in ("offer", "accept", "accept"):
        now = step(client, now, verb).json()
    assert step(client, now, "introduce").status_code == 403  # nor to be named


def test_a_withdrawn_consent_counts_from_the_next_step_on(client: TestClient, make_pair: Pair) -> None:
    seeker, provider = make_pair()
    now = step(client, propose(client, seeker, provider), "approve").json()
    no = {"customer_id": provider, "purposes": ["contact"], "granted": False, "basis": "called us"}
    assert client.post(f"{API}/consents", json=no).status_code == 201
    assert step(client, now, "offer").status_code == 403
    ledger = client.get(f"{API}/customers/{provider}/consents").json()
    assert ledger["granted_now"] == ["match_as_provider", "reveal_identity"]
    assert [line["granted"] for line in ledger["data"]] == [True, False]


def test_two_open_introductions_of_a_pair_are_refused(client: TestClient, make_pair: Pair) -> None:
    seeker, provider = make_pair()
    propose(client, seeker, provider)
    body = {"seeker_id": seeker, "provider_id": provider}
    again = client.post(f"{API}/introductions", json=body, headers={"Idempotency-Key": secrets.token_hex(8)})
    assert again.status_code == 409


def test_outcomes_and_their_cash_are_only_added_to(client: TestClient, make_pair: Pair) -> None:
    seeker, provider = make_pair()
    flow = {"kind": "margin", "money": {"amount": "1200.00", "currency": "USD"}, "valid_at": "2026-03-01T00:00:00Z"}
    body = {"kind": "introduction", "valid_at": "2026-03-01T01:00:00+01:00", "seeker_id": seeker, "flows": [flow]}
    made = client.post(f"{API}/outcomes", json=body | {"provider_id": provider, "good": True})
    assert made.status_code == 201, made.text
    assert made.json()["valid_at"] == "2026-03-01T00:00:00Z"
    place = made.headers["Location"]
    first = client.get(f"{place}/flows").json()["data"]
    assert [row["money"]["amount"] for row in first] == ["1200.00"]
    back = flow | {"money": {"amount": "-200.00", "currency": "USD"}, "reverses": first[0]["id"]}
    assert client.post(f"{place}/flows", json={"flows": [back]}).status_code == 201
    too_much = back | {"money": {"amount": "-1000.01", "currency": "USD"}}
    assert client.post(f"{place}/flows", json={"flows": [too_much]}).status_code == 409
    assert len(client.get(f"{place}/flows").json()["data"]) == 2
    listed = client.get(f"{API}/outcomes", params={"customer_id": provider}).json()["data"]
    assert [row["id"] for row in listed] == [made.json()["id"]]


def test_a_referral_is_found_from_both_its_sides(client: TestClient, make_pair: Pair) -> None:
    referrer, referred = make_pair()
    body = {"referrer_id": referrer, "referred_id": referred, "at": "2026-01-15T00:00:00Z", "pi": 0.25}
    made = client.post(f"{API}/referrals", json=body)
    assert made.status_code == 201
    for side in (referrer, referred):
        found = client.get(f"{API}/customers/{side}/referrals").json()["data"]
        assert [row["id"] for row in found] == [made.json()["id"]]
    network = client.get(f"{API}/customers/{referrer}/network", params={"depth": 3}).json()
    assert {node["id"]: node["depth"] for node in network["nodes"]} == {referrer: 0, referred: 1}


def test_capabilities_and_needs_are_listed_for_their_customer(client: TestClient, make_pair: Pair) -> None:
    seeker, provider = make_pair()
    capability = client.post(f"{API}/capabilities", json={"provider_id": provider, "text": "roofs", "radius_km": 40.5})
    need = client.post(f"{API}/needs", json={"seeker_id": seeker, "text": "a roof"})
    assert (capability.status_code, need.status_code) == (201, 201)
    assert client.get(f"{API}/customers/{provider}/capabilities").json()["data"] == [capability.json()]
    assert client.get(f"{API}/customers/{seeker}/needs").json()["data"] == [need.json()]
    assert client.get(f"{API}/customers/{seeker}/relationships").json()["data"] == []
    assert client.get(need.headers["Location"]).json() == need.json()
    assert client.get(capability.headers["Location"]).json() == capability.json()
