"""What must hold for a record beyond the types of its fields, and which other records it names."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from app.domain.capability import Capability
from app.domain.customer import Customer
from app.domain.exchange_rate import ExchangeRate
from app.domain.money import is_currency
from app.domain.need import Need
from app.domain.referral import Outcome, OutcomeKind, PiEvidence, Referral, customers_among
from app.domain.relationship import Relationship
from app.domain.staff import Staff
from graph_algos.value_exchange import LARGEST_RATE, LEAST_RATE

LABELS = {
    "categories": "Category",
    "groups": "LegalGroup",
    "customers": "Customer",
    "contacts": "Contact",
    "staff": "Staff",
    "knows": "Acquaintance",
    "consents": "Consent",
    "signals": "Signal",
    "needs": "Need",
    "capabilities": "Capability",
    "relationships": "Relationship",
    "introductions": "Introduction",
    "referrals": "Referral",
    "outcomes": "Outcome",
    "evidence": "PiEvidence",
    "flows": "CashFlow",
    "rates": "ExchangeRate",
    "ledger": "LedgerTotal",
}
_NAMED_KINDS = {
    "customer_id": "customers",
    "staff_id": "staff",
    "contact_id": "contacts",
    "seeker_id": "customers",
    "provider_id": "customers",
    "from_id": "customers",
    "to_id": "customers",
    "referrer_id": "customers",
    "referred_id": "customers",
    "met_by": "customers",
    "group_id": "groups",
    "category_id": "categories",
    "parent_id": "categories",
    "need_id": "needs",
    "introduction_id": "introductions",
    "referral_id": "referrals",
    "outcome_id": "outcomes",
}
_LONGEST_TEXT = 2**20  # characters; both engines are tested with texts of 1 MB


def references(record: Any) -> Iterator[tuple[str, str, str]]:
    """(field, kind, id) of each record that this one names."""
    for field, kind in _NAMED_KINDS.items():
        value = getattr(record, field, None)
        if value is not None:
            yield field, kind, value
    if isinstance(record, Outcome | PiEvidence):
        for one in customers_among(part.contributor_id for part in record.contributions):
            yield "contributions", "customers", one


def broken_rule(record: Any) -> tuple[str, str] | None:
    """(field, what is expected there) of the first rule that the record breaks."""
    ranges, texts = _fields(type(record))  # type: ignore[arg-type]  # a class is hashable
    for field, low, high in ranges:
        value = getattr(record, field)
        if isinstance(value, (int, float)) and not low <= value <= high:
            return field, f"a number from {low:g} to {high:g}"
    for field in texts:
        value = getattr(record, field)
        if isinstance(value, str) and (not value.strip() or "\0" in value or len(value) > _LONGEST_TEXT):
            return field, "a text that is not empty, has no NUL and at most 1 MB"
    return next((broken for rule in _RULES if (broken := rule(record)) is not None), None)


# Field, smallest and largest value. The largest whole number is that of both engines.
_RANGES: tuple[tuple[str, float, float], ...] = (
    ("latitude", -90, 90),
    ("longitude", -180, 180),
    ("vetting", 0, 4),
    ("pi", 0, 1),
    ("strength", 0, 1),
    ("monthly_hazard", 0, 100),
    ("count", 0, 2**53),
    ("open_slots", 0, 2**31),
    ("radius_km", 0, 20_100),  # half of the equator
    ("rank", 1, 2**31),
    ("version", 1, 2**53),
)
_TEXTS = ("id", "name", "text", "external_id", "basis")


@cache
def _fields(kind: Any) -> tuple[tuple[tuple[str, float, float], ...], tuple[str, ...]]:
    """The ranges and the texts to look at in records of a class; most have few of them."""
    names = {field.name for field in fields(kind)}
    return tuple(one for one in _RANGES if one[0] in names), tuple(name for name in _TEXTS if name in names)


def _relationship(record: Any) -> tuple[str, str] | None:
    if isinstance(record, Relationship) and record.from_id == record.to_id:
        return "to_id", "another customer than from_id"
    return None


def _referral(record: Any) -> tuple[str, str] | None:
    if isinstance(record, Referral) and record.referrer_id == record.referred_id:
        return "referred_id", "another customer than referrer_id"
    return None


def _place(record: Any) -> tuple[str, str] | None:
    if isinstance(record, Customer | Need) and (record.latitude is None) != (record.longitude is None):
        return "latitude", "latitude and longitude, both or neither"
    return None


def _ticket(record: Any) -> tuple[str, str] | None:
    if isinstance(record, Capability) and record.smallest is not None and record.largest is not None:
        small, large = record.smallest, record.largest
        if small.currency != large.currency or small.minor > large.minor:
            return "largest", "an amount of at least smallest, in its currency"
    return None


def _contributions(record: Any) -> tuple[str, str] | None:
    if not isinstance(record, Outcome | PiEvidence):
        return None
    betas = [part.beta for part in record.contributions]
    if betas and not (min(betas) >= 0 and abs(sum(betas) - 1) <= 1e-9):
        return "contributions", "parts of at least 0 that sum to 1"
    return None


def _evidence(record: Any) -> tuple[str, str] | None:
    if not isinstance(record, PiEvidence):
        return None
    if (record.low is None) != (record.high is None):
        return "low", "low and high, both or neither"
    if record.low is not None and record.high is not None and not 0 <= record.low <= record.pi <= record.high <= 1:
        return "low", "0 ≤ low ≤ pi ≤ high ≤ 1"
    return None


def _rate(record: Any) -> tuple[str, str] | None:
    if not isinstance(record, ExchangeRate):
        return None
    for field in ("currency", "quote"):
        if not is_currency(getattr(record, field)):
            return field, "three capital letters of ISO 4217, such as EUR"
    if record.currency == record.quote:
        return "quote", "another currency"
    if not LEAST_RATE <= record.rate <= LARGEST_RATE:
        return "rate", "a number above 0, at most 10^9, with at most 14 decimals"
    return None


def _outcome(record: Any) -> tuple[str, str] | None:
    if not isinstance(record, Outcome):
        return None
    if record.kind is OutcomeKind.REFERRAL and record.referral_id is None:
        return "referral_id", "the referral that this outcome came from"
    return None


def _staff(record: Any) -> tuple[str, str] | None:
    """The two ends of a path are told apart by their ids alone."""
    if isinstance(record, Staff) and record.id.startswith(("cus_", "con_")):
        return "id", "the operator's own key, which does not begin like an id of ours"
    return None


_RULES = (_relationship, _staff, _referral, _place, _ticket, _contributions, _outcome, _evidence, _rate)
