"""Records of all kinds that belong together, in the order in which they can be saved."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from app.domain.capability import Capability, Category
from app.domain.customer import Consent, Contact, Customer, LegalGroup, Signal
from app.domain.exchange_rate import ExchangeRate
from app.domain.introduction import Introduction
from app.domain.ledger import LedgerTotal
from app.domain.need import Need
from app.domain.referral import CashFlow, Outcome, PiEvidence, Referral
from app.domain.relationship import Relationship
from app.domain.staff import Acquaintance, Staff


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Every record names only records of kinds before its own, or of its own kind and before it."""

    categories: tuple[Category, ...] = ()
    groups: tuple[LegalGroup, ...] = ()
    customers: tuple[Customer, ...] = ()
    contacts: tuple[Contact, ...] = ()
    staff: tuple[Staff, ...] = ()
    knows: tuple[Acquaintance, ...] = ()
    consents: tuple[Consent, ...] = ()
    signals: tuple[Signal, ...] = ()
    needs: tuple[Need, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    introductions: tuple[Introduction, ...] = ()
    referrals: tuple[Referral, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    evidence: tuple[PiEvidence, ...] = ()
    flows: tuple[CashFlow, ...] = ()
    rates: tuple[ExchangeRate, ...] = ()
    ledger: tuple[LedgerTotal, ...] = ()

    def kinds(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """(name of the kind, its records), in the order in which they can be saved."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self.kinds())


def combined(*portfolios: Portfolio) -> Portfolio:
    """All records of all, each id once; of two records with one id the first stays."""
    columns: dict[str, dict[str, Any]] = {field.name: {} for field in fields(Portfolio)}
    for portfolio in portfolios:
        for name, rows in portfolio.kinds():
            for row in rows:
                columns[name].setdefault(row.id, row)
    return Portfolio(**{name: tuple(rows.values()) for name, rows in columns.items()})
