"""What the hard gates look at: each party as it is now, never as a snapshot remembers it.

Nothing else of a record is read: whole records of 50 providers, with the texts of their capabilities, took twice as
long, and a gate that never sees a text cannot tell one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.customer import LedgerLine, Purpose, Standing
from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Pairing:
    """Whose facts are read: a seeker, None for an example without one, and who might provide."""

    seeker_id: str | None
    provider_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Party:
    """What a gate may know of a customer; fields as in `Customer`."""

    id: str
    name: str
    group_id: str | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    vetting: int = 0
    vetting_expires_at: datetime | None = None
    standing: Standing = Standing.GOOD
    open_slots: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What decides in a line of the ledger; fields as in `Consent`."""

    id: str
    purposes: tuple[Purpose, ...]
    granted: bool
    recorded_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a gate may know of a capability; fields as in `Capability`."""

    id: str
    category_id: str | None = None
    licences: tuple[str, ...] = ()
    radius_km: float | None = None
    smallest: Money | None = None
    largest: Money | None = None
    open_slots: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One provider as it is now. `competes` and `conflicts` are about the seeker of the question.
    `open_introduction` and what follows are about the pair."""

    party: Party
    consents: tuple[LedgerLine, ...]
    offers: tuple[Offer, ...]
    competes: bool
    conflicts: bool
    open_introduction: bool
    last_introduction_at: datetime | None
    last_declined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """`seeker` is None for an example without a seeker, and where there is no such customer. `providers` in the order
    asked; unknown ids are absent."""

    seeker: Party | None
    seeker_consents: tuple[LedgerLine, ...]
    providers: tuple[ProviderFacts, ...]
