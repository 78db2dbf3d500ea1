"""A decided match on its way: its states and the moves between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.errors import BadInput, IllegalMove
from app.domain.policy import ApprovalMode


class IntroductionStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    OFFERED = "offered"
    ACCEPTED_BY_ONE = "accepted_by_one"
    ACCEPTED = "accepted"
    INTRODUCED = "introduced"
    COMPLETED = "completed"
    HELD_OUT = "held_out"
    DECLINED = "declined"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"


_S = IntroductionStatus
_END = (_S.WITHDRAWN, _S.CANCELLED)
MOVES: Mapping[IntroductionStatus, tuple[IntroductionStatus, ...]] = {
    _S.PROPOSED: (_S.APPROVED, _S.HELD_OUT, _S.REJECTED, _S.EXPIRED, *_END),
    _S.APPROVED: (_S.OFFERED, _S.HELD_OUT, *_END),
    _S.OFFERED: (_S.ACCEPTED_BY_ONE, _S.DECLINED, _S.EXPIRED, *_END),
    _S.ACCEPTED_BY_ONE: (_S.ACCEPTED, _S.DECLINED, _S.EXPIRED, *_END),
    _S.ACCEPTED: (_S.INTRODUCED, *_END),
    _S.INTRODUCED: (_S.COMPLETED, _S.DISPUTED, *_END),
    _S.COMPLETED: (_S.DISPUTED,),
    _S.DISPUTED: (_S.INTRODUCED, _S.COMPLETED, *_END),
}
OPEN = frozenset({_S.PROPOSED, _S.APPROVED, _S.OFFERED, _S.ACCEPTED_BY_ONE, _S.ACCEPTED, _S.INTRODUCED, _S.DISPUTED})


@dataclass(frozen=True, slots=True)
class Move:
    """The introduction came into a state at a time."""

    status: IntroductionStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Introduction:
    """`owner`, `next_step` and `due_at` are never empty while the status is one of `OPEN`. `moves`: every state it came
    into, the first included, in the order of their times; empty where only the last is known. `approval`: who makes the
    final decision, by the policy when it was proposed or decided. `snoozed_until`: nothing is done before."""

    id: str
    need_id: str | None
    seeker_id: str
    provider_id: str
    status: IntroductionStatus
    created_at: datetime
    changed_at: datetime
    owner: str | None = None
    next_step: str | None = None
    due_at: datetime | None = None
    reason: str | None = None
    score: float | None = None
    rank: int | None = None
    source: str = "icrm"
    moves: tuple[Move, ...] = ()
    approval: ApprovalMode | None = None
    proposed_by: str | None = None
    snoozed_until: datetime | None = None
    version: int = 1
    import_id: str | None = None

    def __post_init__(self) -> None:
        if not self.moves:
            return
        times = [one.at for one in self.moves]
        if self.moves[-1].status is not self.status or times != sorted(times):
            raise BadInput("moves in the order of their times that end with the status", pointer="moves")

    @property
    def known_moves(self) -> tuple[Move, ...]:
        """Of an introduction that came without its moves the first state and the last."""
        if self.moves:
            return self.moves
        first = Move(IntroductionStatus.PROPOSED, self.created_at)
        return (first,) if self.status is first.status else (first, Move(self.status, max(self.changed_at, first.at)))


def rested(introduction: Introduction, at: datetime, until: datetime) -> Introduction:
    """Nothing is done before `until`; what time there was left is left after it."""
    due_at = (introduction.due_at or at) + (until - at)
    return replace(introduction, snoozed_until=until, due_at=max(due_at, until))


def move(introduction: Introduction, to: IntroductionStatus, *, at: datetime, reason: str | None) -> Introduction:
    """The introduction in its next state; IllegalMove names what would be allowed. No move is dated before the one it
    follows: whoever waited for a lock, or has a slow clock, comes after."""
    allowed = MOVES.get(introduction.status, ())
    if to not in allowed:
        raise IllegalMove(f"An introduction that is {introduction.status} cannot become {to}.", allowed=allowed)
    is_open, at = to in OPEN, max(at, introduction.known_moves[-1].at)
    return replace(
        introduction,
        status=to,
        changed_at=at,
        moves=(*introduction.known_moves, Move(to, at)),
        reason=reason,
        version=introduction.version + 1,
        next_step=introduction.next_step if is_open else None,
        due_at=introduction.due_at if is_open else None,
    )
