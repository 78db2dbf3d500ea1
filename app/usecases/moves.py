"""Moving an introduction, and what every move is checked against.

Invariant: consent, standing, contact budget and the right to decide are read in the transaction of the move, which
locks the introduction; every move is an event of the audit log, written in the same transaction with what it was
decided on and the version of the policy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.access import Caller, Scope
from app.domain.asks import YEAR, asks_of, open_from
from app.domain.audit import Happening
from app.domain.customer import LedgerLine, Purpose, Standing, has_consent
from app.domain.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, StaleVersion
from app.domain.facts import GateFacts, Pairing, Party
from app.domain.introduction import MOVES, OPEN, Introduction, IntroductionStatus, move
from app.domain.need import Need
from app.domain.policy import Approval, ApprovalMode, MatchPolicy, approval
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.match_policy import in_force
from app.usecases.runner_up import queue_runner_up

STEP_DAYS = 7  # for steps that policy gives no time of its own
FEEDBACK_DAYS = 30
_S = IntroductionStatus
NEXT_STEP: Mapping[IntroductionStatus, str] = {
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
_BY_TIME: Mapping[str, IntroductionStatus] = {"expire": _S.EXPIRED}  # nobody's decision
_WITH_REASON = frozenset({"reject", "decline", "withdraw", "cancel"})
Sides = tuple[tuple[Purpose, ...], tuple[Purpose, ...]]
MATCH: Sides = ((Purpose.SEEKER,), (Purpose.PROVIDER,))
CONTACT: Sides = ((Purpose.SEEKER, Purpose.CONTACT), (Purpose.PROVIDER, Purpose.CONTACT))
REVEAL: Sides = ((Purpose.SEEKER, Purpose.IDENTITY), (Purpose.PROVIDER, Purpose.IDENTITY))
_SCOPES: Mapping[ApprovalMode, Scope] = {
    ApprovalMode.AUTOMATIC: Scope.WRITE,
    ApprovalMode.VETTED: Scope.VET,
    ApprovalMode.SENIOR: Scope.DECIDE,
}


def find_introduction(tx: Transaction, introduction_id: str) -> Introduction:
    found = tx.introductions.get([introduction_id])
    if not found:
        raise NotFound("There is no such introduction.")
    return found[0]


def target(verb: str, status: IntroductionStatus) -> IntroductionStatus:
    """Two parties accept, the seeker first: the second yes makes it accepted."""
    if verb == "accept" and status is _S.ACCEPTED_BY_ONE:
        return _S.ACCEPTED
    return _BY_TIME.get(verb) or _VERBS[verb]


def verbs_allowed(status: IntroductionStatus) -> tuple[str, ...]:
    return tuple(verb for verb in VERBS if target(verb, status) in MOVES.get(status, ()))


def due(policy: MatchPolicy, status: IntroductionStatus, at: datetime) -> datetime:
    """Until when the next step is to be done."""
    days = {
        _S.PROPOSED: policy.approval_days,
        _S.OFFERED: policy.offer_days,
        _S.ACCEPTED_BY_ONE: policy.offer_days,
        _S.INTRODUCED: FEEDBACK_DAYS,
        _S.DISPUTED: policy.dispute_answer_days,
    }.get(status, STEP_DAYS)
    return at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Step:
    """One move asked for: the verb and what goes with it. `no_conflict`: whoever approves declares to have no interest
    of his own in it."""

    verb: str
    expected_version: int
    reason: str | None = None
    owner: str | None = None
    due_at: datetime | None = None
    no_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What a move is decided on, as it is now."""

    policy: MatchPolicy
    need: Need | None
    facts: GateFacts
    at: datetime

    @property
    def sides(self) -> tuple[tuple[str, Party | None, Sequence[LedgerLine]], ...]:
        provider = self.facts.providers[0] if self.facts.providers else None
        return (
            ("seeker", self.facts.seeker, self.facts.seeker_consents),
            ("provider", None, ()) if provider is None else ("provider", provider.party, provider.consents),
        )

    @property
    def approval(self) -> Approval:
        return approval(self.policy, self.need, [party for _, party, _ in self.sides], self.at)


def known(tx: Transaction, one: Introduction, at: datetime) -> Known:
    needs = tx.needs.get([one.need_id]) if one.need_id is not None else []
    facts = tx.views.gate_facts([Pairing(one.seeker_id, (one.provider_id,))])[0]
    return Known(in_force(tx).policy, needs[0] if needs else None, facts, at)


@dataclass(frozen=True, slots=True)
class MoveIntroduction:
    store: Store
    clock: Clock
    trail: AuditTrail

    def __call__(self, caller: Caller, introduction_id: str, step: Step) -> Introduction:
        """NotFound; StaleVersion; IllegalMove with the verbs that are allowed; NotAllowed without consent, or the right
        to approve; Conflict where an open complaint or the contact budget stands against it, with until when."""
        caller.require(Scope.WRITE)
        if step.verb in _WITH_REASON and step.reason is None:
            raise BadInput("This move needs a reason.", pointer="/reason")
        at, event_id = self.clock(), self.trail.draw()

        def work(tx: Transaction) -> Introduction:
            now = find_introduction(tx, introduction_id)
            if now.version != step.expected_version:
                raise StaleVersion("The introduction has changed since you read it.", remedy="Read it again.")
            if target(step.verb, now.status) not in MOVES.get(now.status, ()):
                allowed = verbs_allowed(now.status)
                raise IllegalMove(f"An introduction that is {now.status} cannot take this step.", allowed=allowed)
            tx.customers.lock([now.seeker_id, now.provider_id])
            what = known(tx, now, at)
            _check(tx, caller, now, step, what)
            moved = tx.introductions.move(_moved(now, step, what), expected_version=step.expected_version)
            self.trail.record(tx, event_id, happening(caller, now, moved, what, step))
            if now.status is _S.ACCEPTED_BY_ONE and moved.status in (_S.DECLINED, _S.EXPIRED):
                queue_runner_up(tx, moved, at, caller)  # the seeker still wants somebody
            return moved

        return self.store.write(caller, work)


