"""From the graph's rows to the arrays of a snapshot: sorted by id, so that every engine yields the same bytes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.analytics.columns import (
    ABSENT,
    NEVER,
    Int32,
    Int64,
    group_starts,
    positions,
    to_bytes,
    to_floats,
    to_seconds,
)
from app.ports.views import TopologyRows
from graph_algos.csr import Graph, from_edges
from graph_algos.similarity import peer_graph

Arrays = dict[str, NDArray[Any]]
TIE_KINDS = ("deals_with", "referred")
_SORTED_BY = {
    "customers": ("id",),
    "categories": ("id",),
    "needs": ("id",),
    "capabilities": ("id",),
    "signals": ("id",),
    "relationships": ("from_id", "to_id", "kind"),
    "introductions": ("id",),
    "outcomes": ("provider_id", "seeker_id", "valid_at", "good"),
}
Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Texts:
    """What the text indexes are made of, in the order of their rows' owners."""

    capabilities: Sequence[str]
    past_needs: Sequence[str]
    signals: Sequence[str]


def collect(batches: Iterator[TopologyRows]) -> dict[str, Columns]:
    """All batches of each kind as sorted columns; a kind without rows has none."""
    gathered: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for batch in batches:
        for name, values in batch.columns.items():
            gathered[batch.kind][name].extend(values)
    return {kind: _sorted(columns, _SORTED_BY[kind]) for kind, columns in gathered.items()}


def _sorted(columns: Mapping[str, list[Any]], keys: Sequence[str]) -> Columns:
    rows = zip(*(columns[key] for key in keys), strict=True)
    order = [place for _, place in sorted((tuple(map(str, row)), place) for place, row in enumerate(rows))]
    return {name: [values[place] for place in order] for name, values in columns.items()}


def build_arrays(tables: Mapping[str, Columns], category_names: Mapping[str, str]) -> tuple[Arrays, Texts]:
    """Every array of a snapshot but the text indexes, and the texts for those."""
    customers = _column(tables, "customers", "id")
    categories = _column(tables, "categories", "id")
    arrays: Arrays = {
        "customer_ids": to_bytes(customers),
        "customer_latitude": to_floats(_column(tables, "customers", "latitude")),
        "customer_longitude": to_floats(_column(tables, "customers", "longitude")),
        "category_ids": to_bytes(categories),
        "category_names": to_bytes(category_names.get(one, one) for one in categories),
    }
    segments = _column(tables, "customers", "segment")
    arrays["customer_segment"] = positions(to_bytes(sorted({one for one in segments if one})), segments)
    arrays["category_parent"] = positions(arrays["category_ids"], _column(tables, "categories", "parent_id"))
    _add_needs(arrays, tables)
    _add_capabilities(arrays, tables)
    _add_ties(arrays, tables)
    _add_peers(arrays)
    _add_outcomes(arrays, tables)
    _add_history(arrays)
    signals = [
        (owner, text)
        for owner, text in zip(
            positions(arrays["customer_ids"], _column(tables, "signals", "customer_id")).tolist(),
            _column(tables, "signals", "text"),
            strict=True,
        )
        if owner != ABSENT
    ]
    arrays["signal_customer"] = np.array([owner for owner, _ in signals], dtype=np.int32)
    past = arrays["past_need"]
    need_texts = _column(tables, "needs", "text")
    texts = Texts(
        capabilities=[text or "" for text in _column(tables, "capabilities", "text")],
        past_needs=[need_texts[place] or "" for place in past.tolist()],
        signals=[text or "" for _, text in signals],
    )
    return arrays, texts


def _column(tables: Mapping[str, Columns], kind: str, name: str) -> Sequence[Any]:
    return tables[kind][name] if kind in tables else ()


def _add_needs(arrays: Arrays, tables: Mapping[str, Columns]) -> None:
    arrays["need_ids"] = to_bytes(_column(tables, "needs", "id"))
    arrays["need_seeker"] = positions(arrays["customer_ids"], _column(tables, "needs", "seeker_id"))
    arrays["need_category"] = positions(arrays["category_ids"], _column(tables, "needs", "category_id"))
    # That a confidential need exists may bind or name nobody, also not as the reason why two customers are alike.
    arrays["need_known"] = ~np.array(_column(tables, "needs", "confidential"), dtype=np.bool_)
    arrays["need_met_by"] = positions(arrays["customer_ids"], _column(tables, "needs", "met_by"))
    met, known = to_seconds(_column(tables, "needs", "met_at")), to_seconds(_column(tables, "needs", "known_at"))
    arrays["need_met_at"] = np.where(met == NEVER, known, met)
    arrays["past_need"] = np.flatnonzero(arrays["need_met_by"] != ABSENT).astype(np.int32)


def _add_capabilities(arrays: Arrays, tables: Mapping[str, Columns]) -> None:
    provider = positions(arrays["customer_ids"], _column(tables, "capabilities", "provider_id"))
    category = positions(arrays["category_ids"], _column(tables, "capabilities", "category_id"))
    arrays["capability_ids"] = to_bytes(_column(tables, "capabilities", "id"))
    arrays["capability_provider"] = provider
    arrays["capability_category"] = category
    offered = np.unique(_pairs(category, provider)[0], axis=0)
    arrays["offer_starts"] = group_starts(offered[:, 0], len(arrays["category_ids"]))
    arrays["offer_provider"] = np.ascontiguousarray(offered[:, 1])


def _pairs(one: Int32, other: Int32) -> tuple[Int32, Int64]:
    """Pairs without an absent side, and the rows they come from."""
    rows = np.flatnonzero((one != ABSENT) & (other != ABSENT))
    return np.stack((one[rows], other[rows]), axis=1).astype(np.int32), rows


