"""The last look before a letter leaves: may it still go?

Invariant: it is taken under the lock on the customer that a withdrawal of consent takes; a withdrawal that comes later
finds the letter marked as leaving and says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.contact import ANSWERS_IN, ContactMessage, ContactState, Letter, Side, cancelled
from app.domain.customer import Purpose, Standing
from app.domain.introduction import OPEN, Introduction, IntroductionStatus
from app.ports.store import Transaction
from app.usecases.moves import Known, consents, find_introduction, known

STOPPED_S = 60  # how soon is looked again while the switch is off
_S = IntroductionStatus


@dataclass(frozen=True, slots=True)
class Look:
    """`left`: the letter as it was written back."""

    goes: bool
    left: ContactMessage


def last_look(tx: Transaction, one: ContactMessage, now: datetime) -> Look:
    tx.customers.lock([one.customer_id])
    introduction = find_introduction(tx, one.introduction_id)
    what = known(tx, introduction, now)
    reason, until = _against(tx, one, introduction, what)
    if until is not None:
        left = replace(one, state=ContactState.WAITING, next_at=until, lease_until=None, problem=reason)
    elif reason is not None:
        left = cancelled(one, reason)
    else:
        left = replace(one, state=ContactState.LEAVING)
    kept = tx.letters.report(left)
    return Look(kept and left.state is ContactState.LEAVING, left)


def _against(
    tx: Transaction, one: ContactMessage, introduction: Introduction, what: Known
) -> tuple[str | None, datetime | None]:
    """Why it may not go, and until when it waits; a reason without a time is for good."""
    switch = tx.letters.switch()
    if switch is not None and switch.stopped:
        return "Sending is stopped.", what.at + timedelta(seconds=STOPPED_S)
    if not _is_due(one, introduction):
        return "The introduction has moved on.", None
    party, ledger = next((party, ledger) for side, party, ledger in what.sides if side == one.side)
    if party is None or party.standing is Standing.LEFT:
        return "It is no longer a customer.", None
    if not consents(what.policy, ledger, Purpose.CONTACT, what.at):
        return "Consent to contact is gone.", None
    if one.letter is not Letter.CANCELLED and party.standing is not Standing.GOOD:
        return "It has an open complaint or dispute.", what.at + timedelta(days=1)
    if what.policy.is_quiet(what.at):
        return "It is quiet where they live.", what.policy.next_open(what.at)
    return None, None


def _is_due(one: ContactMessage, introduction: Introduction) -> bool:
    if one.letter in (Letter.OFFER, Letter.REMINDER):
        return introduction.status is ANSWERS_IN[Side(one.side)]
    if one.letter is Letter.INTRODUCED:
        return introduction.status in (_S.INTRODUCED, _S.COMPLETED)
    return introduction.status not in OPEN
