"""`icrm settings`, and the table in docs/settings.md."""

import json
from enum import Enum
from typing import Any

import typer

from app.cli.terminal import show_table
from app.settings import Settings

settings_commands = typer.Typer()


@settings_commands.command()
def settings() -> None:
    """List every setting: its environment variable, default and meaning. Values in force are not shown."""
    show_table(("variable", "default", "meaning"), rows())


def rows() -> list[tuple[str, str, str]]:
    """(environment variable, default, meaning), in the order of the class."""
    return [
        (f"ICRM_{name.upper()}", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def markdown() -> str:
    """The table as docs/settings.md holds it."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {f'`{default}`' if default else '–'} | {about} |" for name, default, about in rows()]
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bool, dict, tuple)):
        return json.dumps(value)
    return str(value.value if isinstance(value, Enum) else value)
