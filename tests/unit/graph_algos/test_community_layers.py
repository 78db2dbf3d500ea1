"""Layers, memberships, names that last, size limits and labels of communities."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.community import leiden, modularity, well_connected
from graph_algos.community_layers import (
    CLIQUE,
    binding,
    combined,
    halved_by_age,
    leanings,
    left_inside,
    nearness,
    once,
    shared_terms,
    shares,
)
from graph_algos.community_match import ALONE, match
from graph_algos.community_split import split_large
from graph_algos.community_terms import over_represented
from graph_algos.csr import from_edges
from graph_algos.reference import to_networkx
from tests.unit.graph_algos.strategies import SEEDS, graphs


@st.composite
def partitioned(draw):
    graph = draw(graphs(weighted=True, least=1))
    labels = draw(st.lists(st.integers(0, 3), min_size=graph.node_count, max_size=graph.node_count))
    return graph, np.unique(labels, return_inverse=True)[1]


@given(partitioned())
def test_binding_is_one_minus_the_conductance_of_networkx(partition):
    graph, labels = partition
    oracle = to_networkx(graph)
    for label, found in enumerate(binding(graph, labels)):
        group = set(np.flatnonzero(labels == label).tolist())
        volume = sum(degree for _, degree in oracle.degree(group, weight="weight"))
        cut = nx.cut_size(oracle, group, weight="weight")
        assert found == pytest.approx(1 - cut / volume if volume else 0.0)


@given(partitioned())
def test_what_a_node_gives_to_all_communities_is_one(partition):
    graph, labels = partition
    nodes, to, part = leanings(graph, labels, least=0.0, most=9)
    every = np.arange(graph.node_count)
    total = np.bincount(nodes, part, graph.node_count) + shares(graph, labels, (every, labels))
    strength = np.bincount(*_both(graph), graph.node_count)
    assert total.tolist() == pytest.approx((strength > 0).astype(float).tolist())
    assert (labels[nodes] != to).all()
    assert shares(graph, labels, (nodes, to)).tolist() == part.tolist()


def _both(graph):
    one, other, weight = once(graph)
    return np.concatenate((one, other)), np.concatenate((weight, weight))


@given(graphs(weighted=True, least=1), st.sampled_from([0.1, 1.0, 7.0]), SEEDS)
def test_one_layer_alone_keeps_its_modularity_at_every_factor(graph, factor, seed):
    alone = combined([(graph, factor)], node_count=graph.node_count)
    labels = leiden(alone, seed=seed)
    assert modularity(alone, labels) == pytest.approx(modularity(graph, labels), abs=1e-6)


def test_each_layer_weighs_its_factor_whatever_its_unit():
    money = from_edges([0, 1], [1, 2], [9_000.0, 1_000.0], node_count=6)
    words = from_edges([3, 4], [4, 5], [0.01, 0.03], node_count=6)
    for one, other in ((1.0, 1.0), (1.0, 0.25)):
        weight = once(combined([(money, one), (words, other)], node_count=6))[2]
        assert weight[:2].sum() / weight[2:].sum() == pytest.approx(one / other, rel=1e-6)
    with pytest.raises(ValueError, match="factors"):
        combined([(money, -1.0)], node_count=6)


def test_an_empty_layer_takes_nothing_from_the_others():
    money, nothing = from_edges([0], [1], [2.0], node_count=2), from_edges([], [], [], node_count=2)
    assert combined([(nothing, 5.0), (money, 1.0)], node_count=2).weights.tolist() == [1.0, 1.0]
    assert combined([(nothing, 5.0)], node_count=2).edge_count == 0


def test_a_tie_halves_with_its_age_and_without_a_date_keeps_its_weight():
    assert halved_by_age([8.0, 8.0, 8.0, 8.0], [0, 365, 730, np.nan], half_life=365.0).tolist() == [8, 4, 2, 8]
    with pytest.raises(ValueError, match="half-life"):
        halved_by_age([1.0], [1.0], half_life=0.0)


@given(st.integers(2, 3 * CLIQUE))
def test_a_term_gives_each_holder_the_same_however_many_there_are(holders):
    graph = shared_terms(np.arange(holders), np.zeros(holders, dtype=int), node_count=500)
    strength = np.bincount(*_both(graph), 500)[:holders]
    rare = np.log(501 / (1 + holders)) / np.log(501)
    assert strength.tolist() == pytest.approx([rare] * holders, rel=1e-5)
    assert nx.is_connected(to_networkx(graph).subgraph(range(holders)))


def test_a_large_group_is_not_taken_apart_by_how_it_is_linked():
    nodes = np.arange(10_000)
    labels = leiden(shared_terms(nodes, nodes % 5, node_count=10_000), resolution=2.0, seed=1)
    assert len(np.unique(labels * 5 + nodes % 5)) == 5


def test_what_everybody_has_links_nobody():
    assert shared_terms(range(4), [0] * 4, node_count=4).edge_count == 0


def test_a_city_at_one_point_is_one_group_of_bounded_links():
    """10,000 customers whose place is known by the city, and a village of one 10 km off."""
    latitude, longitude = np.full(10_001, 50.0), np.full(10_001, 8.0)
    latitude[-1] = 50.09
    graph = nearness(latitude, longitude)
    strength = np.bincount(*_both(graph), 10_001)
    assert graph.degrees.max() <= 17
    assert strength[1:-1].tolist() == pytest.approx([8.0] * 9_999, rel=1e-5)
    assert strength[-1] == pytest.approx(0.5, abs=0.01)
    assert nx.is_connected(to_networkx(graph))


@given(partitioned())
def test_what_is_left_inside_is_one_when_nothing_has_faded(partition):
    graph, labels = partition
    one, other, weight = once(graph)
    left = left_inside(labels, (one, other), (weight, weight))
    assert set(left[~np.isnan(left)].tolist()) <= {1.0}
    half = left_inside(labels, (one, other), (weight, weight / 2))
    assert np.array_equal(half, left / 2, equal_nan=True)


def test_a_rare_term_binds_more_than_a_common_one():
    nodes, terms = [0, 1, *range(2, 12)], [0, 0, *[1] * 10]
    strength = np.bincount(*_both(shared_terms(nodes, terms, node_count=20)), 20)
    assert strength[0] > strength[2] > 0


def test_the_nearest_are_linked_and_the_far_and_the_unplaced_are_not():
    graph = nearness([50.0, 50.0, 50.01, -33.0, np.nan], [8.0, 8.0, 8.0, 151.0, 8.0], count=2)
    one, other, weight = once(graph)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 1), (0, 2)]
    assert weight[0] == 1.0
    assert weight[1] == pytest.approx(1 / (1 + 1.112 / 10), abs=1e-3)
    assert nearness([], []).node_count == 0


def test_the_larger_overlap_keeps_the_name_and_the_rest_get_new_ones():
    former = [0, 0, 0, 0, 1, 1, 1, ALONE]
    now = [2, 2, 2, 0, 1, 1, 0, 0]
    names, stability = match(former, now)
    assert names.tolist() == [ALONE, 1, 0]
    assert stability == pytest.approx(5 / 7)


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), max_size=30))
def test_a_name_is_given_once_and_nothing_changed_means_stable(pairs):
    former, now = [old for old, _ in pairs], [new for _, new in pairs]
    names, stability = match(former, now)
    given_names = [one for one in names.tolist() if one != ALONE]
    assert len(given_names) == len(set(given_names))
    assert 0.0 <= stability <= 1.0
    same, whole = match(former, former)
    assert whole == 1.0
    assert [one for one in same.tolist() if one != ALONE] == sorted(set(former) - {ALONE})


@given(graphs(least=1, most=40), st.integers(1, 6), SEEDS)
def test_splitting_only_divides_and_keeps_communities_connected(graph, max_size, seed):
    labels = leiden(graph, resolution=0.5, seed=seed)
    parts = split_large(graph, labels, max_size=max_size, resolution=0.5, seed=seed)
    assert well_connected(graph, parts)
    assert (parts == split_large(graph, labels, max_size=max_size, resolution=0.5, seed=seed)).all()
    assert len({(a, b) for a, b in zip(parts.tolist(), labels.tolist(), strict=True)}) == int(parts.max()) + 1
    small = np.bincount(labels)[labels] <= max_size
    assert len(np.unique(parts[small])) == len(np.unique(labels[small]))


def test_a_chain_of_cliques_is_split_to_its_cliques_and_a_star_stays_whole():
    chain = nx.connected_caveman_graph(20, 6)
    one, other = zip(*chain.edges, strict=True)
    graph = from_edges(one, other, node_count=120)
    parts = split_large(graph, np.zeros(120, dtype=int), max_size=8, resolution=0.01)
    assert np.bincount(parts).max() <= 8
    star = from_edges(np.zeros(1000, dtype=int), np.arange(1, 1001), node_count=1001)
    assert np.bincount(split_large(star, np.zeros(1001, dtype=int), max_size=50, resolution=1.0)).tolist() == [1001]


def test_a_word_of_all_and_a_word_of_one_name_nobody():
    labels = [0] * 5 + [1] * 5
    everybody, boats, once_only = [(node, 0) for node in range(10)], [(n, 1) for n in (0, 1, 2, 7)], [(9, 2)]
    nodes, terms = zip(*(everybody + boats + once_only), strict=True)
    community, term, score = over_represented(labels, nodes, terms)
    assert (community.tolist(), term.tolist()) == ([0], [1])
    assert score[0] > 0
