"""The table of values as CSV or Parquet: the same columns in the same order."""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from app.adapters.export import guarded
from app.domain.errors import BadInput, Misconfigured, Unavailable
from app.domain.value_table import COLUMNS, Cell
from app.usecases.value_export import ValueTable


def csv_pages(table: ValueTable) -> Iterator[str]:
    """In pieces: the heading, then the rows of each page. Times as ISO 8601 with Z; nothing where nothing is known;
    texts that a spreadsheet would run as a formula have an apostrophe in front."""
    yield _lines([tuple(COLUMNS)])
    for page in table.pages:
        yield _lines(page)


def write_values(table: ValueTable, file: Path) -> int:
    """How many rows. By the file's ending, .csv or .parquet; written beside it and renamed when complete, so that a
    reader finds the former file or the new one, whole."""
    place = file.expanduser().resolve()
    writer = _WRITERS.get(place.suffix.lower())
    if writer is None:
        raise BadInput("The file's name ends in .csv or .parquet.", pointer="file")
    building = place.with_name(f".{place.name}.{os.getpid()}.building")
    try:
        count = writer(table, building)
        os.replace(building, place)
    except OSError as exc:
        remedy = "Check the folder, its space and permissions."
        raise Unavailable(f"The file cannot be written ({exc.strerror}).", remedy=remedy) from exc
    finally:
        with suppress(OSError):
            building.unlink()
    return count


class _Writer(Protocol):
    def __call__(self, table: ValueTable, place: Path) -> int: ...


def _write_csv(table: ValueTable, place: Path) -> int:
    count = 0
    with place.open("w", encoding="utf-8", newline="") as out:
        out.write(_lines([tuple(COLUMNS)]))
        for page in table.pages:
            out.write(_lines(page))
            count += len(page)
    return count


def _write_parquet(table: ValueTable, place: Path) -> int:
    """64-bit integers, texts and microseconds in UTC."""
    if find_spec("pyarrow") is None:
        raise Misconfigured("Parquet needs PyArrow.", remedy='Install it: pip install "icrm[parquet]"; or write CSV.')
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    kinds = {str: arrow.string(), int: arrow.int64(), datetime: arrow.timestamp("us", tz="UTC")}
    schema = arrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    count = 0
    with parquet.ParquetWriter(place, schema) as out:
        for page in table.pages:
            columns = [
                arrow.array(cells, kind) for cells, kind in zip(zip(*page, strict=True), schema.types, strict=True)
            ]
            out.write_table(arrow.Table.from_arrays(columns, schema=schema))
            count += len(page)
    return count


_WRITERS: dict[str, _Writer] = {".csv": _write_csv, ".parquet": _write_parquet}


def _lines(rows: Sequence[tuple[Cell, ...]]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([_cell(one) for one in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return guarded(value) if isinstance(value, str) else value
