"""A small hand-made portfolio: every kind of record, every optional field filled once and absent once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import cypher
from app.domain.access import OPERATOR_CLI
from app.domain.capability import Capability, Category
from app.domain.customer import BuyingRole, Consent, Contact, Customer, LegalGroup, Purpose, Signal, Standing
from app.domain.exchange_rate import ExchangeRate
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.domain.ledger import LedgerTotal
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.referral import (
    CashFlow,
    Contribution,
    FlowKind,
    Grade,
    Ledger,
    Outcome,
    OutcomeKind,
    PiEvidence,
    Referral,
)
from app.domain.relationship import Relationship, RelationshipKind
from app.domain.staff import Acquaintance, Staff
from app.store.runner import JOB, GraphRunner
from app.store.store import GraphStore

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1, microseconds=1)

# In an order in which each names only what comes before it.
KINDS = (
    "categories", "groups", "customers", "contacts", "staff", "knows", "consents", "signals", "needs", "capabilities",
    "relationships", "introductions", "referrals", "outcomes", "evidence", "flows", "rates", "ledger",
)  # fmt: skip


def customer(number: int, **changes: Any) -> Customer:
    key = f"cus_{number:04}"
    return Customer(**{"id": key, "name": f"Customer {number}", "source": "crm", "external_id": str(number)} | changes)


def need(number: int, seeker: int, **changes: Any) -> Need:
    fields = {
        "id": f"need_{number:04}",
        "seeker_id": f"cus_{seeker:04}",
        "text": f"Need {number}",
        "source": "crm",
        "external_id": str(number),
        "known_at": NOW,
    }
    return Need(**fields | changes)


def capability(number: int, provider: int, **changes: Any) -> Capability:
    fields = {
        "id": f"cap_{number:04}",
        "provider_id": f"cus_{provider:04}",
        "text": f"Capability {number}",
        "source": "crm",
        "external_id": str(number),
    }
    return Capability(**fields | changes)


def tie(kind: RelationshipKind, from_number: int, to_number: int, **changes: Any) -> Relationship:
    fields = {
        "id": f"rel_{kind}_{from_number:04}_{to_number:04}",
        "kind": kind,
        "from_id": f"cus_{from_number:04}",
        "to_id": f"cus_{to_number:04}",
        "source": "crm",
    }
    return Relationship(**fields | changes)


def introduction(number: int, seeker: int, provider: int, **changes: Any) -> Introduction:
    fields = {
        "id": f"int_{number:04}",
        "need_id": None,
        "seeker_id": f"cus_{seeker:04}",
        "provider_id": f"cus_{provider:04}",
        "status": IntroductionStatus.PROPOSED,
        "created_at": NOW,
        "changed_at": NOW,
    }
    return Introduction(**fields | changes)


def consent(number: int, giver: int, **changes: Any) -> Consent:
    fields = {
        "id": f"cns_{number:04}",
        "customer_id": f"cus_{giver:04}",
        "purposes": (Purpose.SEEKER, Purpose.PROVIDER),
        "granted": True,
        "basis": "agreement",
        "source": "crm",
        "recorded_at": NOW,
    }
    return Consent(**fields | changes)


def outcome(number: int, **changes: Any) -> Outcome:
    fields = {
        "id": f"out_{number:04}",
        "kind": OutcomeKind.INTRODUCTION,
        "valid_at": NOW,
        "recorded_at": NOW,
        "source": "crm",
        "external_id": str(number),
    }
    return Outcome(**fields | changes)


def full_customer() -> Customer:
    return customer(
        1,
        name="Zażółć 山田 🏗️ & <Söhne>",
        aliases=("Z. & S.", "ЗИС"),
        segment="industry",
        country="CH",
        region="Zürich",
        latitude=47.37,
        longitude=-0.1,
        group_id="grp_1",
        vetting=3,
        vetting_expires_at=NOW + timedelta(days=90),
        standing=Standing.COMPLAINT_OPEN,
        open_slots=0,
        lifetime_value=Money(-12_345, "CHF"),
        lifetime_value_source="ledger",
        lifetime_value_at=NOW,
        purchases_repeated=3,
        first_purchase_at=NOW - timedelta(days=90),
        last_purchase_at=NOW - timedelta(days=9),
        observed_until=NOW,
        contract_renewals=2,
        contract_months=6,
        contract_ended=False,
        mean_margin=Money(4_321, "CHF"),
        created_at=NOW,
        updated_at=NOW,
        import_id="imp_1",
    )


def parties() -> dict[str, list[Any]]:
    """Who there is, in which groups, and what they have agreed to."""
    return {
        "categories": [Category("build", "Building"), Category("build.roof", "Roofs", "build")],
        "groups": [LegalGroup("grp_1", "A group", "imp_1")],
        "customers": [full_customer(), customer(2), customer(3), customer(4, group_id="grp_1")],
        "contacts": [
            Contact("con_1", "cus_0001", "A contact", BuyingRole.DECIDER, "contact@example.org", "imp_1"),
            Contact("con_2", "cus_0002", "Another"),
        ],
        "staff": [Staff("anna.k", "An officer", "imp_1"), Staff("7", "Another officer")],
        "knows": [
            Acquaintance("knw_1", "7", "con_2", "crm"),
            Acquaintance("knw_2", "anna.k", "con_1", "crm", 0.25, 7, NOW, "imp_1"),
        ],
        "consents": [consent(1, 1), consent(2, 2, granted=False, expires_at=LATER, purposes=tuple(Purpose))],
        "signals": [Signal("sig_1", "cus_0001", "a note", "note", "crm", NOW, shareable=True)],
    }


def trade() -> dict[str, list[Any]]:
    """What they need, can do, and how they are tied."""
    return {
        "needs": [
            need(
                1,
                1,
                category_id="build.roof",
                status=NeedStatus.MET,
                budget=Money(2**53, "JPY"),
                licence="roofing",
                latitude=1.5,
                longitude=2.5,
                ongoing=False,
                confidential=True,
                operator_can_fill=True,
                met_by="cus_0002",
                met_at=LATER,
                parent_external_id="original",
                expires_at=LATER,
            ),
            need(2, 2),
        ],
        "capabilities": [
            capability(
                1,
                2,
                category_id="build",
                licences=("roofing", "asbestos"),
                radius_km=80.5,
                smallest=Money(1, "EUR"),
                largest=Money(100, "EUR"),
                open_slots=2,
                valid_from=NOW,
                valid_to=LATER,
            ),
            capability(2, 3),
        ],
        "relationships": [
            tie(
                RelationshipKind.DEALS_WITH,
                1,
                2,
                strength=0.25,
                count=7,
                amount=Money(99, "USD"),
                first_at=NOW,
                last_at=LATER,
            ),
            tie(RelationshipKind.COMPETES_WITH, 2, 3),
            tie(RelationshipKind.CONFLICTS_WITH, 3, 1),
        ],
    }


def results() -> dict[str, list[Any]]:
    """Introductions, referrals and what came of them."""
    return {
        "introductions": [
            introduction(
                1, 1, 2, need_id="need_0001", owner="officer", next_step="call", due_at=LATER, score=0.5, rank=1
            ),
            introduction(
                2,
                2,
                3,
                status=IntroductionStatus.DECLINED,
                reason="no capacity",
                moves=(Move(IntroductionStatus.OFFERED, NOW), Move(IntroductionStatus.DECLINED, LATER)),
            ),
        ],
        "referrals": [
            Referral("ref_1", "cus_0001", "cus_0003", NOW, 0.25, introduction_id="int_0001"),
            Referral("ref_2", "cus_0003", "cus_0004", LATER),
        ],
        "outcomes": [
            outcome(
                1,
                kind=OutcomeKind.REFERRAL,
                seeker_id="cus_0001",
                provider_id="cus_0002",
                need_id="need_0001",
                referral_id="ref_1",
                introduction_id="int_0001",
                pi=0.0,
                good=False,
                contributions=(Contribution("cus_0001", 0.75), Contribution("OPERATOR", 0.25)),
            ),
            outcome(2, provider_id="cus_0003"),
        ],
        "flows": [
            CashFlow("flow_1", "out_0001", FlowKind.MARGIN, Ledger.OPERATOR, Money(500, "EUR"), NOW, LATER),
            CashFlow(
                "flow_2",
                "out_0001",
                FlowKind.MARGIN,
                Ledger.OPERATOR,
                Money(-500, "EUR"),
                NOW,
                LATER,
                "flow_1",
                "imp_1",
            ),
        ],
    }


def learned() -> dict[str, list[Any]]:
    """What became known later."""
    return {
        "evidence": [
            PiEvidence(
                "evi_1",
                "out_0001",
                0.25,
                Grade.A,
                LATER,
                "study",
                low=0.125,
                high=0.5,
                contributions=(Contribution("cus_0004", 0.5), Contribution("UNATTRIBUTED", 0.5)),
                import_id="imp_1",
            ),
            PiEvidence("evi_2", "out_0002", 0.0, Grade.C, NOW, "survey"),
        ],
        "rates": [
            ExchangeRate("rate_1", "EUR", "USD", 1.0843, NOW, LATER, "bank", "imp_1"),
            ExchangeRate("rate_2", "JPY", "USD", 0.0064, NOW, NOW, "bank"),
        ],
        "ledger": [
            LedgerTotal("led_1", "2026-01", FlowKind.MARGIN, Money(-12_345, "EUR"), LATER, "books", "imp_1"),
            LedgerTotal("led_2", "2026-01", FlowKind.COST, Money(0, "JPY"), NOW, "books"),
        ],
    }


def records() -> dict[str, list[Any]]:
    """Every kind."""
    return parties() | trade() | results() | learned()


def save_all(store: GraphStore, everything: dict[str, list[Any]]) -> dict[str, Any]:
    """In one transaction; the counts by kind."""
    return store.write(
        OPERATOR_CLI,
        lambda tx: {kind: getattr(tx, kind).save(everything[kind]) for kind in KINDS if kind in everything},
        patient=True,
    )


def count(runner: GraphRunner, text: str) -> int:
    """What one statement of a test counts."""
    query = cypher.parse("system/test", f"// A test's.\n// mode: read\n// params:\n// returns: n\n{text} AS n")
    return int(runner.read(lambda tx: tx.run(query), retry=JOB)[0]["n"])
