"""`icrm finance`: cash against the books, and what takes two people to sign."""

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import App, open_app
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI, Caller
from app.domain.errors import BadInput
from app.domain.report import ReportKind, document
from app.domain.sign_off import SignOff, Subject
from app.ports.store import PageOf
from app.settings import Settings
from app.usecases.keys import SignIn
from app.usecases.paging import every
from app.usecases.reconciliation import ReconcileCash
from app.usecases.reports import KeepReport
from app.usecases.sign_offs import Decide, Proposal, Propose

finance_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]
Reason = Annotated[str, typer.Option("--reason", help="For whoever approves it.")]
Month = Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-01; it has ended.")]
Id = Annotated[str, typer.Argument(metavar="SIGN_OFF", help="sgn_…, of `icrm finance list`.")]


@finance_commands.command()
def reconcile(json: Json = None) -> None:
    """Hold each month's realised cash against the imported totals of the ledger."""
    with open_app(Settings()) as app:
        with progress() as report:
            made = ReconcileCash(app.store, app.clock)(OPERATOR_CLI, report)
        kept = KeepReport(app.store)(OPERATOR_CLI, ReportKind.RECONCILIATION, made, made.known_at)
    if json is not None:
        write_json(json, kept.document)
    if json is None or str(json) != "-":
        show_table(
            ("month", "kind", "ours", "books", "difference", "", "since close"),
            [
                (one.month, one.kind, one.ours, one.books, one.difference, _words(one.agreement), one.since_close)
                for one in made.lines
            ],
        )
        states = [f"{one.month} {one.state}" for one in made.months]
        say(", ".join(states) if states else "There is no cash, and the books say nothing.")
        for note in made.notes:
            say(note)


@finance_commands.command()
def close(month: Month, reason: Reason, json: Json = None) -> None:
    """Propose to close a month as the latest reconciliation has it."""
    _proposed(Proposal(Subject.CLOSE, reason, month=month), json)


@finance_commands.command()
def reopen(month: Month, reason: Reason, json: Json = None) -> None:
    """Propose to open a closed month again."""
    _proposed(Proposal(Subject.REOPEN, reason, month=month), json)


@finance_commands.command()
def parameters(
    change: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="Such as annual_rate=0.1.")],
    reason: Reason,
    json: Json = None,
) -> None:
    """Propose other parameters of scoring; those that are not named stay."""
    _proposed(Proposal(Subject.PARAMETERS, reason, parameters=dict(map(_change, change))), json)


@finance_commands.command()
def approve(sign_off_id: Id, json: Json = None) -> None:
    """Bring a proposal of somebody else into force."""
    _decided(sign_off_id, True, json)


@finance_commands.command()
def reject(sign_off_id: Id, json: Json = None) -> None:
    """Turn a proposal down, or take one's own back."""
    _decided(sign_off_id, False, json)


@finance_commands.command("list")
def list_(json: Json = None) -> None:
    """List what was proposed and how it was decided."""
    with open_app(Settings()) as app:

        def page(at: PageOf) -> list[SignOff]:
            return app.store.read(OPERATOR_CLI, lambda tx: tx.sign_offs.page(at))

        found = list(every(page, lambda one: one.id))
    if json is not None:
        write_json(json, [_document(one) for one in found])
    if json is None or str(json) != "-":
        show_table(
            ("id", "what", "state", "proposed by", "decided by", "reason"),
            [
                (one.id, one.month or one.subject, one.state, one.proposed_by, one.decided_by, one.reason)
                for one in found
            ],
        )


def _proposed(asked: Proposal, json: Path | None) -> None:
    settings = Settings()
    with open_app(settings) as app:
        propose = Propose(app.store, app.clock, app.new_id, app.parameters)
        _show(propose(_who(app, settings), asked), json)


def _decided(sign_off_id: str, approve: bool, json: Path | None) -> None:
    settings = Settings()
    with open_app(settings) as app:
        _show(Decide(app.store, app.clock)(_who(app, settings), sign_off_id, approve=approve), json)


def _who(app: App, settings: Settings) -> Caller:
    """Whose key the environment holds; without one the command line itself, which is one person."""
    return OPERATOR_CLI if settings.api_key is None else SignIn(app.store)(settings.api_key.get_secret_value())


def _show(one: SignOff, json: Path | None) -> None:
    if json is not None:
        write_json(json, _document(one))
    if json is None or str(json) != "-":
        say(f"{one.id}: {one.subject} {one.month or ''} {one.state}".replace("  ", " "))
        if one.decided_by is None:
            say("Another key with the scope sign approves it: ICRM_API_KEY=… icrm finance approve " + one.id)


def _document(one: SignOff) -> dict[str, Any]:
    return {name: value for name, value in document(one).items() if name != "content"} | {"document": one.document}


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput("A change is written NAME=VALUE.", pointer="--set")
    try:
        return name, json_text.loads(value)
    except ValueError:
        return name, value


def _words(name: str) -> str:
    return name.replace("_", " ")
