"""Our kernels beside Graph Data Science on one graph of 100,000 nodes, in a Neo4j that this bench starts and stops.

Ours run on one core; the server runs four threads, the most that OpenGDS allows. Its compute time is what it reports
itself; the wait for the result over Bolt is a line of its own. The lesser of three runs on both sides.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.adapters import local_neo4j
from app.analytics.gds import Server, open_client
from app.analytics.gds_progress import followed
from app.bench.graph import synthetic_graph
from app.bench.rows import Against, Row, row
from app.domain.errors import TimedOut
from app.ports.outside import silent
from app.settings import Settings
from graph_algos.centrality import components, core_numbers, pagerank
from graph_algos.community import leiden, modularity
from graph_algos.csr import Graph
from graph_algos.similarity import neighbour_similarity
from graph_algos.warm import warm

NAME = "icrm-bench-gds"
TIES = "TIE"
RUNS = 3
TOP = 10
THREADS = 4
MEMORY = "4g"


@dataclass(frozen=True, slots=True)
class Task:
    """`ours` is None where we have no kernel; `algorithm` and `options` are the client's."""

    what: str
    ours: Callable[[Graph], Any] | None
    algorithm: str
    options: Mapping[str, Any]


TASKS = (
    Task("Leiden", lambda graph: leiden(graph, seed=0), "leiden", {"random_seed": 0}),
    # The server stops when no score (1 on average) moves by 1e-6, ours when all shares together move by as little as
    # one score then may: the stricter of the two.
    Task(
        "PageRank",
        lambda graph: pagerank(graph, tolerance=1e-6 / graph.node_count),
        "page_rank",
        {"tolerance": 1e-6, "max_iterations": 1000},
    ),
    Task("weakly connected components", components, "wcc", {}),
    Task("k-core", core_numbers, "kcore", {}),
    Task(f"node similarity, top {TOP}", lambda graph: _alike(graph), "node_similarity", {"top_k": TOP}),
    Task("FastRP, 128 dimensions", None, "fast_rp", {"embedding_dimension": 128, "random_seed": 0}),
)


def run(*, nodes: int = 100_000, edges: int = 1_000_000) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds}; `ratio`: how many times as long the server computes.
    Misconfigured where there is neither Java nor Maven."""
    warm()
    graph = synthetic_graph(nodes, edges)
    rows = []
    with _server() as client, _projected(client, graph) as (made, seconds):
        size = f"{graph.node_count:,} nodes, {graph.edge_count // 2:,} edges"
        rows.append(row(f"GDS: sending and projecting {size}", seconds, "s"))
        for task in TASKS:
            rows += _compare(client, made, graph, task)
        rows += _quality(client, made, graph)
    return rows


def _compare(client: Any, made: Any, graph: Graph, task: Task) -> list[Row]:
    run = getattr(client, task.algorithm)
    estimate = run.estimate(made, **task.options)
    theirs, ended = _theirs(client, task.what, lambda job_id: _seconds(run, made, task.options, job_id))
    peer = (
        f"GDS compute {theirs:.3g} s, {THREADS} threads" if ended else f"GDS: ended by its server after {theirs:.0f} s"
    )
    needs = row(f"{task.what}: memory that GDS estimates", float(estimate.bytes_max) / 2**20, "MB")
    if task.ours is None:
        return [row(f"{task.what} (GDS only)", theirs, "s"), needs]
    task.ours(graph)  # compiled and paged in before the clock, as the server is
    ours = min(_timed(lambda: task.ours(graph)) for _ in range(RUNS))  # type: ignore[misc]
    held = Against(peer, theirs / ours, "≥ 1 ×", theirs >= ours)
    return [row(f"{task.what}, our kernel on one core", ours, "s", held), needs]


def _seconds(run: Any, made: Any, options: Mapping[str, Any], job_id: str) -> float:
    return float(run.stats(made, concurrency=THREADS, job_id=job_id, **options).compute_millis) / 1e3


def _theirs(client: Any, what: str, run: Callable[[str], float]) -> tuple[float, bool]:
    """The least of the runs, and whether it came to its end; as much as the server allows where it did not."""
    best = np.inf
    for _ in range(RUNS):
        began = time.perf_counter()
        try:
            best = min(best, followed(client, what, silent, run))
        except TimedOut:
            return time.perf_counter() - began, False
    return best, True


def _quality(client: Any, made: Any, graph: Graph) -> list[Row]:
    """Modularity of both Leidens, and what the way of a result over Bolt costs."""
    began = time.perf_counter()
    found = client.leiden.stream(made, random_seed=0, concurrency=THREADS)
    waited = time.perf_counter() - began
    labels: NDArray[np.int64] = np.empty(graph.node_count, dtype=np.int64)
    labels[found["nodeId"].to_numpy()] = np.unique(found["communityId"].to_numpy(), return_inverse=True)[1]
    ours, theirs = modularity(graph, leiden(graph, seed=0)), modularity(graph, labels)
    return [
        row("Leiden with its labels streamed over Bolt (GDS)", waited, "s"),
        row(
            "Leiden, modularity",
            ours,
            "",
            Against(f"GDS {theirs:.5f}", ours / theirs, "within 0.1 %", ours >= 0.999 * theirs),
        ),
    ]


def _alike(graph: Graph) -> None:
    for node in range(graph.node_count):
        neighbour_similarity(graph, node, count=TOP)


def _timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@contextmanager
def _projected(client: Any, graph: Graph) -> Iterator[tuple[Any, float]]:
    """The graph in the server's memory, and how long that took; dropped at the end."""
    tails: NDArray[np.int64] = np.repeat(np.arange(graph.node_count), graph.degrees)
    once = tails < graph.indices
    ties = pd.DataFrame({"sourceNodeId": tails[once], "targetNodeId": graph.indices[once], "relationshipType": TIES})
    nodes = pd.DataFrame({"nodeId": np.arange(graph.node_count)})
    began = time.perf_counter()
    try:
        made = client.graph.construct(NAME, nodes, ties, undirected_relationship_types=[TIES], overwrite=True)
        yield made, time.perf_counter() - began
    finally:
        client.graph.drop(NAME, fail_if_missing=False)


@contextmanager
def _server() -> Iterator[Any]:
    """A client of a Neo4j in a folder of its own; its jars lie where ICRM_NEO4J_LIBRARY says, or are fetched once."""
    library = Path(os.environ.get("ICRM_NEO4J_LIBRARY", Settings().data_folder / "neo4j-lib"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        try:
            server = local_neo4j.start(home, library=library, memory=MEMORY)
            with open_client(Server(server.url, server.user, server.password, "neo4j")) as client:
                yield client
        finally:
            local_neo4j.stop(home)
