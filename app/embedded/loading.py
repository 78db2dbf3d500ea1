"""The child's side of a bulk load: tables from JSON files into GraphBatch, on the database handle in this process."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Report = Callable[[dict[str, Any]], None]


def load(database: Any, folder: Path, report: Report) -> None:
    """Load every table of `folder` in the order of its file names; the last report has the counts."""
    for statement in json.loads((folder / "schema.json").read_text(encoding="utf-8")):
        database.command("opencypher", statement)
    places: dict[str, dict[str, str]] = {}
    counts = {"node": 0, "relationship": 0}
    with database.graph_batch(batch_size=100_000, commit_every=10_000) as batch:
        for file in sorted(folder.glob("[0-9]*.json")):
            table = json.loads(file.read_text(encoding="utf-8"))
            file.unlink()  # keeps the folder's peak size low
            columns = _with_times(table["columns"], table["times"])
            if table["kind"] == "node":
                rows = _nodes(database, batch, table["label"], columns, places)
            else:
                rows = _relationships(database, batch, table, columns, places)
            counts[table["kind"]] += rows
            report({"what": table.get("label") or table["type"], "rows": rows})
    report({"done": True, "nodes": counts["node"], "relationships": counts["relationship"]})


def _with_times(columns: dict[str, list[Any]], times: list[str]) -> dict[str, list[Any]]:
    for name in times:
        if name in columns:
            columns[name] = [None if v is None else _EPOCH + timedelta(microseconds=v) for v in columns[name]]
    return columns


def _rows(columns: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
    names = list(columns)
    if not names:
        return [{}] * count
    lines = zip(*columns.values(), strict=True)
    return [{n: v for n, v in zip(names, line, strict=True) if v is not None} for line in lines]


def _nodes(
    database: Any, batch: Any, label: str, columns: dict[str, list[Any]], places: dict[str, dict[str, str]]
) -> int:
    database.command("sql", f"CREATE VERTEX TYPE `{label}` IF NOT EXISTS")
    rids = batch.create_vertices(label, _rows(columns, len(columns["id"])))
    places.setdefault(label, {}).update(zip(columns["id"], rids, strict=True))
    return len(rids)


def _relationships(
    database: Any, batch: Any, table: dict[str, Any], columns: dict[str, list[Any]], places: dict[str, dict[str, str]]
) -> int:
    database.command("sql", f"CREATE EDGE TYPE `{table['type']}` IF NOT EXISTS")
    starts, ends = places.get(table["from_label"], {}), places.get(table["to_label"], {})
    try:
        sources = [starts[key] for key in table["from_ids"]]
        targets = [ends[key] for key in table["to_ids"]]
    except KeyError:
        raise ValueError(f"a relationship {table['type']} names a node that no earlier table holds") from None
    batch.new_edges(sources, table["type"], targets, _rows(columns, len(sources)) if columns else None)
    return len(sources)
