"""The last look before a letter leaves: may it still go?

Invariant: it is taken under the lock on the customer that a withdrawal of consent takes; a withdrawal that comes later
finds the letter marked as leaving and says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.contact import ANSWERS_IN, Addressee, ContactMessage, ContactState, Letter, Side, cancelled
from app.domain.customer import Purpose, Standing
from app.domain.introduction import OPEN, IntroductionStatus
from app.domain.policy import MatchPolicy
from app.ports.store import Transaction
from app.usecases.match_policy import in_force
from app.usecases.moves import consents

STOPPED_S = 60  # how soon is looked again while the switch is off
_S = IntroductionStatus
_Against = tuple[str | None, datetime | None]
_GONE: _Against = ("It is no longer a customer.", None)


@dataclass(frozen=True, slots=True)
class Look:
    """`left`: the letter as it was written back; `at`: when, by the store."""

    goes: bool
    left: ContactMessage
    at: datetime


def last_look(tx: Transaction, one: ContactMessage, now: datetime) -> Look:
    found = tx.letters.addressee(one)
    reason, until = _GONE if found is None else _against(one, found, in_force(tx).policy, now)
    if until is not None:
        left = replace(one, state=ContactState.WAITING, next_at=until, lease_until=None, problem=reason)
    elif reason is not None:
        left = cancelled(one, reason)
    else:
        left = replace(one, state=ContactState.LEAVING)
    kept = tx.letters.report(left)
    return Look(kept and left.state is ContactState.LEAVING, left, now)


def _against(one: ContactMessage, found: Addressee, policy: MatchPolicy, now: datetime) -> _Against:
    """Why it may not go, and until when it waits; a reason without a time is for good."""
    if found.stopped:
        return "Sending is stopped.", now + timedelta(seconds=STOPPED_S)
    if not _is_due(one, found.status):
        return "The introduction has moved on.", None
    if found.standing is Standing.LEFT:
        return _GONE
    if not consents(policy, found.consents, Purpose.CONTACT, now):
        return "Consent to contact is gone.", None
    if one.letter is not Letter.CANCELLED and found.standing is not Standing.GOOD:
        return "It has an open complaint or dispute.", now + timedelta(days=1)
    if policy.is_quiet(now):
        return "It is quiet where they live.", policy.next_open(now)
    return None, None


def _is_due(one: ContactMessage, status: IntroductionStatus) -> bool:
    if one.letter in (Letter.OFFER, Letter.REMINDER):
        return status is ANSWERS_IN[Side(one.side)]
    if one.letter is Letter.INTRODUCED:
        return status in (_S.INTRODUCED, _S.COMPLETED)
    return status not in OPEN
