"""`icrm similar`: customers like a customer."""

from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import open_app
from app.cli.terminal import progress, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.settings import Settings
from app.usecases.peers import FindPeers

similar_commands = typer.Typer()


@similar_commands.command()
def similar(
    customer: Annotated[str, typer.Argument(help="Id of a customer.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="At most so many.")] = 10,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Show who deals with the same partners and works in the same categories, the most similar first."""
    with open_app(Settings()) as app:
        with progress() as report:
            app.analytics.refresh(report)
        found = FindPeers(app.store, app.analytics)(OPERATOR_CLI, customer, count=limit)
    if json is not None:
        rows = [
            {
                "customer_id": one.peer.customer_id,
                "name": one.name,
                "score": one.peer.score,
                "reason": one.peer.reason,
                "partners": list(one.partners),
                "categories": list(one.peer.categories),
            }
            for one in found
        ]
        write_json(json, {"customer_id": customer, "peers": rows})
    if json is None or str(json) != "-":
        show_table(
            ("id", "name", "score", "what they share"),
            [(one.peer.customer_id, one.name, one.peer.score, one.peer.reason) for one in found],
        )
