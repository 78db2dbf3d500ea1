"""The graph as the use cases see it: units of work over repositories of rows.

Invariants: a write happens inside one managed transaction or not at all; `work` may run twice, so ids and times are
drawn before it; every write bumps the watermark in its own transaction; every repository method checks the caller's
scope. Saving is by id: the same rows saved twice change nothing and count as unchanged.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from app.domain.access import Caller
from app.domain.assignment import AssignedPair, AssignmentRun
from app.domain.assignment_record import AssignmentStep
from app.domain.capability import Capability, Category
from app.domain.community import COMBINED, Community, CommunityRun, MemberOf, Membership
from app.domain.customer import Consent, Contact, Customer, LegalGroup, Signal
from app.domain.exchange_rate import ExchangeRate
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.ledger import LedgerTotal
from app.domain.need import Need, NeedStatus
from app.domain.path import Links
from app.domain.referral import CashFlow, Outcome, PiEvidence, Referral
from app.domain.relationship import Relationship
from app.domain.staff import Acquaintance, Staff
from app.domain.value import CustomerValue, ValueRun
from app.ports.rows import PageOf as PageOf
from app.ports.rows import Rows as Rows
from app.ports.rows import SaveCounts as SaveCounts
from app.ports.system import (
    ApiKeys,
    Audit,
    Decisions,
    Disputes,
    Idempotency,
    Imports,
    Jobs,
    Letters,
    Outbox,
    Pilots,
    Reports,
    SignOffs,
    Vettings,
)
from app.ports.views import FactRows, FactsAround, GateFacts, Network, Pairing, TopologyRows

T = TypeVar("T")
Row = TypeVar("Row")
Run = TypeVar("Run", contravariant=True)


class Customers(Rows[Customer], Protocol):
    def page(self, at: PageOf, *, search: str | None = None) -> list[Customer]:
        """`search`: case-insensitive part of the name."""
        ...

    def change(self, customer: Customer, *, expected_version: int | None) -> Customer:
        """The customer as saved with its version raised; StaleVersion, NotFound."""
        ...

    def network(self, customer_id: str, *, depth: int, limit: int) -> Network: ...
    def lock(self, customer_ids: Sequence[str]) -> None:
        """Until the transaction ends nobody else decides about them; unknown ids are passed over."""
        ...


class Contacts(Rows[Contact], Protocol):
    def of_customer(self, customer_id: str) -> list[Contact]: ...


class Signals(Rows[Signal], Protocol):
    def of_customers(self, customer_ids: Sequence[str]) -> list[Signal]:
        """At most 200 of each, in the order of ids."""
        ...


class Needs(Rows[Need], Protocol):
    def page(self, at: PageOf, *, seeker_id: str | None = None, status: NeedStatus | None = None) -> list[Need]: ...
    def seeking(self, seeker_ids: Sequence[str], *, limit: int) -> list[Need]:
        """What these customers seek now (SEEKING), in the order of ids, at most `limit`."""
        ...


class Capabilities(Rows[Capability], Protocol):
    def page(self, at: PageOf, *, provider_id: str | None = None) -> list[Capability]: ...


class Relationships(Rows[Relationship], Protocol):
    def page(self, at: PageOf, *, customer_id: str) -> list[Relationship]: ...


class Introductions(Rows[Introduction], Protocol):
    def page(
        self, at: PageOf, *, customer_id: str | None = None, status: IntroductionStatus | None = None
    ) -> list[Introduction]: ...
    def move(self, introduction: Introduction, *, expected_version: int) -> Introduction:
        """Writes the next state only where the stored version is `expected_version`; StaleVersion, NotFound."""
        ...

    def inbox(self, owner: str, at: PageOf) -> list[Introduction]:
        """What somebody has to see to, the first due first; `at.after`: due date and id of the last one seen, with a
        space between."""
        ...

    def changed_since(self, customer_id: str, since: datetime) -> list[Introduction]:
        """The one that changed last first; of thousands the latest."""
        ...

    def due(
        self, statuses: Collection[IntroductionStatus], now: datetime, *, after: str, limit: int
    ) -> list[Introduction]:
        """Those whose due date has come or that nobody has to look at, unless they rest; in the order of ids."""
        ...

    def known_providers(self, customer_ids: Sequence[str]) -> set[str]:
        """Those of at most 10,000 that were introduced as a provider before, or have met a need."""
        ...


class Referrals(Rows[Referral], Protocol):
    def page(self, at: PageOf, *, customer_id: str | None = None) -> list[Referral]: ...


class Outcomes(Rows[Outcome], Protocol):
    def page(self, at: PageOf, *, customer_id: str | None = None) -> list[Outcome]: ...


class CashFlows(Rows[CashFlow], Protocol):
    def of_outcomes(self, outcome_ids: Sequence[str]) -> list[CashFlow]: ...


class Runs(Protocol[Run]):
    """What communities, values and assignments share: of the runs of a kind readers see one."""

    def old(self, run: Run, *, keep: int) -> list[str]:
        """Ids of the runs like this one (of its layer, of its event) beyond the `keep` latest, the oldest first; never
        its own."""
        ...

    def forget(self, run_id: str, *, limit: int) -> int:
        """Removes at most `limit` results of a run that readers do not see; how many. 0: the run has gone too, or
        readers see it."""
        ...


class Communities(Protocol):
    """Each layer has a run of its own that readers see; `layer` is one of the domain's RUNS."""

    def write_run(
        self, run: CommunityRun, communities: Sequence[Community], memberships: Sequence[Membership] = ()
    ) -> None:
        """Communities of a run that no reader sees yet, with their members (call repeatedly for batches).
        `memberships` says how strongly: of members named in `communities`, and of whoever leans to a community that
        has been written."""
        ...

    def switch(self, run_id: str, at: datetime, *, layer: str = COMBINED) -> None:
        """From now on readers see this run."""
        ...

    def current(self, *, layer: str = COMBINED) -> CommunityRun | None: ...
    def page(self, at: PageOf, *, layer: str = COMBINED) -> list[Community]: ...
    def members(self, community_id: str, at: PageOf) -> list[str]:
        """Of a community of any layer's current run; its id says which."""
        ...

    def members_of(self, communities: Sequence[Community]) -> list[tuple[str, str]]:
        """(customer, community) of whole communities of current runs, in the order of both."""
        ...

    def of_customer(self, customer_id: str) -> list[MemberOf]:
        """Communities of the customer in the current runs of all layers, its own before those it leans to."""
        ...

    def old(self, run: CommunityRun, *, keep: int) -> list[str]: ...
    def forget(self, run_id: str, *, limit: int) -> int: ...


