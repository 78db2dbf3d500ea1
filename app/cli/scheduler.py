"""`icrm scheduler`: jobs when they are due."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import App, open_app
from app.cli.terminal import say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.schedule import Schedule, schedules
from app.handlers import job_handlers
from app.jobs import JobRunner, store_clock
from app.log import configure
from app.mailer import Mailer
from app.post import sender_of
from app.priority import give_way
from app.relay import Relay, channels_of
from app.scheduler import Scheduler
from app.settings import Settings

scheduler_commands = typer.Typer()


@scheduler_commands.command()
def scheduler(
    once: Annotated[bool, typer.Option("--once", help="Do what is due and waits, then end: for cron.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Only say what runs when.")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Queue jobs when they are due by ICRM_SCHEDULE and work on them, until interrupted. What was missed while nobody
    ran is made up once. Messages to other systems and letters to parties are delivered too."""
    settings = Settings()
    stated = schedules(settings.schedule)  # refused before anything is opened
    channels, sender = channels_of(settings), sender_of(settings)
    if not show:
        configure(settings.log_level, folder=settings.data_folder)
    with open_app(settings) as app:
        if not show:
            give_way()
        clock = store_clock(app.store)
        work = Scheduler(app.store, stated, clock, JobRunner(app.store, job_handlers(app), clock))
        relay = Relay(app.store, channels, clock)
        mailer = None if sender is None else Mailer(app.store, sender, clock, settings.mail_allowed)
        if not show and not once:
            signal.signal(signal.SIGTERM, lambda *_: work.stop())
            say(f"Schedule: {', '.join(f'{one.job} at {one.cron}' for one in stated) or 'empty'}   (Ctrl-C ends)")
            if channels:
                relay.poller.start()
            if mailer is not None:
                mailer.poller.start()
            try:
                work.run()
            except KeyboardInterrupt:
                say("Stopped; a job that was under way goes on with the next worker.")
            finally:
                relay.poller.stop()
                if mailer is not None:
                    mailer.poller.stop()
            return
        count = work.run_once() if once else 0
        if once:
            relay.run_once()
        if once and mailer is not None:
            mailer.run_once()
        rows = [_row(app, work, one) for one in stated]
    if json is not None:
        write_json(json, {"worked_on": count, "schedule": rows})
    if json is None or str(json) != "-":
        show_table(("job", "cron (UTC)", "latest due", "state", "next"), [tuple(row.values()) for row in rows])
        if once:
            say(f"Worked on {count} jobs.")


def _row(app: App, work: Scheduler, one: Schedule) -> dict[str, str | None]:
    now = work.clock()
    due = one.due(now)
    job = app.store.read(OPERATOR_CLI, lambda tx: tx.jobs.get(one.job_id(due)))
    return {
        "job": one.job,
        "cron": one.cron,
        "latest_due": due.isoformat(),
        "state": None if job is None else job.state.value,
        "next": one.following(now).isoformat(),
    }
