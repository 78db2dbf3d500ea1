"""`icrm train`: the ranker, from the history in the graph."""

from pathlib import Path
from typing import Annotated

import typer

from app.bootstrap import open_app
from app.cli.terminal import progress, say, show_table, write_json
from app.domain.access import OPERATOR_CLI
from app.domain.ranker import BlockResult, Ranker, ranker_document
from app.settings import Settings
from app.usecases.rankers import TrainRanker

train_commands = typer.Typer()


@train_commands.command()
def train(
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same graph and seed, same model.")] = 0,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
) -> None:
    """Train the ranker on past needs and who met them. It serves from now on if it beat rank fusion in each of the
    latest two blocks of time; else what serves now goes on serving."""
    with open_app(Settings()) as app, progress() as report:
        made = TrainRanker(app.analytics, app.clock)(OPERATOR_CLI, seed=seed, progress=report)
    if json is not None:
        write_json(json, ranker_document(made))
    if json is None or str(json) != "-":
        show_ranker(made)


def _figures(one: BlockResult) -> tuple[float, float, float, float]:
    return one.fusion_mrr, one.ranker_mrr, one.fusion_top5, one.ranker_top5


def show_ranker(made: Ranker) -> None:
    show_table(
        ("block from", "needs", "fusion MRR", "ranker MRR", "fusion hit@5", "ranker hit@5"),
        [(f"{one.begins_at:%Y-%m-%d}", one.needs, *(f"{value:.3f}" for value in _figures(one))) for one in made.blocks],
        title=f"Ranker {made.version}, trained on {made.decisions:,} decisions",
    )
    if made.serves:
        say(
            "It beat rank fusion in each of the latest two blocks and serves from now on; "
            "`icrm ranker rollback` takes that back."
        )
    else:
        say("It did not beat rank fusion in each of the latest two blocks: what served before goes on serving.")
