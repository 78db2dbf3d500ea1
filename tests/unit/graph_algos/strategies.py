"""Graphs drawn by hypothesis for the kernels' tests."""

from itertools import combinations_with_replacement

from hypothesis import strategies as st

from graph_algos.csr import from_edges

SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def graphs(draw, *, weighted=None, directed=False, least=0, most=14):
    """Small graphs with parallel edges, self loops and isolated nodes among what was drawn, often a star."""
    count = draw(st.integers(least, most))
    node = st.integers(0, max(0, count - 1))
    edges = draw(st.lists(st.tuples(node, node), max_size=3 * count)) if count else []
    if count and draw(st.booleans()):
        edges += [(0, leaf) for leaf in range(1, count)]
    use_weights = draw(st.booleans()) if weighted is None else weighted
    weights = None
    if use_weights:
        # Quarters add exactly in float32, so the oracle's sums are equal and not only close.
        quarters = st.lists(st.integers(0, 12), min_size=len(edges), max_size=len(edges))
        weights = [quarter / 4 for quarter in draw(quarters)]
    source, target = [a for a, _ in edges], [b for _, b in edges]
    return from_edges(source, target, weights, node_count=count, directed=directed)


def all_pairs(graph):
    return list(combinations_with_replacement(range(graph.node_count), 2))


def distinct_pairs(graph):
    return [(a, b) for a in range(graph.node_count) for b in range(graph.node_count) if a != b]
