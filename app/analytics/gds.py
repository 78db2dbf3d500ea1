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
from numpy.typing import NDArray

import cypher
from app.analytics.by_snapshot import BySnapshot
from app.analytics.communities import MEASURES, check_count, check_dimension, describe, ground_of, tied_ground
from app.analytics.gds_progress import followed
from app.analytics.local import CALLER, LocalAnalytics
from app.domain.community import COMBINED, WEIGHTS, CommunityOptions
from app.domain.errors import BadInput, GraphUnreachable, Misconfigured, TooLarge
from app.ports.analytics import CommunityAssignment, SnapshotInfo
from app.ports.outside import Progress, silent
from graph_algos.community_layers import once
from graph_algos.csr import Graph, from_edges

PREFIX = "icrm-ties-"
METHOD = "leiden (gds)"
TIED = "TIED"  # the type of the projected ties
ORPHANED = timedelta(hours=1)  # no run of ours takes longer; a younger projection may be somebody's at work
MEMORY_SHARE = 0.8  # of the heap: the server has other work


_MEMORY = cypher.query("analytics/get_projection_memory")
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


def send(gds: Any, ties: Graph, name: str, *, labels: Sequence[list[str]] | None = None) -> Any:
    """Our graph in the server's catalogue, its nodes by our numbers, with the labels of each where there are any; the
    caller drops it. 0.1 M edges a second."""
    from pandas import DataFrame  # noqa: PLC0415 - comes with the optional client, and takes half a second to import

    one, other, weight = once(ties)
    tied = {"sourceNodeId": one, "targetNodeId": other, "relationshipType": TIED, "weight": weight}
    nodes = DataFrame({"nodeId": np.arange(ties.node_count)} | ({} if labels is None else {"labels": labels}))
    return gds.graph.construct(name, nodes, DataFrame(tied), undirected_relationship_types=[TIED])


@contextmanager
def sent(gds: Any, ties: Graph, *, labels: Sequence[list[str]] | None = None) -> Iterator[Any]:
    """Our graph in the server's catalogue under a name of its own run; dropped at the end. TooLarge for its heap."""
    sweep(gds, older_than=ORPHANED)
    name = f"{PREFIX}{secrets.token_hex(8)}"
    try:
        afford(
            gds.run_cypher(_MEMORY.text, {"nodes": ties.node_count, "ties": ties.edge_count}).iloc[0],
            "the ties",
        )
        yield send(gds, ties, name, labels=labels)
    finally:
        gds.graph.drop(name, fail_if_missing=False)


def sweep(gds: Any, *, older_than: timedelta) -> int:
    """Drops projections, pipelines and models that a killed run left; how many."""
    limit = datetime.now(UTC) - older_than
    left = [(gds.graph.drop, one.graph_name, one.creation_time) for one in gds.graph.list()]
    left += [(gds.pipeline.drop, one.pipeline_name, one.creation_time) for one in gds.pipeline.list()]
    left += [(gds.model.drop, one.model_name, one.creation_time) for one in gds.model.list()]
    orphans = [(drop, name) for drop, name, since in left if name.startswith(PREFIX) and since <= limit]
    for drop, name in orphans:
        drop(name, fail_if_missing=False)
    return len(orphans)


def afford(estimate: Any, what: str) -> None:
    """TooLarge with the figure when the run would take more than its share of the server's heap."""
    if float(estimate.heap_percentage_max) > MEMORY_SHARE:
        raise TooLarge(
            f"Graph Data Science would need {estimate.required_memory} for {what}, more than it may take.",
            remedy="Give the server more heap, or set ICRM_ANALYTICS=local.",
        )


