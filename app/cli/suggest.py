"""`icrm suggest`: providers for one recorded need or one free text, or introductions for all open needs at once."""

from pathlib import Path
from typing import Annotated

import typer

from app.adapters.attendees import read_event
from app.bootstrap import open_app
from app.cli.assignment import suggest_all
from app.cli.reading import names_of
from app.cli.report import customer_ids, need_document, need_lines
from app.cli.terminal import progress, say, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.assignment import AssignmentRules
from app.domain.errors import BadInput
from app.domain.suggestion import NeedQuery
from app.settings import Settings
from app.usecases.decisions import DecisionLog
from app.usecases.suggestions import SuggestProviders

suggest_commands = typer.Typer()
USUAL = 3  # suggestions for one need


@suggest_commands.command()
def suggest(
    need: Annotated[str | None, typer.Option("--need", help="Id of a recorded need.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="A need in words, as an example.")] = None,
    seeker: Annotated[str | None, typer.Option("--seeker", help="Who asks, with --text.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, max=20, help="At most so many for a need: 3, at an event 5.")
    ] = None,
    least_chance: Annotated[
        float, typer.Option("--least-chance", min=0, max=1, help="Nobody less likely, or of unknown chance.")
    ] = 0.0,
    record: Annotated[bool, typer.Option("--record", help="Keep it in the decision log; with --need.")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="For all open needs at once, kept as a run.")] = False,
    event: Annotated[
        Path | None, typer.Option("--event", help="With --all: a CSV of attendees, for them only.")
    ] = None,
) -> None:
    """Find providers for a need: who, why, and who was left out for which reason."""
    if everything:
        if need is not None or text is not None or seeker is not None or record:
            raise BadInput("--all stands alone; it takes --event, --limit and --json.", pointer="--all")
        rules = AssignmentRules(per_need=limit, event=None if event is None else read_event(event))
        suggest_all(rules, json)
        return
    if event is not None:
        raise BadInput("--event goes with --all.", pointer="--all")
    query = NeedQuery(
        need_id=need,
        text=text,
        seeker_id=seeker,
        limit=limit or USUAL,
        least_chance=least_chance,
        record=record,
    )
    with open_app(Settings()) as app:
        with progress() as report:
            snapshot = app.analytics.refresh(report)
        log = DecisionLog(app.policy, app.new_id)
        answer = SuggestProviders(app.store, app.analytics, app.clock, log)(OPERATOR_CLI, [query])[0]
        names = names_of(app, customer_ids([answer], []))
    if json is not None:
        write_json(json, need_document(answer))
    if json is None or str(json) != "-":
        for line in need_lines(answer, names):
            say(line)
        if answer.decision_id is not None:
            say(f"Recorded as {answer.decision_id}; `icrm decision` shows it.")
        say(f"Snapshot of {snapshot.taken_at:%Y-%m-%d %H:%M} UTC, {snapshot.customers:,} customers.")
