"""The layers that communities are found on: who deals, who refers, who is about the same, who is near."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.analytics.build import TIE_KINDS
from app.analytics.columns import NEVER, Float64, Int64
from app.analytics.interests import Interests
from app.analytics.topology import Topology
from app.domain.community import COMBINED, LAYERS, CommunityOptions
from app.domain.path import HALF_LIFE_DAYS
from graph_algos.community_layers import combined, halved_by_age, nearness, shared_terms
from graph_algos.csr import Graph, from_edges

DAY_S = 86_400
# Words of a customer that link it: its rarest say most, and more of them would double the layer's edges.
RAREST_WORDS = 3
_TIED = {"trade": "deals_with", "referral": "referred"}


def layers_of(topology: Topology, interests: Interests, options: CommunityOptions) -> Mapping[str, Graph]:
    """The layers that the options ask for, by name, in the order of LAYERS."""
    if options.layer == COMBINED:
        wanted = [layer for layer in LAYERS if options.weight_of(layer) > 0.0]
    else:
        wanted = [options.layer]
    return {layer: _layer(layer, topology, interests, options) for layer in wanted}


def sum_of(layers: Mapping[str, Graph], options: CommunityOptions, *, node_count: int) -> Graph:
    """One graph of them all; a single layer is scaled and otherwise as it is."""
    factors = {layer: options.weight_of(layer) if options.layer == COMBINED else 1.0 for layer in layers}
    return combined([(graph, factors[layer]) for layer, graph in layers.items()], node_count=node_count)


def _layer(layer: str, topology: Topology, interests: Interests, options: CommunityOptions) -> Graph:
    if layer in _TIED:
        return _ties(topology, TIE_KINDS.index(_TIED[layer]), options.half_life_days)
    if layer == "interest":
        return _interest(interests, node_count=len(topology.customer_ids))
    return nearness(topology.customer_latitude, topology.customer_longitude)


@dataclass(frozen=True, slots=True)
class Dated:
    """Deals and referrals that have a date, each once; `left` is what its age leaves of a weight."""

    ends: tuple[Int64, Int64]
    weight: Float64
    left: Float64


def dated(topology: Topology, half_life_days: float | None) -> Dated:
    """By the half-life of the run, or by that of an introducer's tie where the run has none."""
    tails = _tails(topology)
    rows = np.flatnonzero((topology.tie_last != NEVER) & (tails < topology.tie_other))
    weight = topology.tie_strength[rows].astype(np.float64)
    left = halved_by_age(weight, _ages(topology.tie_last, rows), half_life=half_life_days or HALF_LIFE_DAYS)
    return Dated((tails[rows], topology.tie_other[rows].astype(np.int64)), weight, left)


def _ties(topology: Topology, kind: int, half_life_days: float | None) -> Graph:
    """Ages count back from the newest tie of the snapshot, so that the same snapshot gives the same communities on
    any day. Undated ties keep their weight."""
    tails = _tails(topology)
    rows = np.flatnonzero((topology.tie_kind == kind) & (tails < topology.tie_other))
    weight = topology.tie_strength[rows].astype(np.float64)
    if half_life_days is not None:
        weight = halved_by_age(weight, _ages(topology.tie_last, rows), half_life=half_life_days)
    return from_edges(tails[rows], topology.tie_other[rows], weight, node_count=len(topology.customer_ids))


def _tails(topology: Topology) -> Int64:
    tails: Int64 = np.repeat(np.arange(len(topology.customer_ids), dtype=np.int64), np.diff(topology.tie_starts))
    return tails


def _ages(last: Int64, rows: Int64) -> Float64:
    """Days before the newest tie; NaN for one without a date."""
    known = last != NEVER
    newest = last[known].max() if known.any() else 0
    days: Float64 = np.where(known[rows], (newest - np.where(known[rows], last[rows], newest)) / DAY_S, np.nan)
    return days


def _interest(interests: Interests, *, node_count: int) -> Graph:
    """All categories, and each customer's rarest words."""
    holders = np.bincount(interests.term)
    is_word = interests.term >= interests.category_count
    order = np.lexsort((interests.term, holders[interests.term], is_word, interests.customer))
    customer, term, word = interests.customer[order], interests.term[order], is_word[order]
    before: Int64 = np.cumsum(word) - word
    first: Int64 = before[np.searchsorted(customer, customer, side="left")]
    keep = ~word | (before - first < RAREST_WORDS)
    return shared_terms(customer[keep], term[keep], node_count=node_count)
