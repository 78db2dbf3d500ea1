"""The same answers by networkx: the oracle that tests hold the kernels to. Slow; never used to serve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import networkx
import numpy as np

from graph_algos.csr import Float64, Graph, Int32

Pairs = Sequence[tuple[int, int]]


def to_networkx(graph: Graph) -> networkx.Graph:
    """The graph with its weights (1 where it has none) as edge attribute `weight`."""
    built = networkx.DiGraph() if graph.directed else networkx.Graph()
    built.add_nodes_from(range(graph.node_count))
    for node in range(graph.node_count):
        for edge in range(int(graph.indptr[node]), int(graph.indptr[node + 1])):
            weight = 1.0 if graph.weights is None else float(graph.weights[edge])
            built.add_edge(node, int(graph.indices[edge]), weight=weight)
    return built


def common_neighbours(graph: networkx.Graph, pairs: Pairs) -> list[float]:
    return [float(len(list(networkx.common_neighbors(graph, u, v)))) for u, v in pairs]


def adamic_adar(graph: networkx.Graph, pairs: Pairs) -> list[float]:
    return _third(networkx.adamic_adar_index(graph, list(pairs)))


def resource_allocation(graph: networkx.Graph, pairs: Pairs) -> list[float]:
    return _third(networkx.resource_allocation_index(graph, list(pairs)))


def preferential_attachment(graph: networkx.Graph, pairs: Pairs) -> list[float]:
    return _third(networkx.preferential_attachment(graph, list(pairs)))


def jaccard(graph: networkx.Graph, pairs: Pairs) -> list[float]:
    return _third(networkx.jaccard_coefficient(graph, list(pairs)))


def l3(graph: networkx.Graph, pairs: Pairs) -> list[float]:
    """By enumeration of the simple paths u - a - b - v."""
    return [
        sum(
            1.0 / np.sqrt(graph.degree(a) * graph.degree(b))
            for a in graph[u]
            for b in graph[a]
            if a != v and b != u and graph.has_edge(b, v)
        )
        for u, v in pairs
    ]


def two_hop(graph: networkx.Graph, node: int) -> list[tuple[int, float]]:
    """(node, resource allocation) of everyone two hops away, best first, then smaller number."""
    others = [other for other in graph if other != node and not graph.has_edge(node, other)]
    scored = networkx.resource_allocation_index(graph, [(node, other) for other in others])
    return sorted(((v, score) for _, v, score in scored if score > 0.0), key=lambda item: (-item[1], item[0]))


def pagerank(graph: networkx.Graph, seeds: dict[int, float] | None = None, *, damping: float = 0.85) -> Float64:
    """PageRank, run until it no longer moves; personalised where seeds are given."""
    size = max(1, len(graph))
    rank = networkx.pagerank(graph, alpha=damping, personalization=seeds, tol=1e-14 / size, max_iter=10_000)
    return np.array([rank[node] for node in range(len(graph))])


def components(graph: networkx.Graph) -> Int32:
    found = networkx.weakly_connected_components if graph.is_directed() else networkx.connected_components
    return _named(len(graph), found(graph))


def core_numbers(graph: networkx.Graph) -> Int32:
    core = networkx.core_number(networkx.Graph(graph))
    return np.array([core[node] for node in range(len(graph))], dtype=np.int32)


def modularity(graph: networkx.Graph, labels: Sequence[int], *, resolution: float = 1.0) -> float:
    groups: dict[int, set[int]] = {}
    for node, label in enumerate(labels):
        groups.setdefault(label, set()).add(node)
    return float(networkx.community.modularity(graph, groups.values(), weight="weight", resolution=resolution))


def _third(scored: Iterable[tuple[int, int, float]]) -> list[float]:
    return [float(score) for _, _, score in scored]


def _named(count: int, groups: Iterable[Iterable[int]]) -> Int32:
    labels = np.empty(count, dtype=np.int32)
    for name, group in enumerate(sorted(groups, key=min)):
        labels[list(group)] = name
    return labels
