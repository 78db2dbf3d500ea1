"""Paths: who can introduce whom, over officers, people and customers, hop by hop with its evidence and age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.customer import LedgerLine, Purpose, Standing, has_consent


class StopKind(StrEnum):
    STAFF = "staff"
    CONTACT = "contact"
    CUSTOMER = "customer"


class LinkKind(StrEnum):
    KNOWS = "knows"  # an officer knows a person
    WORKS_FOR = "works_for"  # a person works for a customer
    DEALS_WITH = "deals_with"  # a customer buys from another
    REFERRED = "referred"  # a customer brought another


HALF_LIFE_DAYS = 365.0  # a tie unused for a year is worth half: yearly contracts are the slowest that stay alive
UNDATED_DAYS = 2 * HALF_LIFE_DAYS  # what a tie without a date counts as: known once, and nobody says when
COLLEAGUES = 0.9  # strength of working for a customer: not everybody there knows everybody


def kind_of(stop_id: str) -> StopKind:
    """By the id alone; an officer's is the operator's own key."""
    if stop_id.startswith("cus_"):
        return StopKind.CUSTOMER
    return StopKind.CONTACT if stop_id.startswith("con_") else StopKind.STAFF


@dataclass(frozen=True, slots=True)
class Link:
    """One tie as it is recorded. `strength` is the operator's own estimate, 0 to 1."""

    kind: LinkKind
    from_id: str
    to_id: str
    strength: float
    count: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """An officer (`employer_id` None) or a person who works for a customer."""

    name: str
    role: str | None = None
    employer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """`people` by id, of every officer and person in the links. `complete`: there are no more than were asked for."""

    links: tuple[Link, ...]
    people: Mapping[str, Person]
    complete: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """`name` is None for a person whose customer has not consented to be contacted; the role then says who it is."""

    id: str
    kind: StopKind
    name: str | None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """`strength` counts dealings and their age; `age_days` None where no date is recorded or none applies."""

    kind: LinkKind
    from_id: str
    to_id: str
    strength: float
    count: int
    last_at: datetime | None
    age_days: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class IntroductionPath:
    """`strength` is the product of the hops'; `hops[i]` leads from `stops[i]` to the next."""

    stops: tuple[Stop, ...]
    hops: tuple[Hop, ...]
    strength: float


@dataclass(frozen=True, slots=True)
class PathSet:
    """`none_because` is filled exactly when there is no path. Customers within reach who may not be named are only
    counted. `complete`: nothing was left out because there was too much of it."""

    from_id: str
    to_id: str
    paths: tuple[IntroductionPath, ...]
    none_because: str | None
    without_consent: int
    complete: bool


def may_be_named(ledger: tuple[LedgerLine, ...], standing: Standing, at: datetime) -> bool:
    """That somebody is a customer is itself confidential: it takes the consent to reveal the identity."""
    return standing is not Standing.LEFT and has_consent(ledger, Purpose.IDENTITY, at)


def may_be_asked(standing: Standing) -> bool:
    """Whether a customer between the two ends may be asked for a favour now: an open complaint comes first."""
    return standing is Standing.GOOD


def tell(hop: Link, names: Mapping[str, str], age_days: int | None) -> str:
    """What speaks for a hop, for those who may read the path."""
    one, other = names[hop.from_id], names[hop.to_id]
    if hop.kind is LinkKind.WORKS_FOR:
        return f"{one} works for {other}."
    when = "no date is recorded" if age_days is None else f"the latest {age_days:,} days ago"
    if hop.kind is LinkKind.KNOWS:
        return f"{one} knows {other}: {_times(hop.count, 'contact')}, {when}."
    if hop.kind is LinkKind.DEALS_WITH:
        return f"{one} buys from {other}: {_times(hop.count, 'dealing')}, {when}."
    return f"{one} brought {other} as a customer" + (
        "; no date is recorded." if age_days is None else f" {age_days:,} days ago."
    )


def _times(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
