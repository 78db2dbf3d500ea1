"""The benches of kernels and ranker run, small, and say what they measured."""

import pytest

from app.bench import graph, ranker


def test_the_graph_bench_tells_what_one_need_and_one_night_cost() -> None:
    rows = {str(row["what"]): row for row in graph.run(nodes=2_000, edges=10_000, peers=False)}
    for what in ("pair features of 300 candidates, p50", "candidates of every node + Leiden + PageRank"):
        assert 0.0 < float(str(rows[what]["value"])) < 60.0
    # 4 bytes an edge, and 8 bytes a node for about ten edges.
    assert 4.0 < float(str(rows["the graph, per directed edge"]["value"])) < 5.5


def test_the_ranker_bench_learns_and_ranks() -> None:
    pytest.importorskip("lightgbm")
    learning, ranking = ranker.run(decisions=300)
    assert str(learning["what"]).startswith("learning from 300 decisions")
    assert float(str(ranking["value"])) > 0.0
