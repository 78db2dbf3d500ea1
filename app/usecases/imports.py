"""ImportPortfolio and UndoImport: records in from any source, resumable, every row accounted for.

Invariant: a batch and the run's counts and place are written in one transaction, so a killed import that is started
again by the same command goes on behind the last batch that was stored: no row is lost and none counts twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput, BadRow, BadRows, Conflict, NotFound
from app.domain.ids import new_id
from app.domain.imports import ImportReport
from app.domain.job import ImportRun
from app.ports.outside import Clock, Progress, silent
from app.ports.records import Entry, RecordSource
from app.ports.store import PageOf, SaveCounts, Store, Transaction
from app.usecases.ahead import ahead
from app.usecases.import_checks import LABELS
from app.usecases.import_state import Checkpoint, Screen, Tally, check_reversals, records_of, stored_as

RUNNING, STOPPED, COMPLETE, UNDONE, DRY_RUN = "running", "stopped", "complete", "undone", "dry_run"
_AHEAD = 2  # batches read while the graph works on one: half of the client's work then costs no time
_UNDO_STEP = 2000  # records a transaction


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`batch`: records a transaction, 1 to 5,000. `max_errors`: failed rows after which the import stops."""

    dry_run: bool = False
    max_errors: int = 1000
    batch: int = 2000


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries of one kind, in order; `start` is the position of the first in the whole source."""

    kind: str
    start: int
    entries: tuple[Entry, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.entries)


@dataclass(frozen=True, slots=True)
class _Sifted:
    """`ready`: the records of `passed`, prepared for the store."""

    batch: _Batch
    passed: list[Entry]
    failed: dict[int, BadRow]
    ready: Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Attempt:
    caller: Caller
    options: ImportOptions
    screen: Screen


@dataclass(frozen=True, slots=True)
class _Step:
    """One batch on its way into the graph, on top of `run`."""

    run: ImportRun
    batch: _Batch
    tally: Tally
    records: Sequence[Any]
    refused: dict[int, tuple[str, str]]

    def checkpoint(self, saved: SaveCounts) -> Checkpoint:
        return Checkpoint.parse(self.run.checkpoint).after(self.batch.end, self.batch.kind, saved, self.refused)


class ImportPortfolio:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def __call__(
        self,
        caller: Caller,
        source: RecordSource,
        *,
        options: ImportOptions = ImportOptions(),
        progress: Progress = silent,
    ) -> ImportReport:
        """BadInput, before anything is written, for what is wrong with a whole file. A failed row never stops the
        import; more than `max_errors` of them do, and what was stored until then stays (resume or undo it)."""
        caller.require(Scope.RUN)
        if not 1 <= options.batch <= 5000:
            raise BadInput("A batch has 1 to 5,000 records.", pointer="batch")
        fingerprint = source.fingerprint()
        run, resumed = self._begin(caller, source.kind, fingerprint, options)
        total = source.estimate().rows
        checkpoint = Checkpoint.parse(run.checkpoint)
        attempt = _Attempt(caller, options, Screen(remembers_ids=options.dry_run))
        done = 0
        batches = self._sifted(attempt, run, source)
        # A rehearsal asks which ids came before: reading ahead would tell it of later ones.
        for sifted in batches if options.dry_run else ahead(batches, depth=_AHEAD):
            batch = sifted.batch
            if batch.end > checkpoint.done:  # else stored by an earlier attempt: only its failed rows are told again
                run = self._take(attempt, run, sifted)
                checkpoint = Checkpoint.parse(run.checkpoint)
            attempt.screen.tell(batch.entries, batch.start, sifted.failed, checkpoint)
            done += sum(entry.rows for entry in batch.entries)
            progress(batch.kind, done, max(total, done))
            if run.failed > options.max_errors:
                return _report(self._finish(attempt, run, STOPPED), attempt, resumed=resumed)
        return _report(self._finish(attempt, run, COMPLETE), attempt, resumed=resumed)

    def _begin(self, caller: Caller, kind: str, fingerprint: str, options: ImportOptions) -> tuple[ImportRun, bool]:
        """The unfinished run of the same content, or a fresh one. Ids sort by time: undo asks what was later."""
        if not options.dry_run:
            found = self.store.read(caller, lambda tx: _unfinished(tx, kind, fingerprint))
            if found is not None:
                return replace(found, state=RUNNING), True
        now = self.clock()
        empty = Checkpoint(fingerprint).text()
        run = ImportRun(new_id("Import", now), kind, RUNNING, fingerprint[:16], now, checkpoint=empty)
        if not options.dry_run:
            self.store.write(caller, lambda tx: tx.imports.save(run), patient=True)
        return run, False

    def _sifted(self, attempt: _Attempt, run: ImportRun, source: RecordSource) -> Iterator[_Sifted]:
        """All that a batch needs before it meets the graph: another thread does it while the graph works."""
        stored = Checkpoint.parse(run.checkpoint).done
        for batch in _batches(source.entries(), attempt.options.batch):
            passed, failed = attempt.screen.sift(batch.entries, batch.start)
            records = records_of(passed, run.id) if batch.end > stored else []
            rehearsal = attempt.options.dry_run
            yield _Sifted(batch, passed, failed, records if rehearsal else self.store.prepare(batch.kind, records))

    def _take(self, attempt: _Attempt, run: ImportRun, sifted: _Sifted) -> ImportRun:
        """The run after this batch; rows that the store refuses are left out and reported."""
        batch, passed, records = sifted.batch, list(sifted.passed), sifted.ready
        refused: dict[int, tuple[str, str]] = {}
        while True:
            failed = sum(batch.entries[at - batch.start].rows for at in (*sifted.failed, *refused))
            step = _Step(run, batch, Tally(sum(entry.rows for entry in batch.entries), failed), records, refused)
            try:
                if attempt.options.dry_run:
                    return self.store.read(attempt.caller, partial(_rehearse, step, attempt.screen.known), patient=True)
                return self.store.write(attempt.caller, partial(_store, step), patient=True)
            except BadInput as error:
                fields = _rows_of(error, passed)
                if not fields:
                    raise
                at = {id(entry): batch.start + number for number, entry in enumerate(batch.entries)}
                refused |= {at[id(passed[row])]: told for row, told in fields.items()}
                passed = [entry for row, entry in enumerate(passed) if row not in fields]
                records = records_of(passed, run.id)

    def _finish(self, attempt: _Attempt, run: ImportRun, state: str) -> ImportRun:
        if run.rows_in != run.created + run.updated + run.unchanged + run.failed:
            raise AssertionError("rows in = created + updated + unchanged + failed")
        ended = replace(run, state=state, finished_at=self.clock())
        if not attempt.options.dry_run:
            self.store.write(attempt.caller, lambda tx: tx.imports.save(ended), patient=True)
        return ended


class UndoImport:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def __call__(self, caller: Caller, import_id: str, *, progress: Progress = silent) -> int:
        """How many records were removed or restored. Interrupted, it goes on when called again. What a later import
        has changed since stays as that one left it."""
        caller.require(Scope.ADMIN)
        run = self.store.read(caller, lambda tx: tx.imports.get(import_id))
        if run is None:
            raise NotFound("There is no such import.")
        if run.state == UNDONE:
            raise Conflict("This import has been undone already.")
        total = 0
        while done := self.store.write(caller, lambda tx: tx.imports.undo(import_id, limit=_UNDO_STEP), patient=True):
            total += done
            progress("undo", total, 0)
        ended = replace(run, state=UNDONE, undone_at=self.clock())
        self.store.write(caller, lambda tx: tx.imports.save(ended), patient=True)
        return total


def _unfinished(tx: Transaction, kind: str, fingerprint: str) -> ImportRun | None:
    after = None
    while page := tx.imports.page(PageOf(after, 200)):
        for run in page:
            same = run.kind == kind and Checkpoint.parse(run.checkpoint).fingerprint == fingerprint
            if same and run.state in (RUNNING, STOPPED):
                return run
        after = page[-1].id
    return None


def _batches(entries: Iterator[Entry], size: int) -> Iterator[_Batch]:
    start, held = 0, next(entries, None)
    while held is not None:
        kind, taken = held.kind, [held]
        held = None
        for entry in entries:
            # Derived records are counted with others: no batch has both.
            if entry.kind != kind or len(taken) == size or (entry.rows == 0) != (taken[0].rows == 0):
                held = entry
                break
            taken.append(entry)
        yield _Batch(kind, start, tuple(taken))
        start += len(taken)


def _store(step: _Step, tx: Transaction) -> ImportRun:
    run, batch = step.run, step.batch
    stored = tx.imports.get(run.id)
    if stored is not None and Checkpoint.parse(stored.checkpoint).done >= batch.end:
        return stored  # committed by an attempt whose answer was lost
    check_reversals(tx, step.records)
    saved: SaveCounts = getattr(tx, batch.kind).save(step.records) if step.records else SaveCounts()
    if saved.changed_before:
        tx.imports.remember(run.id, LABELS[batch.kind], saved.changed_before)
    after = step.tally.added(run, saved, step.checkpoint(saved))
    tx.imports.save(after)
    return after


def _rehearse(step: _Step, known: Mapping[str, set[str]], tx: Transaction) -> ImportRun:
    """What storing would give, with nothing written; BadInput as the store raises it."""
    saved = stored_as(tx, step.batch.kind, step.records, known)
    return step.tally.added(step.run, saved, step.checkpoint(saved))


def _rows_of(error: BadInput, passed: Sequence[Entry]) -> dict[int, tuple[str, str]]:
    """Index → (field, what is expected there), the field out of pointers such as /rows/3/seeker_id; of each row the
    first."""
    if isinstance(error, BadRows):
        return {index: (field, expected) for index, field, expected in error.rows}
    found: dict[int, tuple[str, str]] = {}
    for pointer in (error.pointer, *error.others):
        parts = pointer.split("/")
        if len(parts) > 2 and parts[1] == "rows" and parts[2].isdigit() and int(parts[2]) < len(passed):
            found.setdefault(int(parts[2]), (parts[3] if len(parts) > 3 else "row", "a record that exists"))
    return found


def _report(run: ImportRun, attempt: _Attempt, *, resumed: bool) -> ImportReport:
    return ImportReport(
        import_id=run.id,
        state=DRY_RUN if attempt.options.dry_run and run.state == COMPLETE else run.state,
        rows_in=run.rows_in,
        created=run.created,
        updated=run.updated,
        unchanged=run.unchanged,
        failed=run.failed,
        records=Checkpoint.parse(run.checkpoint).records,
        failed_rows=tuple(attempt.screen.failed),
        resumed=resumed,
    )
