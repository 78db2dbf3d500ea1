"""The state of an import under way: how far it is, what it has seen, what it counts."""

import json
from array import array
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from app.domain.errors import BadInput, BadRow, BadRows
from app.domain.imports import FailedRow, RecordCounts
from app.domain.job import ImportRun
from app.domain.referral import CashFlow
from app.domain.reversal import reversal_problem
from app.ports.records import Entry
from app.ports.store import SaveCounts, Transaction
from app.usecases.import_checks import broken_rule, references

_HISTORY = {"version": 1, "created_at": None, "updated_at": None, "import_id": None}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Kept in the run as JSON. `done`: entries stored. `refused`: position → (field, expected) of those that the store
    refused, so that a resumed import can report them again; never more than the run's failed rows."""

    fingerprint: str
    done: int = 0
    records: Mapping[str, RecordCounts] = field(default_factory=dict)
    refused: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> "Checkpoint":
        if not text:
            return cls("")
        found = json.loads(text)
        return cls(
            found["fingerprint"],
            found["done"],
            {kind: RecordCounts(*counts) for kind, counts in found["records"].items()},
            {int(at): (where, expected) for at, (where, expected) in found["refused"].items()},
        )

    def text(self) -> str:
        records = {kind: [c.created, c.updated, c.unchanged] for kind, c in self.records.items()}
        refused = {str(at): list(told) for at, told in self.refused.items()}
        parts = {"fingerprint": self.fingerprint, "done": self.done, "records": records, "refused": refused}
        return json.dumps(parts, sort_keys=True)

    def after(self, done: int, kind: str, saved: SaveCounts, refused: Mapping[int, tuple[str, str]]) -> "Checkpoint":
        was = self.records.get(kind, RecordCounts())
        now = RecordCounts(was.created + saved.created, was.updated + saved.updated, was.unchanged + saved.unchanged)
        return Checkpoint(self.fingerprint, done, {**self.records, kind: now}, {**self.refused, **refused})


@dataclass(frozen=True, slots=True)
class Tally:
    """Input rows of one batch. Rows that repeat a record, and records that were there before, are unchanged."""

    rows: int
    failed: int

    def added(self, run: ImportRun, saved: SaveCounts, checkpoint: Checkpoint) -> ImportRun:
        if self.rows == 0:  # derived records: their rows are counted where they are primary
            return replace(run, checkpoint=checkpoint.text())
        return replace(
            run,
            rows_in=run.rows_in + self.rows,
            created=run.created + saved.created,
            updated=run.updated + saved.updated,
            unchanged=run.unchanged + self.rows - self.failed - saved.created - saved.updated,
            failed=run.failed + self.failed,
            checkpoint=checkpoint.text(),
        )


class Seen:
    """Hash of an id → hash of its content, in two arrays with open addressing: a dict of the same takes four times the
    memory (170 MB for a million)."""

    def __init__(self) -> None:
        self._size = 1 << 10
        self._count = 0
        self._keys = array("Q", bytes(8 * self._size))
        self._values = array("Q", bytes(8 * self._size))

    def put(self, key: int, value: int) -> int | None:
        """What was kept for the key; None when it is new, and then `value` is kept."""
        key = key or 1  # 0 marks a free place
        if self._count * 2 >= self._size:
            self._grow()
        at = self._place(key)
        if self._keys[at] == key:
            return self._values[at]
        self._keys[at], self._values[at] = key, value
        self._count += 1
        return None

    def _place(self, key: int) -> int:
        keys, mask = self._keys, self._size - 1
        at = key & mask
        while keys[at] not in (0, key):
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._size *= 2
        self._keys, self._values = array("Q", bytes(8 * self._size)), array("Q", bytes(8 * self._size))
        for key, value in zip(keys, values, strict=True):
            if key:
                at = self._place(key)
                self._keys[at], self._values[at] = key, value


