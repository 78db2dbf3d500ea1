"""What the hard gates look at: each party as it is now, never as a snapshot remembers it."""

from dataclasses import dataclass
from datetime import datetime

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
