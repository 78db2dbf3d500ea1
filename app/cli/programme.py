"""`icrm report`: what the programme of introductions and referrals has come to."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import App, open_app
from app.cli.terminal import progress, say, show_table, write_json, write_text
from app.domain.access import OPERATOR_CLI
from app.domain.evidence import WINDOW_DAYS
from app.domain.guardrail import broken_message
from app.domain.report import Report, ReportKind
from app.drawing.programme import programme_page
from app.settings import Settings
from app.usecases.programme import MakeProgrammeReport, asked_as_before
from app.usecases.reports import KeepReport, ReadReport

programme_commands = typer.Typer(invoke_without_command=True)
_WINDOW = "Business counts that began so soon after a decision; as in the latest report unless stated."


@programme_commands.callback()
def report(
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as one page into this file.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
    latest: Annotated[bool, typer.Option("--latest", help="Show the latest one; read nothing anew.")] = False,
    window_days: Annotated[int | None, typer.Option("--window-days", min=1, max=WINDOW_DAYS, help=_WINDOW)] = None,
    asked: Annotated[int | None, typer.Option("--asked", min=0, help="Parties who answered your survey.")] = None,
    anyway: Annotated[int | None, typer.Option("--anyway", min=0, help="Of those: would have anyway.")] = None,
) -> None:
    """Make the programme report: introductions, outcomes, value, evidence, cash and unmet demand. It is kept for the
    API too."""
    with open_app(Settings()) as app:
        made = _latest(app) if latest else _made(app, window_days, asked, anyway)
    document = made.document
    if html is not None:
        write_text(html, programme_page(document), option="--html")
    if json is not None:
        write_json(json, document)
    if json is None or str(json) != "-":
        _show(document)


def _latest(app: App) -> Report:
    return ReadReport(app.store)(OPERATOR_CLI, ReportKind.PROGRAMME)


def _made(app: App, window_days: int | None, asked: int | None, anyway: int | None) -> Report:
    known = asked_as_before(app.store, OPERATOR_CLI, window_days, asked, anyway)
    with progress() as report:
        made = MakeProgrammeReport(app.store, app.clock, app.policy.hold_out, app.limits)(OPERATOR_CLI, known, report)
    keep = KeepReport(app.store, broken_message(made.programme.guardrails))
    return keep(OPERATOR_CLI, ReportKind.PROGRAMME, made, made.programme.as_of)


def _show(document: dict[str, Any]) -> None:
    programme, evidence = document["programme"], document["evidence"]
    show_table(
        ("introductions", "reached", "here", "lost", "median days until left"),
        [
            (one["name"], one["reached"], one["here"], sum(one["lost"].values()), _days(one["days"]))
            for one in programme["funnel"]["stages"]
        ],
    )
    worth = programme["worth"]
    if worth is not None:
        show_table(
            ("value", "realised", "expected", "total"),
            [
                (one["name"], *(_money(one[key]) for key in ("realised", "expected", "total")))
                for one in worth["owners"]
            ],
        )
        for one in worth["ranges"]:
            say(f"{one['name']}: {_money(one['low'])} to {_money(one['high'])} (5 % to 95 %)")
        gain = worth["gain"]["on_costs"]
        say("Return on cost: " + ("not defined, no cost is recorded" if gain is None else f"{gain:.2f}"))
        say(worth["gain"]["advice"])
    for sentence in (*evidence["sentences"], *_rails(programme), *programme["notes"]):
        say(sentence)
    demand = programme["demand"]
    say(f"Unmet: {demand['unmet']} of {demand['seeking']} needs that seek a provider, by category:")
    show_table(
        ("category", "needs", "seekers", "stated budgets", "without"),
        [
            (one["name"], one["needs"], one["seekers"], ", ".join(map(_money, one["budgets"])), one["unpriced"])
            for one in demand["clusters"][:10]
        ],
    )


def _rails(programme: dict[str, Any]) -> list[str]:
    return [f"Guardrail: {one['sentence']}" for one in programme.get("guardrails", ())]


def _days(days: dict[str, float | None]) -> str:
    return "–" if days["value"] is None else f"{days['value']:.1f}"


def _money(money: dict[str, str]) -> str:
    return f"{money['amount']} {money['currency']}"
