"""A bulk load into a new folder, read back over Bolt."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import cypher
from app.domain.errors import BadInput, Conflict
from app.embedded import NodeTable, RelationshipTable, bulk_load, stop_embedded
from app.store.connect import open_graph
from app.store.profiles import ARCADEDB
from app.store.runner import GraphRunner

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
IDS = ["cus_1", "cus_2", "cus_3"]
NODES = NodeTable(
    "Customer",
    {"id": IDS, "name": ["Žofie", None, "c"], "created_at": [AT, AT, None], "aliases": [["a"], [], None]},
)
EDGES = RelationshipTable("DEALS_WITH", "Customer", IDS[:2], "Customer", IDS[1:], {"id": ["r1", "r2"], "at": [AT, AT]})
ROWS = "MATCH (c:Customer) RETURN c.id AS id, c.name AS name, c.created_at AS at, c.aliases AS aliases ORDER BY id"


def rows(runner: GraphRunner, text: str) -> list[dict[str, object]]:
    header = "// A test's statement.\n// mode: write\n// params:\n// returns:\n"
    return runner.write(lambda tx: tx.run(cypher.parse("system/test", header + text)))


def test_what_was_loaded_is_read(tmp_path: Path) -> None:
    folder, steps = tmp_path / "graph", []
    counts = bulk_load(
        folder,
        iter([NODES, EDGES]),
        schema_statements=ARCADEDB.schema_statements(cypher.schema()),
        progress=lambda what, done: steps.append((what, done)),
    )
    try:
        assert (counts.nodes, counts.relationships) == (3, 2)
        assert steps == [("Customer", 3), ("DEALS_WITH", 2)]
        assert [file.name for file in tmp_path.iterdir()] == ["graph"]
        with open_graph(f"embedded:{folder}") as runner:
            assert rows(runner, ROWS) == [
                {"id": "cus_1", "name": "Žofie", "at": AT, "aliases": ["a"]},
                {"id": "cus_2", "name": None, "at": AT, "aliases": []},
                {"id": "cus_3", "name": "c", "at": None, "aliases": None},
            ]
            found = "MATCH (a)-[r:DEALS_WITH]->(b) RETURN a.id AS a, b.id AS b, r.id AS id, r.at AS at ORDER BY id"
            assert rows(runner, found) == [
                {"a": "cus_1", "b": "cus_2", "id": "r1", "at": AT},
                {"a": "cus_2", "b": "cus_3", "id": "r2", "at": AT},
            ]
            assert rows(runner, "MERGE (c:Customer {id: 'cus_1'}) RETURN c.name AS name") == [{"name": "Žofie"}]
    finally:
        stop_embedded(folder)


@pytest.mark.parametrize(
    "tables",
    [
        [NodeTable("Customer", {"id": ["a", "a"]})],
        [NODES, RelationshipTable("DEALS_WITH", "Customer", ["cus_1"], "Customer", ["unknown"], {})],
        [NodeTable("Customer", {"id": ["a"], "name": []})],
        [NodeTable("Customer", {"id": ["a"], "name": [object()]})],
    ],
    ids=["duplicate", "unknown", "ragged", "type"],
)
def test_a_refused_load_leaves_nothing(tmp_path: Path, tables: list[NodeTable | RelationshipTable]) -> None:
    with pytest.raises(BadInput):
        bulk_load(tmp_path / "graph", tables, schema_statements=ARCADEDB.schema_statements(cypher.schema()))
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_never_loaded_into(tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        bulk_load(tmp_path, [])
