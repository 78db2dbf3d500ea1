"""`icrm audit`: what happened to a record, and whether the log of it is as it was written."""

import json as plain_json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import open_app
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.outbox import Topic
from app.settings import Settings
from app.usecases.audit import AuditCheck, CheckAudit, timeline

audit_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


@audit_commands.command()
def verify(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", help="Folder of the messages audit.anchored; as ICRM_OUTBOX_FOLDER.")
    ] = None,
    json: Json = None,
) -> None:
    """Check every event's seal, and the seals that were kept outside the graph. Ends with an error where something was
    changed, forged or is missing."""
    settings = Settings()
    folder = settings.outbox_folder if anchors is None else anchors
    anchored = {} if folder is None else _anchored(folder)
    with open_app(settings) as app, progress() as report:
        found = CheckAudit(app.store, app.trail.sealer)(OPERATOR_CLI, anchored, report)
    if json is not None:
        write_json(json, asdict(found))
    if json is None or str(json) != "-":
        _show(found)
    if found.faults:
        raise Conflict("The audit log is not as it was written.", remedy="Compare with a backup; keep both.")


@audit_commands.command()
def show(
    subject: Annotated[str, typer.Argument(help="An id, such as that of an introduction.")], json: Json = None
) -> None:
    """What happened to a record, event by event."""
    with open_app(Settings()) as app:
        events = list(app.store.read(OPERATOR_CLI, lambda tx: list(timeline(tx, subject))))
    if not events:
        raise NotFound("Nothing is recorded of this subject.")
    rows = [
        {"number": one.number, "type": one.type, "at": one.at.isoformat(), "actor": one.actor, **one.document}
        for one in events
    ]
    if json is not None:
        write_json(json, rows)
    if json is None or str(json) != "-":
        columns = ("number", "at", "type", "actor", "reason")
        show_table(columns, [tuple(row.get(column) or "" for column in columns) for row in rows])


def _show(found: AuditCheck) -> None:
    say(f"{found.events:,} events, {found.anchored:,} seals kept outside the graph.")
    if not found.anchored:
        say("Without seals kept outside nobody can tell whether the latest events are gone: set ICRM_OUTBOX_FOLDER.")
    if found.faults:
        show_table(("place", "what is wrong"), [(one.place, str(one.damage)) for one in found.faults])
        if found.more:
            say("And more.")
    else:
        say("All are as they were written.")


def _anchored(folder: Path) -> dict[str, str]:
    """The seals of all messages in the folder."""
    found: dict[str, str] = {}
    if not folder.is_dir():
        raise BadInput("There is no such folder.", pointer="--anchors")
    for file in sorted(folder.glob("msg_*.json")):
        told = _message(file)
        if told.get("type") == Topic.AUDIT_ANCHORED:
            found.update(told["data"]["seals"])
    return found


def _message(file: Path) -> dict[str, Any]:
    try:
        return dict(plain_json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BadInput(f"The file {file.name} is no message.", pointer="--anchors") from error
