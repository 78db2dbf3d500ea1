"""ExportValues: every customer's value of the run that readers see, as rows of a table for other systems."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.errors import Conflict
from app.domain.value import ValueRun
from app.domain.value_table import Cell, value_row
from app.ports.store import Store, Transaction
from app.usecases.old_runs import KEPT
from app.usecases.reading import current_run

PAGE = 1_000  # values a read: some 2 MB


@dataclass(frozen=True, slots=True)
class ValueTable:
    """`pages`: rows in the order of customers' ids, read as they are asked for."""

    run: ValueRun
    pages: Iterator[list[tuple[Cell, ...]]]


@dataclass(frozen=True, slots=True)
class ExportValues:
    """Of one run from the first row to the last, also when readers are switched to another meanwhile."""

    store: Store

    def __call__(self, caller: Caller) -> ValueTable:
        """NotFound before the first run. Reading on raises Conflict where KEPT runs were scored since, which removes
        this one."""
        caller.require(Scope.READ)
        run = self.store.read(caller, current_run)
        return ValueTable(run, self._pages(caller, run))

    def _pages(self, caller: Caller, run: ValueRun) -> Iterator[list[tuple[Cell, ...]]]:
        after, read = "", PAGE
        while read == PAGE:
            rows = self.store.read(caller, lambda tx, after=after: _page(tx, run, after))  # type: ignore[misc]
            read = len(rows)
            if rows:
                after = str(rows[-1][0])
                yield rows


def _page(tx: Transaction, run: ValueRun, after: str) -> list[tuple[Cell, ...]]:
    values = tx.values.page(run.id, after, PAGE)
    current = tx.values.current() or run
    if tx.values.run(run.id) is None or run.id in tx.values.old(current, keep=KEPT):  # gone, or half gone
        raise Conflict("The run was removed while it was read.", remedy="Export again.")
    known = {one.id: one for one in tx.customers.get([value.customer_id for value in values])}
    return [value_row(run, value, known.get(value.customer_id)) for value in values]
