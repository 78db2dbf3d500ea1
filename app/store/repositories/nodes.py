"""Saving, reading and paging of records that are nodes, the same for every label.

Invariant: the node is written first, which takes its lock; only then are the ties that its record names drawn anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import cypher
from app.domain.access import Scope
from app.domain.errors import BadInput
from app.ports.store import PageOf, SaveCounts
from app.store.repositories.former import Former, forget, keep
from app.store.repositories.session import STREAM_BATCH, Session, batches, bounds, check_size, in_order
from app.store.rows import Mapper, Properties, to_json

Record = TypeVar("Record")

# Of an indexed text: both engines refuse keys beyond some 8,000 bytes, and two of these share one at four bytes each.
LONGEST_KEY = 1000


@dataclass(frozen=True, slots=True)
class Label:
    """Where the statements of a label are: `<folder>/save_<stem>` and so on."""

    name: str
    folder: str
    stem: str

    def statement(self, verb: str, rest: str = "") -> str:
        return f"{self.folder}/{verb}_{self.stem}{rest}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names other records. With `link`, a statement draws the tie and counts it; without, the named ids
    are looked up. `ids` gives the ids that a record's properties name."""

    field: str
    target: Label
    link: str | None = None
    ids: Callable[[Properties], Iterable[str]] | None = None

    def named(self, properties: Properties) -> Iterable[str]:
        if self.ids is not None:
            return self.ids(properties)
        value = properties.get(self.field)
        return () if value is None else (value,)


@dataclass(frozen=True, slots=True)
class Plan(Generic[Record]):
    """How records of one kind are kept. `ages_snapshot`: a change of one makes the snapshot old.
    `former`: how content that a save replaces is kept."""

    mapper: Mapper[Record]
    label: Label
    references: tuple[Reference, ...] = ()
    unlinks: bool = True
    ages_snapshot: bool = False
    former: Former | None = None

    @property
    def indexed(self) -> frozenset[str]:
        """Properties that the published schema indexes."""
        label = cypher.schema().nodes[self.label.name]
        return frozenset(label.unique).union(*label.index)


@dataclass(slots=True)
class Changes:
    """What a save has done so far: ids, and what updated rows were."""

    created: set[str]
    before: dict[str, Properties]

    @property
    def ids(self) -> set[str]:
        return self.created | self.before.keys()


