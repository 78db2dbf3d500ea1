"""The graph as the use cases see it: `app.ports.store.Store` over a runner of catalogued statements.

Invariant: a write that the snapshot or a value run would show moves the watermark in its own transaction; a write that
changes nothing, or only the service's own records, does not.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from app.domain.access import Caller, Scope
from app.domain.capability import Category
from app.domain.customer import Consent, LegalGroup
from app.domain.errors import BadInput
from app.domain.exchange_rate import ExchangeRate
from app.domain.ledger import LedgerTotal
from app.domain.referral import PiEvidence
from app.domain.staff import Acquaintance, Staff
from app.ports import store as port
from app.ports import system
from app.store.records import PORTFOLIO
from app.store.repositories import portfolio as plans
from app.store.repositories.audit import AuditRows
from app.store.repositories.communities import CommunityRows
from app.store.repositories.disputes import DisputeRows
from app.store.repositories.letters import LetterRows
from app.store.repositories.links import LinkRows
from app.store.repositories.nodes import NodeRows
from app.store.repositories.pilots import PilotRows
from app.store.repositories.portfolio import (
    CapabilityRows,
    ContactRows,
    CustomerRows,
    FlowRows,
    IntroductionRows,
    NeedRows,
    OutcomeRows,
    ReferralRows,
    SignalRows,
)
from app.store.repositories.reports import ReportRows, SignOffRows
from app.store.repositories.runs import AssignmentRows, ValueRows, value_rows
from app.store.repositories.session import Session
from app.store.repositories.system import DecisionRows, IdempotencyRows, ImportRows, JobRows, KeyRows, OutboxRows
from app.store.repositories.ties import ACQUAINTANCES, RelationshipRows, TieRows
from app.store.repositories.vettings import VettingRows
from app.store.rows import Prepared
from app.store.runner import JOB, ONLINE, GraphRunner, Tx
from app.store.values import Checked, parameter
from app.store.views import GraphViews

T = TypeVar("T")
Row = TypeVar("Row")

# Writers on one counter wait for each other until the first has committed; on 16 they seldom meet, and reading the
# sum of 16 costs nothing.
WATERMARKS = 16
_PATIENT_READ_S = 600.0  # an export of a million customers
_PATIENT_WRITE_S = 120.0  # 10,000 rows with their ties on the slower engine


class GraphTransaction:
    """The repositories of one unit of work."""

    def __init__(self, session: Session) -> None:
        self.customers: port.Customers = CustomerRows(session)
        self.contacts: port.Contacts = ContactRows(session)
        self.staff: port.Rows[Staff] = NodeRows(session, plans.STAFFS)
        self.knows: port.Rows[Acquaintance] = TieRows(session, ACQUAINTANCES)
        self.groups: port.Rows[LegalGroup] = NodeRows(session, plans.GROUPS)
        self.categories: port.Rows[Category] = NodeRows(session, plans.CATEGORIES)
        self.consents: port.Rows[Consent] = NodeRows(session, plans.CONSENTS)
        self.signals: port.Signals = SignalRows(session)
        self.needs: port.Needs = NeedRows(session)
        self.capabilities: port.Capabilities = CapabilityRows(session)
        self.relationships: port.Relationships = RelationshipRows(session)
        self.introductions: port.Introductions = IntroductionRows(session)
        self.referrals: port.Referrals = ReferralRows(session)
        self.outcomes: port.Outcomes = OutcomeRows(session)
        self.evidence: port.Rows[PiEvidence] = NodeRows(session, plans.EVIDENCES)
        self.flows: port.CashFlows = FlowRows(session)
        self.rates: port.Rows[ExchangeRate] = NodeRows(session, plans.RATES)
        self.ledger: port.Rows[LedgerTotal] = NodeRows(session, plans.LEDGERS)
        self.communities: port.Communities = CommunityRows(session)
        self.values: port.Values = ValueRows(session)
        self.assignments: port.Assignments = AssignmentRows(session)
        self.jobs: system.Jobs = JobRows(session)
        self.outbox: system.Outbox = OutboxRows(session)
        self.imports: system.Imports = ImportRows(session)
        self.keys: system.ApiKeys = KeyRows(session)
        self.idempotency: system.Idempotency = IdempotencyRows(session)
        self.decisions: system.Decisions = DecisionRows(session)
        self.pilots: system.Pilots = PilotRows(session)
        self.reports: system.Reports = ReportRows(session)
        self.sign_offs: system.SignOffs = SignOffRows(session)
        self.audit: system.Audit = AuditRows(session)
        self.letters: system.Letters = LetterRows(session)
        self.disputes: system.Disputes = DisputeRows(session)
        self.vettings: system.Vettings = VettingRows(session)
        self.links: port.NearTies = LinkRows(session)
        self.views: port.Views = GraphViews(session)


class GraphStore:
    def __init__(self, runner: GraphRunner) -> None:
        self._runner = runner

    def read(self, caller: Caller, work: Callable[[port.Transaction], T], *, patient: bool = False) -> T:
        """`patient`: a job's time limits instead of the online ones."""

        def once(tx: Tx) -> T:
            return work(GraphTransaction(Session(tx, caller)))

        if patient:
            return self._runner.read(once, timeout=_PATIENT_READ_S, retry=JOB)
        return self._runner.read(once, retry=ONLINE)

    def write(self, caller: Caller, work: Callable[[port.Transaction], T], *, patient: bool = False) -> T:
        def once(tx: Tx) -> T:
            session = Session(tx, caller)
            result = work(GraphTransaction(session))
            if session.changed:  # last, so that the counter is locked for the shortest time
                shard = f"graph-{secrets.randbelow(WATERMARKS)}"
                tx.run("system/bump_watermark", shard=shard, at=datetime.now(UTC))
            return result

        if patient:
            return self._runner.write(once, timeout=_PATIENT_WRITE_S, retry=JOB)
        return self._runner.write(once, retry=ONLINE)

    def prepare(self, kind: str, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with their properties, checked as parameters. What is wrong with one is said when it is saved."""
        try:
            found = value_rows(rows) if kind == "values" else [PORTFOLIO[kind].properties(row) for row in rows]  # type: ignore[arg-type]
            return Prepared(rows, [Checked(parameter(each, f"/rows/{at}")) for at, each in enumerate(found)])
        except BadInput:
            return rows

    def touch(self, caller: Caller) -> None:
        """Makes the snapshot old after writes that were not ours (`icrm snapshot rebuild`)."""
        caller.require(Scope.ADMIN)
        shard = f"graph-{secrets.randbelow(WATERMARKS)}"
        self._runner.write(lambda tx: tx.run("system/bump_watermark", shard=shard, at=datetime.now(UTC)), retry=JOB)

    def close(self) -> None:
        self._runner.close()
