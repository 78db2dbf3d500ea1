"""Compile every kernel once, so that the first request does not wait for it: `icrm warm`."""

from __future__ import annotations

import numpy as np

from graph_algos import assignment, centrality, community, link_prediction, select, similarity, text
from graph_algos.assignment_columns import Limits, Pairs
from graph_algos.csr import Graph, from_edges, reverse


def warm() -> None:
    """Run each kernel on a graph of four nodes; about a minute cold, under a second from numba's cache."""
    for weights in (None, [1.0, 2.0, 1.0]):
        _warm(from_edges([0, 1, 2], [1, 2, 3], weights, node_count=4))
    reverse(from_edges([0], [1], node_count=2, directed=True))
    index = text.build_text_index(["bridge repair", "paper"])
    text.search(index, "bridge", count=1)
    text.shared_terms(index, "bridge", "bridge")
    one, sure = np.ones(1, dtype=np.int32), np.ones(1)
    limits = Limits(one, one - 1, one, one, sure, np.ones(1, dtype=np.bool_))
    assignment.assign(Pairs(one - 1, one - 1, sure, sure), limits)


def _warm(graph: Graph) -> None:
    pairs = np.array([[0, 3]])
    link_prediction.common_neighbours(graph, pairs)
    link_prediction.l3(graph, pairs)
    link_prediction.two_hop_top(graph, [0], count=1)
    nodes, scores = link_prediction.random_walk_scores(graph, [0], [1.0])
    link_prediction.random_walk_scores(graph, [0], [1.0], edge_budget=1)
    select.top(nodes, scores, count=1)
    similarity.neighbour_similarity(graph, 0, count=1)
    centrality.pagerank(graph, max_iterations=1)
    centrality.components(graph)
    centrality.core_numbers(graph)
    labels = community.leiden(graph)
    community.modularity(graph, labels)
    community.density(graph, labels)
    community.well_connected(graph, labels)
