from threading import Thread

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos import link_prediction, reference
from graph_algos.csr import from_edges
from graph_algos.link_prediction import l3, random_walk_scores, rp3, two_hop_top
from tests.unit.graph_algos.strategies import all_pairs, distinct_pairs, graphs

SCORES = ["common_neighbours", "adamic_adar", "resource_allocation", "preferential_attachment", "jaccard", "l3"]


@pytest.mark.parametrize("name", SCORES)
@given(graphs())
def test_every_score_of_a_pair_equals_the_oracle(name, graph):
    pairs = distinct_pairs(graph)
    expected = getattr(reference, name)(reference.to_networkx(graph), pairs)
    scores = getattr(link_prediction, name)(graph, pairs)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", SCORES)
def test_scores_take_a_node_with_itself_and_no_pairs(name):
    star = from_edges([0, 0], [1, 2], node_count=4)
    score = getattr(link_prediction, name)
    assert np.isfinite(score(star, all_pairs(star))).all()
    assert score(star, []).shape == (0,)
    assert score(from_edges([], [], node_count=0), np.empty((0, 2), dtype=np.int64)).shape == (0,)


@pytest.mark.parametrize("name", SCORES)
def test_a_directed_graph_and_a_pair_out_of_range_are_refused(name):
    score = getattr(link_prediction, name)
    with pytest.raises(ValueError, match="to_undirected"):
        score(from_edges([0], [1], node_count=2, directed=True), [[0, 1]])
    for pairs in ([[0, 2]], [[-1, 0]], [[0.5, 1.0]], [0, 1]):
        with pytest.raises(ValueError):
            score(from_edges([0], [1], node_count=2), pairs)


def test_a_hub_is_searched_and_gives_the_same_counts():
    hub = from_edges([0] * 200 + [201, 201, 201], [*range(1, 201), 7, 90, 200], node_count=203)
    assert link_prediction.common_neighbours(hub, [[0, 201], [201, 0], [0, 202]]).tolist() == [3.0, 3.0, 0.0]


def test_l3_leaves_a_pairs_own_edge_out():
    path = [[0, 1, 2], [1, 2, 3]]
    closed = from_edges([*path[0], 0], [*path[1], 3], node_count=4)
    assert l3(closed, [[0, 3]]).tolist() == pytest.approx([1 / 2])


@given(graphs(), st.integers(0, 6))
def test_two_hop_top_equals_the_oracle(graph, count):
    oracle = reference.to_networkx(graph)
    best, scores = two_hop_top(graph, np.arange(graph.node_count), count=count)
    assert best.shape == scores.shape == (graph.node_count, count)
    for node in range(graph.node_count):
        everyone = dict(reference.two_hop(oracle, node))
        kept = [other for other in best[node] if other >= 0]
        assert len(kept) == min(count, len(everyone))
        assert (best[node][len(kept) :] == -1).all()
        np.testing.assert_allclose(scores[node][: len(kept)], [everyone[other] for other in kept], rtol=1e-12)
        listed = list(zip(-scores[node][: len(kept)], kept, strict=True))
        assert listed == sorted(listed)
        worst = scores[node][len(kept) - 1] if kept else np.inf
        assert all(score <= worst * (1 + 1e-12) for other, score in everyone.items() if other not in kept)


def test_equal_scores_prefer_the_smaller_index():
    star = from_edges([0] * 50, range(1, 51), node_count=51)
    best, scores = two_hop_top(star, [9], count=5)
    assert best.tolist() == [[1, 2, 3, 4, 5]]
    assert scores.tolist() == [[1 / 50] * 5]


def test_a_smaller_index_found_later_takes_the_place_of_an_equal():
    graph = from_edges([0, 0, 1, 1, 2, 2], [1, 2, 5, 6, 3, 4], node_count=7)
    assert two_hop_top(graph, [0], count=2)[0].tolist() == [[3, 4]]


def test_over_budget_the_neighbours_with_fewest_links_are_read():
    # Node 0 knows hub 1 (200 leaves) and connector 2 (leads to 3 only).
    graph = from_edges([0, 0, 2] + [1] * 200, [1, 2, 3, *range(4, 204)], node_count=204)
    best, scores = two_hop_top(graph, [0], count=2, edge_budget=150)
    assert (best.tolist(), scores.tolist()) == ([[3, -1]], [[0.5, 0.0]])
    assert two_hop_top(graph, [0], count=2)[0].tolist() == [[3, 4]]
    assert two_hop_top(graph, [0], count=1, edge_budget=2)[0].tolist() == [[3]]
    assert two_hop_top(graph, [0], count=1, edge_budget=1)[0].tolist() == [[-1]]
    assert two_hop_top(graph, [0], count=1, edge_budget=0)[0].tolist() == [[-1]]
    exact = 2 + 201
    assert two_hop_top(graph, [0], count=2, edge_budget=exact)[0].tolist() == [[3, 4]]


