"""Shapes of reads that span records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.capability import Capability
from app.domain.customer import Consent, Customer


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One provider as it is now. `competes` and `conflicts` are about the seeker of the question.
    `open_introduction` and `last_introduction_at` are about the pair."""

    customer: Customer
    consents: tuple[Consent, ...]
    capabilities: tuple[Capability, ...]
    competes: bool
    conflicts: bool
    open_introduction: bool
    last_introduction_at: datetime | None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """`seeker` is None for an example without a seeker. `providers` in the order asked; unknown ids are absent."""

    seeker: Customer | None
    seeker_consents: tuple[Consent, ...]
    providers: tuple[ProviderFacts, ...]


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
    customers       id, region, latitude, longitude, group_id
    categories      id, parent_id
    needs           id, seeker_id, category_id, text, status, known_at, met_by, met_at
    capabilities    id, provider_id, category_id, text, valid_from, valid_to
    signals         id, customer_id, text, shareable
    relationships   from_id, to_id, kind, strength, count, last_at     (kind as RelationshipKind, and "referred")
    outcomes        provider_id, seeker_id, good, valid_at
    """

    kind: str
    columns: Mapping[str, Sequence[Any]]
