"""Pair features beside networkx, beside the graph with the link deleted, and at the edges of what a graph can be."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos import reference
from graph_algos.csr import Graph, from_edges
from graph_algos.pair_features import CATALOGUE, NAMES, THOROUGH, Limits, block_columns, pair_features, topology
from tests.unit.graph_algos.strategies import all_pairs, distinct_pairs, graphs

PLACE = {name: position for position, name in enumerate(NAMES)}
# The push stops at this residual per link and nothing is cut off: PageRank then is exact to about 1e-9.
EXACT = Limits(walk=10**9, push=10**9, pair=10**9, residual=1e-12, rank_floor=0.0)


def features(graph, pairs, labels=None, **options):
    blocks = np.zeros(graph.node_count, dtype=np.int64) if labels is None else labels
    return pair_features(topology(graph, blocks), pairs, limits=EXACT, **options)


def edges_of(graph: Graph):
    return [
        (node, int(other))
        for node in range(graph.node_count)
        for other in graph.indices[graph.indptr[node] : graph.indptr[node + 1]]
        if node < other
    ]


def without(graph: Graph, edge) -> Graph:
    kept = [other for other in edges_of(graph) if other != edge]
    return from_edges([a for a, _ in kept], [b for _, b in kept], node_count=graph.node_count)


@pytest.mark.parametrize(
    ("column", "oracle"),
    [
        ("common_neighbours", "common_neighbours"),
        ("adamic_adar", "adamic_adar"),
        ("resource_allocation", "resource_allocation"),
        ("degree_product", "preferential_attachment"),
        ("jaccard", "jaccard"),
        ("l3", "l3"),
    ],
)
@given(graph=graphs(weighted=False))
def test_scores_of_pairs_equal_networkx(column, oracle, graph):
    pairs = distinct_pairs(graph)
    expected = getattr(reference, oracle)(reference.to_networkx(graph), pairs)
    np.testing.assert_allclose(features(graph, pairs)[:, PLACE[column]], expected, rtol=1e-9, atol=1e-12)


@given(graphs(weighted=False, least=2))
def test_walks_distances_cores_and_neighbours_equal_networkx(graph):
    oracle = reference.to_networkx(graph)
    pairs = distinct_pairs(graph)
    table = features(graph, pairs)
    adjacency = nx.to_numpy_array(oracle, nodelist=range(graph.node_count), weight=None)
    degree = adjacency.sum(axis=1)
    chances = adjacency / np.maximum(degree, 1)[:, None]
    cores, paths = nx.core_number(oracle), dict(nx.all_pairs_shortest_path_length(oracle, cutoff=5))
    around = nx.average_neighbor_degree(oracle)
    for row, (u, v) in zip(table, pairs, strict=True):
        for steps in (3, 4, 5):
            assert row[PLACE[f"walks_{steps}"]] == np.linalg.matrix_power(adjacency, steps)[u, v]
        for steps in (2, 3, 4, 5):
            power = np.linalg.matrix_power(chances, steps)
            assert row[PLACE[f"walk_probability_{steps}"]] == pytest.approx(np.sqrt(power[u, v] * power[v, u]))
        assert row[PLACE["distance"]] == paths[u].get(v, 6)
        assert [row[PLACE["core_min"]], row[PLACE["core_max"]]] == sorted((cores[u], cores[v]))
        means = [row[PLACE["neighbour_degree_min"]], row[PLACE["neighbour_degree_max"]]]
        assert means == pytest.approx(sorted((around[u], around[v])))


@given(graphs(weighted=False, least=2, most=8))
def test_pagerank_in_both_directions_equals_networkx(graph):
    oracle = reference.to_networkx(graph)
    ranks = [nx.pagerank(oracle, personalization={u: 1.0}, tol=1e-13, max_iter=2000) for u in range(graph.node_count)]
    pairs = distinct_pairs(graph)
    for row, (u, v) in zip(features(graph, pairs), pairs, strict=True):
        expected = sorted((ranks[u][v], ranks[v][u]))
        assert [row[PLACE["pagerank_min"]], row[PLACE["pagerank_max"]]] == pytest.approx(expected, abs=1e-8)


@given(graphs(weighted=False, least=2), st.data())
def test_a_hidden_link_equals_the_graph_without_it(graph, data):
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=graph.node_count, max_size=graph.node_count)))
    labels = np.minimum(labels, graph.node_count - 1)
    for edge in edges_of(graph):
        hidden = features(graph, [edge, edge[::-1]], labels, hide_own_edge=True)
        expected = features(without(graph, edge), [edge], labels)
        np.testing.assert_allclose(hidden[0], expected[0], rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(hidden[1], expected[0], rtol=1e-7, atol=1e-8)


@given(graphs(weighted=False, least=1))
def test_rows_are_finite_within_their_range_and_alike_from_both_ends(graph):
    pairs = np.array(all_pairs(graph))
    labels = np.arange(graph.node_count) // 2
    for hide in (False, True):
        for limits in (EXACT, Limits(), THOROUGH, Limits(walk=3, push=3, pair=1)):
            table = pair_features(topology(graph, labels), pairs, hide_own_edge=hide, limits=limits)
            assert table.shape == (len(pairs), len(CATALOGUE))
            assert np.isfinite(table).all()
            assert (table >= 0.0).all()
    both = features(graph, pairs, labels), features(graph, pairs[:, ::-1], labels)
    np.testing.assert_allclose(*both, rtol=1e-9, atol=1e-9)


def test_a_pair_without_a_link_is_not_changed_by_hiding():
    path = from_edges([0, 1, 2], [1, 2, 3], node_count=5)
    pairs = [[0, 2], [0, 3], [0, 4]]
    assert (features(path, pairs) == features(path, pairs, hide_own_edge=True)).all()


def test_the_only_link_of_a_node_hidden_leaves_nothing_to_know_of_the_pair():
    path = from_edges([0, 1], [1, 2], node_count=3)
    row = features(path, [[0, 1]], hide_own_edge=True)[0]
    assert row[PLACE["distance"]] == 6
    assert row[PLACE["pagerank_max"]] == row[PLACE["walks_3"]] == row[PLACE["degree_min"]] == 0


def test_blocks_count_links_between_communities_without_the_hidden_one():
    graph = from_edges([0, 0, 1, 2], [1, 2, 2, 3], node_count=4)
    labels = [0, 0, 1, 1]
    assert block_columns(graph, labels, [[0, 1], [0, 3], [2, 3]]).tolist() == [[1.0, 1.0], [0.0, 0.5], [1.0, 1.0]]
    hidden = block_columns(graph, labels, [[0, 1], [0, 2], [0, 3]], hide_own_edge=True)
    assert hidden.tolist() == [[1.0, 0.0], [0.0, 0.25], [0.0, 0.5]]
    whole = features(graph, [[0, 1], [0, 2]], labels, hide_own_edge=True)[:, -2:]
    assert (whole == hidden[:2]).all()


def test_an_empty_graph_and_no_pairs_give_empty_tables():
    assert features(from_edges([], [], node_count=0), []).shape == (0, len(NAMES))
    assert block_columns(from_edges([], [], node_count=0), [], []).shape == (0, 2)
    lonely = features(from_edges([], [], node_count=2), [[0, 1], [1, 1]])
    assert np.isfinite(lonely).all()
    assert lonely[:, PLACE["distance"]].tolist() == [6.0, 0.0]


@pytest.mark.parametrize("hide", [False, True])
def test_a_star_of_100_000_leaves_is_finite_and_quick_within_the_limits(hide):
    leaves = 100_000
    star = from_edges(np.zeros(leaves, dtype=np.int64), np.arange(1, leaves + 1), node_count=leaves + 1)
    known = topology(star, np.zeros(leaves + 1, dtype=np.int64))
    table = pair_features(known, [[0, 1], [1, 2], [2, 0], [0, 0]], hide_own_edge=hide)
    assert np.isfinite(table).all()
    assert table[1, PLACE["common_neighbours"]] == 1.0
    assert table[:3, PLACE["distance"]].tolist() == ([6.0, 2.0, 6.0] if hide else [1.0, 2.0, 1.0])


def test_shared_neighbours_of_hubs_are_exact_beyond_the_limit():
    count = 3_000
    two_hubs = from_edges([0] * count + [1] * count, [*range(2, count + 2)] * 2, node_count=count + 2)
    row = pair_features(topology(two_hubs, np.zeros(count + 2, dtype=np.int64)), [[0, 1]], limits=Limits(pair=10))[0]
    assert row[PLACE["common_neighbours"]] == count
    assert row[PLACE["resource_allocation"]] == pytest.approx(count / 2)


def test_a_second_call_on_the_same_topology_gives_the_same_bytes():
    rng = np.random.default_rng(5)
    graph = from_edges(rng.integers(0, 60, 300), rng.integers(0, 60, 300), node_count=60)
    known = topology(graph, np.zeros(60, dtype=np.int64))
    pairs = rng.integers(0, 60, (200, 2))
    first = pair_features(known, pairs, limits=Limits(walk=200, push=200))
    pair_features(known, pairs, hide_own_edge=True)
    assert pair_features(known, pairs, limits=Limits(walk=200, push=200)).tobytes() == first.tobytes()


def test_directed_graphs_and_wrong_shapes_are_refused():
    graph = from_edges([0], [1], node_count=2)
    with pytest.raises(ValueError, match="to_undirected"):
        topology(from_edges([0], [1], node_count=2, directed=True), [0, 0])
    for labels in ([0], [0.5, 0.5], [-1, 0], [0, 7]):
        with pytest.raises(ValueError, match="labels"):
            topology(graph, labels)
    for pairs in ([[0, 2]], [[-1, 0]], [[0.5, 1.0]], [0, 1]):
        with pytest.raises(ValueError):
            features(graph, pairs)
