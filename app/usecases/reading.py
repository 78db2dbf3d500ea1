"""Reads that need more than one repository."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.domain.access import Caller
from app.domain.errors import NotFound
from app.domain.value import TOTALS, CustomerValue, ValueRun, ValueTotals
from app.ports.store import Store, Transaction
from app.usecases.portfolio import find_customer

T = TypeVar("T")


def of_customer(customer_id: str, read: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """`read`, or NotFound for an unknown customer rather than an empty list."""

    def work(tx: Transaction) -> T:
        find_customer(tx, customer_id)
        return read(tx)

    return work


def current_run(tx: Transaction) -> ValueRun:
    """The run of values that readers see; NotFound before the first."""
    run = tx.values.current()
    if run is None:
        raise _not_scored()
    return run


def _not_scored() -> NotFound:
    return NotFound("No values have been scored.", remedy="Run the job score_value, or `icrm value score`.")


@dataclass(frozen=True, slots=True)
class ReadValue:
    store: Store

    def __call__(self, caller: Caller, customer_id: str) -> tuple[ValueRun, CustomerValue]:
        def work(tx: Transaction) -> tuple[ValueRun, CustomerValue]:
            find_customer(tx, customer_id)
            run = tx.values.current()
            if run is None:
                raise NotFound("No value of this customer has been computed.", remedy="Run the job score_value.")
            values = tx.values.get(run.id, [customer_id])
            if not values:
                raise NotFound(
                    "The latest run found nothing to value of this customer: no lifetime value, no credit, and no "
                    "business that was credited to others.",
                    remedy="Import a lifetime value or outcomes; run the job score_value again if they are newer.",
                )
            return run, values[0]

        return self.store.read(caller, work)


@dataclass(frozen=True, slots=True)
class ReadTotals:
    store: Store

    def __call__(self, caller: Caller) -> ValueTotals:
        """The current run and where its value went. NotFound before the first run."""

        def work(tx: Transaction) -> ValueTotals:
            run = current_run(tx)
            rows = tx.values.get(run.id, TOTALS)
            if len(rows) != len(TOTALS):  # scored by a version that had none
                raise _not_scored()
            return ValueTotals(run, *rows)

        return self.store.read(caller, work)


@dataclass(frozen=True, slots=True)
class ReadTopValues:
    store: Store

    def __call__(self, caller: Caller, limit: int) -> list[CustomerValue]:
        """Highest first, of the run that readers see; none before the first run."""

        def work(tx: Transaction) -> list[CustomerValue]:
            run = tx.values.current()
            return [] if run is None else tx.values.top(run.id, limit)

        return self.store.read(caller, work)
