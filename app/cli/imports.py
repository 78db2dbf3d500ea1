"""`icrm import contracts|native|undo` and `icrm export`: records in and out, every row accounted for."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.adapters.contracts import CONSENT_BASIS, ContractQuarters
from app.adapters.export import FolderWriter, write_failed
from app.adapters.native import NativeFolder
from app.bootstrap import App, open_app
from app.cli.errors import EXIT_CODES
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.errors import BadInput, BadRow, IcrmError
from app.domain.imports import ImportReport
from app.ports.outside import Progress
from app.ports.records import Estimate, RecordSource
from app.settings import Settings
from app.usecases.exports import ExportPortfolio
from app.usecases.imports import ImportOptions, ImportPortfolio, UndoImport

import_commands = typer.Typer(no_args_is_help=True)
export_commands = typer.Typer()
LARGE_S = 60.0  # an import that takes longer is confirmed first
SHOWN = 10  # failed rows on the page; --failed-rows has all

Folder = Annotated[Path, typer.Argument(help="Folder with the files.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")]
MaxErrors = Annotated[int, typer.Option("--max-errors", min=0, help="Stop after more failed rows than this.")]
ConsentBasis = Annotated[
    str, typer.Option("--consent-basis", help="Recorded with every customer's consent; empty: none is recorded.")
]
Encoding = Annotated[str, typer.Option("--encoding", help="utf-8 or cp1252.")]
Failed = Annotated[Path | None, typer.Option("--failed-rows", help="Write failed rows to this CSV, to correct.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the report to this file; - for standard output.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before a large import.")]


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What both kinds of import are told."""

    options: ImportOptions
    failed_rows: Path | None
    json: Path | None
    yes: bool
    as_published: bool = False  # files of others, whose bad rows nobody here corrects: reported, and no failure


@import_commands.command()
def contracts(
    folder: Folder,
    dry_run: DryRun = False,
    max_errors: MaxErrors = 1000,
    consent_basis: ConsentBasis = CONSENT_BASIS,
    encoding: Encoding = "utf-8",
    failed_rows: Failed = None,
    json: Json = None,
    yes: Yes = False,
) -> None:
    """Import a city's contract quarters: departments and vendors, what was needed and by whom it was met."""
    source = ContractQuarters(folder, encoding=encoding, consent_basis=consent_basis)
    options = ImportOptions(dry_run=dry_run, max_errors=max_errors)
    _import(source, _Wishes(options, failed_rows, json, yes, as_published=True))


@import_commands.command()
def native(
    folder: Folder,
    dry_run: DryRun = False,
    max_errors: MaxErrors = 1000,
    consent_basis: ConsentBasis = "",
    encoding: Encoding = "utf-8",
    failed_rows: Failed = None,
    json: Json = None,
    yes: Yes = False,
) -> None:
    """Import CSV or JSON Lines files in icrm's own format: customers, needs, capabilities, consents and more."""
    source = NativeFolder(folder, encoding=encoding, consent_basis=consent_basis)
    _import(source, _Wishes(ImportOptions(dry_run=dry_run, max_errors=max_errors), failed_rows, json, yes))


@import_commands.command()
def undo(import_id: Annotated[str, typer.Argument(help="The id that the import's report named.")]) -> None:
    """Take an import back: what it created goes, what it changed is restored."""
    with open_app(Settings()) as app, progress() as report:
        count = UndoImport(app.store, app.clock)(OPERATOR_CLI, import_id, progress=report)
    say(f"{count:,} records removed or restored.")


@export_commands.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    json_lines: Annotated[bool, typer.Option("--json-lines", help="JSON Lines instead of CSV.")] = False,
) -> None:
    """Write the whole portfolio as files that `icrm import native` reads on any engine."""
    sink = FolderWriter(folder, json_lines=json_lines)
    with open_app(Settings()) as app, progress() as report:
        done = ExportPortfolio(app.store)(OPERATOR_CLI, sink, progress=report)
    show_table(("records", "written"), list(done.records.items()))
    if not done.complete_at_once:
        typer.echo("The graph changed meanwhile: the files show no single moment. Export again for one.", err=True)