def walk_matrix(graph, seeds, weights, steps, beta):
    """The definition, on a dense matrix."""
    matrix = nx.to_numpy_array(reference.to_networkx(graph), nodelist=range(graph.node_count))
    sums = matrix.sum(axis=1, keepdims=True)
    matrix = np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)
    mass = np.zeros(graph.node_count)
    np.add.at(mass, seeds, weights)
    for _ in range(steps):
        mass = mass @ matrix
    return mass / np.maximum(1, graph.degrees) ** beta


@given(st.data(), st.booleans(), st.integers(0, 4), st.sampled_from([0.0, 0.5, 0.8]))
def test_walks_equal_powers_of_the_transition_matrix(data, directed, steps, beta):
    graph = data.draw(graphs(directed=directed, least=1))
    seeds = data.draw(st.lists(st.integers(0, graph.node_count - 1), max_size=4))
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(seeds), max_size=len(seeds)))
    nodes, mass = random_walk_scores(graph, seeds, weights, steps=steps, beta=beta)
    found = np.zeros(graph.node_count)
    found[nodes] = mass
    assert (nodes.dtype, mass.dtype) == (np.int32, np.float64)
    assert len(set(nodes.tolist())) == nodes.size
    assert (mass > 0).all()
    np.testing.assert_allclose(found, walk_matrix(graph, np.array(seeds, int), weights, steps, beta), atol=1e-15)


@given(graphs(least=1, directed=False))
def test_rp3_is_the_walk_of_three_steps(graph):
    expected = walk_matrix(graph, np.array([0]), [1.0], 3, 0.5)
    np.testing.assert_allclose(rp3(graph, 0), expected, atol=1e-15)
    np.testing.assert_allclose(rp3(graph, [0, 0]), expected, atol=1e-15)


def test_a_walk_over_budget_reads_the_likeliest_edges_first():
    # One seed with one link to 2; another with a hundred links.
    graph = from_edges([0] + [1] * 100, [2, *range(3, 103)], node_count=103)
    nodes, mass = random_walk_scores(graph, [1, 0], [1.0, 1.0], steps=1, beta=0.0, edge_budget=50)
    assert (nodes.tolist(), mass.tolist()) == ([2], [1.0])
    assert random_walk_scores(graph, [1, 0], [1.0, 1.0], steps=1, edge_budget=0)[0].size == 0
    assert random_walk_scores(graph, [1, 0], [1.0, 1.0], steps=1, edge_budget=101)[0].size == 101


def test_the_steps_of_a_walk_share_one_budget():
    # On a ring the first step reads two edges, the second four.
    ring = from_edges(range(8), [*range(1, 8), 0], node_count=8)
    sizes = [random_walk_scores(ring, [0], [1.0], steps=2, edge_budget=budget)[0].size for budget in (1, 2, 4, 6)]
    assert sizes == [0, 0, 2, 3]


def test_bad_seeds_and_budgets_are_refused():
    graph = from_edges([0], [1], node_count=2)
    for seeds, weights in (([2], [1.0]), ([0], [-1.0]), ([0], [np.inf]), ([0], [1.0, 1.0]), ([0.5], [1.0])):
        with pytest.raises(ValueError):
            random_walk_scores(graph, seeds, weights)
    with pytest.raises(ValueError):
        random_walk_scores(graph, [0], [1.0], steps=-1)
    for nodes, options in (([2], {"count": 1}), ([0], {"count": -1}), ([0], {"count": 1, "edge_budget": -1})):
        with pytest.raises(ValueError):
            two_hop_top(graph, nodes, **options)


def test_threads_that_ask_at_once_get_the_answers_of_one():
    random = np.random.default_rng(1)
    graph = from_edges(random.integers(0, 500, 3000), random.integers(0, 500, 3000), node_count=500)
    alone = two_hop_top(graph, np.arange(500), count=10)
    wrong = []

    def ask():
        for _ in range(5):
            again = two_hop_top(graph, np.arange(500), count=10)
            if not all((a == b).all() for a, b in zip(alone, again, strict=True)):
                wrong.append(again)

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
