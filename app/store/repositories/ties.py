"""Ties: one of each kind for two records, kept on a relationship of the graph.

Neither engine finds a relationship by a property of its own in good time, so a tie is found by its two ends.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from app.domain.access import Scope
from app.domain.errors import BadInput
from app.domain.relationship import Relationship, RelationshipKind
from app.domain.staff import Acquaintance
from app.ports.store import PageOf, SaveCounts
from app.store import records
from app.store.repositories.nodes import Label, unknown_records
from app.store.repositories.portfolio import CONTACT, CUSTOMER, STAFF
from app.store.repositories.session import Session, batches, bounds, check_size, in_order
from app.store.rows import Mapper, Properties, to_json

Tie = TypeVar("Tie")
Ends = tuple[str, str]
STREAMED = 500  # about 10 ties each: 5,000 rows an answer
STATEMENT = 5000  # ties a statement: they have no long texts, and an import's batch then takes two round trips


@dataclass(frozen=True, slots=True)
class TiePlan(Generic[Tie]):
    """How ties of one class are kept. `stems`: by kind, where their statements are; a class without kinds has one, "".
    `ends`: the fields that name the two records, and their labels. `ages_snapshot`: a change makes the snapshot old."""

    mapper: Mapper[Tie]
    stems: Mapping[str, str]
    ends: tuple[tuple[str, Label], tuple[str, Label]]
    ages_snapshot: bool

    def kind(self, tie: Tie) -> str:
        return str(getattr(tie, "kind", ""))

    def between(self, tie: Tie) -> Ends:
        (start, _), (end, _) = self.ends
        return getattr(tie, start), getattr(tie, end)

    def tie(self, kind: str, row: Properties) -> Tie:
        (start, _), (end, _) = self.ends
        outside = {start: row["from_id"], end: row["to_id"]} | ({"kind": RelationshipKind(kind)} if kind else {})
        return self.mapper.record(row["record"], **outside)


RELATIONSHIPS = TiePlan(
    records.RELATIONSHIP,
    {
        RelationshipKind.DEALS_WITH: "dealing",
        RelationshipKind.COMPETES_WITH: "competition",
        RelationshipKind.CONFLICTS_WITH: "conflict",
    },
    (("from_id", CUSTOMER), ("to_id", CUSTOMER)),
    ages_snapshot=True,
)
# Not in the snapshot: paths read them as they are.
ACQUAINTANCES: TiePlan[Acquaintance] = TiePlan(
    records.KNOWS, {"": "acquaintance"}, (("staff_id", STAFF), ("contact_id", CONTACT)), ages_snapshot=False
)
ALL_STEMS = (*RELATIONSHIPS.stems.values(), *ACQUAINTANCES.stems.values())


class _Drawn(NamedTuple):
    """A tie, its two ends and what is stored of it."""

    tie: Any
    ends: Ends
    properties: Properties


class TieRows(Generic[Tie]):
    def __init__(self, session: Session, plan: TiePlan[Tie]) -> None:
        self._session = session
        self._plan = plan

    def save(self, rows: Sequence[Tie]) -> SaveCounts:
        check_size(rows)
        self._session.require(Scope.WRITE)
        total = SaveCounts()
        distinct = _distinct(self._plan, rows)
        for kind, stem in self._plan.stems.items():
            ties = [drawn for drawn in distinct if self._plan.kind(drawn.tie) == kind]
            for batch in batches(ties, STATEMENT):
                counts = self._save(stem, batch, rows)
                total = SaveCounts(
                    total.created + counts.created,
                    total.updated + counts.updated,
                    total.unchanged + counts.unchanged,
                    total.changed_before + counts.changed_before,
                )
        if self._plan.ages_snapshot and (total.created or total.updated):
            self._session.changed = True
        repeated = len(rows) - len(distinct)
        return SaveCounts(total.created, total.updated, total.unchanged + repeated, tuple(sorted(total.changed_before)))

    def get(self, ids: Sequence[str]) -> list[Tie]:
        check_size(ids)
        found: dict[str, Tie] = {}
        for kind, stem in self._plan.stems.items():
            if len(found) < len(set(ids)):
                rows = self._session.run(Scope.READ, f"customers/get_{stem}", ids=list(ids))
                found |= {row["record"]["id"]: self._plan.tie(kind, row) for row in rows}
        return in_order(ids, found)

    def stream(self) -> Iterator[list[Tie]]:
        """All of them in batches: by kind, then by the ids of their ends."""
        for kind, stem in self._plan.stems.items():
            after = ""
            while rows := self._session.run(Scope.READ, f"customers/stream_{stem}", after=after, limit=STREAMED):
                yield [self._plan.tie(kind, row) for row in rows if row["record"] is not None]
                after = rows[-1]["from_id"]

    def _save(self, stem: str, ties: Sequence[_Drawn], rows: Sequence[Tie]) -> SaveCounts:
        stored = self._stored(stem, [drawn.ends for drawn in ties])
        new: dict[str, list[dict[str, Any]]] = defaultdict(list)
        changed: list[dict[str, Any]] = []
        for _, (from_id, to_id), properties in ties:
            drawn = {"to_id": to_id, "properties": properties}
            digest = stored.get((from_id, to_id))
            if digest is None:
                new[from_id].append(drawn)
            elif digest != properties["digest"]:
                changed.append(drawn | {"from_id": from_id, "restore": False})
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

    def _stored(self, stem: str, ends: Sequence[Ends]) -> dict[Ends, str]:
        """Digests of the ties that exist. By their `from` ends, each once, and a range of the others: a department with
        10,000 vendors would otherwise be walked once for each row (10 s instead of 60 ms for 1,000 rows)."""
        to_ids: dict[str, list[str]] = defaultdict(list)
        for from_id, to_id in ends:
            to_ids[from_id].append(to_id)
        groups = [{"from_id": key, "first_id": min(to_ids[key]), "last_id": max(to_ids[key])} for key in sorted(to_ids)]
        rows = self._session.run(Scope.WRITE, f"customers/find_{stem}", groups=groups)
        return {(row["from_id"], row["to_id"]): row["digest"] for row in rows}

    def _refuse(self, rows: Sequence[Tie]) -> None:
        wrong: list[tuple[int, int]] = []  # row and which end
        for position, (_, label) in enumerate(self._plan.ends):
            named = [self._plan.between(tie)[position] for tie in rows]
            known: set[str] = set()
            for batch in batches(sorted(set(named))):
                name = label.statement("find", "_digests")
                known |= {row["id"] for row in self._session.run(Scope.WRITE, name, ids=batch)}
            wrong += [(index, position) for index, end in enumerate(named) if end not in known]
        wrong.sort()
        fields = [field for field, _ in self._plan.ends]
        label = self._plan.ends[wrong[0][1] if wrong else 0][1]
        raise unknown_records([(index, fields[position]) for index, position in wrong], label.name)


class RelationshipRows(TieRows[Relationship]):
    def __init__(self, session: Session) -> None:
        super().__init__(session, RELATIONSHIPS)

    def page(self, at: PageOf, *, customer_id: str) -> list[Relationship]:
        found: list[Relationship] = []
        for kind, stem in RELATIONSHIPS.stems.items():
            name = f"customers/page_{stem}"
            rows = self._session.run(Scope.READ, name, customer_id=customer_id, **bounds(at))
            found += [RELATIONSHIPS.tie(kind, row) for row in rows]
        return sorted(found, key=lambda tie: tie.id)[: at.limit]


def _distinct(plan: TiePlan[Tie], rows: Sequence[Tie]) -> list[_Drawn]:
    """Sorted by kind and ends; BadInput for a tie with itself, or two rows that say different things of one tie."""
    first: dict[tuple[str, str, str], _Drawn] = {}
    by_id: dict[str, Any] = {}
    for index, (row, properties) in enumerate(zip(rows, plan.mapper.all_properties(rows), strict=True)):
        tie: Any = row
        drawn = _Drawn(tie, plan.between(tie), properties)
        if drawn.ends[0] == drawn.ends[1] and plan.ends[0][1] is plan.ends[1][1]:
            raise BadInput("A customer has no tie with itself.", pointer=f"/rows/{index}/{plan.ends[1][0]}")
        if _differ(by_id.setdefault(tie.id, tie), tie):
            raise BadInput("The id occurs twice with different content.", pointer=f"/rows/{index}/id")
        if _differ(first.setdefault((plan.kind(tie), *drawn.ends), drawn).tie, tie):
            raise BadInput("The tie occurs twice with different content.", pointer=f"/rows/{index}/id")
    return [first[key] for key in sorted(first)]


def _differ(one: Any, other: Any) -> bool:
    return one is not other and one != other  # most are themselves, and comparing all fields takes ten times as long
