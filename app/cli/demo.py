"""`icrm demo`: the portfolio of the stories from nothing to a report, and then the service. A second run changes
nothing: what is stored already counts as unchanged, and runs of communities and values are kept."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import seed
from app.bootstrap import App, open_app
from app.cli.reading import all_communities, members_of, names_of
from app.cli.report import Report, customer_ids, report_document, report_lines
from app.cli.service import serve
from app.cli.terminal import progress, say, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.community import CommunityOptions
from app.domain.suggestion import NeedQuery
from app.ports.outside import Progress
from app.settings import Settings
from app.usecases.communities import DetectCommunities
from app.usecases.reading import ReadTopValues
from app.usecases.referral_value import ScoreValue
from app.usecases.scoring_parameters import asked_for, in_force
from app.usecases.suggestions import SuggestProviders

demo_commands = typer.Typer()
TOP_VALUES = 10
SAVE_AT_ONCE = 1_000


@demo_commands.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the report.")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file as well.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to serve on.")] = None,
) -> None:
    """Load the demonstration portfolio, print its report, and serve API and documentation."""
    settings = Settings() if port is None else Settings(port=port)
    with open_app(settings) as app:
        with progress() as report:
            prepare(app, report)
            answers = build(app)
        for line in report_lines(answers):
            say(line)
        if json is not None:
            write_json(json, report_document(answers))
    if not once:
        say()
        serve(settings)


def prepare(app: App, report: Progress) -> bool:
    """Loads the portfolio and brings snapshot, communities and values up to date; whether anything changed."""
    changed = _load(app, report)
    app.analytics.refresh(report)
    current = app.store.read(OPERATOR_CLI, lambda tx: (tx.communities.current(), tx.values.current()))
    if changed or current[0] is None:
        detect = DetectCommunities(app.store, app.analytics, app.clock, app.new_id)
        detect(OPERATOR_CLI, CommunityOptions(app.settings.community_resolution), progress=report)
    if changed or current[1] is None:
        parameters = asked_for(app.store.read(OPERATOR_CLI, in_force), app.parameters, {})
        ScoreValue(app.store, app.clock, app.new_id)(OPERATOR_CLI, parameters, progress=report)
    return changed


def build(app: App) -> Report:
    """The report over what is stored."""
    suggest = SuggestProviders(app.store, app.analytics, app.clock)
    needs = suggest(OPERATOR_CLI, [NeedQuery(need_id=need_id) for need_id in seed.STORY_NEEDS])
    values = ReadTopValues(app.store)(OPERATOR_CLI, TOP_VALUES)
    communities = [replace(one, member_ids=tuple(members_of(app, one.id))) for one in all_communities(app)]
    return Report(needs, communities, values, names_of(app, customer_ids(needs, values)))


def _load(app: App, report: Progress) -> bool:
    portfolio = seed.demo()
    done, changed = 0, 0
    for kind, rows in portfolio.kinds():
        for start in range(0, len(rows), SAVE_AT_ONCE):
            some = rows[start : start + SAVE_AT_ONCE]
            counts = app.store.write(
                OPERATOR_CLI,
                lambda tx, kind=kind, some=some: getattr(tx, kind).save(some),  # type: ignore[misc]
                patient=True,
            )
            done += len(some)
            changed += counts.created + counts.updated
            report("loading the portfolio", done, len(portfolio))
    return changed > 0
