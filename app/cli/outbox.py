"""`icrm outbox`: messages to other systems."""

import signal
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import open_app
from app.cli.terminal import say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.errors import Misconfigured
from app.domain.outbox import Message, MessageState
from app.jobs import store_clock
from app.log import configure
from app.ports.store import PageOf
from app.relay import Relay, channels_of
from app.settings import Settings
from app.usecases.outbox import RetryMessage, find_message
from app.usecases.paging import every

outbox_commands = typer.Typer(no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="An id of `icrm outbox list`.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


@outbox_commands.command()
def relay(
    once: Annotated[bool, typer.Option("--once", help="Deliver what is due, then end: for cron.")] = False,
    json: Json = None,
) -> None:
    """Deliver messages to ICRM_OUTBOX_FOLDER and ICRM_WEBHOOK_URL, until interrupted. `icrm scheduler` does so too."""
    settings = Settings()
    channels = channels_of(settings)
    if not channels:
        raise Misconfigured("Messages have nowhere to go.", remedy="Set ICRM_OUTBOX_FOLDER or ICRM_WEBHOOK_URL.")
    configure(settings.log_level, folder=settings.data_folder)
    with open_app(settings) as app:
        work = Relay(app.store, channels, store_clock(app.store))
        if once:
            done = work.run_once()
        else:
            signal.signal(signal.SIGTERM, lambda *_: work.poller.stop())
            say(f"Delivering to {' and '.join(sorted(channels))}   (Ctrl-C ends)")
            try:
                work.poller.run()
            except KeyboardInterrupt:
                say("Stopped; what was under way is sent again.")
            return
    if json is not None:
        write_json(json, asdict(done))
    if json is None or str(json) != "-":
        say(f"Delivered {done.sent}, to be tried again {done.in_vain}, held {done.held}.")


@outbox_commands.command("list")
def list_(
    state: Annotated[MessageState | None, typer.Option("--state", help="Only messages in this state.")] = None,
    json: Json = None,
) -> None:
    """List messages, the oldest first."""
    with open_app(Settings()) as app:

        def page(at: PageOf) -> list[Message]:
            return app.store.read(OPERATOR_CLI, lambda tx: tx.outbox.page(at, state))

        found = list(every(page, lambda one: one.id))
    if json is not None:
        write_json(json, [_document(one) for one in found])
    if json is None or str(json) != "-":
        show_table(
            ("id", "topic", "about", "state", "tries", "next try", "problem"),
            [(one.id, one.topic, one.subject_id, one.state, one.tries, _next(one), one.problem) for one in found],
        )


@outbox_commands.command()
def show(message_id: Id) -> None:
    """Print one message as JSON, with what receivers get."""
    with open_app(Settings()) as app:
        found = app.store.read(OPERATOR_CLI, lambda tx: find_message(tx, message_id))
    write_json(Path("-"), _document(found))


@outbox_commands.command()
def retry(message_id: Id) -> None:
    """Try a message again that waits or is held."""
    with open_app(Settings()) as app:
        RetryMessage(app.store)(OPERATOR_CLI, message_id)
    say("It is delivered with the next look of a relay.")


def _document(one: Message) -> dict[str, Any]:
    return {name: found.isoformat() if isinstance(found, datetime) else found for name, found in asdict(one).items()}


def _next(one: Message) -> str:
    return one.next_at.isoformat(timespec="seconds") if one.state is MessageState.WAITING else ""
