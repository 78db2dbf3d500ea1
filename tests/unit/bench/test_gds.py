"""The bench of Graph Data Science really runs both sides, on a small graph."""

import warnings

import pytest

from app.adapters import local_neo4j
from app.bench import gds
from app.domain.errors import Misconfigured
from tests.engines import LIBRARY


def test_every_algorithm_is_measured_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        local_neo4j.require_tools()
    except Misconfigured as exc:
        warnings.warn(f"NO NEO4J: the bench of GDS is not tested. {exc}", stacklevel=1)
        pytest.skip(f"NO NEO4J: {exc}")
    monkeypatch.setenv("ICRM_NEO4J_LIBRARY", str(LIBRARY))
    rows = gds.run(nodes=2_000, edges=10_000)
    names = [str(row["what"]) for row in rows]
    for task in gds.TASKS:
        assert sum(name.startswith(task.what) for name in names) >= 2, task.what
    for row in rows:
        assert isinstance(row["value"], float)
        assert row["value"] >= 0.0
        assert row["ratio"] is None or row["peer"]
    assert [row["holds"] for row in rows if row["what"] == "Leiden, modularity"] == [True]
