"""Bulk loading into a new data folder: built beside it, renamed when complete, so a killed load leaves nothing behind.

Tables travel as JSON files, written one at a time: a caller that yields chunks of 10,000 rows keeps little in memory.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.errors import BadInput, Conflict, Unavailable
from app.embedded.control import ask
from app.embedded.folder import DataFolder
from app.embedded.launcher import open_embedded, stop_embedded

Progress = Callable[[str, int], None]  # label or type, rows loaded of it so far


@dataclass(frozen=True, slots=True)
class NodeTable:
    """Columns of one length; `id` is one of them. None means: no such property. A label may come in several tables."""

    label: str
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class RelationshipTable:
    """Relationships between nodes of tables that came before; ids that no such node has are an error."""

    type: str
    from_label: str
    from_ids: Sequence[str]
    to_label: str
    to_ids: Sequence[str]
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class BulkCounts:
    nodes: int
    relationships: int


def bulk_load(
    folder: Path,
    tables: Iterable[NodeTable | RelationshipTable],
    *,
    memory: str = "2g",
    schema_statements: Sequence[str] = (),
    progress: Progress = lambda what, rows: None,
) -> BulkCounts:
    """Load into a new folder; nodes must come before the relationships that use them.

    `schema_statements` are the profile's; they run first, so that unique keys hold and later queries find an index.
    Raises Conflict when the folder exists, BadInput for a table that breaks the rules; then no folder is left.
    """
    target = folder.expanduser().resolve()
    if target.exists():
        raise Conflict("The data folder exists already.", remedy="A bulk load needs a new folder; name another one.")
    building = target.with_name(f".{target.name}.{os.getpid()}.building")
    try:
        with open_embedded(building, memory=memory) as server:
            counts = _load(DataFolder(building), tables, list(schema_statements), progress)
            del server
        stop_embedded(building)
        shutil.rmtree(building / "load")
        os.rename(building, target)
        return counts
    except BaseException:  # also when interrupted: no half-made folder stays, no process of it runs on
        stop_embedded(building)
        shutil.rmtree(building, ignore_errors=True)
        raise


def _load(
    place: DataFolder,
    tables: Iterable[NodeTable | RelationshipTable],
    schema_statements: list[str],
    progress: Progress,
) -> BulkCounts:
    load_folder = place.path / "load"
    load_folder.mkdir()
    (load_folder / "schema.json").write_text(json.dumps(schema_statements), encoding="utf-8")
    for number, table in enumerate(tables):
        text = json.dumps(_described(table), ensure_ascii=False, default=_encode)
        (load_folder / f"{number:06d}.json").write_text(text, encoding="utf-8")
    card = place.card()
    if card is None:
        raise Unavailable("The graph server was stopped during the bulk load.", remedy="Nothing was stored; try again.")
    for answer in ask(card.control_port, place.password(), "load", argument=str(load_folder)):
        if "error" in answer:
            raise BadInput("The bulk load was refused.", pointer=str(answer["error"]), remedy="Nothing was stored.")
        if "done" in answer:
            return BulkCounts(nodes=int(answer["nodes"]), relationships=int(answer["relationships"]))
        progress(str(answer["what"]), int(answer["rows"]))
    raise Unavailable("The graph server ended during the bulk load.", remedy="Nothing was stored; try again.")


def _described(table: NodeTable | RelationshipTable) -> dict[str, Any]:
    columns = {name: list(values) for name, values in table.columns.items()}
    if isinstance(table, NodeTable):
        rows, about = len(columns.get("id", ())), {"label": table.label}
        _check(table.label, rows, columns)
        return {"kind": "node", **about, "times": _times(columns), "columns": columns}
    rows = len(table.from_ids)
    _check(table.type, rows, {"from": table.from_ids, "to": table.to_ids, **columns})
    return {
        "kind": "relationship",
        "type": table.type,
        "from_label": table.from_label,
        "from_ids": list(table.from_ids),
        "to_label": table.to_label,
        "to_ids": list(table.to_ids),
        "times": _times(columns),
        "columns": columns,
    }


def _check(name: str, rows: int, columns: Mapping[str, Sequence[Any]]) -> None:
    for column, values in columns.items():
        if len(values) != rows:
            raise BadInput(f"Bulk table {name}: column {column} has another length than the ids.", pointer=column)


def _times(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """The columns of datetimes: those whose first value is one."""
    firsts = {name: next((v for v in values if v is not None), None) for name, values in columns.items()}
    return [name for name, first in firsts.items() if isinstance(first, datetime)]


def _encode(value: Any) -> Any:
    """Datetimes travel as microseconds of UTC, exactly."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        seconds = int(value.replace(microsecond=0).timestamp())
        return seconds * 1_000_000 + value.microsecond
    if hasattr(value, "tolist"):  # numpy
        return value.tolist()
    raise BadInput("A bulk table holds a value of a kind that the graph does not store.")
