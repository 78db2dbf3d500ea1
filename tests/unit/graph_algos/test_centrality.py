import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos import reference
from graph_algos.centrality import components, core_numbers, pagerank, personalised_pagerank
from graph_algos.csr import from_edges
from tests.unit.graph_algos.strategies import graphs

ANY = st.booleans().flatmap(lambda directed: graphs(directed=directed))
SOME = st.booleans().flatmap(lambda directed: graphs(directed=directed, least=1))


@given(SOME, st.sampled_from([0.5, 0.85]))
def test_pagerank_equals_networkx(graph, damping):
    expected = reference.pagerank(reference.to_networkx(graph), damping=damping)
    np.testing.assert_allclose(pagerank(graph, damping=damping), expected, atol=1e-11)


@given(SOME, st.data())
def test_personalised_pagerank_equals_networkx(graph, data):
    seeds = data.draw(st.dictionaries(st.integers(0, graph.node_count - 1), st.integers(1, 4), min_size=1, max_size=3))
    expected = reference.pagerank(reference.to_networkx(graph), seeds)
    found = personalised_pagerank(graph, list(seeds), list(seeds.values()))
    np.testing.assert_allclose(found, expected, atol=1e-11)


@given(ANY)
def test_components_and_cores_equal_networkx(graph):
    oracle = reference.to_networkx(graph)
    assert components(graph).tolist() == reference.components(oracle).tolist()
    assert core_numbers(graph).tolist() == reference.core_numbers(oracle).tolist()


def test_a_star_with_many_leaves():
    star = from_edges([0] * 9_999, range(1, 10_000), node_count=10_001)
    rank = pagerank(star)
    assert rank.sum() == pytest.approx(1.0)
    assert rank.argmax() == 0
    assert components(star).tolist() == [0] * 10_000 + [1]
    assert core_numbers(star).tolist() == [1] * 10_000 + [0]


def test_an_empty_graph():
    empty = from_edges([], [], node_count=0)
    assert [f(empty).size for f in (pagerank, components, core_numbers)] == [0, 0, 0]


def test_few_iterations_stop_early():
    path = from_edges([0, 1], [1, 2], node_count=3)
    assert not np.allclose(pagerank(path, max_iterations=1), pagerank(path))


def test_bad_arguments_are_refused():
    graph = from_edges([0], [1], node_count=2)
    for seeds, weights in (([2], [1.0]), ([0], [0.0]), ([], []), ([0], [-1.0]), ([0], [np.nan]), ([0, 1], [1.0])):
        with pytest.raises(ValueError):
            personalised_pagerank(graph, seeds, weights)
    for options in ({"damping": 1.0}, {"damping": -0.1}, {"tolerance": 0.0}, {"max_iterations": 0}):
        with pytest.raises(ValueError):
            pagerank(graph, **options)
