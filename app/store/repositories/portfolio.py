"""Repositories of what the operator knows: customers and what belongs to them, needs, capabilities, introductions,
referrals and their outcomes."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.access import Scope
from app.domain.capability import Capability
from app.domain.customer import Contact, Customer, Signal
from app.domain.errors import NotFound, StaleVersion
from app.domain.introduction import OPEN, Introduction, IntroductionStatus
from app.domain.need import SEEKING, Need, NeedStatus
from app.domain.referral import CashFlow, Outcome, Referral, customers_among
from app.ports.store import PageOf
from app.ports.views import Network
from app.store import records
from app.store.repositories.former import FORMER_OUTCOMES, FORMER_REFERRALS
from app.store.repositories.network import explore_network
from app.store.repositories.nodes import Label, NodeRows, Plan, Reference, unknown_records
from app.store.repositories.session import LARGEST_PAGE, Session, batches, bounds, check_size

_EVER = datetime(1, 1, 1, tzinfo=UTC)
_MOST_RECENT = 1_000  # introductions of one customer that are looked at for its contact budget

CUSTOMER = Label("Customer", "customers", "customer")
CONTACT = Label("Contact", "customers", "contact")
STAFF = Label("Staff", "customers", "staff")
GROUP = Label("LegalGroup", "customers", "group")
CONSENT = Label("Consent", "customers", "consent")
SIGNAL = Label("Signal", "customers", "signal")
CATEGORY = Label("Category", "needs", "category")
NEED = Label("Need", "needs", "need")
CAPABILITY = Label("Capability", "capabilities", "capability")
INTRODUCTION = Label("Introduction", "introductions", "introduction")
REFERRAL = Label("Referral", "referrals", "referral")
OUTCOME = Label("Outcome", "referrals", "outcome")
EVIDENCE = Label("PiEvidence", "referrals", "evidence")
FLOW = Label("CashFlow", "referrals", "flow")
RATE = Label("ExchangeRate", "referrals", "rate")
LEDGER = Label("LedgerTotal", "finance", "ledger")


def _customers_among(properties: dict[str, Any]) -> list[str]:
    return customers_among(properties.get("contributor_ids", ()))


CUSTOMERS = Plan(
    records.CUSTOMER,
    CUSTOMER,
    (Reference("group_id", GROUP, "customers/link_customer_group"),),
    ages_snapshot=True,
)
CONTACTS = Plan(records.CONTACT, CONTACT, (Reference("customer_id", CUSTOMER, "customers/link_contact_customer"),))
STAFFS = Plan(records.STAFF, STAFF, unlinks=False)
GROUPS = Plan(records.GROUP, GROUP, unlinks=False)
CONSENTS = Plan(records.CONSENT, CONSENT, (Reference("customer_id", CUSTOMER, "customers/link_consent_customer"),))
SIGNALS = Plan(
    records.SIGNAL,
    SIGNAL,
    (Reference("customer_id", CUSTOMER, "customers/link_signal_customer"),),
    ages_snapshot=True,
)
CATEGORIES = Plan(
    records.CATEGORY, CATEGORY, (Reference("parent_id", CATEGORY, "needs/link_category_parent"),), ages_snapshot=True
)
NEEDS = Plan(
    records.NEED,
    NEED,
    (
        Reference("seeker_id", CUSTOMER, "needs/link_need_seeker"),
        Reference("category_id", CATEGORY, "needs/link_need_category"),
        Reference("met_by", CUSTOMER, "needs/link_need_provider"),
    ),
    ages_snapshot=True,
)
CAPABILITIES = Plan(
    records.CAPABILITY,
    CAPABILITY,
    (
        Reference("provider_id", CUSTOMER, "capabilities/link_capability_provider"),
        Reference("category_id", CATEGORY, "capabilities/link_capability_category"),
    ),
    ages_snapshot=True,
)
INTRODUCTIONS = Plan(
    records.INTRODUCTION,
    INTRODUCTION,
    (
        Reference("need_id", NEED, "introductions/link_introduction_need"),
        Reference("seeker_id", CUSTOMER, "introductions/link_introduction_seeker"),
        Reference("provider_id", CUSTOMER, "introductions/link_introduction_provider"),
    ),
)
REFERRALS = Plan(
    records.REFERRAL,
    REFERRAL,
    (
        Reference("referred_id", CUSTOMER),
        Reference("referrer_id", CUSTOMER, "referrals/link_referral_parties"),
        Reference("introduction_id", INTRODUCTION),
    ),
    ages_snapshot=True,
    former=FORMER_REFERRALS,
)
OUTCOMES = Plan(
    records.OUTCOME,
    OUTCOME,
    (
        Reference("seeker_id", CUSTOMER),
        Reference("provider_id", CUSTOMER),
        Reference("need_id", NEED, "referrals/link_outcome_need"),
        Reference("referral_id", REFERRAL, "referrals/link_outcome_referral"),
        Reference("introduction_id", INTRODUCTION, "referrals/link_outcome_introduction"),
        Reference("contributions", CUSTOMER, "referrals/link_outcome_contributor", _customers_among),
    ),
    ages_snapshot=True,
    former=FORMER_OUTCOMES,
)
EVIDENCES = Plan(
    records.EVIDENCE,
    EVIDENCE,
    (
        Reference("outcome_id", OUTCOME, "referrals/link_evidence_outcome"),
        Reference("contributions", CUSTOMER, "referrals/link_evidence_contributor", _customers_among),
    ),
    ages_snapshot=True,
)
RATES = Plan(records.RATE, RATE, unlinks=False, ages_snapshot=True)
LEDGERS = Plan(records.LEDGER, LEDGER, unlinks=False)
FLOWS = Plan(
    records.FLOW,
    FLOW,
    (Reference("outcome_id", OUTCOME, "referrals/link_flow_outcome"), Reference("reverses", FLOW)),
    ages_snapshot=True,
)
PLANS: tuple[Plan[Any], ...] = (
    CATEGORIES, GROUPS, CUSTOMERS, CONTACTS, STAFFS, CONSENTS, SIGNALS, NEEDS, CAPABILITIES, INTRODUCTIONS,
    REFERRALS, OUTCOMES, EVIDENCES, FLOWS, RATES, LEDGERS,
)  # fmt: skip


class CustomerRows(NodeRows[Customer]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, CUSTOMERS)

    def page(self, at: PageOf, *, search: str | None = None) -> list[Customer]:
        if search is None:
            return super().page(at)
        return self._page("customers/page_customer_search", search=search.lower(), **bounds(at))

    def change(self, customer: Customer, *, expected_version: int | None) -> Customer:
        """The customer as saved with its version raised; StaleVersion, NotFound."""
        properties = records.CUSTOMER.properties(customer)
        written = self._session.run(
            Scope.WRITE,
            "customers/change_customer",
            id=customer.id,
            properties=properties,
            expected_version=expected_version,
        )
        if not written:
            raise _missing_or_stale("customer", known=bool(self._get([customer.id], Scope.WRITE)))
        self._session.run(Scope.WRITE, "customers/unlink_customer", rows=[{"id": customer.id}])
        if customer.group_id is not None:
            pair = {"id": customer.id, "other_id": customer.group_id}
            linked = self._session.run(Scope.WRITE, "customers/link_customer_group", rows=[pair])
            if not linked or linked[0]["linked"] != 1:
                raise unknown_records([(0, "group_id")], GROUP.name)
        self._session.changed = True
        return self._get([customer.id], Scope.WRITE)[0]

    def lock(self, customer_ids: Sequence[str]) -> None:
        self._session.run(Scope.WRITE, "customers/claim_customer", ids=sorted(set(customer_ids)))

    def network(self, customer_id: str, *, depth: int, limit: int) -> Network:
        return explore_network(self._session, customer_id, depth=depth, limit=limit)


class ContactRows(NodeRows[Contact]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, CONTACTS)

    def of_customer(self, customer_id: str) -> list[Contact]:
        return self._page("customers/find_contact_customer", customer_id=customer_id, limit=LARGEST_PAGE)


class SignalRows(NodeRows[Signal]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, SIGNALS)

    def of_customers(self, customer_ids: Sequence[str]) -> list[Signal]:
        ids = sorted(set(customer_ids))
        return self._page("customers/find_signal_customer", ids=ids, limit=LARGEST_PAGE * len(ids))


class NeedRows(NodeRows[Need]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, NEEDS)

    def page(self, at: PageOf, *, seeker_id: str | None = None, status: NeedStatus | None = None) -> list[Need]:
        chosen = None if status is None else str(status)
        if seeker_id is None:
            return self._page("needs/page_need", status=chosen, **bounds(at))
        return self._page("needs/page_need_seeker", seeker_id=seeker_id, status=chosen, **bounds(at))

    def seeking(self, seeker_ids: Sequence[str], *, limit: int) -> list[Need]:
        statuses, ids = sorted(map(str, SEEKING)), sorted(set(seeker_ids))
        return self._page("needs/find_seeking_needs", ids=ids, statuses=statuses, limit=limit)

    @property
    def _unfiltered(self) -> dict[str, Any]:
        return {"status": None}


class CapabilityRows(NodeRows[Capability]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, CAPABILITIES)

    def page(self, at: PageOf, *, provider_id: str | None = None) -> list[Capability]:
        if provider_id is None:
            return super().page(at)
        return self._page("capabilities/page_capability_provider", provider_id=provider_id, **bounds(at))


class IntroductionRows(NodeRows[Introduction]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, INTRODUCTIONS)

    def page(
        self, at: PageOf, *, customer_id: str | None = None, status: IntroductionStatus | None = None
    ) -> list[Introduction]:
        chosen = None if status is None else str(status)
        if customer_id is None:
            return self._page("introductions/page_introduction", status=chosen, **bounds(at))
        name = "introductions/page_introduction_customer"
        return self._page(name, customer_id=customer_id, status=chosen, **bounds(at))

    def inbox(self, owner: str, at: PageOf) -> list[Introduction]:
        due_after, _, after = (at.after or "").partition(" ")
        asked = {
            "owner": owner,
            "statuses": sorted(map(str, OPEN)),
            "due_after": _EVER if not due_after else datetime.fromisoformat(due_after),
            "after": after,
            "limit": bounds(at)["limit"],
        }
        return self._page("introductions/page_inbox", **asked)

    def changed_since(self, customer_id: str, since: datetime) -> list[Introduction]:
        name = "introductions/find_changed_introduction"
        return self._page(name, customer_id=customer_id, since=since, limit=_MOST_RECENT)

    def due(
        self, statuses: Collection[IntroductionStatus], now: datetime, *, after: str, limit: int
    ) -> list[Introduction]:
        names = sorted(map(str, statuses))
        name = "introductions/find_due_introduction"
        return self._page(name, statuses=names, automatic=True, now=now, after=after, limit=limit)

    def known_providers(self, customer_ids: Sequence[str]) -> set[str]:
        check_size(customer_ids)
        name = "introductions/find_known_providers"
        ids = sorted(set(customer_ids))
        return {row["id"] for some in batches(ids) for row in self._session.run(Scope.READ, name, ids=some)}

    def move(self, introduction: Introduction, *, expected_version: int) -> Introduction:
        """Writes the next state only where the stored version is `expected_version`; StaleVersion, NotFound."""
        stored = self._get([introduction.id], Scope.WRITE)
        if not stored:
            raise NotFound("There is no such introduction.")
        fixed = replace(
            introduction,
            need_id=stored[0].need_id,  # a move changes the state; who is introduced for what stays
            seeker_id=stored[0].seeker_id,
            provider_id=stored[0].provider_id,
            import_id=stored[0].import_id,
            version=expected_version + 1,
        )
        written = self._session.run(
            Scope.WRITE,
            "introductions/move_introduction",
            id=introduction.id,
            properties=records.INTRODUCTION.properties(fixed),
            expected_version=expected_version,
        )
        if not written:
            raise _missing_or_stale("introduction", known=True)
        return fixed

    @property
    def _unfiltered(self) -> dict[str, Any]:
        return {"status": None}


class ReferralRows(NodeRows[Referral]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, REFERRALS)

    def page(self, at: PageOf, *, customer_id: str | None = None) -> list[Referral]:
        if customer_id is None:
            return super().page(at)
        return self._page("referrals/page_referral_customer", customer_id=customer_id, **bounds(at))


class OutcomeRows(NodeRows[Outcome]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, OUTCOMES)

    def page(self, at: PageOf, *, customer_id: str | None = None) -> list[Outcome]:
        if customer_id is None:
            return super().page(at)
        # Two reads, each by its own index: an OR over two properties scans every outcome.
        sides = ("referrals/page_outcome_provider", "referrals/page_outcome_seeker")
        found = [row for name in sides for row in self._page(name, customer_id=customer_id, **bounds(at))]
        distinct = {outcome.id: outcome for outcome in found}
        return [distinct[key] for key in sorted(distinct)][: at.limit]


class FlowRows(NodeRows[CashFlow]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, FLOWS)

    def of_outcomes(self, outcome_ids: Sequence[str]) -> list[CashFlow]:
        found: list[CashFlow] = []
        for batch in batches(sorted(set(outcome_ids))):
            found += self._page("referrals/find_outcome_flows", outcome_ids=batch)
        return sorted(found, key=lambda flow: flow.id)


def _missing_or_stale(what: str, *, known: bool) -> NotFound | StaleVersion:
    if not known:
        return NotFound(f"There is no such {what}.")
    return StaleVersion(f"The {what} has changed since it was read.", remedy="Read it again and repeat the change.")
