"""`icrm query`: the questions of `cypher/explore/`, listed, shown and run."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

import cypher
from app.bootstrap import open_app
from app.cli.terminal import say, show_table
from app.domain.access import OPERATOR_CLI
from app.domain.errors import BadInput, NotFound
from app.settings import Settings

query_commands = typer.Typer(no_args_is_help=True)
FOLDER = "explore"


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


@query_commands.command("list")
def list_() -> None:
    """List the questions."""
    found = [cypher.query(name) for name in cypher.names(FOLDER)]
    show_table(
        ("name", "question", "parameters"),
        [(one.name.removeprefix(f"{FOLDER}/"), one.about, ", ".join(sorted(one.params)) or None) for one in found],
    )


@query_commands.command()
def show(name: Annotated[str, typer.Argument(help="A name of `icrm query list`.")]) -> None:
    """Print a question's Cypher, ready to paste into Neo4j's browser."""
    say(_find(name).text.rstrip())


@query_commands.command()
def run(
    name: Annotated[str, typer.Argument(help="A name of `icrm query list`.")],
    param: Annotated[list[str] | None, typer.Option("--param", help="name=value; repeat for more.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
) -> None:
    """Ask a question; reads only, bounded in rows and time."""
    question = _find(name)
    params = _params(param or [], question)
    with open_app(Settings()) as app:
        rows = app.store.read(
            OPERATOR_CLI, lambda tx: tx.views.explore(question.name.removeprefix(f"{FOLDER}/"), params)
        )
    _print(question.returns, rows, format_)


def _find(name: str) -> cypher.Query:
    if f"{FOLDER}/{name}" not in cypher.names(FOLDER):
        raise NotFound("There is no such question.", remedy="`icrm query list` names them.")
    return cypher.query(f"{FOLDER}/{name}")


def _params(given: Sequence[str], question: cypher.Query) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not equals or name not in question.params:
            raise BadInput(
                "A parameter is name=value with a name of the question.",
                pointer="--param",
                remedy=f"Parameters: {', '.join(sorted(question.params)) or 'none'}.",
            )
        params[name] = _value(value)
    return params


def _value(text: str) -> Any:
    """JSON where it is JSON, a time where it is ISO 8601 with a time, otherwise the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _print(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], format_: Format) -> None:
    if format_ is Format.TABLE:
        show_table(columns, [[_plain(row[column]) for column in columns] for row in rows])
    elif format_ is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_safe(_plain(row[column])) for column in columns] for row in rows)
    else:
        for row in rows:
            typer.echo(json.dumps({column: row[column] for column in columns}, ensure_ascii=False, default=str))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else value


def _safe(value: Any) -> Any:
    """A leading apostrophe keeps spreadsheets from running a text as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