def _import(source: RecordSource, wishes: _Wishes) -> None:
    source.fingerprint()  # what is wrong with a whole file is said before anything is opened
    _check_places(wishes)
    estimate = source.estimate()
    if estimate.seconds > LARGE_S and not wishes.options.dry_run:
        typer.echo(_sentence(estimate), err=True)
        if not wishes.yes:
            _confirm()
    with open_app(Settings()) as app, progress() as report:
        done = ImportPortfolio(app.store, app.clock)(OPERATOR_CLI, source, options=wishes.options, progress=report)
        unrefreshed = _refreshed(app, report) if done.state == "complete" else None
    if wishes.json is None or str(wishes.json) != "-":
        _show(done)
    if wishes.json is not None:
        write_json(wishes.json, document(done))
    if wishes.failed_rows is not None and done.failed_rows:
        write_failed(wishes.failed_rows, done.failed_rows)
    if unrefreshed is not None:
        raise unrefreshed
    if done.failed:
        typer.echo(_how_to_go_on(done, wishes), err=True)
        if done.state == "stopped" or not wishes.as_published:
            raise typer.Exit(EXIT_CODES[BadInput])


def _refreshed(app: App, report: Progress) -> IcrmError | None:
    """What was in the way of a new snapshot; said after what the import did, which is stored all the same."""
    try:
        app.analytics.refresh(report)
    except IcrmError as error:
        return error
    return None


def _check_places(wishes: _Wishes) -> None:
    """A long import should not end in a report that cannot be written."""
    for option, place in (("--failed-rows", wishes.failed_rows), ("--json", wishes.json)):
        if place is not None and (place.is_dir() or not place.absolute().parent.is_dir()):
            raise BadInput(
                f"{option} names no file in a folder that exists.", pointer=option, remedy="Nothing was imported."
            )


def _how_to_go_on(report: ImportReport, wishes: _Wishes) -> str:
    correct = "Correct them" if wishes.failed_rows else "Correct them (--failed-rows FILE writes them)"
    if report.state == "stopped":
        return f"Stopped: too many failed rows. {correct} or raise --max-errors, and run the command again to go on."
    stored = "nothing was written" if report.state == "dry_run" else "the others are stored"
    rows = "1 row" if report.failed == 1 else f"{report.failed:,} rows"
    return f"{rows} failed, {stored}. {correct} and run the command again: what is stored stays."


def _confirm() -> None:
    try:
        sure = typer.confirm("Go on?", err=True)
    except typer.Abort as error:  # nobody is there to answer
        raise BadInput("A large import asks first.", pointer="--yes", remedy="Run it again with --yes.") from error
    if not sure:
        raise typer.Exit(1)


def _sentence(estimate: Estimate) -> str:
    return (
        f"About {estimate.rows:,} rows: {estimate.seconds / 60:.0f} min, {estimate.memory_bytes / 2**20:,.0f} MB of "
        f"memory, {estimate.disk_bytes / 2**20:,.0f} MB of disk."
    )


def document(report: ImportReport) -> dict[str, object]:
    return {
        "import_id": report.import_id,
        "state": report.state,
        "resumed": report.resumed,
        "rows_in": report.rows_in,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "records": {kind: asdict(counts) for kind, counts in report.records.items()},
        "failed_rows": [
            {"file": row.file, "line": row.line, "field": row.field, "expected": row.expected}
            for row in report.failed_rows
        ],
    }


def _show(report: ImportReport) -> None:
    say(f"{'Resumed and ' if report.resumed else ''}{report.state}: {report.import_id}")
    say(
        f"{report.rows_in:,} rows in = {report.created:,} created + {report.updated:,} updated "
        f"+ {report.unchanged:,} unchanged + {report.failed:,} failed"
    )
    show_table(
        ("records", "created", "updated", "unchanged"),
        [(kind, counts.created, counts.updated, counts.unchanged) for kind, counts in report.records.items()],
    )
    for row in report.failed_rows[:SHOWN]:
        typer.echo(str(BadRow(row.file, row.line, row.field, row.expected)), err=True)
    if len(report.failed_rows) > SHOWN:
        typer.echo(f"… and {len(report.failed_rows) - SHOWN:,} more.", err=True)
