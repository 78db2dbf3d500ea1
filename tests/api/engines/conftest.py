"""The same service over each engine: the embedded graph and a real Neo4j."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

import seed
from app.bootstrap import App, open_app
from app.domain.access import OPERATOR_CLI
from app.ports.outside import silent
from app.service import Service
from app.settings import Settings
from seed.taxonomy import categories
from tests.api.people import People
from tests.engines import Engine, empty


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
