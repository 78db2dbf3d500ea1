"""Each thing that may be wrong with the graph is found at its step, with what to do."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.cli.checks import Step
from app.cli.doctor import STEPS, examine
from app.cli.errors import EXIT_CODES
from app.domain.errors import Misconfigured
from app.embedded import stop_embedded
from app.settings import AnalyticsEngine, Settings
from app.store import gds_version
from tests.engines import Engine


def found(**settings: Any) -> dict[str, Step]:
    steps = list(examine(Settings(_env_file=None, **settings)))
    assert len({step.name for step in steps}) == len(steps)
    assert all(step.remedy for step in steps if step.ok is False)
    return {step.name: step for step in steps}


def failed_first(steps: dict[str, Step]) -> str:
    """The step that failed; everything after it was skipped, everything before was fine."""
    marks = [step.ok for step in steps.values()]
    at = marks.index(False)
    assert marks[:at] == [True] * at
    assert marks[at + 1 :] == [None] * (len(marks) - at - 1)
    return list(steps)[at]


def test_a_dead_port_is_found_before_anything_is_signed_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    steps = found(graph_url=f"bolt://127.0.0.1:{port}", graph_password="x")
    assert (failed_first(steps), tuple(steps)) == ("connect", STEPS)
    assert str(port) in steps["connect"].remedy


def test_a_port_that_speaks_something_else_fails_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        steps = found(graph_url=f"bolt://127.0.0.1:{listener.getsockname()[1]}", graph_password="x")
    assert failed_first(steps) == "handshake"


def test_an_unknown_host_is_named_as_such() -> None:
    assert failed_first(found(graph_url="neo4j://nowhere.invalid:7687", graph_password="x")) == "resolve"


@pytest.mark.parametrize("engine", ["neo4j"], indirect=True)
def test_a_wrong_password_and_a_right_one_on_neo4j(engine: Engine) -> None:
    steps = found(graph_url=engine.url, graph_user=engine.user, graph_password="sesame-value")
    assert (failed_first(steps), tuple(steps)) == ("sign-in", STEPS)
    assert "sesame" not in json.dumps([step.document() for step in steps.values()])
    fine = found(graph_url=engine.url, graph_user=engine.user, graph_password=engine.password)
    assert {step.ok for step in fine.values()} == {True}
    assert fine["version"].found.startswith("neo4j 5.")
    assert fine["graph data science"].found[0].isdigit()


@pytest.mark.parametrize("engine", ["neo4j"], indirect=True)
def test_a_server_without_graph_data_science_is_fine_unless_that_is_asked_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A real server that does not know the function, as one without the plugin does not know gds.version().
    text = gds_version._GDS.text.replace("gds.version", "gdsmissing.version")
    monkeypatch.setattr(gds_version, "_GDS", replace(gds_version._GDS, text=text))
    door: dict[str, Any] = {"graph_url": engine.url, "graph_user": engine.user, "graph_password": engine.password}
    steps = found(**door)
    assert [step.name for step in steps.values() if step.ok is not True] == ["graph data science"]
    assert steps["graph data science"].ok is None
    wanted = found(**door, analytics=AnalyticsEngine.GDS)
    assert failed_first(wanted) == "graph data science"
    assert "ICRM_ANALYTICS" in wanted["graph data science"].remedy
    missing = found(**{**door, "graph_password": None})
    assert (failed_first(missing), tuple(missing)) == ("sign-in", STEPS)
    assert "ICRM_GRAPH_PASSWORD" in missing["sign-in"].remedy


def test_the_embedded_graph_is_examined_and_the_exit_code_says_how_it_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ICRM_GRAPH_URL", f"embedded:{tmp_path / 'graph'}")
    assert run(["doctor", "--json", "fine.json"]) == 0
    assert json.loads((tmp_path / "fine.json").read_text())["ok"] is True
    stop_embedded(tmp_path / "graph")
    (tmp_path / "graph" / "format.json").write_text('{"engine": "arcadedb", "version": "0.1"}')
    assert run(["doctor", "--json", "wrong.json"]) == EXIT_CODES[Misconfigured]
    wrong = json.loads((tmp_path / "wrong.json").read_text())
    assert wrong["ok"] is False
    assert [step["name"] for step in wrong["steps"] if step["ok"] is False] == ["data folder"]
