"""MoveIntroduction: one step of an introduction, checked, recorded, and told to the parties.

Invariant: consent, standing, contact budget and the right to decide are read in the transaction of the move, which
locks the introduction and both customers; every move is an event of the audit log, written in the same transaction
with what it was decided on and the version of the policy; so are the letters that follow from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.access import Caller, Scope
from app.domain.asks import YEAR, asks_of, open_from
from app.domain.contact import Side
from app.domain.customer import Standing
from app.domain.errors import BadInput, Conflict, IllegalMove, NotAllowed
from app.domain.introduction import MOVES, OPEN, Introduction, IntroductionStatus, move
from app.domain.policy import ApprovalMode
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.capacity import count_slot
from app.usecases.disputes import check_undisputed
from app.usecases.letters import Moved, Post, write_letters
from app.usecases.moves import (
    CONTACT,
    NEXT_STEP,
    REVEAL,
    WITH_REASON,
    Known,
    Step,
    check_consents,
    due,
    find_version,
    happening,
    known,
    target,
    verbs_allowed,
)
from app.usecases.runner_up import queue_runner_up

_S = IntroductionStatus
_SCOPES: Mapping[ApprovalMode, Scope] = {
    ApprovalMode.AUTOMATIC: Scope.WRITE,
    ApprovalMode.VETTED: Scope.VET,
    ApprovalMode.SENIOR: Scope.DECIDE,
}


@dataclass(frozen=True, slots=True)
class MoveIntroduction:
    store: Store
    clock: Clock
    trail: AuditTrail
    post: Post | None = None

    def __call__(self, caller: Caller, introduction_id: str, step: Step) -> Introduction:
        """NotFound; StaleVersion; IllegalMove with the verbs that are allowed; NotAllowed without consent, or the right
        to approve; Conflict where an open complaint or the contact budget stands against it, with until when."""
        caller.require(Scope.WRITE)
        if step.verb in WITH_REASON and step.reason is None:
            raise BadInput("This move needs a reason.", pointer="/reason")
        at, event_id = self.clock(), self.trail.draw()

        def work(tx: Transaction) -> Introduction:
            now = find_version(tx, introduction_id, step.expected_version)
            check_undisputed(tx, introduction_id, now.status)
            if target(step.verb, now.status) not in MOVES.get(now.status, ()):
                allowed = verbs_allowed(now.status)
                raise IllegalMove(f"An introduction that is {now.status} cannot take this step.", allowed=allowed)
            tx.customers.lock([now.seeker_id, now.provider_id])
            what = known(tx, now, at)
            _check(tx, caller, now, step, what)
            moved = _moved(now, step, what)
            count_slot(tx, now, moved)
            if self.post is not None:
                moved = _told(moved, write_letters(tx, self.post, Moved(now, moved, what, step.note or "")))
            moved = tx.introductions.move(moved, expected_version=step.expected_version)
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


def _told(moved: Introduction, unreachable: Sequence[Side]) -> Introduction:
    """Whom no letter reaches somebody calls."""
    if not unreachable or moved.status not in OPEN:
        return moved
    return replace(moved, next_step=f"Call the {' and the '.join(unreachable)}: no mail address is known.")
