"""`icrm neo4j`: a Neo4j with Graph Data Science on this machine, from Maven's jars; a process of its own."""

from typing import Annotated

import typer

from app.adapters import local_neo4j
from app.cli.terminal import progress, say
from app.settings import Settings

neo4j_commands = typer.Typer(no_args_is_help=True)
FOLDER = "neo4j"  # below the data folder; jars in neo4j-lib beside it


@neo4j_commands.command()
def start(
    memory: Annotated[str, typer.Option("--memory", help="Largest heap, such as 2g.")] = "2g",
) -> None:
    """Fetch the jars once (135 MB), start the server, and say how to point icrm at it."""
    home = Settings().data_folder / FOLDER
    with progress() as report:
        server = local_neo4j.start(home, memory=memory, progress=lambda step: report(step, 0, 0))
    say(f"Neo4j answers at {server.url}, user {server.user}. To use it:")
    say(f"  export ICRM_GRAPH_URL={server.url}")
    say(f'  export ICRM_GRAPH_PASSWORD="$(cat {home.resolve() / "password"})"')


@neo4j_commands.command()
def stop() -> None:
    """Stop the server that `start` left running."""
    say("Stopped." if local_neo4j.stop(Settings().data_folder / FOLDER) else "No Neo4j of ours was running.")


@neo4j_commands.command()
def status() -> None:
    """Say whether it runs, and where."""
    found = local_neo4j.status(Settings().data_folder / FOLDER)
    say(f"Running at {found.url} (process {found.pid})." if found.running else "Not running.")
