"""Leiden and Louvain of Graph Data Science on a graph of ours, in a Neo4j that this bench starts and stops."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adapters import local_neo4j
from app.analytics.gds import Server, open_client, send
from app.settings import Settings
from graph_algos.community import modularity
from graph_algos.community_layers import once
from graph_algos.csr import Graph, from_edges

STARTS = 10  # of each method: the seeds of the others
NAME = "icrm-bench"


class GdsPartitions:
    def __init__(self, client: Any) -> None:
        self._client = client

    def best(self, graph: Graph) -> dict[str, float]:
        """The best modularity of ten starts, by method.

        Louvain knows no seed: each start numbers the nodes anew, which is what a seed does to the others. One thread:
        more of them are not repeatable.
        """
        best = {"Leiden": -1.0, "Louvain": -1.0}
        for start in range(STARTS):
            order = np.random.default_rng(start).permutation(graph.node_count)
            for method, labels in self._labels(graph, order, start).items():
                best[method] = max(best[method], modularity(graph, labels))
        return best

    def _labels(self, graph: Graph, order: NDArray[np.int64], start: int) -> dict[str, NDArray[np.int64]]:
        one, other, _ = once(graph)
        try:
            made = send(self._client, from_edges(order[one], order[other], node_count=graph.node_count), NAME)
            leiden = self._client.leiden.stream(made, random_seed=start, concurrency=1)
            louvain = self._client.louvain.stream(made, concurrency=1)
        finally:
            self._client.graph.drop(NAME, fail_if_missing=False)
        return {"Leiden": _by_node(leiden, order), "Louvain": _by_node(louvain, order)}


def _by_node(rows: Any, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels in our numbering: node n went by order[n]."""
    found = np.empty(len(order), dtype=np.int64)
    found[rows["nodeId"].to_numpy()] = np.unique(rows["communityId"].to_numpy(), return_inverse=True)[1]
    return found[order]


@contextmanager
def open_gds() -> Iterator[GdsPartitions]:
    """Starts a Neo4j in a folder of its own, and stops it. The jars are fetched once into the data folder, or lie
    where ICRM_NEO4J_LIBRARY says. An IcrmError that says what is missing where there is none to be had."""
    library = Path(os.environ.get("ICRM_NEO4J_LIBRARY", Settings().data_folder / "neo4j-lib"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        try:
            server = local_neo4j.start(home, library=library, memory="2g")
            with open_client(Server(server.url, server.user, server.password, "neo4j")) as client:
                yield GdsPartitions(client)
        finally:
            local_neo4j.stop(home)
