"""The mapper of every record that the graph holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.assignment import AssignedPair, AssignmentRun
from app.domain.assignment_record import AssignmentStep
from app.domain.audit import AuditEvent
from app.domain.capability import Capability, Category
from app.domain.community import Community, CommunityRun
from app.domain.contact import ContactMessage, Switch
from app.domain.customer import Consent, Contact, Customer, LegalGroup, Signal
from app.domain.decision import Decision
from app.domain.dispute import Dispute
from app.domain.exchange_rate import ExchangeRate
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.domain.job import ApiKey, ImportRun, JobRun
from app.domain.ledger import LedgerTotal
from app.domain.money import Money
from app.domain.need import Need
from app.domain.outbox import Message
from app.domain.referral import CashFlow, Contribution, Outcome, PiEvidence, Referral
from app.domain.relationship import Relationship
from app.domain.report import Report
from app.domain.sign_off import SignOff
from app.domain.staff import Acquaintance, Staff
from app.domain.value import CustomerValue, ValueRun
from app.domain.vetting import Vetting
from app.store.rows import Field, Mapper, moment
from app.usecases.value_facts import micros

# An introduction's own times are facts about it, unlike the times at which the store wrote a customer.
_STATED_TIMES = ("version", "import_id", "digest")


def _split(contributions: Sequence[Contribution]) -> tuple[list[str], list[float]]:
    return [part.contributor_id for part in contributions], [float(part.beta) for part in contributions]


def _join(contributor_ids: Sequence[str], betas: Sequence[float]) -> tuple[Contribution, ...]:
    return tuple(Contribution(name, beta) for name, beta in zip(contributor_ids, betas, strict=True))


def _split_moves(moves: Sequence[Move]) -> tuple[list[str], list[int]]:
    return [str(one.status) for one in moves], [micros(one.at) for one in moves]


def _join_moves(moved_to: Sequence[str], moved_at: Sequence[int]) -> tuple[Move, ...]:
    return tuple(Move(IntroductionStatus(to), moment(at)) for to, at in zip(moved_to, moved_at, strict=True))


CUSTOMER = Mapper(Customer)
CONTACT = Mapper(Contact)
STAFF = Mapper(Staff)
KNOWS = Mapper(Acquaintance, outside=("staff_id", "contact_id"))
GROUP = Mapper(LegalGroup)
CATEGORY = Mapper(Category)
CONSENT = Mapper(Consent)
SIGNAL = Mapper(Signal)
NEED = Mapper(Need)
CAPABILITY = Mapper(Capability)
RELATIONSHIP = Mapper(Relationship, outside=("kind", "from_id", "to_id"))
INTRODUCTION = Mapper(
    Introduction,
    special=[Field("moves", ("moved_to", "moved_at"), _split_moves, _join_moves, required=False)],
    history=_STATED_TIMES,
)
REFERRAL = Mapper(Referral)
_CONTRIBUTIONS = Field("contributions", ("contributor_ids", "betas"), _split, _join, required=False)
OUTCOME = Mapper(Outcome, special=[_CONTRIBUTIONS])
EVIDENCE = Mapper(PiEvidence, special=[_CONTRIBUTIONS])
RATE = Mapper(ExchangeRate)
LEDGER = Mapper(LedgerTotal)
FLOW = Mapper(
    CashFlow,
    special=[
        Field("money", ("amount_minor", "currency"), lambda money: (money.minor, money.currency), Money, required=False)
    ],
)
COMMUNITY = Mapper(Community, outside=("member_ids",))
COMMUNITY_RUN = Mapper(CommunityRun)
VALUE = Mapper(CustomerValue)
VALUE_RUN = Mapper(ValueRun)
ASSIGNMENT_RUN = Mapper(AssignmentRun)
ASSIGNED_PAIR = Mapper(AssignedPair)
ASSIGNMENT_STEP = Mapper(AssignmentStep)
MESSAGE = Mapper(Message)
REPORT = Mapper(Report)
SIGN_OFF = Mapper(SignOff)
AUDIT_EVENT = Mapper(AuditEvent)
CONTACT_MESSAGE = Mapper(ContactMessage)
SWITCH = Mapper(Switch)
DISPUTE = Mapper(Dispute)
VETTING = Mapper(Vetting)
JOB = Mapper(JobRun)
IMPORT = Mapper(ImportRun)
KEY = Mapper(ApiKey)
DECISION = Mapper(Decision)

PORTFOLIO: Mapping[str, Mapper[Any]] = {
    "categories": CATEGORY,
    "groups": GROUP,
    "customers": CUSTOMER,
    "contacts": CONTACT,
    "staff": STAFF,
    "knows": KNOWS,
    "consents": CONSENT,
    "signals": SIGNAL,
    "needs": NEED,
    "capabilities": CAPABILITY,
    "relationships": RELATIONSHIP,
    "introductions": INTRODUCTION,
    "referrals": REFERRAL,
    "outcomes": OUTCOME,
    "evidence": EVIDENCE,
    "flows": FLOW,
    "rates": RATE,
    "ledger": LEDGER,
}
"""By the repository of a transaction that keeps them."""
