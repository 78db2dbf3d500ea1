"""People who call the API with keys of their own."""

import itertools
import secrets
import time
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI, Scope
from app.usecases.advance import AdvanceIntroductions
from app.usecases.keys import CreateKey

API = "/api/v1"
ALL = ["profile", "match_as_seeker", "match_as_provider", "contact", "reveal_identity"]
NUMBERS = itertools.count(1)


class Person:
    def __init__(self, client: TestClient, opened: App, name: str, *scopes: Scope) -> None:
        key = CreateKey(opened.store, opened.clock, opened.new_id)(OPERATOR_CLI, name, scopes)
        self.client, self.id, self.headers = client, key.key.id, {"Authorization": f"Bearer {key.secret}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"{API}{path}", headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"{API}{path}", json=body, headers=self.headers)

    def once(self, path: str, **body: Any) -> Any:
        """With a fresh Idempotency-Key."""
        headers = self.headers | {"Idempotency-Key": secrets.token_hex(16)}
        return self.client.post(f"{API}{path}", json=body, headers=headers)

    def step(self, introduction: dict[str, Any], verb: str, **body: Any) -> Any:
        headers = self.headers | {"If-Match": f'"{introduction["version"]}"'}
        return self.client.post(f"{API}/introductions/{introduction['id']}/{verb}", json=body, headers=headers)

    def ran(self, **job: Any) -> dict[str, Any]:
        return self.ended(self.post("/jobs", **job).headers["Location"].removeprefix(API))

    def ended(self, place: str) -> dict[str, Any]:
        until = time.monotonic() + 60
        while (state := self.get(place).json())["state"] in ("queued", "running"):
            assert time.monotonic() < until
            time.sleep(0.1)
        return dict(state)


class People:
    """A manager, who writes and runs jobs; a vetter; two seniors; an administrator."""

    def __init__(self, client: TestClient, opened: App) -> None:
        def person(name: str, *scopes: Scope) -> Person:
            return Person(client, opened, name, *scopes)

        self.opened = opened
        self.manager = person("manager", Scope.WRITE, Scope.RUN)
        self.vetter = person("vetter", Scope.VET)
        self.senior = person("senior", Scope.DECIDE, Scope.VET)
        self.chief = person("chief", Scope.DECIDE)
        self.admin = person("admin", Scope.ADMIN, Scope.SIGN)

    def customer(self, **fields: Any) -> str:
        made = self.manager.post("/customers", **{"name": f"Company {next(NUMBERS)}", "vetting": 2} | fields)
        assert made.status_code == 201, made.text
        name = str(made.json()["id"])
        consent = {"customer_id": name, "purposes": ALL, "granted": True, "basis": "form of 2026"}
        assert self.manager.post("/consents", **consent).status_code == 201
        return name

    def proposed(self, seeker: str | None = None, provider: str | None = None, **need: Any) -> dict[str, Any]:
        seeker, provider = seeker or self.customer(), provider or self.customer()
        wanted = {"category_id": "construction", "budget": {"amount": "2400", "currency": "USD"}, "text": "lights"}
        made = self.manager.post("/needs", seeker_id=seeker, **wanted | need)
        assert made.status_code == 201, made.text
        body = {"seeker_id": seeker, "provider_id": provider, "need_id": made.json()["id"]}
        answer = self.manager.once("/introductions", **body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def moved(self, introduction: dict[str, Any], *verbs: str) -> dict[str, Any]:
        for verb in verbs:
            answer = self.manager.step(introduction, verb)
            assert answer.status_code == 200, answer.text
            introduction = answer.json()
        return introduction

    def timeline(self, introduction: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.manager.get(f"/introductions/{introduction['id']}/timeline").json()["data"])

    def later(self, **span: float) -> Any:
        """What the nightly job does after such a time."""
        now = self.opened.clock() + timedelta(**span)
        return AdvanceIntroductions(self.opened.store, lambda: now, self.opened.trail)(OPERATOR_CLI)
