"""A real service over a real embedded graph, one graph for the session and fresh ids for each test."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import App, open_app
from app.service import Service
from app.settings import Settings


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("api")
    settings = Settings(
        _env_file=None, graph_url=f"embedded:{home / 'graph'}", data_folder=home / "data", deadline_seconds=10.0
    )
    with open_app(settings) as app:
        yield app


@pytest.fixture(scope="session")
def client(opened: App) -> Iterator[TestClient]:
    with TestClient(Service(opened).api, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def with_settings(opened: App, tmp_path: Path) -> Callable[..., App]:
    """The same graph under other settings."""

    def make(**changes: Any) -> App:
        return replace(opened, settings=opened.settings.model_copy(update=changes))

    return make


Make = Callable[..., dict[str, Any]]


@pytest.fixture
def make_customer(client: TestClient) -> Make:
    def make(**fields: Any) -> dict[str, Any]:
        body = {"name": f"Customer {secrets.token_hex(4)}", "vetting": 2} | fields
        answer = client.post("/api/v1/customers", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return make


@pytest.fixture
def consent(client: TestClient) -> Callable[..., None]:
    def give(customer_id: str, *purposes: str) -> None:
        body = {"customer_id": customer_id, "purposes": purposes, "granted": True, "basis": "test form"}
        answer = client.post("/api/v1/consents", json=body)
        assert answer.status_code == 201, answer.text

    return give


@pytest.fixture
def make_pair(make_customer: Make, consent: Callable[..., None]) -> Callable[[], tuple[str, str]]:
    """A seeker and a provider who consent to everything."""

    def make() -> tuple[str, str]:
        seeker, provider = make_customer()["id"], make_customer()["id"]
        consent(seeker, "match_as_seeker", "contact", "reveal_identity")
        consent(provider, "match_as_provider", "contact", "reveal_identity")
        return seeker, provider

    return make
