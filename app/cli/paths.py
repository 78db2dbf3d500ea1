"""`icrm paths FROM TO`: who can introduce whom."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import open_app
from app.cli.terminal import say, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.path import IntroductionPath, PathSet, Stop
from app.settings import Settings
from app.usecases.paths import MOST_PATHS, FindPaths
from graph_algos.paths import MOST_HOPS

paths_commands = typer.Typer()
_END = "A customer (cus_…), a person (con_…), or an officer by your own key."


@paths_commands.command()
def paths(
    start: Annotated[str, typer.Argument(metavar="FROM", help=_END)],
    end: Annotated[str, typer.Argument(metavar="TO", help=_END)],
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_PATHS, help="Paths at most.")] = 3,
    hops: Annotated[int, typer.Option("--hops", min=1, max=MOST_HOPS, help="Hops at most.")] = MOST_HOPS,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Who can introduce the two: the strongest fresh paths, with what speaks for each hop."""
    with open_app(Settings()) as app:
        answer = FindPaths(app.store, app.clock)(OPERATOR_CLI, start, end, limit=limit, most_hops=hops)
    if json is not None:
        write_json(json, _document(answer))
    if json is None or str(json) != "-":
        for number, path in enumerate(answer.paths, start=1):
            say(f"{number}. {' → '.join(_spoken(stop) for stop in path.stops)}  ({path.strength:.2f})")
            for hop in path.hops:
                say(f"     {hop.sentence}")
        if answer.none_because is not None:
            say(answer.none_because)


def _spoken(stop: Stop) -> str:
    return stop.name or f"a person there ({stop.role or stop.kind})"


def _document(answer: PathSet) -> dict[str, Any]:
    return {
        "from_id": answer.from_id,
        "to_id": answer.to_id,
        "paths": [_path(path) for path in answer.paths],
        "none_because": answer.none_because,
        "without_consent": answer.without_consent,
        "complete": answer.complete,
    }


def _path(path: IntroductionPath) -> dict[str, Any]:
    return {
        "strength": path.strength,
        "stops": [{"id": one.id, "kind": one.kind, "name": one.name, "role": one.role} for one in path.stops],
        "hops": [
            {
                "kind": hop.kind,
                "from_id": hop.from_id,
                "to_id": hop.to_id,
                "strength": hop.strength,
                "count": hop.count,
                "last_at": None if hop.last_at is None else hop.last_at.isoformat(),
                "age_days": hop.age_days,
                "sentence": hop.sentence,
            }
            for hop in path.hops
        ],
    }
