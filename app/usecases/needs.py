"""Needs, as they become known."""

from dataclasses import dataclass, replace

from app.domain.access import Caller, Scope
from app.domain.errors import NotFound
from app.domain.ids import derived_id
from app.domain.need import Need
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.once import Claim, Once
from app.usecases.portfolio import refuse_second, require_named


def find_need(tx: Transaction, need_id: str) -> Need:
    found = tx.needs.get([need_id])
    if not found:
        raise NotFound("There is no such need.")
    return found[0]


def category_name(tx: Transaction, need: Need | None) -> str | None:
    """Of the need's category, where it has one that is known."""
    found = tx.categories.get([need.category_id]) if need is not None and need.category_id is not None else []
    return found[0].name if found else None


@dataclass(frozen=True, slots=True)
class RecordNeed:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(self, caller: Caller, draft: Need, claim: Claim | None = None) -> Need:
        """`draft.id` is ignored: the id follows from source and external_id."""
        caller.require(Scope.WRITE)
        at = self.clock()
        key = draft.external_id or self.new_id("Need")
        made = replace(draft, id=derived_id("Need", draft.source, key), external_id=key, version=1)

        def effect(tx: Transaction) -> Need:
            require_named(tx.customers, made.seeker_id, "/seeker_id")
            require_named(tx.categories, made.category_id, "/category_id")
            refuse_second(tx.needs.save([made]).created)
            return made

        once = Once(effect, find_need, lambda need: need.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))