class NodeRows(Generic[Record]):
    def __init__(self, session: Session, plan: Plan[Record]) -> None:
        self._session = session
        self._plan = plan

    def save(self, rows: Sequence[Record]) -> SaveCounts:
        check_size(rows)
        self._session.require(Scope.WRITE)
        by_id = _unique(self._plan.mapper.all_properties(rows), self._plan.indexed)
        ids = sorted(by_id)
        known = self._digests(self._plan.label, ids)
        differing = [key for key in ids if known.get(key) != by_id[key]["digest"]]
        changes = self._write(differing, by_id)
        if changes.before and self._plan.unlinks:
            gone = [{"id": key, "properties": changes.before[key]} for key in sorted(changes.before)]
            for batch in batches(gone):
                self._session.run(Scope.WRITE, self._plan.label.statement("unlink"), rows=batch)
        if changes.before and self._plan.former is not None:
            saved = {row.id: row for row in rows}  # type: ignore[attr-defined]
            keep(self._session, self._plan.former, changes.before, saved)
        self._link(changes.ids, by_id, rows)
        if changes.ids and self._plan.ages_snapshot:
            self._session.changed = True
        return SaveCounts(
            created=len(changes.created),
            updated=len(changes.before),
            unchanged=len(rows) - len(changes.ids),
            changed_before=tuple((key, to_json(changes.before[key])) for key in sorted(changes.before)),
        )

    def get(self, ids: Sequence[str]) -> list[Record]:
        return self._get(ids, Scope.READ)

    def _get(self, ids: Sequence[str], scope: Scope) -> list[Record]:
        check_size(ids)
        found: dict[str, Record] = {}
        wanted = sorted(set(ids))
        for batch in batches(wanted):
            for row in self._session.run(scope, self._plan.label.statement("get"), ids=batch):
                found[row["record"]["id"]] = self._plan.mapper.record(row["record"])
        return in_order(ids, found)

    def page(self, at: PageOf) -> list[Record]:
        return self._page(self._plan.label.statement("page"), **bounds(at))

    def stream(self) -> Iterator[list[Record]]:
        """All of them in batches, in the order of ids."""
        after = ""
        while True:
            name = self._plan.label.statement("page")
            found = self._session.run(Scope.READ, name, after=after, limit=STREAM_BATCH, **self._unfiltered)
            if found:
                yield [self._plan.mapper.record(row["record"]) for row in found]
            if len(found) < STREAM_BATCH:
                return
            after = found[-1]["record"]["id"]

    def restore(self, before: Mapping[str, Properties]) -> None:
        """Puts records back as they were, with the ties that they named then."""
        rows = [{"id": key, "properties": before[key]} for key in sorted(before)]
        label = self._plan.label
        if self._plan.unlinks:
            found = self._session.run(Scope.ADMIN, label.statement("get"), ids=sorted(before))
            drawn = [{"id": row["record"]["id"], "properties": row["record"]} for row in found]
            self._session.run(Scope.ADMIN, label.statement("unlink"), rows=drawn)
        if self._plan.former is not None:
            versions = [(key, before[key]["version"]) for key in sorted(before)]
            forget(self._session, self._plan.former, versions)
        self._session.run(Scope.ADMIN, label.statement("restore"), rows=rows)
        for reference in self._plan.references:
            if reference.link is not None:
                pairs = [{"id": key, "other_id": other} for key in before for other in reference.named(before[key])]
                self._session.run(Scope.ADMIN, reference.link, rows=sorted(pairs, key=lambda pair: pair["id"]))

    @property
    def _unfiltered(self) -> dict[str, Any]:
        """The parameters of this label's page statement that mean every record."""
        return {}

    def _page(self, name: str, **params: Any) -> list[Record]:
        return [self._plan.mapper.record(row["record"]) for row in self._session.run(Scope.READ, name, **params)]

    def _digests(self, label: Label, ids: Sequence[str]) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for batch in batches(ids):
            name = label.statement("find", "_digests")
            found.update((row["id"], row["digest"]) for row in self._session.run(Scope.WRITE, name, ids=batch))
        return found

    def _write(self, ids: Sequence[str], by_id: Mapping[str, Properties]) -> Changes:
        changes = Changes(set(), {})
        for batch in batches(ids):
            rows = [{"id": key, "properties": by_id[key]} for key in batch]
            for row in self._session.run(Scope.WRITE, self._plan.label.statement("save"), rows=rows):
                if row["was"] is None:
                    changes.created.add(row["id"])
                elif row["was"] != by_id[row["id"]]["digest"]:
                    changes.before[row["id"]] = row["before"]
        return changes

    def _link(self, changed: set[str], by_id: Mapping[str, Properties], rows: Sequence[Record]) -> None:
        for reference in self._plan.references:
            pairs = [{"id": key, "other_id": other} for key in sorted(changed) for other in reference.named(by_id[key])]
            if reference.link is None:
                known = self._digests(reference.target, sorted({pair["other_id"] for pair in pairs}))
                if any(pair["other_id"] not in known for pair in pairs):
                    self._refuse(reference, rows)
                continue
            for batch in batches(pairs):
                linked = self._session.run(Scope.WRITE, reference.link, rows=batch)
                if sum(row["linked"] for row in linked) < len(batch):
                    self._refuse(reference, rows)

    def _refuse(self, reference: Reference, rows: Sequence[Record]) -> None:
        """BadInput with the places of the rows that name an unknown record."""
        named = [list(reference.named(row)) for row in self._plan.mapper.all_properties(rows)]
        known = self._digests(reference.target, sorted({other for others in named for other in others}))
        wrong = [index for index, others in enumerate(named) if any(other not in known for other in others)]
        raise unknown_records([(index, reference.field) for index in wrong], reference.target.name)


def unknown_records(places: Sequence[tuple[int, str]], label: str) -> BadInput:
    """For (row, field) of each that names an unknown record."""
    if not places:  # known by now: another writer was between the two questions
        return BadInput(f"A row names a {label} that does not exist.", pointer="/rows")
    first, *others = [f"/rows/{index}/{field}" for index, field in places]
    message = f"Row {places[0][0]} names a {label} that does not exist."
    return BadInput(message, pointer=first, remedy=f"Save the {label} first.", others=others)


def _unique(rows: Sequence[Properties], indexed: frozenset[str]) -> dict[str, Properties]:
    """By id; BadInput where one id comes twice with other content, or a text is too long for its index."""
    by_id: dict[str, Properties] = {}
    for index, row in enumerate(rows):
        if not row["id"]:
            raise BadInput("An id is not empty.", pointer=f"/rows/{index}/id")
        for column in indexed:
            value = row.get(column)
            if isinstance(value, str) and len(value) > LONGEST_KEY:
                raise BadInput(f"This text has at most {LONGEST_KEY} characters.", pointer=f"/rows/{index}/{column}")
        first = by_id.setdefault(row["id"], row)
        if first["digest"] != row["digest"]:
            raise BadInput("The id occurs twice with different content.", pointer=f"/rows/{index}/id")
    return by_id
