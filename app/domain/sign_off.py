"""What takes two people: one proposes, another one approves. Policy takes one, who is an administrator.

proposed → approved | rejected, once. Who proposed may reject (take it back), never approve.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.access import Caller
from app.domain.errors import IllegalMove, NotAllowed


class Subject(StrEnum):
    PARAMETERS = "parameters"  # what values are scored with
    CLOSE = "close"  # of a month
    REOPEN = "reopen"
    POLICY = "policy"  # of introductions


ALONE = frozenset({Subject.POLICY})
"""What one person may both propose and approve: a draft that is looked at before it comes into force."""


class SignOffState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SignOff:
    """`content`: what is signed, canonical JSON. `month` of a close and a reopening. `proposed_by`, `decided_by`: ids
    of keys."""

    id: str
    subject: Subject
    content: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    month: str | None = None
    state: SignOffState = SignOffState.PROPOSED
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.content))


def decided(one: SignOff, caller: Caller, at: datetime, *, approve: bool) -> SignOff:
    """IllegalMove for what was decided before; NotAllowed where one person would be both."""
    if one.state is not SignOffState.PROPOSED:
        raise IllegalMove(f"This was {one.state} before.", allowed=())
    if approve and caller.id == one.proposed_by and one.subject not in ALONE:
        raise NotAllowed("Who proposed it cannot approve it.", remedy="Somebody else with the scope sign approves it.")
    state = SignOffState.APPROVED if approve else SignOffState.REJECTED
    return replace(one, state=state, decided_by=caller.id, decided_at=at)
