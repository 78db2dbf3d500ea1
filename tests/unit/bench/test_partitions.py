"""The bench of partitions compares like with like, and says so loudly when it cannot."""

from pathlib import Path

import pytest

from app.bench import partitions
from app.bench.partitions import data_graphs, data_rows
from graph_algos.csr import from_edges


def test_networks_are_read_as_undirected_simple_graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uci").mkdir()
    (tmp_path / "uci" / "CollegeMsg.txt").write_text("src dst time\n5 9 1\n9 5 2\n5 5 3\n9 30 4\n")
    monkeypatch.setenv("ICRM_DATA", str(tmp_path))
    (graph,) = data_graphs().values()
    assert (graph.node_count, graph.edge_count // 2, graph.weights) == (3, 2, None)


def test_a_bench_without_data_has_no_lines_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICRM_DATA", str(tmp_path))
    assert data_rows(peers=True) == []


def test_a_machine_without_java_says_that_gds_was_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))  # where there is none
    monkeypatch.setattr(partitions, "data_graphs", lambda: {"two": from_edges([0, 1], [2, 3], node_count=4)})
    # igraph's environment takes a download to make; the GDS side, which is under test, is the real one.
    monkeypatch.setattr(partitions, "peer_answers", lambda graph, task: {"quality": 0.5})
    rows = data_rows(peers=True)
    assert [row["holds"] for row in rows] == [True, None]
    assert "NOT MEASURED" in str(rows[1]["peer"])
    assert "NO NEO4J" in capsys.readouterr().err
