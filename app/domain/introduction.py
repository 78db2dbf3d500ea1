"""A decided match on its way: its states and the moves between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.errors import IllegalMove


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
class Introduction:
    """`owner`, `next_step` and `due_at` are never empty while the status is one of `OPEN`."""

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
    version: int = 1
    import_id: str | None = None


def move(introduction: Introduction, to: IntroductionStatus, *, at: datetime, reason: str | None) -> Introduction:
    """The introduction in its next state; IllegalMove names what would be allowed."""
    allowed = MOVES.get(introduction.status, ())
    if to not in allowed:
        raise IllegalMove(f"An introduction that is {introduction.status} cannot become {to}.", allowed=allowed)
    is_open = to in OPEN
    return replace(
        introduction,
        status=to,
        changed_at=at,
        reason=reason,
        version=introduction.version + 1,
        next_step=introduction.next_step if is_open else None,
        due_at=introduction.due_at if is_open else None,
    )