def _check(tx: Transaction, caller: Caller, now: Introduction, step: Step, what: Known) -> None:
    if step.verb == "approve":
        _check_approver(caller, now, step, what.approval.mode)
    if step.verb in ("offer", "introduce"):
        check_consents(what, CONTACT if step.verb == "offer" else REVEAL)
        _check_standing(what)
    if step.verb == "offer":
        _check_budget(tx, now, what)


def _check_approver(caller: Caller, now: Introduction, step: Step, mode: ApprovalMode) -> None:
    """For a senior decision four eyes, and a declaration: whoever proposed it does not approve it."""
    caller.require(_SCOPES[mode])
    if mode is not ApprovalMode.SENIOR:
        return
    if caller.id == now.proposed_by:
        raise NotAllowed("Who proposed it cannot approve it.", remedy="Another senior manager approves it.")
    if not step.no_conflict:
        raise BadInput(
            "Declare that you have no interest of your own in it.",
            pointer="/no_conflict",
            remedy="Send no_conflict: true, or leave the decision to somebody else.",
        )


def check_consents(what: Known, needed: Sides) -> None:
    """By opt-out a recorded no still counts, and nobody's identity is revealed without a recorded yes."""
    for (side, _, ledger), purposes in zip(what.sides, needed, strict=True):
        missing = [one for one in purposes if not consents(what.policy, ledger, one, what.at)]
        if missing:
            raise NotAllowed(
                f"The {side} has not consented to this step.",
                remedy=f"It needs {' and '.join(purposes)}; record it with POST /api/v1/consents.",
            )


def consents(policy: MatchPolicy, ledger: Sequence[LedgerLine], purpose: Purpose, at: datetime) -> bool:
    lines = tuple(ledger)
    is_stated = any(purpose in line.purposes and line.recorded_at <= at for line in lines)
    if not policy.opt_in and purpose is not Purpose.IDENTITY and not is_stated:
        return True
    return has_consent(lines, purpose, at)


def _check_standing(what: Known) -> None:
    for side, party, _ in what.sides:
        if party is None or party.standing is Standing.GOOD:
            continue
        raise Conflict(
            {
                Standing.COMPLAINT_OPEN: f"The {side} has an open complaint.",
                Standing.HELD: f"Introductions of the {side} are held because of a dispute.",
                Standing.LEFT: f"The {side} is no longer a customer.",
            }[party.standing],
            remedy="Close that first; the introduction waits, or is cancelled.",
        )


def _check_budget(tx: Transaction, now: Introduction, what: Known) -> None:
    for side, customer_id in (("seeker", now.seeker_id), ("provider", now.provider_id)):
        recent = tx.introductions.changed_since(customer_id, what.at - YEAR)
        made = [ask.at for ask in asks_of(recent) if ask.customer_id == customer_id]
        free = open_from(what.policy, made, what.at)
        if free > what.at:
            raise Conflict(
                f"The {side} has been asked as often as the policy allows.",
                remedy=f"Offer it from {free:%Y-%m-%d} on.",
            )


def _moved(now: Introduction, step: Step, what: Known) -> Introduction:
    moved = move(now, target(step.verb, now.status), at=what.at, reason=step.reason)
    moved = replace(moved, snoozed_until=None)
    if step.verb == "approve":
        moved = replace(moved, approval=what.approval.mode)
    if moved.status not in OPEN:
        return moved
    return replace(
        moved,
        owner=step.owner or moved.owner,
        next_step=NEXT_STEP[moved.status],
        due_at=step.due_at or due(what.policy, moved.status, what.at),
    )


def happening(
    caller: Caller, before: Introduction | None, after: Introduction, what: Known, step: Step | None = None
) -> Happening:
    """The event of a move: its reason, what it left behind, and what was known of both when it was made."""
    decided = what.approval
    content = {
        "from": None if before is None else str(before.status),
        "to": str(after.status),
        "reason": after.reason,
        "owner": after.owner,
        "next_step": after.next_step,
        "due_at": None if after.due_at is None else after.due_at.isoformat(),
        "version": after.version,
        "policy_version": what.policy.version,
        "approval": {"mode": str(decided.mode), "because": list(decided.because)},
        "no_conflict": step is not None and step.no_conflict,
        "inputs": {side: _party(party, ledger) for side, party, ledger in what.sides if party is not None},
    }
    return Happening(after.id, f"introduction.{after.status}", after.changed_at, caller.id, content)


def _party(party: Party, ledger: Sequence[LedgerLine]) -> Mapping[str, Any]:
    return {
        "vetting": party.vetting,
        "standing": str(party.standing),
        "consents": sorted(line.id for line in ledger),
    }
