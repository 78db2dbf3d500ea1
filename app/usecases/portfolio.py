"""Customers and what is recorded of them, one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.access import Caller, Scope
from app.domain.capability import Capability
from app.domain.customer import Customer
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.ids import derived_id
from app.ports.outside import Clock, NewId
from app.ports.store import Rows, Store, Transaction
from app.usecases.once import Claim, Once


def find_customer(tx: Transaction, customer_id: str) -> Customer:
    found = tx.customers.get([customer_id])
    if not found:
        raise NotFound("There is no such customer.")
    return found[0]


def require_named(rows: Rows[Any], record_id: str | None, pointer: str) -> None:
    """BadInput at `pointer` when it names a record that does not exist."""
    if record_id is not None and not rows.get([record_id]):
        raise BadInput("There is no such record.", pointer=pointer)


def refuse_second(created: int) -> None:
    """After a save: a record that was there already is not overwritten by a create; the transaction is undone."""
    if created != 1:
        raise Conflict("There is a record with this source and external_id.", remedy="Change that one instead.")


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(self, caller: Caller, draft: Customer, claim: Claim | None = None) -> Customer:
        """`draft.id` is ignored: the id follows from source and external_id; without one, both are fresh."""
        caller.require(Scope.WRITE)
        at = self.clock()
        key = draft.external_id or self.new_id("Customer")
        made = replace(
            draft,
            id=derived_id("Customer", draft.source, key),
            external_id=key,
            created_at=at,
            updated_at=at,
            version=1,
        )

        def effect(tx: Transaction) -> Customer:
            refuse_second(tx.customers.save([made]).created)
            return made

        once = Once(effect, find_customer, lambda customer: customer.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


@dataclass(frozen=True, slots=True)
class ChangeCustomer:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, customer_id: str, changes: Mapping[str, Any], expected_version: int) -> Customer:
        """`changes`: fields of Customer by name. StaleVersion, NotFound."""
        caller.require(Scope.WRITE)
        at = self.clock()

        def work(tx: Transaction) -> Customer:
            changed = replace(find_customer(tx, customer_id), updated_at=at, **changes)
            return tx.customers.change(changed, expected_version=expected_version)

        return self.store.write(caller, work)


@dataclass(frozen=True, slots=True)
class RecordCapability:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(self, caller: Caller, draft: Capability, claim: Claim | None = None) -> Capability:
        caller.require(Scope.WRITE)
        at = self.clock()
        key = draft.external_id or self.new_id("Capability")
        made = replace(draft, id=derived_id("Capability", draft.source, key), external_id=key, version=1)
        if made.valid_from and made.valid_to and made.valid_to < made.valid_from:
            raise BadInput("It ends before it starts.", pointer="/valid_to")

        def effect(tx: Transaction) -> Capability:
            require_named(tx.customers, made.provider_id, "/provider_id")
            require_named(tx.categories, made.category_id, "/category_id")
            refuse_second(tx.capabilities.save([made]).created)
            return made

        once = Once(effect, find_capability, lambda capability: capability.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


def find_capability(tx: Transaction, capability_id: str) -> Capability:
    found = tx.capabilities.get([capability_id])
    if not found:
        raise NotFound("There is no such capability.")
    return found[0]
