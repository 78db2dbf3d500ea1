"""How many introductions a provider can still take: counted down when both have said yes, up again when it comes to
nothing.

Invariant: the count is read and written under the lock of the provider in the transaction of the move, so it is never
exceeded (P4). Without a stated number there is no limit.
"""

from dataclasses import replace

from app.domain.errors import Conflict
from app.domain.introduction import Introduction, IntroductionStatus
from app.ports.store import Transaction
from app.usecases.portfolio import find_customer

_S = IntroductionStatus
_TAKES = frozenset({_S.ACCEPTED, _S.INTRODUCED, _S.DISPUTED, _S.COMPLETED})


def count_slot(tx: Transaction, before: Introduction, after: Introduction) -> None:
    """Conflict for the last slot's second taker. What was completed stays taken: the provider says when it has room."""
    change = (before.status in _TAKES) - (after.status in _TAKES)
    if not change:
        return
    provider = find_customer(tx, after.provider_id)
    if provider.open_slots is None:
        return
    if provider.open_slots + change < 0:
        raise Conflict(
            "The provider can take no further introduction now.", remedy="Ask it for room, or offer the next in line."
        )
    tx.customers.change(replace(provider, open_slots=provider.open_slots + change), expected_version=provider.version)
