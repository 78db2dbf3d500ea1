"""Introductions: proposing one, and each move of it.

Invariant: nothing is proposed, offered or revealed without the live consents of both sides for it, read in the
transaction of the move; while it is open an introduction has an owner, a next step and a due date. Every move is an
event of the audit log, written in its transaction, with what it was decided on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.access import Caller, Scope
from app.domain.audit import AuditEvent, Happening
from app.domain.customer import LedgerLine, Purpose, has_consent
from app.domain.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, StaleVersion
from app.domain.facts import GateFacts, Pairing, Party
from app.domain.introduction import MOVES, OPEN, Introduction, IntroductionStatus, Move, move
from app.domain.need import SEEKING
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail, timeline
from app.usecases.needs import find_need
from app.usecases.once import Claim, Once
from app.usecases.portfolio import require_named

DUE = timedelta(days=14)  # an offer expires after 14 days (DOMAIN.md), and no step should take longer
_S = IntroductionStatus
_NEXT_STEP: Mapping[IntroductionStatus, str] = {
    _S.PROPOSED: "Approve or reject it.",
    _S.APPROVED: "Offer it to the seeker.",
    _S.OFFERED: "Wait for the seeker's answer.",
    _S.ACCEPTED_BY_ONE: "Wait for the provider's answer.",
    _S.ACCEPTED: "Introduce the two.",
    _S.INTRODUCED: "Ask both what came of it.",
    _S.DISPUTED: "Hear both sides.",
}
_VERBS: Mapping[str, IntroductionStatus] = {
    "approve": _S.APPROVED,
    "reject": _S.REJECTED,
    "offer": _S.OFFERED,
    "accept": _S.ACCEPTED_BY_ONE,
    "decline": _S.DECLINED,
    "introduce": _S.INTRODUCED,
    "complete": _S.COMPLETED,
    "withdraw": _S.WITHDRAWN,
    "cancel": _S.CANCELLED,
}
VERBS = tuple(_VERBS)
_WITH_REASON = frozenset({"reject", "decline", "withdraw", "cancel"})
_MATCH = ((Purpose.SEEKER,), (Purpose.PROVIDER,))
_CONTACT = ((Purpose.SEEKER, Purpose.CONTACT), (Purpose.PROVIDER, Purpose.CONTACT))
_REVEAL = ((Purpose.SEEKER, Purpose.IDENTITY), (Purpose.PROVIDER, Purpose.IDENTITY))
_CONSENTS: Mapping[str, tuple[tuple[Purpose, ...], tuple[Purpose, ...]]] = {
    "offer": _CONTACT,
    "introduce": _REVEAL,
}


def find_introduction(tx: Transaction, introduction_id: str) -> Introduction:
    found = tx.introductions.get([introduction_id])
    if not found:
        raise NotFound("There is no such introduction.")
    return found[0]


def target(verb: str, status: IntroductionStatus) -> IntroductionStatus:
    """Two parties accept, the seeker first: the second yes makes it accepted."""
    return _S.ACCEPTED if verb == "accept" and status is _S.ACCEPTED_BY_ONE else _VERBS[verb]


def verbs_allowed(status: IntroductionStatus) -> tuple[str, ...]:
    return tuple(verb for verb in VERBS if target(verb, status) in MOVES.get(status, ()))


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
        made = replace(
            draft,
            id=self.new_id("Introduction"),
            status=_S.PROPOSED,
            created_at=at,
            changed_at=at,
            owner=draft.owner or caller.id,
            next_step=_NEXT_STEP[_S.PROPOSED],
            due_at=draft.due_at or at + DUE,
            moves=(Move(_S.PROPOSED, at),),
            version=1,
        )

        def effect(tx: Transaction) -> Introduction:
            facts = _check_parties(tx, made, at)
            tx.introductions.save([made])
            self.trail.record(tx, event_id, _happening(caller, None, made, facts))
            return made

        once = Once(effect, find_introduction, lambda introduction: introduction.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


def _check_parties(tx: Transaction, made: Introduction, at: datetime) -> GateFacts:
    require_named(tx.customers, made.seeker_id, "/seeker_id")
    require_named(tx.customers, made.provider_id, "/provider_id")
    if made.need_id is not None:
        require_named(tx.needs, made.need_id, "/need_id")
        need = find_need(tx, made.need_id)
        if need.seeker_id != made.seeker_id:
            raise BadInput("This need is another customer's.", pointer="/need_id")
        if need.status not in SEEKING or (need.expires_at is not None and need.expires_at <= at):
            raise Conflict("This need is not seeking a provider.")
    facts = _facts(tx, made)
    _check_consents(facts, _MATCH, at)
    if facts.providers[0].open_introduction:
        raise Conflict("The two have an open introduction.", remedy="Finish or cancel that one first.")
    return facts


def _facts(tx: Transaction, made: Introduction) -> GateFacts:
    return tx.views.gate_facts([Pairing(made.seeker_id, (made.provider_id,))])[0]


def _check_consents(facts: GateFacts, needed: tuple[tuple[Purpose, ...], tuple[Purpose, ...]], at: datetime) -> None:
    ledgers = (facts.seeker_consents, facts.providers[0].consents if facts.providers else ())
    for side, ledger, purposes in zip(("seeker", "provider"), ledgers, needed, strict=True):
        if not all(has_consent(ledger, purpose, at) for purpose in purposes):
            raise NotAllowed(
                f"The {side} has not consented to this step.",
                remedy=f"It needs {' and '.join(purposes)}; record it with POST /api/v1/consents.",
            )


@dataclass(frozen=True, slots=True)
class Step:
    """One move asked for: the verb and what goes with it."""

    verb: str
    expected_version: int
    reason: str | None = None
    owner: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MoveIntroduction:
    store: Store
    clock: Clock
    trail: AuditTrail

    def __call__(self, caller: Caller, introduction_id: str, step: Step) -> Introduction:
        """NotFound; StaleVersion; IllegalMove with the verbs that are allowed; NotAllowed without consent."""
        caller.require(Scope.WRITE)
        if step.verb in _WITH_REASON and step.reason is None:
            raise BadInput("This move needs a reason.", pointer="/reason")
        at, event_id = self.clock(), self.trail.draw()

        def work(tx: Transaction) -> Introduction:
            now = find_introduction(tx, introduction_id)
            if now.version != step.expected_version:
                raise StaleVersion("The introduction has changed since you read it.", remedy="Read it again.")
            allowed = verbs_allowed(now.status)
            if step.verb not in allowed:
                raise IllegalMove(f"An introduction that is {now.status} cannot take this step.", allowed=allowed)
            facts = _facts(tx, now)
            if step.verb in _CONSENTS:
                _check_consents(facts, _CONSENTS[step.verb], at)
            moved = tx.introductions.move(_moved(now, step, at), expected_version=step.expected_version)
            self.trail.record(tx, event_id, _happening(caller, now, moved, facts))
            return moved

        return self.store.write(caller, work)


def _moved(now: Introduction, step: Step, at: datetime) -> Introduction:
    moved = move(now, target(step.verb, now.status), at=at, reason=step.reason)
    if moved.status not in OPEN:
        return moved
    return replace(
        moved,
        owner=step.owner or moved.owner,
        next_step=_NEXT_STEP[moved.status],
        due_at=step.due_at or at + DUE,
    )


def _happening(caller: Caller, before: Introduction | None, after: Introduction, facts: GateFacts) -> Happening:
    """The event of a move: its reason, what it left behind, and what was known of both when it was made."""
    sides = {"seeker": (facts.seeker, facts.seeker_consents)}
    if facts.providers:
        sides["provider"] = (facts.providers[0].party, facts.providers[0].consents)
    content = {
        "from": None if before is None else str(before.status),
        "to": str(after.status),
        "reason": after.reason,
        "owner": after.owner,
        "next_step": after.next_step,
        "due_at": None if after.due_at is None else after.due_at.isoformat(),
        "version": after.version,
        "inputs": {side: _known(party, consents) for side, (party, consents) in sides.items() if party is not None},
    }
    return Happening(after.id, f"introduction.{after.status}", after.changed_at, caller.id, content)


def _known(party: Party, consents: Sequence[LedgerLine]) -> Mapping[str, Any]:
    return {
        "vetting": party.vetting,
        "standing": str(party.standing),
        "consents": sorted(line.id for line in consents),
    }


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    store: Store

    def __call__(self, caller: Caller, introduction_id: str) -> Sequence[AuditEvent]:
        """The first event first; NotFound."""

        def work(tx: Transaction) -> Sequence[AuditEvent]:
            find_introduction(tx, introduction_id)
            return list(timeline(tx, introduction_id))

        return self.store.read(caller, work)
