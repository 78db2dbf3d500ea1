"""Shapes of reads that span records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.facts import GateFacts as GateFacts  # gates are pure and live in the domain
from app.domain.facts import Pairing as Pairing


@dataclass(frozen=True, slots=True)
class NetworkNode:
    id: str
    name: str
    depth: int
    community_id: str | None


@dataclass(frozen=True, slots=True)
class NetworkEdge:
    from_id: str
    to_id: str
    kind: str
    strength: float
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Network:
    """`truncated`: there are more nodes than the limit."""

    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class TopologyRows:
    """A batch of one kind, as columns of equal length.

    kind            columns
    customers       id, region, latitude, longitude, group_id, segment
    categories      id, parent_id
    needs           id, seeker_id, category_id, text, status, known_at, met_by, met_at, confidential
    capabilities    id, provider_id, category_id, text, valid_from, valid_to
    signals         id, customer_id, text, shareable
    relationships   from_id, to_id, kind, strength, count, last_at     (kind as RelationshipKind, and "referred")
    introductions   id, status, score, created_at, deals, judged, good     (the last three: how many outcomes)
    outcomes        provider_id, seeker_id, good, valid_at
    """

    kind: str
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class FactRows:
    """A batch of facts of one kind that referral value rests on, as columns of equal length; times are microseconds
    since 1970, absent ids ''. Outcomes come before evidence and flows.

    kind        columns
    referrals   id, recorded_at, referrer_id, referred_id, at, pi
    outcomes    id, recorded_at, kind, seeker_id, provider_id, referral_id, introduced_at, pi, valid_at,
                contributor_ids, betas
    evidence    outcome_id, recorded_at, id, pi, grade, low, high, contributor_ids, betas
    rates       currency, quote, valid_at, recorded_at, id, rate
    flows       outcome_id, kind, ledger, amount_minor, currency, valid_at, recorded_at
    """

    kind: str
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class FactsAround:
    """What the figures of one customer depend on. `complete`: there is no more of it than the limit."""

    customer_ids: tuple[str, ...]
    rows: tuple[FactRows, ...]
    complete: bool