class Screen:
    """Sifts entries: the parser's errors, broken rules, and ids that came before in this import. Keeps
    hashes of the current kind (64 MB for a million records); a rehearsal keeps the ids of all kinds."""

    def __init__(self, *, remembers_ids: bool) -> None:
        self.failed: list[FailedRow] = []
        self.known: dict[str, set[str]] = defaultdict(set)
        self._remembers_ids = remembers_ids
        self._kind = ""
        self._seen = Seen()

    def sift(self, entries: Sequence[Entry], start: int) -> tuple[list[Entry], dict[int, BadRow]]:
        """(those to save, position → error). What repeats an earlier record exactly is in neither."""
        passed: list[Entry] = []
        failed: dict[int, BadRow] = {}
        for position, entry in enumerate(entries, start=start):
            if entry.kind != self._kind:
                self._kind, self._seen = entry.kind, Seen()
            verdict = entry.error or self._verdict(entry)
            if isinstance(verdict, BadRow):
                failed[position] = verdict
            elif verdict:
                passed.append(entry)
        return passed, failed

    def tell(self, entries: Sequence[Entry], start: int, failed: Mapping[int, BadRow], checkpoint: Checkpoint) -> None:
        """Reports the failed rows of a batch in their order, those that the store refused among them."""
        for position, entry in enumerate(entries, start=start):
            told = checkpoint.refused.get(position)
            if position in failed:
                self.failed.append(FailedRow.of(failed[position], entry.raw))
            elif told is not None and entry.rows:  # else derived from a row that failed, and that is told
                self.failed.append(FailedRow(entry.file, entry.line, *told, entry.raw))

    def _verdict(self, entry: Entry) -> BadRow | bool:
        """An error, or whether the record is to be saved."""
        broken = broken_rule(entry.record)
        if broken is not None:
            return BadRow(entry.file, entry.line, *broken)
        key, content = _hash(entry.record.id), _hash(repr(entry.record))
        before = self._seen.put(key, content)
        if before is None:
            if self._remembers_ids:
                self.known[entry.kind].add(entry.record.id)
            return True
        return False if before == content else BadRow(entry.file, entry.line, "id", "an id with one content only")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def records_of(entries: Sequence[Entry], import_id: str | None) -> list[Any]:
    """The entries' records as made by this import."""
    return [replace(entry.record, import_id=import_id) for entry in entries]


def stored_as(tx: Transaction, kind: str, records: Sequence[Any], known: Mapping[str, set[str]]) -> SaveCounts:
    """What saving would count; BadInput with the row's index for a record that names an unknown one."""
    _check_references(tx, records, known)
    check_reversals(tx, records, known.get(kind, ()))
    stored = {record.id: _content(record) for record in getattr(tx, kind).get([record.id for record in records])}
    same = sum(stored.get(record.id) == _content(record) for record in records)
    there = sum(record.id in stored for record in records)
    return SaveCounts(created=len(records) - there, updated=there - same, unchanged=same)


def _check_references(tx: Transaction, records: Sequence[Any], known: Mapping[str, set[str]]) -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for _, kind, named in references(record):
            if named not in known.get(kind, ()):
                wanted[kind].add(named)
    found = {kind: {row.id for row in getattr(tx, kind).get(sorted(ids))} for kind, ids in wanted.items()}
    unknown = [
        f"/rows/{index}/{name}"
        for index, record in enumerate(records)
        for name, kind, named in references(record)
        if named in wanted[kind] and named not in found[kind]
    ]
    if unknown:
        raise BadInput("A row names a record that does not exist.", pointer=unknown[0], others=unknown[1:])


def check_reversals(tx: Transaction, records: Sequence[Any], known: Container[str] = frozenset()) -> None:
    """BadRows for flows that take back what was not recorded, in the order of the rows. `known`: ids of flows that
    would be stored by now, of which a rehearsal cannot know the amount."""
    flows = [(index, one) for index, one in enumerate(records) if isinstance(one, CashFlow)]
    back = [(index, one) for index, one in flows if one.reverses is not None and one.reverses not in known]
    if not back:
        return
    there: dict[str, dict[str, CashFlow]] = {one.outcome_id: {} for _, one in back}
    for one in (*tx.flows.of_outcomes(sorted(there)), *(one for _, one in flows if one.reverses is None)):
        if one.outcome_id in there:
            there[one.outcome_id][one.id] = one
    wrong: list[tuple[int, str, str]] = []
    for index, flow in back:
        problem = reversal_problem(flow, there[flow.outcome_id].values())
        if problem is None:
            there[flow.outcome_id][flow.id] = flow
        else:
            wrong.append((index, *problem))
    if wrong:
        raise BadRows(wrong)


def _content(record: Any) -> Any:
    names = record.__dataclass_fields__
    return replace(record, **{name: value for name, value in _HISTORY.items() if name in names})
