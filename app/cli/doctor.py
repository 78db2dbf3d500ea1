"""`icrm doctor`: from the address to the indexes, step by step, what is wrong and what to do. A step that needs an
earlier one that failed is skipped, not guessed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

import cypher
from app.cli.checks import Step, connect_step, folder_steps, handshake_step, resolve_step
from app.cli.errors import EXIT_CODES
from app.cli.service import embedded_folder
from app.cli.terminal import console, write_json
from app.domain.errors import GraphUnreachable, IcrmError, Misconfigured
from app.embedded import ServerLimits
from app.settings import AnalyticsEngine, Settings
from app.store.connect import open_graph
from app.store.gds_version import gds_version
from app.store.migrations import schema_version
from app.store.runner import GraphRunner

doctor_commands = typer.Typer()
OLDEST = (5, 26)  # the LTS that the statements were written for
_HEADER = "// {about}\n// mode: read\n// params:\n// returns: {returns}\n"


def _statement(name: str, about: str, returns: str, text: str) -> cypher.Query:
    return cypher.parse(f"system/{name}", _HEADER.format(about=about, returns=returns) + text)


_COMPONENTS = _statement(
    "show_components",
    "Which server is this?",
    "versions, edition",
    "CALL dbms.components() YIELD versions, edition RETURN versions AS versions, edition AS edition",
)
_INDEXES = _statement("show_indexes", "Which indexes are there?", "name, state", "SHOW INDEXES YIELD name, state")
STEPS = ("resolve", "connect", "handshake", "sign-in", "version", "schema", "indexes", "graph data science")


@doctor_commands.command()
def doctor(
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Explain step by step what is wrong and what to do. Exit code 0 when nothing is."""
    steps = list(examine(Settings()))
    failed = [step for step in steps if step.ok is False]
    if json is not None:
        write_json(json, {"ok": not failed, "steps": [step.document() for step in steps]})
    if json is None or str(json) != "-":
        for step in steps:
            mark = {True: "ok     ", False: "FAILED ", None: "skipped"}[step.ok]
            console().print(f"{mark}  {step.name:22} {step.found}", markup=False)
            if step.remedy:
                console().print(f"         {'':22} → {step.remedy}", markup=False)
    if failed:
        raise typer.Exit(EXIT_CODES[Misconfigured])


def examine(settings: Settings) -> Iterator[Step]:
    """All steps, in their order."""
    folder = embedded_folder(settings)
    if folder is not None:
        before = list(folder_steps(folder))
    else:
        before = list(_in_turn(resolve_step, connect_step, handshake_step, url=settings.graph_url))
    steps = before if any(step.ok is False for step in before) else [*before, *_behind_the_door(settings)]
    yield from steps
    last = steps[-1].name if steps[-1].name in STEPS else "handshake"
    yield from (Step(name, None, "an earlier step failed") for name in STEPS[STEPS.index(last) + 1 :])


def _in_turn(*steps: Callable[[str], Step], url: str) -> Iterator[Step]:
    for take in steps:
        step = take(url)
        yield step
        if step.ok is False:
            return


def _behind_the_door(settings: Settings) -> Iterator[Step]:
    password = settings.graph_password
    try:
        runner = open_graph(
            settings.graph_url,
            user=settings.graph_user,
            password=password.get_secret_value() if password else None,
            database=settings.graph_database,
            embedded=ServerLimits(settings.embedded_memory, settings.embedded_idle_seconds),
        )
    except IcrmError as error:
        yield _failed("sign-in", error)
        return
    with runner:
        sign_in = _checked("sign-in", lambda: _sign_in(runner))
        yield sign_in
        if sign_in.ok is False:
            return
        yield _checked("version", lambda: _version(runner))
        schema = _checked("schema", lambda: _schema(runner))
        yield schema
        yield _checked("indexes", lambda: _indexes(runner)) if schema.ok else Step("indexes", None, "no schema yet")
        yield _gds(runner, settings.analytics)


def _sign_in(runner: GraphRunner) -> str:
    runner.ping()
    return "signed in"


def _version(runner: GraphRunner) -> str:
    row = runner.read(lambda tx: tx.run(_COMPONENTS))[0]
    text = str(row["versions"][0])
    parts = text.replace("-", ".").split(".")
    known = tuple(int(part) for part in parts[:2] if part.isdecimal())
    if known < OLDEST:
        raise Misconfigured("The server's version is too old.", remedy="Use Neo4j 5.26 LTS or later.")
    return f"{runner.profile.name} {text}, {row['edition']} edition"


def _schema(runner: GraphRunner) -> str:
    ours, theirs = cypher.schema().version, schema_version(runner)
    if theirs is None:
        return f"none yet; version {ours} is made at the first start"
    if theirs > ours:
        raise Misconfigured("The graph was written by a newer icrm.", remedy="Install the newer icrm.")
    return f"version {theirs}" + ("" if theirs == ours else f"; {ours} is made at the next start")


def _indexes(runner: GraphRunner) -> str:
    rows = runner.read(lambda tx: tx.run(_INDEXES))
    if any(str(row["state"]).upper() in ("FAILED", "POPULATING") for row in rows):
        raise Misconfigured("An index is not online.", remedy="Wait; if it stays so, drop it and start icrm again.")
    return f"{len(rows)} online"


def _gds(runner: GraphRunner, wanted: AnalyticsEngine) -> Step:
    name = "graph data science"
    if not runner.profile.gds:
        return Step(name, None, "not part of the embedded graph; icrm's own kernels answer")
    try:
        version = gds_version(runner)
    except IcrmError as error:
        return _failed(name, error)
    if version is not None:
        return Step(name, True, version)
    if wanted is AnalyticsEngine.GDS:
        remedy = "Install the plugin that fits the server (docs/neo4j.md), or set ICRM_ANALYTICS=auto."
        return Step(name, False, "not installed, and ICRM_ANALYTICS=gds asks for it", remedy)
    return Step(name, None, "not installed; icrm's own kernels answer")


def _checked(name: str, check: Callable[[], str]) -> Step:
    try:
        return Step(name, True, check())
    except IcrmError as error:
        return _failed(name, error)


def _failed(name: str, error: IcrmError) -> Step:
    start = "Start the server, or correct ICRM_GRAPH_URL." if isinstance(error, GraphUnreachable) else ""
    return Step(name, False, error.message, error.remedy or start)
