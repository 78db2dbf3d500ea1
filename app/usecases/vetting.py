"""Vetting: a check recorded, and the customer's level as all of its checks say.

Invariant: the level that gates and letters read is written in the transaction of the check it rests on, under the lock
of the customer. Where no check is recorded, the level that was imported stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.access import Caller, Scope
from app.domain.audit import Happening
from app.domain.ids import timed_id
from app.domain.vetting import Vetting, level_of
from app.ports.outside import Clock, NewId
from app.ports.store import PageOf, Store, Transaction
from app.usecases.audit import AuditTrail
from app.usecases.once import Claim, Once
from app.usecases.portfolio import find_customer

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class RecordVetting:
    store: Store
    clock: Clock
    new_id: NewId
    trail: AuditTrail

    def __call__(self, caller: Caller, draft: Vetting, claim: Claim | None = None) -> Vetting:
        """`draft` gives all but id and who has checked. NotFound for an unknown customer; BadInput for what does not
        fit together."""
        caller.require(Scope.VET)
        at = self.clock()
        made = replace(draft, id=self.new_id("Vetting"), checked_by=caller.id)
        made.verify()

        def effect(tx: Transaction) -> Vetting:
            find_customer(tx, made.customer_id)
            tx.customers.lock([made.customer_id])
            tx.vettings.create(made)
            self._level(tx, caller, made.customer_id, at, because=made.id)
            return made

        once = Once(effect, lambda tx, found: _find(tx, made.customer_id, found), lambda one: one.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))

    def let_expire(self, caller: Caller) -> int:
        """Lowers those of whom a check has ended; how many. For the nightly look."""
        caller.require(Scope.RUN)
        at, count = self.clock(), 0
        while ids := self.store.read(caller, lambda tx: tx.vettings.expired(at, limit=AT_ONCE), patient=True):
            for one in ids:
                self.store.write(caller, lambda tx, one=one: self._lowered(tx, caller, one, at))  # type: ignore[misc]
                count += 1
        return count

    def _lowered(self, tx: Transaction, caller: Caller, customer_id: str, at: datetime) -> None:
        tx.customers.lock([customer_id])
        self._level(tx, caller, customer_id, at, because="expired")

    def _level(self, tx: Transaction, caller: Caller, customer_id: str, at: datetime, *, because: str) -> None:
        customer = find_customer(tx, customer_id)
        judged = [
            one.good
            for one in tx.outcomes.page(PageOf(limit=AT_ONCE), customer_id=customer_id)
            if one.provider_id == customer_id and one.good is not None
        ]
        found = level_of(tx.vettings.of_customer(customer_id), at, judged=len(judged), good=sum(judged))
        changed = replace(customer, vetting=found.level, vetting_expires_at=found.expires_at)
        if changed != customer:
            tx.customers.change(changed, expected_version=customer.version)
        content = {"because": because, "level": found.level, "before": customer.vetting}
        event_id = timed_id("AuditEvent", at, customer_id, because)
        self.trail.record(tx, event_id, Happening(customer_id, "customer.vetted", at, caller.id, content))


def _find(tx: Transaction, customer_id: str, vetting_id: str) -> Vetting:
    return next(one for one in tx.vettings.of_customer(customer_id) if one.id == vetting_id)


@dataclass(frozen=True, slots=True)
class ReadVettings:
    store: Store

    def __call__(self, caller: Caller, customer_id: str) -> Sequence[Vetting]:
        """The latest first; NotFound."""

        def work(tx: Transaction) -> Sequence[Vetting]:
            find_customer(tx, customer_id)
            return tx.vettings.of_customer(customer_id)

        return self.store.read(caller, work)
