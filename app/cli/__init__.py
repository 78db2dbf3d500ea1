"""The command line, `icrm`.

`icrm --help` and the table of commands import nothing but typer: numpy, the driver and the service cost a second, so
the module of a command is imported when that command is called. This is the one place where that happens.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import Abort, TyperException
from typer.main import get_command, get_group

from app.cli.errors import exit_code_of, explain_unexpected, explain_usage

# name: (module of app.cli, its Typer, what it does)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo_commands", "Load the demonstration portfolio, print its report, serve it."),
    "suggest": ("suggest", "suggest_commands", "Find providers for a need, with reasons."),
    "decision": (
        "decision",
        "decision_commands",
        "How a recorded suggestion came about, and whether it can be repeated.",
    ),
    "paths": ("paths", "paths_commands", "Who can introduce whom, hop by hop."),
    "communities": ("communities", "communities_commands", "Customers who deal with each other or are alike."),
    "train": (
        "train",
        "train_commands",
        "Train the ranker on the needs that were met; it serves if it passes its gate.",
    ),
    "ranker": ("ranker", "ranker_commands", "Versions of the ranker: list, use, roll back."),
    "evaluate": ("evaluate", "evaluate_commands", "How good suggestions would have been on data of the past."),
    "measure": ("measure", "measure_commands", "Centrality, similarity and embeddings of the customers' ties."),
    "similar": ("similar", "similar_commands", "Customers like a customer, and what they share."),
    "value": ("value", "value_commands", "Referral value beside lifetime value."),
    "finance": ("finance", "finance_commands", "Cash against the books, and what takes two people to sign."),
    "report": ("programme", "programme_commands", "What the programme has come to: one page, kept for the API too."),
    "pilot": ("pilot", "pilot_commands", "What introductions changed: power before a pilot, evidence after it."),
    "import": ("imports", "import_commands", "Bring records in, or take an import back."),
    "export": ("imports", "export_commands", "Write the whole portfolio as files that `import native` reads."),
    "query": ("query", "query_commands", "Questions of data teams, as Cypher files."),
    "snapshot": ("snapshot", "snapshot_commands", "The arrays that the algorithms read."),
    "serve": ("service", "serve_commands", "Serve the HTTP API and its documentation."),
    "scheduler": ("scheduler", "scheduler_commands", "Run jobs when they are due, such as the scoring of value."),
    "outbox": ("outbox", "outbox_commands", "Messages to other systems: deliver, list, try again."),
    "contact": ("contact", "contact_commands", "Letters to the parties of introductions: send, list, stop."),
    "audit": ("audit", "audit_commands", "What happened to a record, and whether its log is as it was written."),
    "stop": ("service", "stop_commands", "Stop the embedded graph of the data folder."),
    "status": ("service", "status_commands", "Where the data lies and how old the snapshot is."),
    "doctor": ("doctor", "doctor_commands", "Explain step by step what is wrong and what to do."),
    "warm": ("warm", "warm_commands", "Compile the kernels into a cache, once."),
    "api-key": ("api_key", "api_key_commands", "Keys for the HTTP API."),
    "neo4j": ("neo4j", "neo4j_commands", "A Neo4j of your own on this machine, by Maven."),
    "bench": ("bench", "bench_commands", "Measure speed and memory, beside peers."),
    "openapi": ("openapi", "openapi_commands", "Print the HTTP API's OpenAPI document."),
    "settings": ("settings", "settings_commands", "Every setting with its default and meaning."),
}


class _OnDemand(TyperGroup):
    """Lists stubs; imports the real command when it is resolved."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


def load(name: str) -> Any:
    """The real command or group behind a name of `COMMANDS`."""
    module, attribute, about = COMMANDS[name]
    command = get_command(getattr(import_module(f"app.cli.{module}"), attribute))
    command.name = name
    command.help = command.help or about
    return command


def root() -> TyperGroup:
    """`icrm` itself."""
    commands = typer.Typer(
        cls=_OnDemand,
        add_completion=False,
        no_args_is_help=True,
        help="Introductions between customers, their communities and their referral value, from a graph database.",
    )

    @commands.callback()
    def options(
        debug: bool = typer.Option(False, "--debug", help="Show the traceback of an unexpected error."),
    ) -> None:
        pass

    group = get_group(commands)
    for name, (_, _, about) in COMMANDS.items():
        group.add_command(TyperCommand(name, help=about, short_help=about))
    return group


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns the exit code; errors become one sentence on standard error."""
    debug = "--debug" in arguments
    words = [word for word in arguments if word != "--debug"]
    try:
        answer = root().main(words, prog_name="icrm", standalone_mode=False)
    except TyperException as error:
        return explain_usage(error)
    except (Abort, KeyboardInterrupt):
        typer.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001  the last line of defence: no traceback reaches a person unasked
        code = exit_code_of(error)
        return code if code is not None else explain_unexpected(error, debug=debug)
    return answer if isinstance(answer, int) else 0


def main() -> None:
    sys.exit(run(sys.argv[1:]))