class GdsAnalytics(BySnapshot):
    def __init__(self, local: LocalAnalytics, server: Server) -> None:
        super().__init__(local)
        self.server = server

    def communities(self, options: CommunityOptions, *, progress: Progress = silent) -> CommunityAssignment:
        """Leiden in GDS on the sum of the snapshot's layers, sent to it; names and figures as for our own kernels.
        Without a snapshot on deals and referrals as they are now, without names; Misconfigured for other layers."""
        # One thread: with more, Leiden is not repeatable even with a seed.
        leiden = {
            "gamma": options.resolution,
            "random_seed": options.seed,
            "relationship_weight_property": "weight",
            "concurrency": 1,
        }
        if not self.local.has_snapshot():
            if options.layer != COMBINED or options.half_life_days is not None or options.weights != WEIGHTS:
                raise Misconfigured(
                    "Layers, their weights and ages are those of a snapshot, and there is none.",
                    remedy="Take one with `icrm snapshot rebuild`.",
                )
            return self._communities_as_they_are(options, leiden, progress)
        info, topology = self.local.current()
        ground = ground_of(topology, options)
        with self._sent(ground.ties) as (gds, graph):
            found = self.labelled(gds, graph, leiden, progress)
        return describe(ground, found, options, (info, METHOD))

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
            afford(gds.node_similarity.estimate(graph, **options), "node_similarity")
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
        """Drops what a killed run left in the server's catalogues; how many."""
        with self.client() as gds:
            return sweep(gds, older_than=older_than)

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
                afford(gds.graph.project.estimate("Customer", _ESTIMATED), "a projection of the ties")
                yield gds, gds.graph.project.cypher(cypher.query("analytics/project_ties").text, name=name).graph
            finally:
                gds.graph.drop(name, fail_if_missing=False)

    @contextmanager
    def _sent(self, ties: Graph) -> Iterator[tuple[Any, Any]]:
        """A graph of ours in the server's catalogue, its nodes by our numbers."""
        with self.client() as gds, sent(gds, ties) as graph:
            yield gds, graph

    def labelled(self, gds: Any, graph: Any, leiden: Mapping[str, Any], progress: Progress) -> NDArray[np.int64]:
        """The community of each node of a graph that was sent."""
        afford(gds.leiden.estimate(graph, **leiden), "leiden")
        rows = followed(
            gds, "leiden in the database", progress, lambda job_id: gds.leiden.stream(graph, job_id=job_id, **leiden)
        ).sort_values("nodeId")
        labels: NDArray[np.int64] = rows["communityId"].to_numpy(dtype=np.int64)
        return labels

    def _communities_as_they_are(
        self, asked: CommunityOptions, options: Mapping[str, Any], progress: Progress
    ) -> CommunityAssignment:
        watermark = self.local.store.read(CALLER, lambda tx: tx.views.watermark())
        with self._projection() as (gds, graph):
            nodes = self._mutated(gds, graph, ("leiden", options), progress).sort_values("id")
            ties = gds.graph.relationships.stream(graph, relationship_properties=["weight"])
        place = {node: row for row, node in enumerate(nodes["nodeId"].tolist())}
        one, other = ([place[node] for node in ties[end].tolist()] for end in ("sourceNodeId", "targetNodeId"))
        # Each tie is streamed in both directions, so all weights are doubled: no figure depends on their scale.
        edges = from_edges(one, other, ties["weight"].to_numpy(), node_count=len(nodes))
        info = SnapshotInfo(watermark, datetime.now(UTC), len(nodes), 0, 0, len(ties) // 2, 0)
        return describe(tied_ground(nodes["id"].tolist(), edges), nodes["found"].to_numpy(), asked, (info, METHOD))

    def measured(self, gds: Any, graph: Any, run: Run, progress: Progress) -> dict[str, float]:
        """The algorithm's figure of each node of a projection, by the customer's id."""
        rows = self._mutated(gds, graph, run, progress)
        return dict(zip(rows["id"].tolist(), map(float, rows["found"].tolist()), strict=True))

    def _mutated(self, gds: Any, graph: Any, run: Run, progress: Progress) -> Any:
        """A table of nodeId, id and what was found; memory is estimated first."""
        name, options = run
        algorithm = getattr(gds, name)
        afford(algorithm.estimate(graph, **options), name)
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
