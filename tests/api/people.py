"""People who call the API with keys of their own."""

import secrets
import time
from typing import Any

from fastapi.testclient import TestClient

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI, Scope
from app.usecases.keys import CreateKey

API = "/api/v1"


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