class Values(Protocol):
    def write_run(self, run: ValueRun, values: Sequence[CustomerValue]) -> None: ...
    def begun(self, run_id: str) -> tuple[ValueRun, str] | None:
        """A run, whether readers see it or not, and the last customer in the order of ids who has a value of it."""
        ...

    def run(self, run_id: str) -> ValueRun | None: ...
    def switch(self, run_id: str, at: datetime) -> None: ...
    def current(self) -> ValueRun | None: ...
    def get(self, run_id: str, customer_ids: Sequence[str]) -> list[CustomerValue]:
        """Of one run, which the reader has learned from `current`: the pointer may move before the next statement."""
        ...

    def page(self, run_id: str, after: str, limit: int) -> list[CustomerValue]:
        """Of one run those of customers with an id after `after`, in the order of ids, at most `limit`."""
        ...

    def top(self, run_id: str, limit: int) -> list[CustomerValue]:
        """Highest crv_referral + crv_introduction first, ties by customer id."""
        ...

    def old(self, run: ValueRun, *, keep: int) -> list[str]: ...
    def forget(self, run_id: str, *, limit: int) -> int: ...


class Assignments(Protocol):
    """Of each event, and of all open needs (""), readers see one run."""

    def write_run(self, run: AssignmentRun, pairs: Sequence[AssignedPair]) -> None:
        """A run that no reader sees yet and some of its pairs (call repeatedly for batches)."""
        ...

    def switch(self, run: AssignmentRun, at: datetime) -> None: ...
    def current(self, event: str = "") -> AssignmentRun | None: ...
    def page(self, run_id: str, at: PageOf) -> list[AssignedPair]:
        """Pairs of any run in the order of ids; a cursor of another run goes on at the same need."""
        ...

    def run(self, run_id: str) -> AssignmentRun | None: ...
    def keep_step(self, step: AssignmentStep) -> None:
        """A step that is there stays as it is."""
        ...

    def steps(self, record_id: str, at: PageOf) -> list[AssignmentStep]:
        """In the order of ids."""
        ...

    def forget_steps(self, record_id: str, *, limit: int, but_run: str = "") -> int:
        """Removes at most `limit` steps unless a run rests on them that is not `but_run`, or readers see that; how
        many."""
        ...

    def abandoned(self, before: datetime, *, limit: int) -> list[str]:
        """Records with steps from before that moment which never became a run."""
        ...

    def old(self, run: AssignmentRun, *, keep: int) -> list[str]: ...
    def forget(self, run_id: str, *, limit: int) -> int: ...


