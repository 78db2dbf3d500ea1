"""Introductions: proposing one, handing it on, letting it rest, and reading what happened to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.access import Caller, Scope
from app.domain.audit import AuditEvent, Happening
from app.domain.errors import BadInput, Conflict, IllegalMove
from app.domain.introduction import OPEN, Introduction, IntroductionStatus, Move, rested
from app.domain.need import SEEKING, Need
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail, timeline
from app.usecases.moves import (
    MATCH,
    NEXT_STEP,
    Known,
    check_consents,
    due,
    find_introduction,
    find_version,
    happening,
    known,
)
from app.usecases.once import Claim, Once
from app.usecases.portfolio import require_named

_PROPOSED = IntroductionStatus.PROPOSED


@dataclass(frozen=True, slots=True)
class ProposeIntroduction:
    store: Store
    clock: Clock
    new_id: NewId
    trail: AuditTrail

    def __call__(self, caller: Caller, draft: Introduction, claim: Claim | None) -> Introduction:
        """`draft` gives need, parties, owner, due date, reason, score and rank; the rest is set here."""
        caller.require(Scope.WRITE)
        if draft.seeker_id == draft.provider_id:
            raise BadInput("Seeker and provider are two customers.", pointer="/provider_id")
        at, event_id = self.clock(), self.trail.draw()
        bare = replace(
            draft,
            id=self.new_id("Introduction"),
            status=_PROPOSED,
            created_at=at,
            changed_at=at,
            owner=draft.owner or caller.id,
            next_step=NEXT_STEP[_PROPOSED],
            moves=(Move(_PROPOSED, at),),
            proposed_by=caller.id,
            version=1,
        )

        def effect(tx: Transaction) -> Introduction:
            tx.customers.lock([bare.seeker_id, bare.provider_id])
            what = _check_parties(tx, bare, at)
            made = replace(bare, approval=what.approval.mode, due_at=bare.due_at or due(what.policy, _PROPOSED, at))
            tx.introductions.save([made])
            self.trail.record(tx, event_id, happening(caller, None, made, what))
            return made

        once = Once(effect, find_introduction, lambda introduction: introduction.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


def _check_parties(tx: Transaction, made: Introduction, at: datetime) -> Known:
    require_named(tx.customers, made.seeker_id, "/seeker_id")
    require_named(tx.customers, made.provider_id, "/provider_id")
    require_named(tx.needs, made.need_id, "/need_id")
    what = known(tx, made, at)
    if what.need is not None:
        _check_need(what.need, made, at)
    check_consents(what, MATCH)
    facts = what.facts.providers[0]
    if facts.open_introduction:
        raise Conflict("The two have an open introduction.", remedy="Finish or cancel that one first.")
    rests = timedelta(days=what.policy.rest_after_decline_days)
    if facts.last_declined_at is not None and at - facts.last_declined_at < rests:
        until = facts.last_declined_at + rests
        raise Conflict("One of the two has declined the other lately.", remedy=f"Propose it from {until:%Y-%m-%d} on.")
    return what


def _check_need(need: Need, made: Introduction, at: datetime) -> None:
    if need.seeker_id != made.seeker_id:
        raise BadInput("This need is another customer's.", pointer="/need_id")
    if need.status not in SEEKING or (need.expires_at is not None and need.expires_at <= at):
        raise Conflict("This need is not seeking a provider.")


@dataclass(frozen=True, slots=True)
class ChangeIntroduction:
    """What leaves the state as it is: another owner, a rest until a date. Open introductions only."""

    store: Store
    clock: Clock
    trail: AuditTrail

    def assign(self, caller: Caller, introduction_id: str, expected_version: int, owner: str) -> Introduction:
        """To somebody else, in an absence for example."""
        return self._change(
            caller, introduction_id, expected_version, "assigned", lambda one, at: replace(one, owner=owner)
        )

    def snooze(self, caller: Caller, introduction_id: str, expected_version: int, until: datetime) -> Introduction:
        """Nothing is due before then; BadInput for a time that is not ahead."""

        def later(one: Introduction, at: datetime) -> Introduction:
            if until <= at:
                raise BadInput("A rest ends in the future.", pointer="/until")
            return rested(one, at, until)

        return self._change(caller, introduction_id, expected_version, "snoozed", later)

    def _change(
        self,
        caller: Caller,
        introduction_id: str,
        expected_version: int,
        name: str,
        change: Callable[[Introduction, datetime], Introduction],
    ) -> Introduction:
        caller.require(Scope.WRITE)
        at, event_id = self.clock(), self.trail.draw()

        def work(tx: Transaction) -> Introduction:
            now = find_version(tx, introduction_id, expected_version)
            if now.status not in OPEN:
                raise IllegalMove(f"An introduction that is {now.status} takes no further step.", allowed=())
            changed = tx.introductions.move(change(now, at), expected_version=expected_version)
            content = {
                "owner": changed.owner,
                "due_at": changed.due_at,
                "snoozed_until": changed.snoozed_until,
                "version": changed.version,
            }
            self.trail.record(tx, event_id, Happening(now.id, f"introduction.{name}", at, caller.id, content))
            return changed

        return self.store.write(caller, work)


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    store: Store

    def __call__(self, caller: Caller, introduction_id: str) -> Sequence[AuditEvent]:
        """The first event first; NotFound."""

        def work(tx: Transaction) -> Sequence[AuditEvent]:
            find_introduction(tx, introduction_id)
            return list(timeline(tx, introduction_id))

        return self.store.read(caller, work)
