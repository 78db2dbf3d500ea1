"""`icrm api-key`: keys for the HTTP API."""

from typing import Annotated

import typer

from app.bootstrap import open_app
from app.cli.terminal import say, show_table
from app.domain.access import OPERATOR_CLI, Scope
from app.domain.job import ApiKey
from app.ports.store import PageOf
from app.settings import Settings
from app.usecases.keys import CreateKey, RevokeKey
from app.usecases.paging import every

api_key_commands = typer.Typer(no_args_is_help=True)


@api_key_commands.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is; shown in lists.")],
    scope: Annotated[list[Scope] | None, typer.Option("--scope", help="Repeat for more; default: read.")] = None,
) -> None:
    """Create a key. It is shown once; only its hash is stored."""
    with open_app(Settings()) as app:
        made = CreateKey(app.store, app.clock, app.new_id)(OPERATOR_CLI, name, scope or [Scope.READ])
    say(made.secret)
    typer.echo(f"Key {made.key.id}. It is not shown again; send it as `Authorization: Bearer …`.", err=True)


@api_key_commands.command("list")
def list_() -> None:
    """List keys, without their secrets."""
    with open_app(Settings()) as app:

        def page(at: PageOf) -> list[ApiKey]:
            return app.store.read(OPERATOR_CLI, lambda tx: tx.keys.page(at))

        found = list(every(page, lambda key: key.id))
    show_table(
        ("id", "name", "scopes", "created", "revoked"),
        [(one.id, one.name, " ".join(one.scopes), one.created_at, one.revoked_at) for one in found],
    )


@api_key_commands.command()
def revoke(key_id: Annotated[str, typer.Argument(help="An id of `icrm api-key list`.")]) -> None:
    """Revoke a key at once."""
    with open_app(Settings()) as app:
        RevokeKey(app.store, app.clock)(OPERATOR_CLI, key_id)
    say("Revoked.")
