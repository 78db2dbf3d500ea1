"""Peers like me: who shares partners and categories, each counting by how rare it is."""

from collections.abc import Sequence

import numpy as np

from app.analytics.columns import ABSENT, find, to_text
from app.analytics.topology import Topology
from app.domain.errors import NotFound
from app.domain.peer import Peer
from graph_algos.csr import Graph, Int64
from graph_algos.similarity import neighbour_similarity

NAMED = 5  # partners and categories of a reason


def similar(topology: Topology, customer_id: str, *, count: int) -> Sequence[Peer]:
    """The most similar customers, best first; none for one without ties and categories. NotFound: not in the
    snapshot."""
    node = find(topology.customer_ids, customer_id)
    if node == ABSENT:
        raise NotFound(
            "The snapshot does not have this customer.", remedy="Take a new one with `icrm snapshot rebuild`."
        )
    graph = topology.peers
    nodes, scores = neighbour_similarity(graph, node, count=count)
    own = _things(graph, node)
    return [
        _peer(topology, int(one), float(score), np.intersect1d(own, _things(graph, int(one)), assume_unique=True))
        for one, score in zip(nodes, scores, strict=True)
    ]


def _things(graph: Graph, node: int) -> Int64:
    return graph.indices[graph.indptr[node] : graph.indptr[node + 1]].astype(np.int64)


def _peer(topology: Topology, node: int, score: float, shared: Int64) -> Peer:
    count = len(topology.customer_ids)
    rare_first = shared[np.lexsort((shared, topology.peers.degrees[shared]))]
    partners = rare_first[rare_first < 2 * count] - count
    categories = rare_first[rare_first >= 2 * count] - 2 * count
    return Peer(
        customer_id=to_text(topology.customer_ids[node]),
        score=round(score, 6),
        partner_count=len(partners),
        category_count=len(categories),
        partner_ids=tuple(to_text(topology.customer_ids[one]) for one in partners[:NAMED]),
        categories=tuple(to_text(topology.category_names[one]) for one in categories[:NAMED]),
    )
