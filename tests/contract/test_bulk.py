"""A bulk load gives the graph that the store would have written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import cypher
from app.adapters.export import FolderWriter
from app.domain.access import OPERATOR_CLI
from app.domain.errors import BadInput, Conflict
from app.embedded import stop_embedded
from app.store.bulk import load_portfolio
from app.store.connect import open_graph
from app.store.migrations import migrate
from app.store.store import GraphStore
from app.usecases.exports import ExportPortfolio
from app.usecases.imports import ImportPortfolio
from seed import combined, story, synthetic
from tests.contract.test_imports import Records

TIES = cypher.parse(
    "system/test_ties",
    "// How many ties of each type, with which properties?\n// mode: read\n// params:\n// returns: type, names, n\n"
    "MATCH (a)-[r]->(b) UNWIND keys(properties(r)) + [''] AS name "
    "RETURN type(r) AS type, labels(a)[0] + '>' + labels(b)[0] + '.' + name AS names, count(*) AS n",
)
PORTFOLIO = combined(story(), synthetic(80))


def exported(folder: Path, out: Path, *, load: bool) -> tuple[object, ...]:
    with open_graph(f"embedded:{folder}") as runner:
        migrate(runner)
        store = GraphStore(runner)
        if load:
            ImportPortfolio(store, lambda: datetime.now(UTC))(OPERATOR_CLI, Records(PORTFOLIO))
        ExportPortfolio(store)(OPERATOR_CLI, FolderWriter(out))
        counts = store.read(OPERATOR_CLI, lambda tx: tx.views.counts())
        batches = store.read(
            OPERATOR_CLI, lambda tx: [(b.kind, len(next(iter(b.columns.values())))) for b in tx.views.topology()]
        )
        ties = {(row["type"], row["names"]): row["n"] for row in runner.read(lambda tx: tx.run(TIES))}
        kinds = sorted({kind for kind, _ in batches})
        sizes = [sum(size for one, size in batches if one == kind) for kind in kinds]
        again = ImportPortfolio(store, lambda: datetime.now(UTC))(OPERATOR_CLI, Records(PORTFOLIO))
        assert (again.created, again.updated, again.unchanged) == (0, 0, len(PORTFOLIO))
    stop_embedded(folder)
    own = ("ImportRun", "Watermark", "SchemaVersion")
    files = {file.name: file.read_bytes() for file in sorted(out.iterdir())}
    return files, {label: n for label, n in counts.items() if n and label not in own}, sizes, _without_imports(ties)


def test_a_bulk_load_equals_an_import(tmp_path: Path) -> None:
    load_portfolio(tmp_path / "bulk", PORTFOLIO.kinds())
    assert exported(tmp_path / "bulk", tmp_path / "a", load=False) == exported(
        tmp_path / "store", tmp_path / "b", load=True
    )


def test_a_bulk_load_needs_a_new_folder_and_leaves_none_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(Conflict):
        load_portfolio(tmp_path / "there", PORTFOLIO.kinds())
    with pytest.raises(BadInput):
        load_portfolio(tmp_path / "new", [("needs", PORTFOLIO.needs)])
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def _without_imports(ties: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: n for key, n in ties.items() if not key[1].endswith(".import_id")}
