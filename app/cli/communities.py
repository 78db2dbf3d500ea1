"""`icrm communities detect` and `list`."""

from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import open_app
from app.cli.measure import EngineOption, analytics_of
from app.cli.reading import all_communities
from app.cli.report import community_document
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.errors import NotFound
from app.settings import Settings
from app.usecases.communities import DetectCommunities

communities_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


@communities_commands.command()
def detect(
    resolution: Annotated[float | None, typer.Option("--resolution", min=0.0, help="Larger: smaller groups.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same communities.")] = 0,
    engine: EngineOption = None,
    json: Json = None,
) -> None:
    """Detect communities anew and switch readers to them."""
    settings = Settings()
    with open_app(settings) as app, progress() as report:
        analytics = analytics_of(app, engine)
        analytics.refresh(report)
        run = DetectCommunities(app.store, analytics, app.clock, app.new_id)(
            OPERATOR_CLI, resolution=resolution or settings.community_resolution, seed=seed, progress=report
        )
    document = {
        "run_id": run.id,
        "method": run.method,
        "resolution": run.resolution,
        "seed": run.seed,
        "modularity": round(run.modularity, 6),
        "communities": run.community_count,
        "customers": run.customer_count,
    }
    if json is not None:
        write_json(json, document)
    if json is None or str(json) != "-":
        say(
            f"{run.community_count:,} communities of {run.customer_count:,} customers, "
            f"modularity {run.modularity:.4f} ({run.method}). `icrm communities list` shows them."
        )


@communities_commands.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, largest first.")] = 20,
    json: Json = None,
) -> None:
    """List the communities of the current run."""
    with open_app(Settings()) as app:
        run = app.store.read(OPERATOR_CLI, lambda tx: tx.communities.current())
        if run is None:
            raise NotFound("No communities have been detected.", remedy="Run `icrm communities detect`.")
        found = all_communities(app)
    if json is not None:
        write_json(json, {"run_id": run.id, "communities": [community_document(one) for one in found[:limit]]})
    if json is None or str(json) != "-":
        show_table(
            ("id", "customers", "density", "label"),
            [(one.id, one.size, one.density, one.label) for one in found[:limit]],
        )
