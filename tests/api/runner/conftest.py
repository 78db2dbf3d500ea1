"""A graph of its own: the service of the other tests would take the jobs."""

from collections.abc import Iterator

import pytest

from app.bootstrap import App, open_app
from app.jobs import JobRunner
from app.settings import Settings


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("runner")
    with open_app(Settings(_env_file=None, graph_url=f"embedded:{home / 'graph'}", data_folder=home / "data")) as app:
        yield app


@pytest.fixture
def opened(graph: App) -> App:
    while JobRunner(graph.store, {}, graph.clock).run_next():
        pass  # what another test has left
    return graph
