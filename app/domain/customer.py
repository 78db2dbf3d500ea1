"""Members of the walled garden, the people who work for them, and what they consented to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from app.domain.money import Money


class Standing(StrEnum):
    GOOD = "good"
    COMPLAINT_OPEN = "complaint_open"  # suppresses introductions until the service issue is closed
    HELD = "held"  # a dispute of severity 2 or more
    LEFT = "left"  # no longer a customer


class BuyingRole(StrEnum):
    DECIDER = "decider"
    INFLUENCER = "influencer"
    USER = "user"
    GATEKEEPER = "gatekeeper"


class Purpose(StrEnum):
    PROFILE = "profile"
    SEEKER = "match_as_seeker"
    PROVIDER = "match_as_provider"
    CONTACT = "contact"
    IDENTITY = "reveal_identity"


class Channel(StrEnum):
    PHONE = "phone"
    MAIL = "mail"
    LETTER = "letter"
    WEB = "web"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class Customer:
    """An organisation or household. `vetting` is the ladder V0 (listed) … V4 (vouched by a named officer).

    `lifetime_value` is the operator's own figure. Where there is none, it is modelled from the facts after it:
    purchases after the first, or renewals of a contract; `mean_margin` is that of one such purchase or contract period.
    `monthly_margin`: what it brings a month while it is a customer; `monthly_hazard`: of leaving in one, without a tie
    to a fellow customer: the rate h of which exp(−h) stay.
    """

    id: str
    name: str
    source: str
    external_id: str
    aliases: tuple[str, ...] = ()
    segment: str | None = None
    country: str | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    group_id: str | None = None
    vetting: int = 0
    vetting_expires_at: datetime | None = None
    standing: Standing = Standing.GOOD
    open_slots: int | None = None
    lifetime_value: Money | None = None
    lifetime_value_source: str | None = None
    lifetime_value_at: datetime | None = None
    purchases_repeated: int | None = None
    first_purchase_at: datetime | None = None
    last_purchase_at: datetime | None = None
    observed_until: datetime | None = None
    contract_renewals: int | None = None
    contract_months: int | None = None
    contract_ended: bool | None = None
    mean_margin: Money | None = None
    monthly_margin: Money | None = None
    monthly_hazard: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    customer_id: str
    name: str
    buying_role: BuyingRole | None = None
    email: str | None = None
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class LegalGroup:
    id: str
    name: str
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """One line of the append-only ledger. The latest line that names a purpose decides it; ties: the larger id.
    `channel`: how it was given; `recorded_by`: who wrote it down, of a yes on the phone for example."""

    id: str
    customer_id: str
    purposes: tuple[Purpose, ...]
    granted: bool
    basis: str
    source: str
    recorded_at: datetime
    expires_at: datetime | None = None
    channel: Channel | None = None
    recorded_by: str | None = None
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A text or event about a customer. `shareable` is False for what only the operator may know; such a signal can
    help to match, and no word of it reaches a party."""

    id: str
    customer_id: str
    text: str
    kind: str
    source: str
    recorded_at: datetime
    shareable: bool = False
    import_id: str | None = None


class LedgerLine(Protocol):
    """What decides in a line of the ledger: a whole `Consent`, or what was read of one."""

    @property
    def id(self) -> str: ...
    @property
    def purposes(self) -> tuple[Purpose, ...]: ...
    @property
    def granted(self) -> bool: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime | None: ...


Line = TypeVar("Line", bound=LedgerLine)


def deciding_line(ledger: Iterable[Line], purpose: Purpose, at: datetime) -> Line | None:
    """The latest that names the purpose, as recorded by then."""
    lines = [line for line in ledger if purpose in line.purposes and line.recorded_at <= at]
    return max(lines, key=lambda line: (line.recorded_at, line.id), default=None)


def grants(line: LedgerLine, at: datetime) -> bool:
    """An expired yes is a no."""
    return line.granted and (line.expires_at is None or line.expires_at > at)


def has_consent(ledger: tuple[LedgerLine, ...], purpose: Purpose, at: datetime) -> bool:
    """Opt-in: without a line that names the purpose the answer is no."""
    line = deciding_line(ledger, purpose, at)
    return line is not None and grants(line, at)
