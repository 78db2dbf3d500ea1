"""Communities and centrality over deals and referrals, by the local kernels."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from app.analytics.columns import ABSENT, Float64, Int32, to_text
from app.analytics.topology import Topology
from app.domain.errors import BadInput
from app.ports.analytics import CommunityAssignment, SnapshotInfo
from graph_algos.centrality import components, core_numbers, pagerank
from graph_algos.community import density, leiden, modularity
from graph_algos.csr import Graph
from graph_algos.similarity import neighbour_similarity

MEASURES = ("pagerank", "core", "component")
LABEL_TERMS = 3
MOST_ALIKE = 100  # of one customer
LARGEST_DIMENSION = 1024  # of an embedding: at 100 k customers 400 MB on the server
LEAST_MEMBERS = 2  # of a community whose category is called typical of it
NO_LABEL = "no common category"
UNNAMED = "not named: no snapshot"


def detect(topology: Topology, info: SnapshotInfo, *, resolution: float, seed: int) -> CommunityAssignment:
    """Leiden on the ties of a snapshot."""
    return describe(topology, leiden(topology.ties, resolution=resolution, seed=seed), info, method="leiden (local)")


def describe(topology: Topology, found: ArrayLike, info: SnapshotInfo, *, method: str) -> CommunityAssignment:
    """The assignment with names and figures, whoever found the labels. Communities are numbered by size, the largest
    first, then by their first member."""
    ids = [to_text(raw) for raw in topology.customer_ids]
    assignment = describe_ties(ids, topology.ties, found, info, method=method)
    return replace(assignment, names=_names(topology, np.asarray(assignment.labels, dtype=np.int32)))


def describe_ties(
    ids: Sequence[str], ties: Graph, found: ArrayLike, info: SnapshotInfo, *, method: str
) -> CommunityAssignment:
    """The same without names, which need the categories of a snapshot."""
    labels = _by_size(np.asarray(found))
    densities = density(ties, labels).tolist()
    return CommunityAssignment(
        customer_ids=ids,
        labels=labels.tolist(),
        densities=densities,
        names=[UNNAMED] * len(densities),
        modularity=modularity(ties, labels),
        method=method,
        snapshot=info,
    )


def measure(topology: Topology, name: str) -> Float64 | Int32:
    """One figure for each customer of the snapshot. BadInput for an unknown measure."""
    if name == "pagerank":
        return pagerank(topology.ties)
    if name == "core":
        return core_numbers(topology.ties)
    if name == "component":
        return components(topology.ties)
    raise BadInput(f"A measure is one of {', '.join(MEASURES)}.", pointer="measure")


def alike(topology: Topology, count: int) -> dict[str, list[tuple[str, float]]]:
    """For each customer the `count` whose ties are most like its own."""
    ids = [to_text(raw) for raw in topology.customer_ids]
    found: dict[str, list[tuple[str, float]]] = {}
    for node, one in enumerate(ids):
        others, scores = neighbour_similarity(topology.ties, node, count=count)
        found[one] = [(ids[other], score) for other, score in zip(others.tolist(), scores.tolist(), strict=True)]
    return found


def check_count(count: int) -> None:
    if not 1 <= count <= MOST_ALIKE:
        raise BadInput(f"Ask for 1 to {MOST_ALIKE} of each.", pointer="count")


def check_dimension(dimension: int) -> None:
    if not 1 <= dimension <= LARGEST_DIMENSION:
        raise BadInput(f"A dimension is 1 to {LARGEST_DIMENSION}.", pointer="dimension")


def _by_size(labels: Int32) -> Int32:
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[inverse]


def _names(topology: Topology, labels: Int32) -> list[str]:
    """Up to three categories that more members have than one would expect: by surplus, then by name.

    surplus = members with the category − size · share of all customers with it.
    """
    count = int(labels.max()) + 1 if len(labels) else 0
    pairs = np.concatenate(
        [
            np.stack((topology.capability_provider, topology.capability_category), axis=1),
            np.stack((topology.need_seeker, topology.need_category), axis=1),
        ]
    ).astype(np.int64)
    pairs = np.unique(pairs[(pairs != ABSENT).all(axis=1)], axis=0)
    categories = len(topology.category_ids)
    share = np.bincount(pairs[:, 1], minlength=categories) / max(1, len(labels))
    cells, members = np.unique(labels[pairs[:, 0]].astype(np.int64) * categories + pairs[:, 1], return_counts=True)
    sizes = np.bincount(labels, minlength=count)
    inside, category = np.divmod(cells, max(1, categories))
    surplus = members - sizes[inside] * share[category]
    chosen: list[list[str]] = [[] for _ in range(count)]
    for place in np.lexsort((category, -surplus, inside)).tolist():
        names = chosen[inside[place]]
        if surplus[place] > 0 and members[place] >= LEAST_MEMBERS and len(names) < LABEL_TERMS:
            names.append(to_text(topology.category_names[category[place]]))
    return [", ".join(names) or NO_LABEL for names in chosen]
