"""The graph's schema brought to the published version; running it again changes nothing."""

from dataclasses import dataclass
from typing import Any

import cypher
from app.domain.errors import WrongVersion
from app.store.repositories.session import batches
from app.store.runner import JOB, GraphRunner
from app.store.value_facts import exported

_GET = cypher.parse(
    "system/get_schema_version",
    "// Which version of the schema has the graph?\n// mode: read\n// params: id\n// returns: version\n"
    "MATCH (s:SchemaVersion {id: $id}) RETURN s.version AS version",
)
_SAVE = cypher.parse(
    "system/save_schema_version",
    "// Record the version of the schema.\n// mode: write\n// params: id, version\n// returns: version\n"
    "MERGE (s:SchemaVersion {id: $id}) SET s.version = $version RETURN s.version AS version",
)
_SAY_WHO_SAYS_SO = cypher.parse(
    "system/update_contributor_ties",
    "// Ties of schema 5 name no record that says so; it was always the outcome.\n// mode: write\n// params: ids\n"
    "// returns: changed\nUNWIND $ids AS id MATCH (:Customer)-[r:CONTRIBUTED_TO]->(n:Outcome {id: id}) "
    "WHERE r.by IS NULL SET r.by = id RETURN count(r) AS changed",
)
_ID = "schema"


@dataclass(frozen=True, slots=True)
class Migration:
    """`before` is None for a graph that had no schema."""

    before: int | None
    after: int


def migrate(runner: GraphRunner) -> Migration:
    """Constraints and indexes of the published schema; WrongVersion when a newer icrm has written the graph."""
    published = cypher.schema()
    before = schema_version(runner)
    if before is not None and before > published.version:
        raise WrongVersion(
            f"The graph has schema version {before}; this icrm knows {published.version}.",
            remedy="Install the newer icrm that wrote it.",
        )
    if before != published.version:
        runner.define(runner.profile.schema_statements(published))
        if before is not None and before < 6:
            _tie_contributors(runner)
        runner.write(lambda tx: tx.run(_SAVE, id=_ID, version=published.version), retry=JOB)
    return Migration(before=before, after=published.version)


def _tie_contributors(runner: GraphRunner) -> None:
    """Outcomes written before schema 5 have no ties to the customers who acted; ties that are there stay single."""

    def read(name: str, **params: Any) -> list[dict[str, Any]]:
        return runner.read(lambda tx: tx.run(name, **params), retry=JOB)

    for found in exported(read, "views/export_value_outcomes"):
        for ids in batches(found["id"]):
            runner.write(lambda tx, ids=ids: tx.run(_SAY_WHO_SAYS_SO, ids=ids), retry=JOB)  # type: ignore[misc]
        pairs = [
            {"id": outcome, "other_id": one}
            for outcome, ids in zip(found["id"], found["contributor_ids"], strict=True)
            for one in ids
        ]
        for rows in batches(pairs):
            runner.write(lambda tx, rows=rows: tx.run("referrals/link_outcome_contributor", rows=rows), retry=JOB)  # type: ignore[misc]


def schema_version(runner: GraphRunner) -> int | None:
    """The version recorded in the graph; None for a graph without a schema."""
    rows = runner.read(lambda tx: tx.run(_GET, id=_ID))
    return int(rows[0]["version"]) if rows else None
