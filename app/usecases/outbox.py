"""Messages to other systems: looking one up, and trying one again by hand."""

from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.errors import Conflict, NotFound
from app.domain.outbox import Message, tried_again
from app.ports.store import Store, Transaction


def find_message(tx: Transaction, message_id: str) -> Message:
    found = tx.outbox.get(message_id)
    if found is None:
        raise NotFound("There is no such message.", remedy="Messages that were delivered are kept for 30 days.")
    return found


@dataclass(frozen=True, slots=True)
class RetryMessage:
    """IllegalMove for a message that was delivered, Conflict when a relay takes it at the same moment. By the store's
    clock, as relays go by it."""

    store: Store

    def __call__(self, caller: Caller, message_id: str) -> Message:
        caller.require(Scope.RUN)

        def work(tx: Transaction) -> Message:
            again = tried_again(find_message(tx, message_id), tx.jobs.now())
            if not tx.outbox.report(again):
                raise Conflict("A relay has just taken this message.")
            return again

        return self.store.write(caller, work)
