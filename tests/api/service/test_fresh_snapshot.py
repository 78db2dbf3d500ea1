"""What the API writes counts in suggestions soon, and until then they say how old their snapshot is."""

import secrets
from collections.abc import Callable
from typing import Any

from tests.api.service.conftest import Running, until

SOON_S = 15.0  # the setting's default is 5 s; the snapshot of so few takes milliseconds, loading kernels a second


def provider_of(service: Running, text: str) -> str:
    provider = str(service.new_customer().json()["id"])
    for purposes in (["match_as_provider"], ["contact"], ["reveal_identity"]):
        body = {"customer_id": provider, "purposes": purposes, "granted": True, "basis": "test form"}
        assert service.client.post("/api/v1/consents", json=body).status_code == 201
    body = {"provider_id": provider, "text": text}
    answer = service.client.post("/api/v1/capabilities", json=body)
    assert answer.status_code == 201, answer.text
    return provider


def suggested(service: Running, query: dict[str, Any]) -> dict[str, Any]:
    answer = service.client.post("/api/v1/suggestions", json={"queries": {"q": query}})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["results"]["q"])


def ids(answer: dict[str, Any]) -> list[str]:
    return [one["customer_id"] for one in answer["suggestions"]]


def test_a_new_capability_is_suggested_soon_and_old_snapshots_say_so(serve: Callable[..., Running]) -> None:
    service = serve()
    word = f"kilnwork{secrets.token_hex(3)}"
    query = {"text": f"restoring a {word} chimney"}
    until(
        lambda: service.client.post("/api/v1/suggestions", json={"queries": {"q": query}}).status_code == 200, within=5
    )
    provider = provider_of(service, f"Repairs of {word} chimneys")
    first = suggested(service, query)
    assert provider in ids(first) or any(" s ago" in note for note in first["notes"])
    until(lambda: ids(suggested(service, query)) == [provider], within=SOON_S)
    until(lambda: suggested(service, query)["notes"] == [], within=SOON_S)


def test_a_new_need_finds_its_provider_soon(serve: Callable[..., Running]) -> None:
    service = serve()
    word = f"kilnwork{secrets.token_hex(3)}"
    provider = provider_of(service, f"Repairs of {word} chimneys")
    seeker = service.new_customer().json()["id"]
    body = {"customer_id": seeker, "purposes": ["match_as_seeker"], "granted": True, "basis": "test form"}
    assert service.client.post("/api/v1/consents", json=body).status_code == 201
    made = service.client.post("/api/v1/needs", json={"seeker_id": seeker, "text": f"restoring a {word} chimney"})
    assert made.status_code == 201, made.text
    path = f"/api/v1/needs/{made.json()['id']}/suggestions"

    def found() -> bool:
        answer = service.client.get(path)
        return answer.status_code == 200 and ids(answer.json()) == [provider]

    until(found, within=SOON_S)


def test_with_zero_a_service_takes_no_snapshot_by_itself(serve: Callable[..., Running]) -> None:
    service = serve(snapshot_refresh_seconds=0)
    service.client.post("/api/v1/jobs", json={"type": "refresh_snapshot"})
    query = {"text": "restoring a chimney"}
    until(
        lambda: service.client.post("/api/v1/suggestions", json={"queries": {"q": query}}).status_code == 200, within=15
    )
    provider_of(service, "Repairs of chimneys")
    answers = [suggested(service, query) for _ in range(3)]
    assert [ids(one) for one in answers] == [[], [], []]
    assert " s ago" in answers[-1]["notes"][0]
