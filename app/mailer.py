"""Sends letters to parties, each as the last look allows: consent, state, standing, quiet hours, the switch.

A letter is claimed with a lease and a fence; everything that can be refused without harm happens before the last look.
That look and the mark `leaving` are one transaction, under the lock that a withdrawal takes: then the message goes out
within ten seconds, or is held for its owner. Killed anywhere, nothing is lost and nothing is sent twice (P5, P6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.domain.contact import (
    ContactMessage,
    ContactState,
    ended,
    failed,
    held,
)
from app.domain.outbox import Topic, message
from app.jobs import RUNNER
from app.polling import Poller
from app.ports.outside import Clock, NotSure, Sender, Undelivered
from app.ports.store import Store, Transaction
from app.usecases.last_look import Look, last_look

log = structlog.get_logger("icrm.mailer")

AT_ONCE = 5  # letters that a relay claims in one transaction
LEASE = timedelta(seconds=120)  # more than five letters take at their longest, 15 seconds each
WORKERS = 4  # a message waits for the graph three times and for the mail server once
NOT_KNOWN = "Its relay ended while it was leaving: nobody knows whether it was delivered."


@dataclass(frozen=True, slots=True)
class Mailed:
    sent: int = 0
    waiting: int = 0
    held: int = 0
    cancelled: int = 0


class Mailer:
    def __init__(self, store: Store, sender: Sender, clock: Clock, allowed: Sequence[str] = ()) -> None:
        """`clock` of the store. `allowed`: addresses, or @hosts, that may be written to before going live; all when
        empty."""
        self.store = store
        self.sender = sender
        self.clock = clock
        self.allowed = tuple(one.lower() for one in allowed)
        self.poller = Poller("mailer", self.run_once, workers=WORKERS)

    def run_once(self) -> Mailed:
        """Everything that is due now."""
        counts = dict.fromkeys(ContactState, 0)
        while not self.poller.stopped.is_set():
            now = self.clock()
            taken = self.store.write(
                RUNNER,
                lambda tx, now=now: tx.letters.claim(now=now, lease_until=now + LEASE, limit=AT_ONCE),  # type: ignore[misc]
            )
            if not taken:
                break
            for one in taken:
                state = self._send(one)
                counts[state] += 1
                log.info("letter.tried", letter=one.id, state=state)
        names = (ContactState.SENT, ContactState.WAITING, ContactState.HELD, ContactState.CANCELLED)
        return Mailed(*(counts[state] for state in names))

    def _send(self, one: ContactMessage) -> ContactState:
        if one.state is ContactState.LEAVING:
            return self._report(held(one, NOT_KNOWN), self.clock())
        if not self._may_write_to(one.address):
            return self._report(held(one, "This address is not among those that may be written to."), self.clock())
        looks: list[Look] = []

        def before_data() -> bool:
            looks.append(self._look(one))
            return looks[-1].goes

        try:
            if self.sender(one, before_data):
                at = looks[-1].at  # of the look: to ask the store again would be two of ten round trips
                return self._report(ended(one, at), at)
            return looks[-1].left.state
        except NotSure as error:
            return self._report(held(one, error.reason), self.clock())
        except Undelivered as error:
            at = self.clock()
            return self._report(failed(one, at, error.reason, final=error.final), at)

    def _may_write_to(self, address: str) -> bool:
        lower = address.lower()
        return not self.allowed or lower in self.allowed or f"@{lower.rpartition('@')[2]}" in self.allowed

    def _look(self, one: ContactMessage) -> Look:
        """The last one, in the transaction that marks it as leaving."""
        return self.store.write(RUNNER, lambda tx: last_look(tx, one, tx.jobs.now()))

    def _report(self, one: ContactMessage, at: datetime) -> ContactState:
        self.store.write(RUNNER, lambda tx: _written(tx, one, at), patient=True)
        return one.state


def _written(tx: Transaction, one: ContactMessage, at: datetime) -> None:
    """What needs a person is told to the operator with it."""
    if tx.letters.report(one) and one.state is ContactState.HELD:
        data = {"letter_id": one.id, "introduction_id": one.introduction_id, "owner": one.owner, "problem": one.problem}
        tx.outbox.create(message(Topic.LETTER_HELD, one.id, at, data))
