"""The ledger of consents: a line appended, what it grants at any time, and what a withdrawal takes with it.

Invariant: a line and what follows from it are one transaction, under a lock on the customer that every move which rests
on consent takes too: after a withdrawal was acknowledged nothing goes on that needed it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.access import Caller, Scope
from app.domain.audit import Happening
from app.domain.contact import ContactState
from app.domain.customer import Consent, LedgerLine, Purpose, deciding_line, grants
from app.domain.errors import NotFound, StaleVersion
from app.domain.ids import timed_id
from app.domain.introduction import Introduction, IntroductionStatus, move
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.capacity import count_slot
from app.usecases.letters import Moved, Post, write_letters
from app.usecases.moves import CONTACT, MATCH, Known, Sides, consents, known
from app.usecases.once import Claim, Once
from app.usecases.paging import every
from app.usecases.portfolio import require_named
from app.usecases.runner_up import queue_runner_up

TRIES = 8  # a withdrawal does not lose against a move for long: each time somebody else has got on
_NEXT = timedelta(microseconds=1)
NEUTRAL = "This introduction does not take place."
_S = IntroductionStatus
RESTS_ON: dict[IntroductionStatus, Sides] = {
    _S.PROPOSED: MATCH,
    _S.APPROVED: MATCH,
    _S.OFFERED: CONTACT,
    _S.ACCEPTED_BY_ONE: CONTACT,
    _S.ACCEPTED: CONTACT,
}
"""What each state rests on. Once the two know each other there is nothing to call back."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """`cancelled`: introductions that the line has ended. `leaving`: letters that a relay was sending at the moment: no
    withdrawal calls those back."""

    consent: Consent
    cancelled: tuple[str, ...]
    leaving: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What an ended introduction leaves behind: its event, and letters."""

    trail: AuditTrail
    post: Post | None


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """Appends one line to the ledger; no line is ever changed or removed."""

    store: Store
    clock: Clock
    new_id: NewId
    trail: AuditTrail
    post: Post | None = None

    def __call__(self, caller: Caller, draft: Consent, claim: Claim | None = None) -> Recorded:
        """A line is later than those before it, whatever a clock says: the last word decides."""
        caller.require(Scope.WRITE)
        now = self.clock()
        bare = replace(draft, id=self.new_id("Consent"), recorded_at=now, recorded_by=caller.id)

        def effect(tx: Transaction) -> Recorded:
            require_named(tx.customers, bare.customer_id, "/customer_id")
            tx.customers.lock([bare.customer_id])
            before = [line.recorded_at for line in tx.views.ledger(bare.customer_id) or ()]
            at = max([now, *(one + _NEXT for one in before)])
            made = replace(bare, recorded_at=at)
            tx.consents.save([made])
            content = {"consent_id": made.id, "purposes": list(map(str, made.purposes)), "granted": made.granted}
            event_id = timed_id("AuditEvent", at, made.id)
            self.trail.record(tx, event_id, Happening(made.customer_id, "consent.recorded", at, caller.id, content))
            leaving = len(tx.letters.of_customer(made.customer_id, ContactState.LEAVING))
            ended = cancel_without_consent(tx, Desk(self.trail, self.post), caller, made.customer_id, at)
            return Recorded(made, ended, 0 if made.granted else leaving)

        def find(tx: Transaction, consent_id: str) -> Recorded:
            return Recorded(tx.consents.get([consent_id])[0], ())

        once = Once(effect, find, lambda recorded: recorded.consent.id)
        return _again_when_moved(lambda: self.store.write(caller, lambda tx: once(tx, claim, now)))


def _again_when_moved(write: Callable[[], Recorded]) -> Recorded:
    """On an optimistic engine a lock lets a second writer look before the first has committed: it then finds that an
    introduction has moved since, and has to look anew."""
    for _ in range(TRIES - 1):
        try:
            return write()
        except StaleVersion:
            continue
    return write()


def cancel_without_consent(
    tx: Transaction, desk: Desk, caller: Caller, customer_id: str, at: datetime
) -> tuple[str, ...]:
    """Ends this customer's open introductions whose state needs a consent that is gone, with a text that tells neither
    side why. The next in line for the need follows where it was the provider who withdrew."""
    cancelled = []
    for status in RESTS_ON:
        for one in open_of(tx, customer_id, status):
            what = known(tx, one, at)
            gone = without_consent(what, status)
            if not gone:
                continue
            ended = tx.introductions.move(move(one, _S.CANCELLED, at=at, reason=NEUTRAL), expected_version=one.version)
            count_slot(tx, one, ended)
            if desk.post is not None:
                write_letters(tx, desk.post, Moved(one, ended, what))
            content = {
                "from": str(status),
                "to": str(_S.CANCELLED),
                "reason": NEUTRAL,
                "version": ended.version,
                "cause": "consent",
                "sides": list(gone),
            }
            event_id = timed_id("AuditEvent", at, one.id, str(one.version))
            desk.trail.record(
                tx, event_id, Happening(one.id, "introduction.cancelled", ended.changed_at, caller.id, content)
            )
            if gone == ("provider",):
                queue_runner_up(tx, ended, at, caller)
            cancelled.append(one.id)
    return tuple(cancelled)


def open_of(tx: Transaction, customer_id: str, status: IntroductionStatus) -> list[Introduction]:
    return list(every(lambda at: tx.introductions.page(at, customer_id=customer_id, status=status), lambda one: one.id))


def without_consent(what: Known, status: IntroductionStatus) -> tuple[str, ...]:
    """The sides whose consent the state needs and that do not give it."""
    return tuple(
        side
        for (side, _, ledger), purposes in zip(what.sides, RESTS_ON.get(status, ((), ())), strict=True)
        if not all(consents(what.policy, ledger, one, what.at) for one in purposes)
    )


@dataclass(frozen=True, slots=True)
class Effective:
    """`line`: which decides, None where none names the purpose."""

    purpose: Purpose
    granted: bool
    line: LedgerLine | None


@dataclass(frozen=True, slots=True)
class ReadLedger:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, customer_id: str) -> tuple[tuple[Consent, ...], tuple[Purpose, ...]]:
        """The ledger, oldest first, and the purposes that it grants now."""
        lines = self._lines(caller, customer_id)
        found = self.effective(caller, customer_id, None)
        return lines, tuple(one.purpose for one in found if one.granted)

    def effective(self, caller: Caller, customer_id: str, at: datetime | None) -> Sequence[Effective]:
        """Of each purpose what the ledger says at a time, and by which line; as recorded by then."""
        moment = at or self.clock()
        lines = self._lines(caller, customer_id)
        decided = [(purpose, deciding_line(lines, purpose, moment)) for purpose in Purpose]
        return [Effective(purpose, line is not None and grants(line, moment), line) for purpose, line in decided]

    def _lines(self, caller: Caller, customer_id: str) -> tuple[Consent, ...]:
        ledger = self.store.read(caller, lambda tx: tx.views.ledger(customer_id))
        if ledger is None:
            raise NotFound("There is no such customer.")
        return tuple(sorted(ledger, key=lambda line: (line.recorded_at, line.id)))
