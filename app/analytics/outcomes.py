"""What the operator has seen of each provider's work, with the seeker's peers apart from all others.

A peer is a customer of the seeker's segment: the operator's own word for industry and size. Likeness by partners and
categories (`app.analytics.peers`) would not do here: whoever had the same need met by the same provider is alike by it,
the house owner and the factory.
"""

from dataclasses import dataclass

import numpy as np

from app.analytics.columns import ABSENT, Float64, Int32
from app.analytics.topology import Topology


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes of each provider asked for, and how many of them were good: float64[n] each."""

    good: Float64
    total: Float64
    others_good: Float64
    others_total: Float64


def segment_of(topology: Topology, customer: int) -> int:
    """ABSENT for a customer that is not known, or whose segment is not."""
    return ABSENT if customer == ABSENT else int(topology.customer_segment[customer])


def outcomes_of(topology: Topology, providers: Int32, segment: int) -> Outcomes:
    """Without a segment all outcomes count alike, as a peer's. O(segments that each provider has worked for): an
    outcome more costs no time here."""
    starts = topology.outcome_starts[providers]
    lengths = topology.outcome_starts[providers + 1] - starts
    owners = np.repeat(np.arange(len(providers)), lengths)
    rows = np.arange(len(owners)) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    alike = topology.outcome_segment[rows] == segment if segment != ABSENT else np.ones(len(rows), dtype=np.bool_)
    good, total = topology.outcome_good[rows], topology.outcome_total[rows]
    parts = [
        np.bincount(owners[kept], counts[kept], minlength=len(providers)).astype(np.float64)
        for kept in (alike, ~alike)
        for counts in (good, total)
    ]
    return Outcomes(*parts)
