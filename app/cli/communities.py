"""`icrm communities detect`, `list` and `of`."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.api.convert import memberships_of
from app.bootstrap import open_app
from app.cli.measure import EngineOption, analytics_of
from app.cli.reading import all_communities
from app.cli.report import community_document
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.community import WEIGHTS, CommunityOptions, CommunityRun
from app.domain.errors import BadInput, NotFound
from app.settings import Settings
from app.usecases.communities import DetectCommunities
from app.usecases.reading import of_customer

communities_commands = typer.Typer(no_args_is_help=True)
Json = Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")]


class Layer(StrEnum):
    """The domain's RUNS, as choices of an option."""

    COMBINED = "combined"
    TRADE = "trade"
    REFERRAL = "referral"
    INTEREST = "interest"
    GEOGRAPHY = "geography"


Which = Annotated[Layer, typer.Option("--layer", help="All layers together, or one alone with a run of its own.")]


@communities_commands.command()
def detect(
    resolution: Annotated[float | None, typer.Option("--resolution", min=0.0, help="Larger: smaller groups.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same communities.")] = 0,
    engine: EngineOption = None,
    layer: Which = Layer.COMBINED,
    weight: Annotated[
        list[str] | None, typer.Option("--weight", help="What a layer counts for, such as interest=0.5; repeatable.")
    ] = None,
    half_life: Annotated[float | None, typer.Option("--half-life", help="Days after which a dated tie halves.")] = None,
    max_size: Annotated[
        int | None, typer.Option("--max-size", help="Split what has more members, where it can be split.")
    ] = None,
    json: Json = None,
) -> None:
    """Detect communities anew and switch readers to them."""
    settings = Settings()
    options = CommunityOptions(
        resolution=resolution or settings.community_resolution,
        seed=seed,
        layer=layer.value,
        weights=_weights(weight or ()),
        half_life_days=half_life,
        max_size=max_size,
    )
    options.check()
    with open_app(settings) as app, progress() as report:
        analytics = analytics_of(app, engine)
        analytics.refresh(report)
        run = DetectCommunities(app.store, analytics, app.clock, app.new_id)(OPERATOR_CLI, options, progress=report)
    if json is not None:
        write_json(json, _run_document(run))
    if json is None or str(json) != "-":
        say(_summary(run))


@communities_commands.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, largest first.")] = 20,
    layer: Which = Layer.COMBINED,
    json: Json = None,
) -> None:
    """List the communities of the current run."""
    with open_app(Settings()) as app:
        run = app.store.read(OPERATOR_CLI, lambda tx: tx.communities.current(layer=layer.value))
        if run is None:
            raise NotFound("No communities have been detected.", remedy="Run `icrm communities detect`.")
        found = all_communities(app, layer=layer.value)
    if json is not None:
        write_json(json, {"run_id": run.id, "communities": [community_document(one) for one in found[:limit]]})
    if json is None or str(json) != "-":
        show_table(
            ("id", "customers", "density", "binding", "label"),
            [(one.id, one.size, one.density, one.binding, one.label) for one in found[:limit]],
        )


@communities_commands.command("of")
def of_(customer: Annotated[str, typer.Argument(help="Id of a customer.")], json: Json = None) -> None:
    """Show the communities of a customer, in the run of each layer, and what share of its ties goes into each."""
    with open_app(Settings()) as app:
        work = of_customer(customer, lambda tx: tx.communities.of_customer(customer))
        found = app.store.read(OPERATOR_CLI, work)
    if json is not None:
        write_json(json, {"customer_id": customer, "communities": memberships_of(found)["data"]})
    if json is None or str(json) != "-":
        show_table(
            ("run", "id", "member", "strength", "label"),
            [
                (
                    one.run_layer,
                    one.membership.community_id,
                    "yes" if one.membership.is_member else "leans",
                    one.membership.strength,
                    one.label,
                )
                for one in found
            ],
        )


def _weights(given: Sequence[str]) -> dict[str, float]:
    """`interest=0.5` as a weight; the others as usual."""
    weights = dict(WEIGHTS)
    for one in given:
        layer, _, number = one.partition("=")
        try:
            weights[layer] = float(number)
        except ValueError:
            raise BadInput("A weight is a layer, = and a number.", pointer="weight") from None
    return weights


def _run_document(run: CommunityRun) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "method": run.method,
        "layer": run.layer,
        "resolution": run.resolution,
        "seed": run.seed,
        "half_life_days": run.half_life_days,
        "max_size": run.max_size,
        "modularity": round(run.modularity, 6),
        "communities": run.community_count,
        "customers": run.customer_count,
        "stability": run.stability,
        "oversized": run.oversized,
    }


def _summary(run: CommunityRun) -> str:
    stayed = "" if run.stability is None else f" {run.stability:.0%} of the members of the run before stayed."
    whole = f" {run.oversized} larger than asked for cannot be split." if run.oversized else ""
    return (
        f"{run.community_count:,} communities of {run.customer_count:,} customers, modularity {run.modularity:.4f} "
        f"({run.method}, {run.layer}).{stayed}{whole} `icrm communities list` shows them."
    )
