"""Communities, centrality, similarity and embeddings by Graph Data Science, where the graph lives in Neo4j; candidates
stay with our kernels.

A projection has a name of its own run, is dropped in `finally`, and what a killed client left is swept by age. Memory
is estimated first, also of the projection: too large a run is refused with the figure before it can harm the server.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

import cypher
from app.analytics.columns import Float64, to_text
from app.analytics.communities import MEASURES, check_count, check_dimension, describe, describe_ties
from app.analytics.gds_progress import followed
from app.analytics.local import CALLER, LocalAnalytics
from app.analytics.topology import Topology
from app.domain.errors import BadInput, GraphUnreachable, Misconfigured, TooLarge
from app.domain.need import Need
from app.domain.ranker import Ranker
from app.domain.suggestion import NeedQuery
from app.ports.analytics import Candidate, CommunityAssignment, Learned, RankedBy, SnapshotInfo
from app.ports.outside import Progress, silent
from graph_algos.csr import from_edges

PREFIX = "icrm-ties-"
TIED = "TIED"  # the type of the projected ties
ORPHANED = timedelta(hours=1)  # no run of ours takes longer; a younger projection may be somebody's at work
MEMORY_SHARE = 0.8  # of the heap: the server has other work


Run = tuple[str, Mapping[str, Any]]
"""Name of an algorithm in the client, and its options."""


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    user: str
    password: str = field(repr=False)
    database: str


@contextmanager
def open_client(server: Server) -> Iterator[Any]:
    """A client of the server; Misconfigured without the optional package, GraphUnreachable when it is silent."""
    try:
        from graphdatascience import GraphDataScience  # noqa: PLC0415 - optional, and takes a second to import
    except ImportError as error:
        raise Misconfigured(
            "The Graph Data Science client is not installed.",
            remedy="Install icrm[gds] or set ICRM_ANALYTICS=local.",
        ) from error
    try:
        gds = GraphDataScience(
            server.url,
            auth=(server.user, server.password),
            database=server.database,
            arrow=False,
            show_progress=False,
        )
    except Exception as error:  # the client raises the driver's errors and its own, which share no root
        raise GraphUnreachable(
            "Graph Data Science does not answer.", remedy="`icrm doctor` says what is wrong."
        ) from error
    try:
        yield gds
    finally:
        gds.close()


class GdsAnalytics:
    def __init__(self, local: LocalAnalytics, server: Server) -> None:
        self.local = local
        self.server = server

    def refresh(self, progress: Progress, *, forced: bool = False) -> SnapshotInfo:
        return self.local.refresh(progress, forced=forced)

    def info(self) -> SnapshotInfo:
        return self.local.info()

    def candidates(self, query: NeedQuery, need: Need | None, *, count: int) -> Sequence[Candidate]:
        return self.local.candidates(query, need, count=count)

    def train(self, *, seed: int, at: datetime, progress: Progress) -> Ranker:
        return self.local.train(seed=seed, at=at, progress=progress)

    def ranked_by(self) -> RankedBy:
        return self.local.ranked_by()

    def reorder(self, learned: Learned, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        return self.local.reorder(learned, candidates)

    def communities(self, *, resolution: float, seed: int, progress: Progress = silent) -> CommunityAssignment:
        """Leiden in GDS on the graph as it is now; names and figures by the snapshot's categories and ties. Without a
        snapshot the figures come from the projection, and there are no names."""
        # One thread: with more, Leiden is not repeatable even with a seed.
        weighted = {"relationship_weight_property": "weight", "concurrency": 1}
        options = {"gamma": resolution, "random_seed": seed, **weighted}
        if not self.local.has_snapshot():
            return self._communities_as_they_are(options, progress)
        info, topology = self.local.current()
        found = self._run("leiden", options, progress)
        return describe(topology, _in_snapshot(topology, found), info, method="leiden (gds)")

    def centrality(self, measure: str, *, progress: Progress = silent) -> Mapping[str, float]:
        """BadInput for an unknown measure. PageRank sums to one, as ours does."""
        if measure == "pagerank":
            # To convergence: the default of 20 iterations is off by a tenth and more.
            options = {"max_iterations": 1000, "tolerance": 1e-12, "relationship_weight_property": "weight"}
            found = self._run("page_rank", options, progress)
            total = sum(found.values()) or 1.0
            return {one: score / total for one, score in found.items()}
        if measure == "core":
            return self._run("kcore", {}, progress)
        if measure == "component":
            return self._run("wcc", {}, progress)
        raise BadInput(f"A measure is one of {', '.join(MEASURES)}.", pointer="measure")

    def similarity(self, *, count: int, progress: Progress = silent) -> Mapping[str, Sequence[tuple[str, float]]]:
        """Weighted Jaccard of the ties, as our kernel has it. Of equals at the end the server chooses."""
        check_count(count)
        options = {"top_k": count, "relationship_weight_property": "weight", "relationship_types": [TIED]}
        with self._projection() as (gds, graph):
            _afford(gds.node_similarity.estimate(graph, **options), "node_similarity")
            # Streamed, not mutated: that would add relationships which whatever runs next on the projection reads.
            rows = followed(
                gds,
                "node similarity in the database",
                progress,
                lambda job_id: gds.node_similarity.stream(graph, job_id=job_id, **options),
            )
            gds.degree.mutate(graph, "found")  # the cheapest property to read our ids beside
            names = gds.graph.node_properties.stream(graph, "found", db_node_properties=["id"])
        own = dict(zip(names["nodeId"].tolist(), names["id"].tolist(), strict=True))
        found: dict[str, list[tuple[str, float]]] = {one: [] for one in sorted(own.values())}
        for one, other, score in zip(*(rows[key].tolist() for key in ("node1", "node2", "similarity")), strict=True):
            found[own[one]].append((own[other], float(score)))
        return {one: sorted(others, key=lambda pair: (-pair[1], pair[0])) for one, others in found.items()}

    def embedding(self, *, dimension: int, seed: int, progress: Progress = silent) -> Mapping[str, Sequence[float]]:
        """FastRP (Chen et al., CIKM 2019) on the weighted ties; the same seed gives the same vectors."""
        check_dimension(dimension)
        # One thread, for the same reason as Leiden.
        options = {"embedding_dimension": dimension, "random_seed": seed, "concurrency": 1}
        with self._projection() as (gds, graph):
            rows = self._mutated(
                gds, graph, ("fast_rp", options | {"relationship_weight_property": "weight"}), progress
            )
        return dict(zip(rows["id"].tolist(), map(list, rows["found"].tolist()), strict=True))

    def sweep(self, *, older_than: timedelta = ORPHANED) -> int:
        """Drops projections that a killed run left; how many."""
        limit, dropped = datetime.now(UTC) - older_than, 0
        with self.client() as gds:
            for info in gds.graph.list():
                if info.graph_name.startswith(PREFIX) and info.creation_time <= limit:
                    gds.graph.drop(info.graph_name, fail_if_missing=False)
                    dropped += 1
        return dropped

    def _run(self, algorithm: str, options: Mapping[str, Any], progress: Progress) -> dict[str, float]:
        """What the algorithm says of each customer, by our own ids; node ids of the server end here."""
        with self._projection() as (gds, graph):
            return self.measured(gds, graph, (algorithm, options), progress)

    @contextmanager
    def _projection(self) -> Iterator[tuple[Any, Any]]:
        self.sweep()
        name = f"{PREFIX}{secrets.token_hex(8)}"
        with self.client() as gds:
            try:
                _afford(gds.graph.project.estimate("Customer", _ESTIMATED), "a projection of the ties")
                yield gds, gds.graph.project.cypher(cypher.query("analytics/project_ties").text, name=name).graph
            finally:
                gds.graph.drop(name, fail_if_missing=False)

    def _communities_as_they_are(self, options: Mapping[str, Any], progress: Progress) -> CommunityAssignment:
        watermark = self.local.store.read(CALLER, lambda tx: tx.views.watermark())
        with self._projection() as (gds, graph):
            nodes = self._mutated(gds, graph, ("leiden", options), progress).sort_values("id")
            ties = gds.graph.relationships.stream(graph, relationship_properties=["weight"])
        place = {node: row for row, node in enumerate(nodes["nodeId"].tolist())}
        one, other = ([place[node] for node in ties[end].tolist()] for end in ("sourceNodeId", "targetNodeId"))
        # Each tie is streamed in both directions, so all weights are doubled: no figure depends on their scale.
        edges = from_edges(one, other, ties["weight"].to_numpy(), node_count=len(nodes))
        info = SnapshotInfo(watermark, datetime.now(UTC), len(nodes), 0, 0, len(ties) // 2, 0)
        return describe_ties(nodes["id"].tolist(), edges, nodes["found"].to_numpy(), info, method="leiden (gds)")

    def measured(self, gds: Any, graph: Any, run: Run, progress: Progress) -> dict[str, float]:
        """The algorithm's figure of each node of a projection, by the customer's id."""
        rows = self._mutated(gds, graph, run, progress)
        return dict(zip(rows["id"].tolist(), map(float, rows["found"].tolist()), strict=True))

    def _mutated(self, gds: Any, graph: Any, run: Run, progress: Progress) -> Any:
        """A table of nodeId, id and what was found; memory is estimated first."""
        name, options = run
        algorithm = getattr(gds, name)
        _afford(algorithm.estimate(graph, **options), name)
        followed(
            gds,
            f"{name} in the database",
            progress,
            lambda job_id: algorithm.mutate(graph, "found", job_id=job_id, **options),
        )
        return gds.graph.node_properties.stream(graph, "found", db_node_properties=["id"])

    def client(self) -> AbstractContextManager[Any]:
        return open_client(self.server)


_ESTIMATED = {kind: {"orientation": "UNDIRECTED"} for kind in ("DEALS_WITH", "REFERRED")}


def _afford(estimate: Any, what: str) -> None:
    """TooLarge with the figure when the run would take more than its share of the server's heap."""
    if float(estimate.heap_percentage_max) > MEMORY_SHARE:
        raise TooLarge(
            f"Graph Data Science would need {estimate.required_memory} for {what}, more than it may take.",
            remedy="Give the server more heap, or set ICRM_ANALYTICS=local.",
        )


def _in_snapshot(topology: Topology, labels: Mapping[str, float]) -> Float64:
    """Labels of the snapshot's customers; one whom the graph has lost since is alone."""
    ids = [to_text(raw) for raw in topology.customer_ids]
    alone = max(labels.values(), default=0.0) + 1.0
    return np.array([labels.get(one, alone + place) for place, one in enumerate(ids)])
