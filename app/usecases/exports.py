"""ExportPortfolio: every record of the portfolio out of the graph, in the order in which an import can take it in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.domain.access import Caller, Scope
from app.ports.outside import Progress, silent
from app.ports.records import KINDS, RecordSink
from app.ports.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class ExportReport:
    """`complete_at_once`: nothing was written to the graph meanwhile, so the files show one moment."""

    records: Mapping[str, int]
    complete_at_once: bool


class ExportPortfolio:
    def __init__(self, store: Store) -> None:
        self.store = store

    def __call__(self, caller: Caller, sink: RecordSink, *, progress: Progress = silent) -> ExportReport:
        """Runs, keys, jobs and the history of imports belong to one graph and stay in it."""
        caller.require(Scope.ADMIN)
        try:
            before = self.store.read(caller, lambda tx: tx.views.watermark())
            records: dict[str, int] = {}
            for number, kind in enumerate(KINDS):
                # The work may run twice; a sink starts a kind over when it is written again.
                records[kind] = self.store.read(caller, partial(_write, sink, kind), patient=True)
                progress(kind, number + 1, len(KINDS))
            after = self.store.read(caller, lambda tx: tx.views.watermark())
            sink.finish()
        except BaseException:  # also when interrupted: half an export must not look like one
            sink.discard()
            raise
        return ExportReport(records, before == after)


def _write(sink: RecordSink, kind: str, tx: Transaction) -> int:
    return sink.write(kind, _rows(getattr(tx, kind).stream()))


def _rows(batches: Iterator[list[Any]]) -> Iterator[Any]:
    for batch in batches:
        yield from batch
