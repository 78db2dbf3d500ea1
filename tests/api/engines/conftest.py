"""The same service over each engine: the embedded graph and a real Neo4j."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

import seed
from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.ports.outside import silent
from app.post import post_of
from app.service import Service
from app.settings import Settings
from seed.taxonomy import categories
from tests.api.house import OPEN_ALL_DAY, SECRET, House
from tests.api.people import People
from tests.engines import Engine, empty
from tests.smtp import mail_server


@pytest.fixture(scope="module")
def opened(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    given: dict[str, Any] = {"graph_url": engine.url, "graph_user": engine.user, "graph_password": engine.password}
    settings = Settings(
        _env_file=None,
        data_folder=tmp_path_factory.mktemp("data"),
        deadline_seconds=10.0,
        **{name: value for name, value in given.items() if value is not None},
    )
    with open_app(settings) as app:
        empty(app.runner)
        yield app


@pytest.fixture(scope="module")
def client(opened: App) -> Iterator[TestClient]:
    with TestClient(Service(opened).api, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(opened: App) -> Iterator[TestClient]:
    settings = opened.settings.model_copy(update={"auth": True})
    with TestClient(Service(replace(opened, settings=settings)).api, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def with_stories(opened: App) -> None:
    """The four stories, and a snapshot of them."""
    for kind, rows in seed.story().kinds():
        opened.store.write(OPERATOR_CLI, lambda tx, kind=kind, rows=rows: getattr(tx, kind).save(rows), patient=True)
    opened.analytics.refresh(silent)


@pytest.fixture(scope="module")
def people(guarded: TestClient, opened: App) -> People:
    opened.store.write(OPERATOR_CLI, lambda tx: tx.categories.save(categories()), patient=True)
    return People(guarded, opened)


@pytest.fixture(scope="module")
def house(opened: App, people: People) -> Iterator[House]:
    draft = people.admin.post("/sign-offs", subject="policy", policy=OPEN_ALL_DAY, reason="for the test")
    assert people.admin.post(f"/sign-offs/{draft.json()['id']}/approve").status_code == 200
    with mail_server() as (inbox, port):
        changes = {
            "auth": True,
            "operator": "First Bank",
            "public_url": "http://127.0.0.1:8000",
            "mail_from": "introductions@bank.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_tls": "off",
            "inbound_secret": SecretStr(SECRET),
        }
        settings = opened.settings.model_copy(update=changes)
        app = replace(opened, settings=settings, post=post_of(settings))
        with TestClient(Service(app).api, raise_server_exceptions=False) as client:
            yield House(app, client, inbox)


@pytest.fixture
def _nothing_waits(house: House) -> Iterator[None]:
    """What one test leaves is not counted by the next."""
    yield
    house.mailed()
