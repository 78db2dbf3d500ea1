"""`icrm evaluate DATA FOLDER`: a table of figures with intervals, a file for machines, a page with pictures."""

from enum import StrEnum
from importlib import import_module  # LightGBM and the readers of data: only for who evaluates
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.terminal import progress, say, show_table, write_json, write_text
from app.domain.errors import BadInput
from app.settings import Settings

evaluate_commands = typer.Typer()


class Data(StrEnum):
    CONTRACTS = "contracts"
    STACKEXCHANGE = "stackexchange"
    SEAL = "seal"
    UCI = "uci"
    BITCOIN = "bitcoin"
    EMAIL_EU = "email-eu"


@evaluate_commands.command()
def evaluate(
    data: Annotated[Data, typer.Argument(help="Which kind of data the folder holds.")],
    folder: Annotated[Path, typer.Argument(metavar="DATA", help="Its folder.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same data and seed, same bytes.")] = 0,
    json: Annotated[Path | None, typer.Option("--json", help="Write to this file; - for standard output.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a page with pictures to this file.")] = None,
) -> None:
    """Judge what would have been suggested on data of the past, beside simple methods, block by block of time. Of seal,
    Graph Data Science's link prediction is judged too where the graph is a Neo4j that has it."""
    if report is not None and not report.absolute().parent.is_dir():
        raise BadInput("The folder of the page does not exist.", pointer="--report", remedy="Make it first.")
    judges = import_module("app.evaluate")
    with progress() as note:
        document: dict[str, Any] = judges.evaluate(
            data.value, folder, seed=seed, progress=note, server=judges.server_of(Settings())
        )
    if json is not None:
        write_json(json, document)
    if report is not None:
        pages = import_module("app.evaluate.page" if "slices" in document else "app.evaluate.links_page")
        write_text(report, pages.page(document), option="--report")
    if json is None or str(json) != "-":
        show(document)


def show(document: dict[str, Any]) -> None:
    if "slices" not in document:
        show_links(document)
        return
    rows = sorted(document["methods"].items(), key=lambda pair: -pair[1]["mrr"]["mean"])
    measures = ("mrr", "ndcg@10", "hit@1", "hit@3", "hit@5")
    show_table(
        ("method", *measures),
        [(name, *(_interval(figures[measure]) for measure in measures)) for name, figures in rows],
        title=f"{document['data']}: {document['needs']:,} needs",
    )
    slices = document["slices"].items()
    show_table(
        ("slice", "needs", "MRR served", "hit@5 served", "recall@100", "ceiling"),
        [
            (
                name,
                part["needs"],
                *(_interval(part["methods"]["served"][measure]) for measure in ("mrr", "hit@5")),
                part["candidates"].get("recall@100", ""),
                part["candidates"].get("ceiling", ""),
            )
            for name, part in slices
        ],
    )
    for other, ratios in document["comparisons"].items():
        say(f"served ÷ {other}: " + ", ".join(f"{name} {_interval(ratio)}" for name, ratio in ratios.items()))
    calibration, exposure = document["calibration"], document["exposure"]
    error = "too few shown to calibrate" if calibration is None else f"{calibration['error']:.4f}"
    say(
        f"calibration error of the shown: {error}; exposure Gini {exposure['gini_of_shown']:.3f}; a cap at "
        f"{exposure['cap']:.1%} of places costs {exposure['cost']:.4f} hit@5"
    )


def show_links(document: dict[str, Any]) -> None:
    """One line for each method, measure and part of the data."""
    rows = []
    for name, figures in document["methods"].items():
        below = document.get("below_served", {}).get(name, {})
        for measure, parts in figures.items():
            if isinstance(parts, dict):
                for part, figure in parts.items():
                    rows.append((name, measure, part, _interval(figure), _interval(below[part]) if below else ""))
    headings = ("method", "measure", "on", "mean [95 %]", "below served, paired")
    shown = len(headings) if "below_served" in document else -1
    show_table(headings[:shown], [row[:shown] for row in rows], title=document["data"])
    for name, reason in document.get("left_out", {}).items():
        say(f"Left out: {name}. {reason}")
    say(f"served: {document['served']}. {document['protocol']}")


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
