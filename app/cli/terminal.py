"""What every command shows with: tables, progress and JSON files. Bars on a terminal, plain lines elsewhere."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.domain.errors import BadInput
from app.ports.outside import Progress as Report

PLAIN_WIDTH = 120  # columns when nobody looks: lines of a log neither wrap nor depend on the machine


def console() -> Console:
    """Standard output. Width is fixed where it is no terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def say(text: str = "") -> None:
    """One line on standard output, as it is: names may hold brackets, which are no markup."""
    console().print(text, markup=False, soft_wrap=True)


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Numbers flush right, everything else flush left; nothing is cut."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_edge=False)
    for position, heading in enumerate(headings):
        numeric = bool(rows) and all(isinstance(row[position], int | float) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table, markup=False)


def write_json(path: Path, document: object) -> None:
    """Same document, same bytes."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n", option="--json")


def write_text(path: Path, text: str, *, option: str) -> None:
    """Whole or not at all: written beside, then renamed; - for standard output."""
    if str(path) == "-":
        sys.stdout.write(text)
        return
    if not path.parent.is_dir():
        raise BadInput("The folder of this file does not exist.", pointer=option, remedy="Make it first.")
    if path.exists() and not path.is_file():  # a pipe or a device is written to; a rename would take its place
        path.write_text(text, encoding="utf-8")
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def progress() -> Iterator[Report]:
    """A progress function for a use case; on standard error, so that standard output stays the answer."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield report


class _Lines:
    """A line when a stage begins, and at each further tenth of it."""

    def __init__(self) -> None:
        self._stage = ""
        self._tenth = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 0
        if stage == self._stage and tenth <= self._tenth:
            return
        self._stage, self._tenth = stage, tenth
        typer.echo(f"{stage} {done}/{total}" if total else stage, err=True)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
