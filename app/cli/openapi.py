"""`icrm openapi`: the HTTP API's document, as docs/openapi.json holds it."""

from pathlib import Path
from typing import Annotated

import typer

from app.api.app import openapi_document
from app.cli.terminal import write_json

openapi_commands = typer.Typer()


@openapi_commands.command()
def openapi(
    file: Annotated[Path, typer.Argument(help="Where to write; - for standard output.")] = Path("-"),
) -> None:
    """Write the OpenAPI document."""
    write_json(file, openapi_document())
