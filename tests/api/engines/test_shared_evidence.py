"""The evidence of an introduction over HTTP, as each of those concerned may see it."""

import itertools

import pytest

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI as ME
from app.domain.customer import Signal
from tests.api.people import People

NUMBERS = itertools.count(1)
CANARIES = ("canary-need", "canary-signal", "canary-seeker", "canary-provider", "canary-basis", "777.77")


@pytest.fixture(scope="module")
def introduction(people: People, opened: App) -> dict[str, str]:
    seeker = people.customer(name="canary-seeker")
    provider = people.customer(name="canary-provider", vetting=4)
    consent = {"customer_id": provider, "purposes": ["profile"], "granted": True, "basis": "canary-basis"}
    assert people.manager.post("/consents", **consent).status_code == 201
    signal = Signal(f"sig_{next(NUMBERS)}", provider, "canary-signal", "note", "crm", opened.clock())
    opened.store.write(ME, lambda tx: tx.signals.save([signal]))
    return people.proposed(
        seeker, provider, text="canary-need", category_id="construction", budget={"amount": "777.77", "currency": "USD"}
    )


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        ("seeker", {"canary-need", "canary-seeker", "777.77"}),
        ("provider", {"canary-provider"}),
        ("manager", set(CANARIES)),
    ],
)
def test_each_sees_its_own_and_no_other(
    people: People, introduction: dict[str, str], viewer: str, sees: set[str]
) -> None:
    answer = people.manager.get(f"/introductions/{introduction['id']}/evidence?as={viewer}")
    assert answer.status_code == 200, answer.text
    assert {canary for canary in CANARIES if canary in answer.text} == sees
    found = answer.json()
    assert found["viewer"] == viewer
    assert all(viewer in one["share"] for one in found["data"])
    assert ("Who it is" in str(found["not_known"])) == (viewer != "manager")
    if viewer != "manager":
        assert introduction["seeker_id"] not in answer.text
        assert introduction["provider_id"] not in answer.text


def test_the_auditors_view_is_not_for_everybody(people: People, introduction: dict[str, str]) -> None:
    place = f"/introductions/{introduction['id']}/evidence?as=auditor"
    assert people.manager.get(place).status_code == 403
    seen = people.admin.get(place)
    assert (seen.status_code, "canary-signal" in seen.text) == (200, True)
    assert people.manager.get("/introductions/int_absent/evidence").status_code == 404
    assert people.manager.get(place.replace("auditor", "passer-by")).status_code == 422