class Views(Protocol):
    """Reads that span records."""

    def gate_facts(self, pairings: Sequence[Pairing]) -> list[GateFacts]:
        """Live facts for the hard gates, one for each pairing, in two round trips however many there are."""
        ...

    def ledger(self, customer_id: str) -> tuple[Consent, ...] | None:
        """Every line that a customer gave, by id; None where there is no such customer."""
        ...

    def topology(self) -> Iterator[TopologyRows]:
        """Everything that the snapshot needs, in batches of columns."""
        ...

    def value_facts(self, kinds: Collection[str] = ...) -> Iterator[FactRows]:
        """Of these kinds, of all unless they are named."""
        ...

    def value_facts_around(self, customer_id: str, currency: str, *, depth: int, limit: int) -> FactsAround: ...
    def watermark(self) -> int: ...
    def counts(self) -> dict[str, int]:
        """How many nodes of each label."""
        ...

    def explore(self, name: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """A query of `cypher/explore/`, read-only, bounded in rows and time."""
        ...


class NearTies(Protocol):
    def around(self, ids: Sequence[str], *, limit: int) -> Links:
        """Ties of officers, people and customers (told apart by their ids) with one of these at either end, in one
        round trip; of each sort of tie at most `limit`; `complete` is False where there may be more."""
        ...


class Transaction(Protocol):
    """The repositories of one unit of work; read-only, so that a narrower repository may stand for its protocol."""

    @property
    def customers(self) -> Customers: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def staff(self) -> Rows[Staff]: ...
    @property
    def knows(self) -> Rows[Acquaintance]: ...
    @property
    def groups(self) -> Rows[LegalGroup]: ...
    @property
    def categories(self) -> Rows[Category]: ...
    @property
    def consents(self) -> Rows[Consent]: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def needs(self) -> Needs: ...
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def relationships(self) -> Relationships: ...
    @property
    def introductions(self) -> Introductions: ...
    @property
    def referrals(self) -> Referrals: ...
    @property
    def outcomes(self) -> Outcomes: ...
    @property
    def evidence(self) -> Rows[PiEvidence]: ...
    @property
    def flows(self) -> CashFlows: ...
    @property
    def rates(self) -> Rows[ExchangeRate]: ...
    @property
    def ledger(self) -> Rows[LedgerTotal]: ...
    @property
    def communities(self) -> Communities: ...
    @property
    def values(self) -> Values: ...
    @property
    def assignments(self) -> Assignments: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def imports(self) -> Imports: ...
    @property
    def keys(self) -> ApiKeys: ...
    @property
    def idempotency(self) -> Idempotency: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def pilots(self) -> Pilots: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def sign_offs(self) -> SignOffs: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def letters(self) -> Letters: ...
    @property
    def disputes(self) -> Disputes: ...
    @property
    def vettings(self) -> Vettings: ...
    @property
    def links(self) -> NearTies: ...
    @property
    def views(self) -> Views: ...


class Store(Protocol):
    def read(self, caller: Caller, work: Callable[[Transaction], T], *, patient: bool = False) -> T:
        """`patient`: a job's time limits instead of the online ones."""
        ...

    def write(self, caller: Caller, work: Callable[[Transaction], T], *, patient: bool = False) -> T: ...
    def prepare(self, kind: str, rows: Sequence[Row]) -> Sequence[Row]:
        """The same rows, with what saving them takes worked out: in a thread that reads ahead it costs no time.
        `kind`: a repository of `Transaction`."""
        ...

    def close(self) -> None: ...
