"""AdvanceIntroductions: the nightly look at every open introduction, so that none lies forgotten.

What rests on a consent that is gone is cancelled; what nobody has to look at is approved; an offer without an answer
expires; whatever else is overdue goes to the operator as a message, once for each date that it was due.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from app.domain.access import Caller, Scope
from app.domain.audit import Happening
from app.domain.contact import ANSWERS_IN
from app.domain.errors import BadInput, Conflict, NotAllowed, StaleVersion
from app.domain.facts import Pairing
from app.domain.introduction import OPEN, Introduction, IntroductionStatus
from app.domain.outbox import Topic, message
from app.domain.policy import ApprovalMode
from app.ports.outside import Clock, Progress, silent
from app.ports.store import PageOf, Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.consents import RESTS_ON, Desk, cancel_without_consent, without_consent
from app.usecases.disputes import HandleDispute
from app.usecases.letters import Post, write_reminder
from app.usecases.match_policy import in_force
from app.usecases.moves import Known, Step, find_version, known
from app.usecases.moving import MoveIntroduction
from app.usecases.paging import PAGE, every
from app.usecases.vetting import RecordVetting

AGAIN_DAYS = 2  # what was reported as overdue is reported again after so long
AT_ONCE = 500
EXPIRES = frozenset(ANSWERS_IN.values())
_REFUSED = (BadInput, Conflict, NotAllowed, StaleVersion)


@dataclass(frozen=True, slots=True)
class Advanced:
    """`waiting`: could not go on, because somebody moved them meanwhile or something stands against it."""

    cancelled: int
    reminded: int
    approved: int
    expired: int
    escalated: int
    waiting: int


@dataclass(frozen=True, slots=True)
class AdvanceIntroductions:
    """Each introduction is a transaction of its own: a killed job goes on with the rest, and does nothing twice."""

    store: Store
    clock: Clock
    trail: AuditTrail
    post: Post | None = None

    def __call__(self, caller: Caller, progress: Progress = silent) -> Advanced:
        caller.require(Scope.RUN)
        counts: Counter[str] = Counter(cancelled=self._cancel(caller, progress))
        counts["reminded"] = self._remind(caller, progress)
        RecordVetting(self.store, self.clock, self.trail.new_id, self.trail).let_expire(caller)
        HandleDispute(self.store, self.clock, self.trail.new_id, self.trail).let_effects_end(caller)
        for one in self._due(caller):
            progress("looking at open introductions", counts.total(), 0)
            try:
                counts[self._advance(caller, one)] += 1
            except _REFUSED:
                counts["waiting"] += 1
        return Advanced(
            *(counts[name] for name in ("cancelled", "reminded", "approved", "expired", "escalated", "waiting"))
        )

    def _cancel(self, caller: Caller, progress: Progress) -> int:
        """A refusal that came with an import took nothing with it then."""
        count = looked = 0
        for status in RESTS_ON:
            waiting = self._in(caller, status)
            while some := list(islice(waiting, PAGE)):
                looked += len(some)
                progress("looking at consents", looked, 0)
                for customer_id in self.store.read(caller, lambda tx, some=some: _withdrawn(tx, some, self.clock())):  # type: ignore[misc]
                    count += self._cancel_of(caller, customer_id)
        return count

    def _remind(self, caller: Caller, progress: Progress) -> int:
        """Those that rest are left alone."""
        post, now, count, looked = self.post, self.clock(), 0, 0
        if post is None:
            return 0
        for status in EXPIRES:
            for one in self._in(caller, status):
                looked += 1
                progress("looking at offers", looked, 0)
                if one.snoozed_until is None or one.snoozed_until <= now:
                    count += self.store.write(
                        caller,
                        lambda tx, one=one: write_reminder(tx, post, one, known(tx, one, now)),  # type: ignore[misc]
                    )
        return count

    def _cancel_of(self, caller: Caller, customer_id: str) -> int:
        at = self.clock()

        def work(tx: Transaction) -> int:
            tx.customers.lock([customer_id])
            return len(cancel_without_consent(tx, Desk(self.trail, self.post), caller, customer_id, at))

        try:
            return self.store.write(caller, work)
        except StaleVersion:  # somebody moves it at this moment; what goes out looks at consent again
            return 0

    def _in(self, caller: Caller, status: IntroductionStatus) -> Iterator[Introduction]:
        def page(at: PageOf) -> list[Introduction]:
            return self.store.read(caller, lambda tx: tx.introductions.page(at, status=status))

        return every(page, lambda one: one.id)

    def _due(self, caller: Caller) -> Iterator[Introduction]:
        now, after = self.clock(), ""
        while some := self.store.read(
            caller,
            lambda tx, after=after: tx.introductions.due(OPEN, now, after=after, limit=AT_ONCE),  # type: ignore[misc]
            patient=True,
        ):
            yield from some
            after = some[-1].id

    def _advance(self, caller: Caller, one: Introduction) -> str:
        if one.status is IntroductionStatus.PROPOSED and one.approval is ApprovalMode.AUTOMATIC:
            return self._approve(caller, one)
        if one.status in EXPIRES:
            step = Step("expire", one.version, reason="No answer in time.")
            MoveIntroduction(self.store, self.clock, self.trail, self.post)(caller, one.id, step)
            return "expired"
        return self._escalate(caller, one)

    def _approve(self, caller: Caller, one: Introduction) -> str:
        """By the policy and the facts of now: what has become larger or unvetted since waits for somebody."""
        now = self.clock()
        mode = self.store.read(caller, lambda tx: known(tx, one, now).approval.mode)
        if mode is not ApprovalMode.AUTOMATIC:
            return self._escalate(caller, one, mode)
        step = Step("approve", one.version, reason="Approved by policy.")
        MoveIntroduction(self.store, self.clock, self.trail, self.post)(caller, one.id, step)
        return "approved"

    def _escalate(self, caller: Caller, one: Introduction, mode: ApprovalMode | None = None) -> str:
        """`mode`: by which it is to be decided from now on, where that has changed."""
        at, event_id = self.clock(), self.trail.draw()

        def work(tx: Transaction) -> None:
            now = find_version(tx, one.id, one.version)
            later = replace(now, due_at=at + timedelta(days=AGAIN_DAYS), approval=mode or now.approval)
            tx.introductions.move(later, expected_version=now.version)
            content = {
                "introduction_id": now.id,
                "status": str(now.status),
                "owner": now.owner,
                "next_step": now.next_step,
                "due_at": now.due_at,
                "approval": later.approval,
            }
            self.trail.record(tx, event_id, Happening(now.id, "introduction.escalated", at, caller.id, content))
            tx.outbox.create(message(Topic.INTRODUCTION_OVERDUE, now.id, at, content))

        self.store.write(caller, work)
        return "escalated"


def _withdrawn(tx: Transaction, some: Sequence[Introduction], at: datetime) -> list[str]:
    """Customers without a consent that one of these rests on."""
    policy = in_force(tx).policy
    facts = tx.views.gate_facts([Pairing(one.seeker_id, (one.provider_id,)) for one in some])
    found = set()
    for one, each in zip(some, facts, strict=True):
        sides = without_consent(Known(policy, None, each, at), one.status)
        found |= {one.seeker_id if side == "seeker" else one.provider_id for side in sides}
    return sorted(found)
