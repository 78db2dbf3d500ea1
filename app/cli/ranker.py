"""`icrm ranker list | use | rollback`: which version of the ranker puts candidates in order."""

from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import open_app
from app.cli.terminal import say, show_table, write_json
from app.domain.decision import FUSION
from app.domain.ranker import ranker_document
from app.settings import Settings

ranker_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


@ranker_commands.command("list")
def list_(json: Json = None) -> None:
    """List the versions, the latest first, and say who serves."""
    with open_app(Settings()) as app:
        versions, serving = app.rankers.versions(), app.analytics.ranked_by()
    if json is not None:
        document = {"serves": serving.version or FUSION, "because": serving.because}
        write_json(json, document | {"versions": [ranker_document(one) for one in versions]})
    if json is None or str(json) != "-":
        show_table(
            ("version", "trained", "decisions", "passed its gate", "serves"),
            [
                (
                    one.version,
                    f"{one.trained_at:%Y-%m-%d %H:%M}",
                    one.decisions,
                    "yes" if one.serves else "no",
                    "yes" if one.version == serving.version else "",
                )
                for one in versions
            ],
        )
        say(serving.because or f"Who serves: {serving.version or 'rank fusion'}.")


@ranker_commands.command()
def use(version: Annotated[str, typer.Argument(help="A version of the list, or `fusion`.")]) -> None:
    """Let this version serve from the next question on, or rank fusion."""
    with open_app(Settings()) as app:
        app.rankers.use(None if version == FUSION else version)
    say("Rank fusion serves." if version == FUSION else f"{version} serves.")


@ranker_commands.command()
def rollback() -> None:
    """Let the version before the current one serve again that had passed its gate, else rank fusion."""
    with open_app(Settings()) as app:
        chosen = app.rankers.roll_back()
    say(f"{chosen or 'Rank fusion'} serves.")
