"""Objects that join what is known of a need or a customer with the ties around it."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.capability import Capability
from app.domain.path import Hop, IntroductionPath, Stop
from app.domain.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Introducible:
    """Need → capability → introducer: one provider who fits, what it would do it with, and who can introduce the two.
    `capability` is None where history alone speaks for the provider. `introducer` is the officer on the path, else the
    first customer in between; None where the two know each other, or `path` is None and nobody is known."""

    suggestion: Suggestion
    capability: Capability | None
    introducer: Stop | None
    path: IntroductionPath | None
    note: str | None


@dataclass(frozen=True, slots=True)
class NeedChain:
    """`none_because` is filled exactly when nobody fits. Who has not consented is only counted."""

    need_id: str
    seeker_id: str
    options: tuple[Introducible, ...]
    none_because: str | None
    blocked_by_consent: int


class ChainRole(StrEnum):
    """What somebody is to the customer in the middle."""

    SUPPLIER = "supplier"
    BUYER = "buyer"
    REFERRER = "referrer"
    REFERRED = "referred"
    PERSON = "person"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class ChainLink:
    role: ChainRole
    stop: Stop
    hop: Hop


@dataclass(frozen=True, slots=True)
class ValueChain:
    """The people and companies that a customer creates value with, from recorded ties alone: nothing is inferred.
    Strongest first in each role. Who may not be named is only counted."""

    customer_id: str
    links: tuple[ChainLink, ...]
    without_consent: int
    complete: bool
