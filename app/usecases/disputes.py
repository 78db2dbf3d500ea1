"""Disputes: opened, both heard, a finding with its effect, an appeal, and the end of the effect.

Invariant: who holds and who lowers also remembers what was before, in the same transaction under the lock of the
customers, so that "nobody" and an appeal that succeeds restore exactly (S08).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.access import Caller, Scope
from app.domain.audit import Happening
from app.domain.contact import Side
from app.domain.customer import Standing
from app.domain.dispute import (
    EFFECT_DAYS,
    Dispute,
    DisputeState,
    Fault,
    appealed,
    found,
    freed,
    stated,
)
from app.domain.errors import Conflict, IllegalMove, NotAllowed, NotFound
from app.domain.ids import timed_id
from app.domain.introduction import MOVES, Introduction, IntroductionStatus, move
from app.domain.outbox import Topic, message
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.capacity import count_slot
from app.usecases.match_policy import in_force
from app.usecases.moves import FEEDBACK_DAYS, NEXT_STEP, due, find_introduction, find_version
from app.usecases.portfolio import find_customer

_DISPUTED = IntroductionStatus.DISPUTED
AT_ONCE = 200


def find_dispute(tx: Transaction, dispute_id: str) -> Dispute:
    one = tx.disputes.get(dispute_id)
    if one is None:
        raise NotFound("There is no such dispute.")
    return one


@dataclass(frozen=True, slots=True)
class Complaint:
    """`severity` 1 (a nuisance) to 4 (damage, deceit)."""

    side: Side
    severity: int
    text: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class HandleDispute:
    store: Store
    clock: Clock
    new_id: NewId
    trail: AuditTrail

    def open(self, caller: Caller, introduction_id: str, expected_version: int, complaint: Complaint) -> Dispute:
        """Freezes the pair, and holds the provider from the policy's severity on. IllegalMove before they have met."""
        caller.require(Scope.WRITE)
        at, dispute_id = self.clock(), self.new_id("Dispute")

        def work(tx: Transaction) -> Dispute:
            now = find_version(tx, introduction_id, expected_version)
            if _DISPUTED not in MOVES[now.status]:
                raise IllegalMove(f"An introduction that is {now.status} cannot be disputed.", allowed=())
            tx.customers.lock([now.seeker_id, now.provider_id])
            policy = in_force(tx).policy
            due_at = due(policy, _DISPUTED, at)
            owner = complaint.owner or now.owner or caller.id
            one = Dispute(
                dispute_id, now.id, now.seeker_id, now.provider_id, complaint.side, at, complaint.severity,
                now.status, owner, due_at,
            )  # fmt: skip
            one = stated(one, complaint.side, complaint.text, at)
            if complaint.severity >= policy.dispute_hold_severity:
                one = _hold(tx, one)
            moved = replace(
                move(now, _DISPUTED, at=at, reason=None), owner=owner, next_step=NEXT_STEP[_DISPUTED], due_at=due_at
            )
            tx.introductions.move(moved, expected_version=now.version)
            self._moved(tx, caller, moved, one)
            tx.disputes.save(one)
            self._tell(tx, caller, one, "opened", at)
            tx.outbox.create(message(Topic.DISPUTE_OPENED, one.id, at, _told(one)))
            return one

        return self.store.write(caller, work)

    def state(self, caller: Caller, dispute_id: str, side: Side, text: str) -> Dispute:
        """What a side says. Read by those who decide, never by the other side."""
        return self._change(caller, dispute_id, "stated", lambda tx, one, at: stated(one, side, text, at))

    def find(self, caller: Caller, dispute_id: str, fault: Fault, finding: str, *, goes_on: bool) -> Dispute:
        """Who was at fault, if anybody, and whether the introduction goes on. After an appeal somebody else finds."""
        caller.require(Scope.VET)

        def change(tx: Transaction, one: Dispute, at: datetime) -> Dispute:
            if one.state is DisputeState.APPEALED and caller.id == one.found_by:
                raise NotAllowed("Who has found once does not decide about the appeal.", remedy="Somebody else finds.")
            decided = found(one, fault, finding, caller.id, at)
            decided = _lower(tx, _restored(tx, _free(tx, decided)), at)
            ended = _end(tx, decided, at, goes_on=goes_on)
            if ended is not None:
                self._moved(tx, caller, ended, decided)
            return decided

        return self._change(caller, dispute_id, "found", change)

    def appeal(self, caller: Caller, dispute_id: str, side: Side, text: str) -> Dispute:
        """By whoever was found at fault, within 14 days. What the finding has lowered stays until another finds."""

        def change(tx: Transaction, one: Dispute, at: datetime) -> Dispute:
            answer_by = due(in_force(tx).policy, _DISPUTED, at)
            return appealed(one, side, text, at, answer_by=answer_by)

        return self._change(caller, dispute_id, "appealed", change)

    def let_effects_end(self, caller: Caller) -> int:
        """Restores the vetting of those whose time is over; how many disputes. For the nightly look."""
        caller.require(Scope.RUN)
        now, count = self.clock(), 0
        while some := self.store.read(caller, lambda tx: tx.disputes.over(now, limit=AT_ONCE), patient=True):
            for one in some:
                self._change(caller, one.id, "effect_ended", lambda tx, each, at: _restored(tx, each))
                count += 1
        return count

    def _change(
        self, caller: Caller, dispute_id: str, name: str, change: Callable[[Transaction, Dispute, datetime], Dispute]
    ) -> Dispute:
        caller.require(Scope.WRITE)
        at = self.clock()

        def work(tx: Transaction) -> Dispute:
            one = find_dispute(tx, dispute_id)
            tx.customers.lock([one.seeker_id, one.provider_id])
            one = change(tx, find_dispute(tx, dispute_id), at)
            tx.disputes.save(one)
            self._tell(tx, caller, one, name, at)
            return one

        return self.store.write(caller, work)

    def _moved(self, tx: Transaction, caller: Caller, moved: Introduction, one: Dispute) -> None:
        """In the introduction's own timeline."""
        content = {"to": str(moved.status), "reason": moved.reason, "version": moved.version, "dispute_id": one.id}
        event_id = timed_id("AuditEvent", moved.changed_at, moved.id, str(moved.version))
        what = Happening(moved.id, f"introduction.{moved.status}", moved.changed_at, caller.id, content)
        self.trail.record(tx, event_id, what)

    def _tell(self, tx: Transaction, caller: Caller, one: Dispute, name: str, at: datetime) -> None:
        event_id = timed_id("AuditEvent", at, one.id, str(one.version), name)
        self.trail.record(tx, event_id, Happening(one.id, f"dispute.{name}", at, caller.id, _told(one)))


