"""`icrm snapshot rebuild` and `info`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import open_app
from app.cli.terminal import progress, show_table, write_json
from app.ports.analytics import SnapshotInfo
from app.settings import Settings

snapshot_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


@snapshot_commands.command()
def rebuild(json: Json = None) -> None:
    """Take a new snapshot. Needed by hand only after another program wrote to the graph."""
    with open_app(Settings()) as app, progress() as report:
        info = app.analytics.refresh(report, forced=True)
    _show(info, json)


@snapshot_commands.command()
def info(json: Json = None) -> None:
    """Say what the snapshot holds and how old it is."""
    with open_app(Settings()) as app:
        found = app.analytics.info()
    _show(found, json)


def _show(found: SnapshotInfo, json: Path | None) -> None:
    document = asdict(found) | {"taken_at": found.taken_at.isoformat()}
    if json is not None:
        write_json(json, document)
    if json is None or str(json) != "-":
        show_table(("what", "is"), [(key.replace("_", " "), value) for key, value in document.items()])
