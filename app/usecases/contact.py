"""Letters to parties as the operator handles them: the switch that stops them all, and trying a held one again."""

from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.audit import Happening
from app.domain.contact import ContactMessage, Switch, tried_again
from app.domain.errors import Conflict, NotFound
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.audit import AuditTrail

SWITCH = "contact"


@dataclass(frozen=True, slots=True)
class SetSwitch:
    """Takes effect with the next last look: a letter that is leaving goes."""

    store: Store
    clock: Clock
    trail: AuditTrail

    def __call__(self, caller: Caller, *, stopped: bool, reason: str) -> Switch:
        caller.require(Scope.RUN)
        at, event_id = self.clock(), self.trail.draw()
        made = Switch(SWITCH, stopped, reason, caller.id, at)

        def work(tx: Transaction) -> Switch:
            tx.letters.set_switch(made)
            name = "contact.stopped" if stopped else "contact.resumed"
            self.trail.record(tx, event_id, Happening(SWITCH, name, at, caller.id, {"reason": reason}))
            return made

        return self.store.write(caller, work)


@dataclass(frozen=True, slots=True)
class RetryLetter:
    """IllegalMove for one that is not held; Conflict when a relay takes it at the same moment."""

    store: Store

    def __call__(self, caller: Caller, letter_id: str) -> ContactMessage:
        caller.require(Scope.WRITE)

        def work(tx: Transaction) -> ContactMessage:
            again = tried_again(find_letter(tx, letter_id), tx.jobs.now())
            if not tx.letters.report(again):
                raise Conflict("A relay has just taken this letter.")
            return again

        return self.store.write(caller, work)


def find_letter(tx: Transaction, letter_id: str) -> ContactMessage:
    found = tx.letters.get([letter_id])
    if not found:
        raise NotFound("There is no such letter.")
    return found[0]
