"""Communities and centrality over the layers of a snapshot, by the local kernels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import ArrayLike

from app.analytics.columns import Float64, Int32, to_text
from app.analytics.interests import Interests, interests_of
from app.analytics.layers import Dated, dated, layers_of, sum_of
from app.analytics.topology import Topology
from app.domain.community import CommunityOptions
from app.domain.errors import BadInput
from app.ports.analytics import Assignment, CommunityAssignment, SnapshotInfo
from graph_algos.centrality import components, core_numbers, pagerank
from graph_algos.community import density, leiden, modularity
from graph_algos.community_layers import binding, leanings, left_inside, shares
from graph_algos.community_split import split_large
from graph_algos.community_terms import over_represented
from graph_algos.csr import Graph
from graph_algos.similarity import EDGE_BUDGET, neighbour_similarity

MEASURES = ("pagerank", "core", "component")
LABEL_TERMS = 3
MOST_ALIKE = 100  # of one customer
# Two-hop edges read for all customers together, about 10 s; each has its share, and at least LEAST_SHARE of them. A
# hundred thousand customers of one provider would otherwise read each other: ten billion.
ALIKE_BUDGET, LEAST_SHARE = 1_000_000_000, 2_000
LARGEST_DIMENSION = 1024  # of an embedding: at 100 k customers 400 MB on the server
# A customer leans to a community that takes a fifth of its ties; to three at most, beside its own.
LEAST_LEANING, MOST_LEANINGS = 0.2, 3
NO_LABEL = "no common category"
UNNAMED = "not named: no snapshot"


@dataclass(frozen=True, slots=True)
class Ground:
    """What labels are found on: the customers and the sum of the layers; and what figures come from: deals and
    referrals, the layers themselves, what customers are about, and dated ties."""

    customer_ids: Sequence[str]
    ties: Graph
    dealt: Graph
    layers: Mapping[str, Graph]
    interests: Interests | None
    dated: Dated | None


def ground_of(topology: Topology, options: CommunityOptions) -> Ground:
    interests = interests_of(topology)
    layers = layers_of(topology, interests, options)
    ids = [to_text(raw) for raw in topology.customer_ids]
    total = sum_of(layers, options, node_count=len(ids))
    return Ground(ids, total, topology.ties, layers, interests, dated(topology, options.half_life_days))


def detect(topology: Topology, info: SnapshotInfo, options: CommunityOptions) -> CommunityAssignment:
    """Leiden on the layers of a snapshot."""
    ground = ground_of(topology, options)
    found = leiden(ground.ties, resolution=options.resolution, seed=options.seed)
    return describe(ground, found, options, (info, "leiden (local)"))


def describe(
    ground: Ground, found: ArrayLike, options: CommunityOptions, origin: tuple[SnapshotInfo, str]
) -> CommunityAssignment:
    """The assignment with names and figures, whoever found the labels; too large communities are split first. They are
    numbered by size, the largest first, then by their first member."""
    labels = np.asarray(found)
    if options.max_size is not None:
        labels = split_large(
            ground.ties, labels, max_size=options.max_size, resolution=options.resolution, seed=options.seed
        )
    labels = _by_size(labels)
    densities = density(ground.dealt, labels).tolist()
    return CommunityAssignment(
        customer_ids=ground.customer_ids,
        labels=labels.tolist(),
        densities=densities,
        names=[UNNAMED] * len(densities) if ground.interests is None else _names(ground.interests, labels),
        modularity=modularity(ground.ties, labels),
        method=origin[1],
        snapshot=origin[0],
        bindings=binding(ground.ties, labels).tolist(),
        memberships=_memberships(ground, labels),
        freshness=_freshness(ground.dated, labels),
    )


def _freshness(dated_ties: Dated | None, labels: Int32) -> Sequence[float | None]:
    if dated_ties is None:
        return [None] * (int(labels.max(initial=-1)) + 1)
    left = left_inside(labels, dated_ties.ends, (dated_ties.weight, dated_ties.left))
    return [None if isnan(one) else round(one, 6) for one in left.tolist()]


def _memberships(ground: Ground, labels: Int32) -> Sequence[Assignment]:
    """Each customer's own community, then those it leans to; sorted by customer and strength."""
    count = len(labels)
    every = np.arange(count)
    nodes, to, part = leanings(ground.ties, labels, least=LEAST_LEANING, most=MOST_LEANINGS)
    both = np.concatenate((every, nodes)), np.concatenate((labels.astype(np.int64), to))
    strength = np.concatenate((shares(ground.ties, labels, (every, labels)), part))
    layers = {name: shares(graph, labels, both) for name, graph in ground.layers.items() if graph.edge_count}
    own = np.arange(len(both[0])) < count
    order = np.lexsort((both[1], -strength, ~own, both[0]))
    return [
        Assignment(
            int(both[0][row]),
            int(both[1][row]),
            round(float(strength[row]), 6),
            {name: round(float(values[row]), 6) for name, values in layers.items()},
        )
        for row in order.tolist()
    ]


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
    """For each customer the `count` whose ties are most like its own; partners too well connected to be read within
    its share of the budget say least, and are left out."""
    ids = [to_text(raw) for raw in topology.customer_ids]
    share = min(EDGE_BUDGET, max(LEAST_SHARE, ALIKE_BUDGET // max(1, len(ids))))
    found: dict[str, list[tuple[str, float]]] = {}
    for node, one in enumerate(ids):
        others, scores = neighbour_similarity(topology.ties, node, count=count, edge_budget=share)
        found[one] = [(ids[other], score) for other, score in zip(others.tolist(), scores.tolist(), strict=True)]
    return found


def check_count(count: int) -> None:
    if not 1 <= count <= MOST_ALIKE:
        raise BadInput(f"Ask for 1 to {MOST_ALIKE} of each.", pointer="count")


def check_dimension(dimension: int) -> None:
    if not 1 <= dimension <= LARGEST_DIMENSION:
        raise BadInput(f"A dimension is 1 to {LARGEST_DIMENSION}.", pointer="dimension")


def tied_ground(ids: Sequence[str], ties: Graph) -> Ground:
    """Deals and referrals in one, as a projection has them: no layers apart, and no names."""
    return Ground(ids, ties, ties, {}, None, None)


def _by_size(labels: Int32) -> Int32:
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[inverse]


def _names(interests: Interests, labels: Int32) -> list[str]:
    """Up to three terms that more members have than one would expect: categories, which somebody worded for people, and
    words only where there are fewer; a word that a chosen name holds is left out."""
    chosen: list[list[str]] = [[] for _ in range(int(labels.max(initial=-1)) + 1)]
    community, term, _ = over_represented(labels, interests.customer, interests.term)
    for row in np.argsort(term >= interests.category_count, kind="stable").tolist():
        names, name = chosen[community[row]], interests.names[term[row]]
        said = " ".join(names).casefold()
        if len(names) < LABEL_TERMS and (term[row] < interests.category_count or name not in said):
            names.append(name)
    return [", ".join(names) or NO_LABEL for names in chosen]
