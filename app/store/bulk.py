"""A portfolio as the tables of a bulk load: the same nodes and ties that the repositories would write, all at once.

Only for a new embedded folder, where nothing can be there already; everything else goes through the store.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cypher
from app.domain.errors import BadInput
from app.domain.referral import customers_among
from app.domain.relationship import Relationship
from app.domain.staff import Acquaintance
from app.embedded.bulk import BulkCounts, NodeTable, RelationshipTable, bulk_load
from app.store import records
from app.store.profiles import ARCADEDB
from app.store.rows import Mapper, Properties

Tables = Iterator[NodeTable | RelationshipTable]

_NODES: Mapping[str, tuple[str, Mapper[Any]]] = {
    "categories": ("Category", records.CATEGORY),
    "groups": ("LegalGroup", records.GROUP),
    "customers": ("Customer", records.CUSTOMER),
    "contacts": ("Contact", records.CONTACT),
    "staff": ("Staff", records.STAFF),
    "consents": ("Consent", records.CONSENT),
    "signals": ("Signal", records.SIGNAL),
    "needs": ("Need", records.NEED),
    "capabilities": ("Capability", records.CAPABILITY),
    "introductions": ("Introduction", records.INTRODUCTION),
    "referrals": ("Referral", records.REFERRAL),
    "outcomes": ("Outcome", records.OUTCOME),
    "evidence": ("PiEvidence", records.EVIDENCE),
    "flows": ("CashFlow", records.FLOW),
    "rates": ("ExchangeRate", records.RATE),
    "ledger": ("LedgerTotal", records.LEDGER),
}
# Kind → (field that names the other, type of the tie, label of the other, whether the tie starts at the other, the
# properties of the tie by those of the record).
_TIES: Mapping[str, tuple[tuple[str, str, str, bool, Mapping[str, str]], ...]] = {
    "categories": (("parent_id", "CHILD_OF", "Category", False, {}),),
    "customers": (("group_id", "IN_GROUP", "LegalGroup", False, {}),),
    "contacts": (("customer_id", "WORKS_FOR", "Customer", False, {}),),
    "consents": (("customer_id", "GAVE", "Customer", True, {}),),
    "signals": (("customer_id", "ABOUT", "Customer", False, {}),),
    "needs": (
        ("seeker_id", "HAS_NEED", "Customer", True, {}),
        ("category_id", "IN_CATEGORY", "Category", False, {}),
        ("met_by", "MET_BY", "Customer", False, {"at": "met_at"}),
    ),
    "capabilities": (
        ("provider_id", "OFFERS", "Customer", True, {}),
        ("category_id", "IN_CATEGORY", "Category", False, {}),
    ),
    "introductions": (("need_id", "FOR_NEED", "Need", False, {}),),
    "outcomes": (
        ("need_id", "CAME_FROM", "Need", False, {}),
        ("referral_id", "CAME_FROM", "Referral", False, {}),
        ("introduction_id", "CAME_FROM", "Introduction", False, {}),
    ),
    "evidence": (("outcome_id", "SPEAKS_OF", "Outcome", False, {}),),
    "flows": (("outcome_id", "PAID", "Outcome", True, {}),),
}


def load_portfolio(
    folder: Path,
    batches: Iterable[tuple[str, Sequence[Any]]],
    *,
    memory: str = "2g",
    progress: Callable[[str, int], None] = lambda what, rows: None,
) -> BulkCounts:
    """(kind, records) in the order in which they can be saved, into a new folder of the embedded graph. Conflict when
    it exists, BadInput when a record names one that is not there: then no folder is left."""
    statements = ARCADEDB.schema_statements(cypher.schema())
    return bulk_load(folder, tables(batches), memory=memory, schema_statements=statements, progress=progress)


def tables(batches: Iterable[tuple[str, Sequence[Any]]]) -> Tables:
    # A snapshot is keyed by the watermark; without one a fresh graph would look as old as an empty one.
    at = datetime.now(UTC)
    yield NodeTable("Watermark", {"id": ["graph-0"], "value": [1], "changed_at": [at]})
    version = cypher.schema().version
    yield NodeTable("SchemaVersion", {"id": ["schema"], "version": [version], "applied_at": [at]})
    for kind, rows in batches:
        if kind == "relationships":
            yield from _relationships(rows)
        elif kind == "knows":
            yield from _knows(rows)
        elif kind in _NODES:
            yield from _nodes(kind, rows)
        else:
            raise BadInput("A portfolio has no such kind of record.", pointer="kind")


def _nodes(kind: str, rows: Sequence[Any]) -> Tables:
    label, mapper = _NODES[kind]
    found = [mapper.properties(row) for row in rows]
    if not found:
        return
    yield NodeTable(label, _columns(found))
    for field, type_, other, starts_there, names in _TIES.get(kind, ()):
        tied = [row for row in found if row.get(field) is not None]
        if tied:
            ids, others = [row["id"] for row in tied], [row[field] for row in tied]
            columns = {name: [row.get(source) for row in tied] for name, source in names.items()}
            if starts_there:
                yield RelationshipTable(type_, other, others, label, ids, columns)
            else:
                yield RelationshipTable(type_, label, ids, other, others, columns)
    if kind == "introductions":
        yield from _parties(found)
    if kind == "referrals":
        yield _referred(found)
    if kind in ("outcomes", "evidence"):
        yield from _contributed(found)


def _parties(found: Sequence[Properties]) -> Tables:
    ids = [row["id"] for row in found]
    for role in ("seeker", "provider"):
        others = [row[f"{role}_id"] for row in found]
        yield RelationshipTable("INTRODUCES", "Introduction", ids, "Customer", others, {"role": [role] * len(ids)})


def _referred(found: Sequence[Properties]) -> RelationshipTable:
    columns = {name: [row.get(name) for row in found] for name in ("id", "at", "import_id")}
    referrers, referred = [row["referrer_id"] for row in found], [row["referred_id"] for row in found]
    return RelationshipTable("REFERRED", "Customer", referrers, "Customer", referred, columns)


def _contributed(found: Sequence[Properties]) -> Tables:
    acted = [
        (name, row.get("outcome_id", row["id"]), row["id"])
        for row in found
        for name in customers_among(row.get("contributor_ids", ()))
    ]
    if acted:
        who, outcomes, by = map(list, zip(*acted, strict=True))
        yield RelationshipTable("CONTRIBUTED_TO", "Customer", who, "Outcome", outcomes, {"by": by})


def _relationships(rows: Sequence[Relationship]) -> Tables:
    for kind in sorted({row.kind for row in rows}):
        ties = [row for row in rows if row.kind is kind]
        columns = _columns([records.RELATIONSHIP.properties(tie) for tie in ties])
        from_ids, to_ids = [tie.from_id for tie in ties], [tie.to_id for tie in ties]
        yield RelationshipTable(kind.upper(), "Customer", from_ids, "Customer", to_ids, columns)


def _knows(rows: Sequence[Acquaintance]) -> Tables:
    if rows:
        columns = _columns([records.KNOWS.properties(row) for row in rows])
        staff_ids, contact_ids = [row.staff_id for row in rows], [row.contact_id for row in rows]
        yield RelationshipTable("KNOWS", "Staff", staff_ids, "Contact", contact_ids, columns)


def _columns(found: Sequence[Properties]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in found for name in row)
    return {name: [row.get(name) for row in found] for name in names}