def _add_ties(arrays: Arrays, tables: Mapping[str, Columns]) -> None:
    """Deals and referrals: a list for each customer, both ways, and the weighted graph of communities."""
    kinds = list(_column(tables, "relationships", "kind"))
    known = np.array([TIE_KINDS.index(kind) if kind in TIE_KINDS else ABSENT for kind in kinds], dtype=np.int8)
    keep = np.flatnonzero(known != ABSENT)
    one = positions(arrays["customer_ids"], _column(tables, "relationships", "from_id"))[keep]
    other = positions(arrays["customer_ids"], _column(tables, "relationships", "to_id"))[keep]
    count = to_floats(_column(tables, "relationships", "count"))[keep]
    count = np.where(np.isnan(count), 1, count).astype(np.int64)
    strength = to_floats(_column(tables, "relationships", "strength"))[keep]
    last = to_seconds(_column(tables, "relationships", "last_at"))[keep]
    tails, heads = np.concatenate((one, other)), np.concatenate((other, one))
    order = np.lexsort((np.tile(known[keep], 2), heads, tails))
    nodes = len(arrays["customer_ids"])
    arrays["tie_starts"] = group_starts(tails[order], nodes)
    arrays["tie_other"] = heads[order].astype(np.int32)
    arrays["tie_kind"] = np.tile(known[keep], 2)[order]
    arrays["tie_count"] = np.tile(count, 2)[order]
    arrays["tie_last"] = np.tile(last, 2)[order]
    # Repeated dealings bind more, but the hundredth hardly more than the ninety-ninth.
    weight = np.where(np.isnan(strength), 1.0, np.maximum(strength, 0.0)) * (1.0 + np.log(np.maximum(count, 1)))
    arrays["tie_strength"] = np.tile(weight, 2)[order].astype(np.float32)
    graph = from_edges(one, other, weight, node_count=nodes)
    arrays |= {"tie_indptr": graph.indptr, "tie_indices": graph.indices, "tie_weights": graph.weight_array}


def _add_peers(arrays: Arrays) -> None:
    """What customers share with each other: partners, and categories of needs and offers."""
    offered, _ = _pairs(arrays["capability_provider"], arrays["capability_category"])
    needed, rows = _pairs(arrays["need_seeker"], arrays["need_category"])
    needed = needed[arrays["need_known"][rows]]
    pairs = np.unique(np.concatenate((offered, needed)), axis=0).astype(np.int64)
    ties = Graph(arrays["tie_indptr"], arrays["tie_indices"], arrays["tie_weights"], directed=False)
    graph = peer_graph(ties, pairs, category_count=len(arrays["category_ids"]))
    arrays |= {"peer_indptr": graph.indptr, "peer_indices": graph.indices, "peer_weights": graph.weight_array}


def _add_outcomes(arrays: Arrays, tables: Mapping[str, Columns]) -> None:
    """How many judged outcomes each provider has with customers of each segment, and how many of them were good: a
    list for each provider."""
    customers, judged = arrays["customer_ids"], _column(tables, "outcomes", "good")
    provider = positions(customers, _column(tables, "outcomes", "provider_id"))
    seeker = positions(customers, _column(tables, "outcomes", "seeker_id"))
    seen = np.flatnonzero((provider != ABSENT) & np.array([one is not None for one in judged], dtype=np.bool_))
    good = np.array([bool(one) for one in judged], dtype=np.bool_)[seen]
    segments = np.append(arrays["customer_segment"], ABSENT)  # the last place is that of an absent seeker
    pairs = np.stack((provider[seen], segments[seeker[seen]]), axis=1).astype(np.int32)
    cells, of_cell = np.unique(pairs, axis=0, return_inverse=True)
    of_cell = of_cell.reshape(-1)
    arrays["outcome_starts"] = group_starts(cells[:, 0], len(customers))
    arrays["outcome_segment"] = np.ascontiguousarray(cells[:, 1])
    arrays["outcome_total"] = np.bincount(of_cell, minlength=len(cells)).astype(np.int32)
    arrays["outcome_good"] = np.bincount(of_cell[good], minlength=len(cells)).astype(np.int32)


def _add_history(arrays: Arrays) -> None:
    """Who met needs of which category, how often and when last; and the graph that walks follow.

    The walk's nodes: customers as seekers, then categories, then customers as providers.
    """
    customers, categories = len(arrays["customer_ids"]), len(arrays["category_ids"])
    pairs, rows = _pairs(arrays["need_category"], arrays["need_met_by"])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, at = pairs[order], arrays["need_met_at"][rows][order]
    cells, starts, counts = np.unique(pairs, axis=0, return_index=True, return_counts=True)
    arrays["cell_starts"] = group_starts(cells[:, 0], categories)
    arrays["cell_provider"] = np.ascontiguousarray(cells[:, 1])
    arrays["cell_count"] = counts.astype(np.int32)
    arrays["cell_last"] = np.maximum.reduceat(at, starts) if len(starts) else np.empty(0, dtype=np.int64)
    by_seeker, _ = _pairs(arrays["need_seeker"], arrays["need_met_by"])
    offset = customers + categories
    tails = np.concatenate((by_seeker[:, 0], pairs[:, 0] + customers))
    heads = np.concatenate((by_seeker[:, 1], pairs[:, 1])) + offset
    graph = from_edges(tails, heads, np.ones(len(tails)), node_count=offset + customers)
    arrays |= {"walk_indptr": graph.indptr, "walk_indices": graph.indices, "walk_weights": graph.weight_array}
