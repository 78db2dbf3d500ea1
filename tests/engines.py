"""Fixtures that run a test on every engine: `engine` (per session) and `runner` (its graph migrated and emptied).

Neo4j is the server that ICRM_NEO4J_URL names (ICRM_NEO4J_USER, ICRM_NEO4J_PASSWORD), or one that we start with Java
and Maven. Without either its tests skip with one loud line; ICRM_REQUIRE_NEO4J=1 turns that into a failure.
"""

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import cypher
from app.adapters import local_neo4j
from app.domain.errors import Misconfigured
from app.embedded import stop_embedded
from app.store.connect import open_graph
from app.store.migrations import migrate
from app.store.profiles import ARCADEDB, NEO4J, Profile
from app.store.runner import JOB, GraphRunner

ENGINES = ("embedded", "neo4j")
# The jars (135 MB) are kept between sessions, where `icrm neo4j start` looks for them too.
LIBRARY = Path(os.environ.get("ICRM_NEO4J_LIBRARY", Path(__file__).parents[1] / ".icrm" / "neo4j-lib"))
_EMPTY = cypher.parse(
    "system/empty_graph",
    "// Delete a batch of everything but the schema's version.\n// mode: write\n// params: limit\n// returns: deleted\n"
    "MATCH (n) WHERE NOT n:SchemaVersion WITH n LIMIT $limit DETACH DELETE n RETURN count(*) AS deleted",
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine: `url` is what ICRM_GRAPH_URL would say."""

    name: str
    url: str
    user: str | None
    password: str | None = field(repr=False)
    profile: Profile

    def open(self) -> GraphRunner:
        """A server that has just started plans each statement first, beside the other half of the tests: 2.1 s seen."""
        return open_graph(self.url, user=self.user, password=self.password, deadline=10.0)


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Each engine in turn, with the published schema."""
    name = str(request.param)
    with _embedded(tmp_path_factory) if name == "embedded" else _neo4j(tmp_path_factory) as running:
        with running.open() as runner:
            migrate(runner)
        yield running


@pytest.fixture(scope="session")
def session_runner(engine: Engine) -> Iterator[GraphRunner]:
    with engine.open() as runner:
        yield runner


@pytest.fixture
def runner(session_runner: GraphRunner) -> GraphRunner:
    """A runner on an empty graph."""
    empty(session_runner)
    return session_runner


def empty(runner: GraphRunner) -> None:
    while runner.write(lambda tx: tx.run(_EMPTY, limit=10_000), retry=JOB)[0]["deleted"]:
        pass


class _embedded:
    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folder = folders.mktemp("embedded") / "graph"

    def __enter__(self) -> Engine:
        return Engine("embedded", f"embedded:{self._folder}", None, None, ARCADEDB)

    def __exit__(self, *_: object) -> None:
        stop_embedded(self._folder)


class _neo4j:
    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._home = folders.mktemp("neo4j") / "home"
        self._url = os.environ.get("ICRM_NEO4J_URL")

    def __enter__(self) -> Engine:
        if self._url:
            user = os.environ.get("ICRM_NEO4J_USER", "neo4j")
            return Engine("neo4j", self._url, user, os.environ["ICRM_NEO4J_PASSWORD"], NEO4J)
        try:
            server = local_neo4j.start(self._home, library=LIBRARY, quick_start=True, memory="1g")
        except Misconfigured as exc:
            if os.environ.get("ICRM_REQUIRE_NEO4J") == "1":
                pytest.fail(f"ICRM_REQUIRE_NEO4J=1, but: {exc}", pytrace=False)
            warnings.warn(f"NO NEO4J: the suite runs on the embedded engine only. {exc}", stacklevel=1)
            pytest.skip(f"NO NEO4J: {exc}")
        return Engine("neo4j", server.url, server.user, server.password, NEO4J)

    def __exit__(self, *_: object) -> None:
        local_neo4j.stop(self._home)
