"""ReadAdvocates: how many customers bring others, who is nearest to it, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.advocacy import MISSING, Advocacy
from app.domain.money import Money
from app.ports.store import Store, Transaction
from app.usecases.reading import current_run


@dataclass(frozen=True, slots=True)
class NearAdvocate:
    """`lifetime` is None where it is not known; `credit`: all its referral value, expected included."""

    customer_id: str
    name: str
    stage: Advocacy
    missing: str
    lifetime: Money | None
    credit: Money


@dataclass(frozen=True, slots=True)
class Advocates:
    """`counts`: customers in each stage. `near`: the nearest stage first, in it those of the highest lifetime value."""

    run_id: str
    counts: Mapping[str, int]
    near: tuple[NearAdvocate, ...]


@dataclass(frozen=True, slots=True)
class ReadAdvocates:
    store: Store

    def __call__(self, caller: Caller) -> Advocates:
        """Of the run that readers see; NotFound before the first."""
        caller.require(Scope.READ)
        return self.store.read(caller, _advocates)


def _advocates(tx: Transaction) -> Advocates:
    run = current_run(tx)
    values = {one.customer_id: one for one in tx.values.get(run.id, run.near_advocates)}
    names = {one.id: one.name for one in tx.customers.get(run.near_advocates)}  # without those erased since
    near = [
        NearAdvocate(key, names[key], one.advocacy, MISSING[one.advocacy], one.clv, one.both)
        for key in run.near_advocates
        if key in names and (one := values.get(key)) is not None and one.advocacy is not None
    ]
    counts = dict(zip(map(str, Advocacy), run.advocacy_counts, strict=False))
    return Advocates(run.id, counts, tuple(near))
