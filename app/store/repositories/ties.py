"""Ties between customers: one of each kind for two customers, kept on a relationship of the graph.

Neither engine finds a relationship by a property of its own in good time, so a tie is found by its two ends.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from app.domain.access import Scope
from app.domain.errors import BadInput
from app.domain.relationship import Relationship, RelationshipKind
from app.ports.store import PageOf, SaveCounts
from app.store.records import RELATIONSHIP
from app.store.repositories.nodes import unknown_records
from app.store.repositories.session import Session, batches, bounds, check_size, in_order
from app.store.rows import Properties, to_json

STEMS = {
    RelationshipKind.DEALS_WITH: "dealing",
    RelationshipKind.COMPETES_WITH: "competition",
    RelationshipKind.CONFLICTS_WITH: "conflict",
}
Ends = tuple[str, str]
STREAMED = 500  # about 10 ties each: 5,000 rows an answer
STATEMENT = 5000  # ties a statement: they have no long texts, and an import's batch then takes two round trips


class _Drawn(NamedTuple):
    """A tie and what is stored of it."""

    tie: Relationship
    properties: Properties


class RelationshipRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, rows: Sequence[Relationship]) -> SaveCounts:
        check_size(rows)
        self._session.require(Scope.WRITE)
        total = SaveCounts()
        distinct = _distinct(rows)
        for kind, stem in STEMS.items():
            ties = [drawn for drawn in distinct if drawn.tie.kind is kind]
            for batch in batches(ties, STATEMENT):
                counts = self._save(stem, batch, rows)
                total = SaveCounts(
                    total.created + counts.created,
                    total.updated + counts.updated,
                    total.unchanged + counts.unchanged,
                    total.changed_before + counts.changed_before,
                )
        if total.created or total.updated:
            self._session.changed = True
        repeated = len(rows) - len(distinct)
        return SaveCounts(total.created, total.updated, total.unchanged + repeated, tuple(sorted(total.changed_before)))

    def get(self, ids: Sequence[str]) -> list[Relationship]:
        check_size(ids)
        found: dict[str, Relationship] = {}
        for kind, stem in STEMS.items():
            if len(found) < len(set(ids)):
                rows = self._session.run(Scope.READ, f"customers/get_{stem}", ids=list(ids))
                found |= {row["record"]["id"]: _tie(kind, row) for row in rows}
        return in_order(ids, found)

    def page(self, at: PageOf, *, customer_id: str) -> list[Relationship]:
        found: list[Relationship] = []
        for kind, stem in STEMS.items():
            name = f"customers/page_{stem}"
            rows = self._session.run(Scope.READ, name, customer_id=customer_id, **bounds(at))
            found += [_tie(kind, row) for row in rows]
        return sorted(found, key=lambda tie: tie.id)[: at.limit]

    def stream(self) -> Iterator[list[Relationship]]:
        """All of them in batches: by kind, then by the ids of their ends."""
        for kind, stem in STEMS.items():
            after = ""
            while rows := self._session.run(Scope.READ, f"customers/stream_{stem}", after=after, limit=STREAMED):
                yield [_tie(kind, row) for row in rows if row["record"] is not None]
                after = rows[-1]["from_id"]

    def _save(self, stem: str, ties: Sequence[_Drawn], rows: Sequence[Relationship]) -> SaveCounts:
        stored = self._stored(stem, [drawn.tie for drawn in ties])
        new: dict[str, list[dict[str, Any]]] = defaultdict(list)
        changed: list[dict[str, Any]] = []
        for tie, properties in ties:
            drawn = {"to_id": tie.to_id, "properties": properties}
            digest = stored.get((tie.from_id, tie.to_id))
            if digest is None:
                new[tie.from_id].append(drawn)
            elif digest != properties["digest"]:
                changed.append(drawn | {"from_id": tie.from_id, "restore": False})
        count = sum(map(len, new.values()))
        if new:
            groups = [{"from_id": key, "ties": new[key]} for key in sorted(new)]
            created = self._session.run(Scope.WRITE, f"customers/create_{stem}", groups=groups)
            if sum(row["created"] for row in created) < count:
                self._refuse(rows)
        before: list[tuple[str, str]] = []
        if changed:
            for row in self._session.run(Scope.WRITE, f"customers/update_{stem}", rows=changed):
                kept = {"from_id": row["from_id"], "to_id": row["to_id"], "stem": stem, **row["before"]}
                before.append((row["id"], to_json(kept)))
        return SaveCounts(count, len(changed), len(ties) - count - len(changed), tuple(before))

    def _stored(self, stem: str, ties: Sequence[Relationship]) -> dict[Ends, str]:
        """Digests of the ties that exist. By their `from` ends, each once, and a range of the others: a department with
        10,000 vendors would otherwise be walked once for each row (10 s instead of 60 ms for 1,000 rows)."""
        to_ids: dict[str, list[str]] = defaultdict(list)
        for tie in ties:
            to_ids[tie.from_id].append(tie.to_id)
        groups = [{"from_id": key, "first_id": min(to_ids[key]), "last_id": max(to_ids[key])} for key in sorted(to_ids)]
        rows = self._session.run(Scope.WRITE, f"customers/find_{stem}", groups=groups)
        return {(row["from_id"], row["to_id"]): row["digest"] for row in rows}

    def _refuse(self, rows: Sequence[Relationship]) -> None:
        ends = sorted({end for tie in rows for end in (tie.from_id, tie.to_id)})
        known: set[str] = set()
        for batch in batches(ends):
            known |= {row["id"] for row in self._session.run(Scope.WRITE, "customers/find_customer_digests", ids=batch)}
        ends_of = [(index, {"from_id": tie.from_id, "to_id": tie.to_id}) for index, tie in enumerate(rows)]
        wrong = [(index, field) for index, named in ends_of for field, end in named.items() if end not in known]
        raise unknown_records(wrong, "Customer")


def _tie(kind: RelationshipKind, row: Properties) -> Relationship:
    return RELATIONSHIP.record(row["record"], kind=kind, from_id=row["from_id"], to_id=row["to_id"])


def _distinct(rows: Sequence[Relationship]) -> list[_Drawn]:
    """Sorted by kind and ends; BadInput for a tie with itself, or two rows that say different things of one tie."""
    first: dict[tuple[str, str, str], _Drawn] = {}
    by_id: dict[str, Relationship] = {}
    for index, drawn in enumerate(map(_Drawn, rows, RELATIONSHIP.all_properties(rows))):
        tie = drawn.tie
        if tie.from_id == tie.to_id:
            raise BadInput("A customer has no tie with itself.", pointer=f"/rows/{index}/to_id")
        if _differ(by_id.setdefault(tie.id, tie), tie):
            raise BadInput("The id occurs twice with different content.", pointer=f"/rows/{index}/id")
        if _differ(first.setdefault((tie.kind, tie.from_id, tie.to_id), drawn).tie, tie):
            raise BadInput("The tie occurs twice with different content.", pointer=f"/rows/{index}/id")
    return [first[key] for key in sorted(first)]


def _differ(one: Relationship, other: Relationship) -> bool:
    return one is not other and one != other  # most are themselves, and comparing all fields takes ten times as long
