import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.csr import from_edges
from graph_algos.similarity import neighbour_similarity
from tests.unit.graph_algos.strategies import graphs
from tests.unit.graph_algos.test_csr import dense


@given(graphs(least=1), st.integers(0, 6))
def test_similarity_is_weighted_jaccard_of_the_rows(graph, count):
    matrix = dense(graph)
    for node in range(graph.node_count):
        low = np.minimum(matrix, matrix[node]).sum(axis=1)
        high = np.maximum(matrix, matrix[node]).sum(axis=1)
        expected = np.divide(low, high, out=np.zeros(graph.node_count), where=high > 0)
        expected[node] = 0.0
        order = [int(other) for other in np.lexsort((np.arange(graph.node_count), -expected)) if expected[other] > 0]
        nodes, scores = neighbour_similarity(graph, node, count=count)
        assert nodes.tolist() == order[:count]
        assert scores.tolist() == pytest.approx(expected[nodes].tolist())


def test_over_budget_hubs_are_left_out():
    graph = from_edges([0, 0, 2] + [1] * 50, [1, 2, 3, *range(4, 54)], node_count=54)
    assert neighbour_similarity(graph, 0, count=9, edge_budget=10)[0].tolist() == [3]
    assert neighbour_similarity(graph, 0, count=3)[0].tolist() == [3, 4, 5]


def test_bad_arguments_are_refused():
    graph = from_edges([0], [1], node_count=2)
    for node, options in (
        (2, {"count": 1}),
        (-1, {"count": 1}),
        (0, {"count": -1}),
        (0, {"count": 1, "edge_budget": -1}),
    ):
        with pytest.raises(ValueError):
            neighbour_similarity(graph, node, **options)
    with pytest.raises(ValueError, match="to_undirected"):
        neighbour_similarity(from_edges([0], [1], node_count=2, directed=True), 0, count=1)
