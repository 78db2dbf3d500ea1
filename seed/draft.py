"""A portfolio while it is being written down: ids follow from names, dates count from one fixed day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.capability import Capability, Category
from app.domain.customer import BuyingRole, Consent, Contact, Customer, LegalGroup, Purpose, Signal
from app.domain.ids import derived_id
from app.domain.introduction import Introduction
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.domain.relationship import Relationship, RelationshipKind
from app.domain.staff import Acquaintance, Staff
from seed.portfolio import Portfolio

TODAY = datetime(2026, 3, 31, tzinfo=UTC)  # the last day of the demo data, fixed: every run gives the same bytes
ALL_PURPOSES = tuple(Purpose)
AGREEMENT = "customer agreement, introductions opted in"
REFUSAL = "customer agreement, introductions declined"


def days_ago(days: float) -> datetime:
    return TODAY - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Past:
    """What a provider has done: `good` of `total` ended well, the earliest ones not."""

    category: str
    texts: tuple[str, ...]
    total: int
    good: int
    margin: Money
    licence: str | None = None


@dataclass(slots=True)
class Draft:
    """Each method adds one record and returns its id. `source` is part of every id."""

    source: str
    categories: list[Category] = field(default_factory=list)
    groups: list[LegalGroup] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)
    knows: list[Acquaintance] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    capabilities: list[Capability] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    introductions: list[Introduction] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    flows: list[CashFlow] = field(default_factory=list)

    def customer(self, key: str, name: str, *, consent: bool | None = True, **facts: Any) -> str:
        """`consent`: True opts in to every purpose, False refuses them, None leaves no line in the ledger."""
        row_id = derived_id("Customer", self.source, key)
        since = {"created_at": days_ago(1500), "updated_at": days_ago(30)}
        self.customers.append(Customer(row_id, name, self.source, key, **{**since, **facts}))
        if consent is not None:
            basis = AGREEMENT if consent else REFUSAL
            consent_id = derived_id("Consent", self.source, row_id, "all", days_ago(400).isoformat())
            line = Consent(consent_id, row_id, ALL_PURPOSES, consent, basis, self.source, days_ago(400))
            self.consents.append(line)
        return row_id

    def contact(self, customer_id: str, title: str, role: BuyingRole) -> str:
        row_id = derived_id("Contact", self.source, customer_id, title)
        self.contacts.append(Contact(row_id, customer_id, title, role))
        return row_id

    def officer(self, key: str, name: str) -> str:
        self.staff.append(Staff(key, name))
        return key

    def know(self, staff_id: str, contact_id: str, **facts: Any) -> None:
        row_id = derived_id("Acquaintance", self.source, staff_id, contact_id)
        self.knows.append(Acquaintance(row_id, staff_id, contact_id, self.source, **facts))

    def signal(self, customer_id: str, text: str, *, kind: str, source: str) -> None:
        row_id = derived_id("Signal", self.source, customer_id, text)
        self.signals.append(Signal(row_id, customer_id, text, kind, source, days_ago(20)))

    def need(self, key: str, seeker_id: str, text: str, *, category: str | None, **facts: Any) -> str:
        row_id = derived_id("Need", self.source, key)
        known = {"known_at": days_ago(14)}
        row = Need(row_id, seeker_id, text, self.source, key, category_id=category, **{**known, **facts})
        self.needs.append(row)
        return row_id

    def capability(self, key: str, provider_id: str, text: str, *, category: str, **facts: Any) -> None:
        row_id = derived_id("Capability", self.source, key)
        since = {"valid_from": days_ago(1500)}
        row = Capability(row_id, provider_id, text, self.source, key, category_id=category, **{**since, **facts})
        self.capabilities.append(row)

    def tie(self, kind: RelationshipKind, from_id: str, to_id: str, **facts: Any) -> None:
        row_id = derived_id("Relationship", self.source, kind, from_id, to_id)
        self.relationships.append(Relationship(row_id, kind, from_id, to_id, self.source, **facts))

    def met_needs(self, key: str, provider_id: str, seekers: Sequence[str], what: Past) -> None:
        """`what.total` past needs of the seekers in turn, met by the provider, each with its outcome and margin."""
        for number in range(what.total):
            at = days_ago(700 - number * (640 / max(what.total, 1)))
            seeker_id = seekers[number % len(seekers)]
            text = what.texts[number % len(what.texts)]
            need_key = f"{key}-past-{number + 1:02}"
            need_id = self.need(
                need_key,
                seeker_id,
                text,
                category=what.category,
                status=NeedStatus.MET,
                met_by=provider_id,
                met_at=at,
                known_at=at - timedelta(days=30),
                licence=what.licence,
            )
            outcome_id = self.outcome(
                need_key,
                OutcomeKind.INTRODUCTION,
                at,
                seeker_id=seeker_id,
                provider_id=provider_id,
                need_id=need_id,
                good=number >= what.total - what.good,
            )
            self.flow(outcome_id, FlowKind.MARGIN, what.margin, at + timedelta(days=30))

    def outcome(self, key: str, kind: OutcomeKind, at: datetime, **facts: Any) -> str:
        row_id = derived_id("Outcome", self.source, key)
        self.outcomes.append(Outcome(row_id, kind, at, at + timedelta(days=7), self.source, key, **facts))
        return row_id

    def flow(self, outcome_id: str, kind: FlowKind, money: Money, at: datetime) -> None:
        row_id = derived_id("CashFlow", self.source, outcome_id, kind, at.isoformat())
        self.flows.append(CashFlow(row_id, outcome_id, kind, Ledger.OPERATOR, money, at, at + timedelta(days=1)))

    def referral(self, referrer_id: str, referred_id: str, *, days: float, margins: Sequence[Money]) -> None:
        """A new customer who was brought, and what the operator earned on them half-year by half-year."""
        at = days_ago(days)
        row_id = derived_id("Referral", self.source, referrer_id, referred_id)
        self.referrals.append(Referral(row_id, referrer_id, referred_id, at, source=self.source))
        outcome_id = self.outcome(f"referral-{row_id}", OutcomeKind.REFERRAL, at, referral_id=row_id)
        for half_year, money in enumerate(margins, start=1):
            self.flow(outcome_id, FlowKind.MARGIN, money, at + timedelta(days=182 * half_year))

    def finished(self) -> Portfolio:
        return Portfolio(
            tuple(self.categories),
            tuple(self.groups),
            tuple(self.customers),
            tuple(self.contacts),
            tuple(self.staff),
            tuple(self.knows),
            tuple(self.consents),
            tuple(self.signals),
            tuple(self.needs),
            tuple(self.capabilities),
            tuple(self.relationships),
            tuple(self.introductions),
            tuple(self.referrals),
            tuple(self.outcomes),
            flows=tuple(self.flows),
        )
