"""One effect for one Idempotency-Key: the claim, the effect and its answer are one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from app.ports.store import Transaction

T = TypeVar("T")
CREATED = 201


@dataclass(frozen=True, slots=True)
class Claim:
    """`record_id`: hash of caller and key. `request_hash`: of what was asked."""

    record_id: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Once(Generic[T]):
    """`effect` makes the record; `find` reads it again for a repeat; `id_of` names it."""

    effect: Callable[[Transaction], T]
    find: Callable[[Transaction, str], T]
    id_of: Callable[[T], str]

    def __call__(self, tx: Transaction, claim: Claim | None, at: datetime) -> T:
        """Raises KeyReused for another request under the same key."""
        if claim is None:
            return self.effect(tx)
        earlier = tx.idempotency.claim(claim.record_id, claim.request_hash, at)
        if earlier is not None:
            return self.find(tx, earlier[1])
        made = self.effect(tx)
        tx.idempotency.store(claim.record_id, CREATED, self.id_of(made))
        return made
