"""`icrm contact`: letters to the parties of introductions."""

import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import open_app
from app.cli.terminal import say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.contact import ContactMessage, ContactState
from app.domain.errors import Misconfigured
from app.jobs import store_clock
from app.log import configure
from app.mailer import Mailer
from app.ports.store import PageOf
from app.post import sender_of
from app.settings import Settings
from app.usecases.contact import RetryLetter, SetSwitch, find_letter
from app.usecases.paging import every

contact_commands = typer.Typer(no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="An id of `icrm contact list`.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the audit log.")]


@contact_commands.command()
def send(
    once: Annotated[bool, typer.Option("--once", help="Send what is due, then end: for cron.")] = False,
    json: Json = None,
) -> None:
    """Send letters to parties, until interrupted. `icrm scheduler` does so too."""
    settings = Settings()
    sender = sender_of(settings)
    if sender is None:
        raise Misconfigured(
            "Letters have nowhere to go.", remedy="Set ICRM_MAIL_FROM, and ICRM_SMTP_HOST or ICRM_MAIL_FOLDER."
        )
    configure(settings.log_level, folder=settings.data_folder)
    with open_app(settings) as app:
        work = Mailer(app.store, sender, store_clock(app.store), settings.mail_allowed)
        if not once:
            signal.signal(signal.SIGTERM, lambda *_: work.poller.stop())
            say("Sending letters   (Ctrl-C ends)")
            try:
                work.poller.run()
            except KeyboardInterrupt:
                say("Stopped; what was leaving is looked at by a person.")
            return
        done = work.run_once()
    if json is not None:
        write_json(json, asdict(done))
    if json is None or str(json) != "-":
        say(f"Sent {done.sent}, waiting {done.waiting}, held {done.held}, cancelled {done.cancelled}.")


@contact_commands.command("list")
def list_(
    state: Annotated[ContactState | None, typer.Option("--state", help="Only letters in this state.")] = None,
    json: Json = None,
) -> None:
    """List letters to parties. Held ones need their owner."""
    with open_app(Settings()) as app:

        def page(at: PageOf) -> list[ContactMessage]:
            return app.store.read(OPERATOR_CLI, lambda tx: tx.letters.page(at, state))

        found = list(every(page, lambda one: one.id))
    rows = [_row(one) for one in found]
    if json is not None:
        write_json(json, rows)
    if json is None or str(json) != "-":
        columns = ("id", "letter", "side", "state", "not_before", "owner", "problem")
        show_table(columns, [tuple(row[column] or "" for column in columns) for row in rows])


@contact_commands.command()
def show(letter: Id) -> None:
    """Show a letter word for word."""
    with open_app(Settings()) as app:
        one = app.store.read(OPERATOR_CLI, lambda tx: find_letter(tx, letter))
    say(f"To: {one.address}\nSubject: {one.subject}\n\n{one.body}")


@contact_commands.command()
def retry(letter: Id) -> None:
    """Send a held letter once more. Of one that left without an answer find out first whether it has arrived."""
    with open_app(Settings()) as app:
        RetryLetter(app.store)(OPERATOR_CLI, letter)
    say("It waits to be sent.")


@contact_commands.command()
def stop(reason: Reason) -> None:
    """Stop every letter at once."""
    _switch(reason, stopped=True)
    say("Nothing leaves. `icrm contact resume` lets letters go again.")


@contact_commands.command()
def resume(reason: Reason) -> None:
    """Let letters go again."""
    _switch(reason, stopped=False)
    say("Letters leave again.")


def _switch(reason: str, *, stopped: bool) -> None:
    with open_app(Settings()) as app:
        SetSwitch(app.store, app.clock, app.trail)(OPERATOR_CLI, stopped=stopped, reason=reason)


def _row(one: ContactMessage) -> dict[str, Any]:
    names = ("id", "introduction_id", "customer_id", "side", "letter", "state", "owner", "problem", "tries")
    return {name: getattr(one, name) for name in names} | {
        "not_before": one.next_at.isoformat(timespec="minutes"),
        "sent_at": None if one.sent_at is None else one.sent_at.isoformat(),
    }
