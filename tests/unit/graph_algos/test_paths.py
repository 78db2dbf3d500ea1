"""Strongest paths against networkx's Yen, and what is promised of strength, order and budget."""

from itertools import islice, pairwise
from math import isclose, log, prod

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos import paths
from graph_algos.paths import hop_strength, strongest_paths, within_reach

SIXTEENTHS = st.integers(0, 16).map(lambda part: part / 16)


@st.composite
def networks(draw):
    """Symmetric hops among up to nine nodes; a hop of strength 0 is among them and counts as none."""
    count = draw(st.integers(2, 9))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    hops = {node: {} for node in range(count)}
    for a, b in draw(st.lists(st.sampled_from(pairs), max_size=30, unique=True)):
        hops[a][b] = hops[b][a] = draw(SIXTEENTHS)
    return hops


def all_paths(hops, source, target, most_hops):
    """Every simple path of the oracle, in the order that is promised."""
    graph = nx.Graph()
    graph.add_nodes_from(hops)
    graph.add_edges_from((a, b) for a, near in hops.items() for b, value in near.items() if value > 0)
    found = [tuple(path) for path in nx.all_simple_paths(graph, source, target, cutoff=most_hops)]
    return sorted(found, key=lambda path: (-prod(hops[a][b] for a, b in pairwise(path)), path))


@given(networks(), st.integers(1, 12), st.integers(1, 5))
def test_the_strongest_simple_paths_are_those_of_the_oracle_in_its_order(hops, count, most_hops):
    found = strongest_paths(hops, 0, 1, count=count, most_hops=most_hops)
    assert found.complete
    assert [path.nodes for path in found.paths] == all_paths(hops, 0, 1, most_hops)[:count]
    for path in found.paths:
        assert path.strength == prod(hops[a][b] for a, b in pairwise(path.nodes))


@given(networks())
def test_without_a_limit_on_hops_the_order_is_that_of_yens_algorithm(hops):
    graph = nx.Graph()
    graph.add_nodes_from(hops)
    graph.add_edges_from(
        (a, b, {"cost": -log(value)}) for a, near in hops.items() for b, value in near.items() if value > 0
    )
    found = [path.strength for path in strongest_paths(hops, 0, 1, count=6, most_hops=9).paths]
    try:
        yen = list(islice(nx.shortest_simple_paths(graph, 0, 1, weight="cost"), 6))
    except nx.NetworkXNoPath:
        yen = []
    expected = [prod(hops[a][b] for a, b in pairwise(path)) for path in yen]
    assert len(found) == len(expected)
    assert all(isclose(one, other) for one, other in zip(found, expected, strict=True))


@given(networks())
def test_who_is_within_reach_bounds_every_path_through_it(hops):
    reach = within_reach(hops, 0, 1)
    for path in all_paths(hops, 0, 1, 4):
        strength = prod(hops[a][b] for a, b in pairwise(path))
        assert all(reach[node] >= strength * (1 - 1e-12) for node in path)


def test_a_budget_that_ends_the_search_is_told(monkeypatch):
    hops = {a: {b: 0.5 for b in range(30) if b != a} for a in range(30)}
    monkeypatch.setattr(paths, "MOST_STEPS", 100)
    assert not strongest_paths(hops, 0, 1, count=500).complete


def test_a_star_of_a_hundred_thousand_is_searched_in_little_time():
    hops = {0: dict.fromkeys(range(1, 100001), 0.5)} | {leaf: {0: 0.5} for leaf in range(1, 100_001)}
    assert [path.nodes for path in strongest_paths(hops, 1, 2, count=5).paths] == [(1, 0, 2)]


def test_no_path_and_the_same_two_ends_give_nothing():
    assert strongest_paths({0: {}, 1: {}}, 0, 1, count=3).paths == ()
    assert strongest_paths({0: {1: 1.0}, 1: {0: 1.0}}, 0, 0, count=3).paths == ()
    with pytest.raises(ValueError, match="at least one hop"):
        strongest_paths({}, 0, 1, count=3, most_hops=0)


def test_a_hop_grows_with_dealings_saturates_and_halves_with_age():
    ones = np.ones(4)
    by_count = hop_strength(ones, np.array([1.0, 2.0, 10.0, 1e9]), np.zeros(4), half_life=365.0)
    assert by_count.tolist() == [0.5, 0.75, 1 - 2**-10, 1.0]
    by_age = hop_strength(ones, ones, np.array([0.0, 365.0, 730.0, -5.0]), half_life=365.0)
    assert by_age.tolist() == [0.5, 0.25, 0.125, 0.5]
    with pytest.raises(ValueError, match="half_life"):
        hop_strength(ones, ones, ones, half_life=0.0)
