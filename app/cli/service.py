"""`icrm serve`, `stop` and `status`: the service and the embedded graph behind it."""

import errno
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from app.analytics.snapshot import folder_of, open_current
from app.api.listen import refuse_open_door
from app.bootstrap import open_app
from app.cli.terminal import say, show_table, write_json
from app.domain.errors import Misconfigured
from app.embedded import embedded_status, stop_embedded
from app.log import configure
from app.service import Service
from app.settings import Settings

serve_commands = typer.Typer()
stop_commands = typer.Typer()
status_commands = typer.Typer()


@serve_commands.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the HTTP API and its documentation until interrupted."""
    given: dict[str, Any] = {"host": host, "port": port}
    serve(Settings(**{name: value for name, value in given.items() if value is not None}))


@stop_commands.command()
def stop() -> None:
    """Stop the embedded graph, whoever uses it. It also stops by itself, 30 s after its last user."""
    folder = embedded_folder(Settings())
    if folder is None:
        say("The graph is a server of its own; icrm does not stop it.")
    else:
        say("Stopped." if stop_embedded(folder) else "No embedded graph was running.")


@status_commands.command()
def status(
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Say where the data lies, what runs, and how old the snapshot is. Starts nothing."""
    document = status_document(Settings())
    if json is not None:
        write_json(json, document)
    else:
        show_table(("what", "is"), [(key.replace("_", " "), value) for key, value in document.items()])


def serve(settings: Settings) -> None:
    """Runs the service in this process; the port is taken before anything is opened."""
    refuse_open_door(settings.host, auth=settings.auth)
    taken = _take_port(settings)
    log = configure(settings.log_level, folder=settings.data_folder)
    say(f"API:           http://{settings.host}:{settings.port}/api/v1")
    say(f"Documentation: http://{settings.host}:{settings.port}/docs")
    say(f"Log:           {log}   (Ctrl-C ends)")
    with taken, open_app(settings) as app:
        Service(app).server().run(sockets=[taken])


def embedded_folder(settings: Settings) -> Path | None:
    """The embedded graph's folder; None where the graph is a server."""
    prefix = "embedded:"
    return Path(settings.graph_url.removeprefix(prefix)) if settings.graph_url.startswith(prefix) else None


def status_document(settings: Settings) -> dict[str, Any]:
    folder = embedded_folder(settings)
    document: dict[str, Any] = {"data_folder": str(settings.data_folder.resolve())}
    if folder is None:
        return document | {"graph": settings.graph_url} | _snapshot(settings)
    found = embedded_status(folder)
    document |= {
        "graph": f"embedded:{folder.resolve()}",
        "running": found.running,
        "process": found.pid,
        "engine_version": found.version,
        "folder_format": found.format,
        "size_bytes": found.size,
    }
    return document | _snapshot(settings)


def _snapshot(settings: Settings) -> dict[str, Any]:
    """How old the snapshot is; reads the data folder only."""
    try:
        found = open_current(folder_of(settings.data_folder, settings.graph_url)).info
    except Misconfigured:
        return {"snapshot": None}
    age = datetime.now(UTC) - found.taken_at
    return {
        "snapshot": found.taken_at.isoformat(timespec="seconds"),
        "snapshot_age": str(timedelta(seconds=int(age.total_seconds()))),
        "snapshot_customers": found.customers,
    }


def _take_port(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise Misconfigured(
                f"Port {settings.port} is in use.", remedy="Stop the other program or choose another with --port."
            ) from error
        raise Misconfigured(
            "The service cannot listen on that address.", remedy="Check ICRM_HOST and ICRM_PORT."
        ) from error
    return taken