def _told(one: Dispute) -> dict[str, object]:
    """For the operator; what the sides have said stays in the dispute."""
    return {
        "dispute_id": one.id,
        "introduction_id": one.introduction_id,
        "severity": one.severity,
        "owner": one.owner,
        "due_at": one.due_at,
        "state": str(one.state),
        "fault": None if one.fault is None else str(one.fault),
    }


def _hold(tx: Transaction, one: Dispute) -> Dispute:
    provider = find_customer(tx, one.provider_id)
    if provider.standing is not Standing.GOOD:
        return one  # held, or suppressed, by something else: that stays whatever is found here
    tx.customers.change(replace(provider, standing=Standing.HELD), expected_version=provider.version)
    return replace(one, held_ids=(provider.id,), standings_before=(provider.standing,))


def _free(tx: Transaction, one: Dispute) -> Dispute:
    for customer_id, before in zip(one.held_ids, one.standings_before, strict=True):
        customer = find_customer(tx, customer_id)
        again = freed(customer, before)
        if again != customer:
            tx.customers.change(again, expected_version=customer.version)
    return replace(one, held_ids=(), standings_before=())


def _lower(tx: Transaction, one: Dispute, at: datetime) -> Dispute:
    """Whoever was at fault is vouched for by one step less, for a year."""
    before = []
    for customer_id in one.at_fault:
        customer = find_customer(tx, customer_id)
        before.append(customer.vetting)
        lower = replace(customer, vetting=max(0, customer.vetting - 1))
        tx.customers.change(lower, expected_version=customer.version)
    until = at + timedelta(days=EFFECT_DAYS) if before else None
    return replace(one, lowered_ids=one.at_fault, vettings_before=tuple(before), effect_until=until)


def _restored(tx: Transaction, one: Dispute) -> Dispute:
    """What an earlier finding has lowered is put back, unless it was vetted anew since."""
    for customer_id, before in zip(one.lowered_ids, one.vettings_before, strict=True):
        customer = find_customer(tx, customer_id)
        if customer.vetting == max(0, before - 1):
            tx.customers.change(replace(customer, vetting=before), expected_version=customer.version)
    return replace(one, lowered_ids=(), vettings_before=(), effect_until=None)


def _end(tx: Transaction, one: Dispute, at: datetime, *, goes_on: bool) -> Introduction | None:
    """The introduction goes back to where it was, or ends; after an appeal it stays as the first finding left it."""
    now = find_introduction(tx, one.introduction_id)
    if now.status is not _DISPUTED:
        return None
    to = one.about if goes_on else IntroductionStatus.CANCELLED
    after = move(now, to, at=at, reason="The dispute was decided.")
    if to is IntroductionStatus.INTRODUCED:
        after = replace(after, next_step=NEXT_STEP[to], due_at=at + timedelta(days=FEEDBACK_DAYS))
    count_slot(tx, now, after)
    return tx.introductions.move(after, expected_version=now.version)


def check_undisputed(tx: Transaction, introduction_id: str, status: IntroductionStatus) -> None:
    """Conflict while a dispute about it is not decided: nobody moves it past those who decide."""
    if status is _DISPUTED and any(one.state is not DisputeState.FOUND for one in tx.disputes.about(introduction_id)):
        raise Conflict("A dispute about it is open.", remedy="Decide it with POST /api/v1/disputes/{id}/finding.")
