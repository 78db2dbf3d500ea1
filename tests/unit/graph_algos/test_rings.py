"""Rings of needs against networkx's cycles, and that a ring adds to its legs and takes nothing."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos import rings
from graph_algos.rings import BONUS, Ring, find_rings


@st.composite
def suggestions(draw):
    count = draw(st.integers(1, 8))
    pairs = [(a, b) for a in range(count) for b in range(count)]
    legs = {node: {} for node in range(count)}
    for a, b in draw(st.lists(st.sampled_from(pairs), max_size=24, unique=True)):
        legs[a][b] = draw(st.integers(0, 8)) / 8
    return legs


@given(suggestions(), st.integers(2, 4))
def test_every_cycle_of_two_to_four_legs_is_found_once(legs, longest):
    graph = nx.DiGraph((a, b) for a, near in legs.items() for b, score in near.items() if score > 0 and a != b)
    expected = set()
    for cycle in nx.simple_cycles(graph, length_bound=longest):
        start = cycle.index(min(cycle))
        expected.add((*cycle[start:], *cycle[:start]))
    found = find_rings(legs, count=10_000, longest=longest)
    assert found.complete
    assert {ring.nodes for ring in found.rings} == expected
    assert len(found.rings) == len(expected)


@given(suggestions(), st.integers(0, 8))
def test_rings_through_a_node_are_those_of_all_that_have_it(legs, node):
    def turned(ring):
        at = ring.nodes.index(node)
        return (*ring.nodes[at:], *ring.nodes[:at])

    every = {turned(ring) for ring in find_rings(legs, count=10_000).rings if node in ring.nodes}
    through = [ring.nodes for ring in find_rings(legs, count=10_000, through=node).rings]
    assert set(through) == every
    assert len(through) == len(every)


@given(suggestions())
def test_the_best_rings_come_first_and_a_bonus_only_adds(legs):
    found = find_rings(legs, count=5).rings
    assert list(found) == sorted(found, key=lambda ring: (-ring.weakest, len(ring.nodes), ring.nodes))
    for ring in found:
        for score, more in zip(ring.scores, ring.with_bonus, strict=True):
            assert score <= more <= min(1.0, score + BONUS)


def test_a_leg_without_a_ring_is_in_none_and_a_leg_is_never_made():
    assert find_rings({0: {1: 0.9}, 1: {2: 0.9}}, count=9).rings == ()
    assert find_rings({0: {1: 0.9}, 1: {0: 0.2}}, count=9).rings == (Ring((0, 1), (0.9, 0.2)),)


def test_a_budget_that_ends_the_search_is_told(monkeypatch):
    legs = {a: {b: 0.5 for b in range(20) if b != a} for a in range(20)}
    monkeypatch.setattr(rings, "MOST_STEPS", 100)
    assert not find_rings(legs, count=3).complete
    with pytest.raises(ValueError, match="2 to 4"):
        find_rings(legs, count=3, longest=9)
