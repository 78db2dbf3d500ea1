"""Writing records as a folder in the native format, and failed rows as a file to correct and import again.

An export is for reading back, so it is lossless: cells are never altered. Failed rows are for people, who open them in
a spreadsheet: cells that it would run as a formula get an apostrophe in front (OWASP, CSV injection); take it off
before importing the file again. Plain negative numbers stay as they are.
"""

import csv
import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.adapters.columns import header, to_cells
from app.domain.errors import BadInput, Conflict, Unavailable
from app.domain.imports import FailedRow

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?[\d.,]+")


class FolderWriter:
    """Writes beside the folder and renames when complete, so that a folder is either whole or absent."""

    def __init__(self, folder: Path, *, json_lines: bool = False) -> None:
        self.folder = folder.expanduser().resolve()
        if self.folder.exists():
            raise Conflict("The folder exists already.", remedy="Name a new one: an export overwrites nothing.")
        self.json_lines = json_lines
        self._building = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.building")
        _make(self._building)

    def write(self, kind: str, records: Iterable[Any]) -> int:
        file = self._building / f"{kind}{'.jsonl' if self.json_lines else '.csv'}"
        names = header(kind)
        count = 0
        try:
            with file.open("w", encoding="utf-8", newline="") as out:
                lines = csv.writer(out, lineterminator="\n")
                if not self.json_lines:
                    lines.writerow(names)
                for record in records:
                    count += 1
                    cells = to_cells(kind, record)
                    if self.json_lines:
                        values = {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""}
                        out.write(json.dumps(values, ensure_ascii=False) + "\n")
                    else:
                        lines.writerow(cells)
        except OSError as exc:
            raise _full(exc) from exc
        if count == 0:
            file.unlink()
        return count

    def finish(self) -> None:
        try:
            os.rename(self._building, self.folder)
        except OSError as exc:
            raise _full(exc) from exc

    def discard(self) -> None:
        shutil.rmtree(self._building, ignore_errors=True)


def write_failed(file: Path, failed: Sequence[FailedRow]) -> None:
    """The original columns of each failed row, then its file, line, field and what was expected there."""
    names = list(dict.fromkeys(name for row in failed for name in row.raw))
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out, lineterminator="\n")
            lines.writerow([*names, "icrm_file", "icrm_line", "icrm_field", "icrm_expected"])
            for row in failed:
                cells = [guarded(row.raw.get(name, "")) for name in names]
                lines.writerow([*cells, guarded(row.file), row.line, row.field, row.expected])
    except OSError as exc:
        raise _full(exc) from exc


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    cell = cell.replace("\0", "")
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as exc:
        raise BadInput("The folder cannot be created.", pointer="folder", remedy="Check name and permissions.") from exc


def _full(exc: OSError) -> Unavailable:
    return Unavailable(f"The files cannot be written ({exc.strerror}).", remedy="Check space and permissions.")
