"""`icrm measure NAME`: what the ties of all customers say of each, by our kernels or in the database."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap import App, open_app
from app.cli.terminal import progress, show_table, write_json
from app.ports.analytics import Analytics
from app.ports.outside import Progress
from app.settings import AnalyticsEngine, Settings

measure_commands = typer.Typer()
EngineOption = Annotated[
    AnalyticsEngine | None, typer.Option("--engine", help="Who computes; otherwise as ICRM_ANALYTICS says.")
]


class Measure(StrEnum):
    PAGERANK = "pagerank"
    CORE = "core"
    COMPONENT = "component"
    SIMILARITY = "similarity"
    EMBEDDING = "embedding"


def analytics_of(app: App, engine: AnalyticsEngine | None) -> Analytics:
    return app.analytics if engine is None else app.analytics_on(engine.value)


@measure_commands.command()
def measure(
    name: Annotated[Measure, typer.Argument(help="What to measure.")],
    engine: EngineOption = None,
    count: Annotated[int, typer.Option("--count", help="Of similarity: how many of each.")] = 10,
    dimension: Annotated[int, typer.Option("--dimension", help="Of an embedding.")] = 128,
    json: Annotated[Path | None, typer.Option("--json", help="Write all to this file; - for standard output.")] = None,
) -> None:
    """Measure every customer's place among the ties. Similarity: whose ties are most like its own. Embedding (FastRP):
    Graph Data Science only."""
    with open_app(Settings()) as app, progress() as report:
        analytics = analytics_of(app, engine)
        if engine is not AnalyticsEngine.GDS and name is not Measure.EMBEDDING:
            analytics.refresh(report)
        found = _found(analytics, name, (count, dimension), report)
    if json is not None:
        write_json(json, {"measure": name.value, "values": {one: found[one] for one in sorted(found)}})
    if json is None or str(json) != "-":
        show_table(("customer", name.value), [(one, _cell(value)) for one, value in _first(found)])


def _found(analytics: Analytics, name: Measure, sizes: tuple[int, int], report: Progress) -> Mapping[str, Any]:
    count, dimension = sizes
    if name is Measure.SIMILARITY:
        return analytics.similarity(count=count, progress=report)
    if name is Measure.EMBEDDING:
        return analytics.embedding(dimension=dimension, seed=0, progress=report)
    return analytics.centrality(name.value, progress=report)


SHOWN = 20


def _first(found: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    """The largest figures; of lists those of the first ids."""
    order = sorted(found, key=lambda one: (0.0 if isinstance(found[one], list) else -found[one], one))
    return [(one, found[one]) for one in order[:SHOWN]]


def _cell(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if value and isinstance(value[0], tuple):
        return ", ".join(f"{other} {score:.2f}" for other, score in value[:3])
    return ", ".join(f"{part:.3f}" for part in value[:6])
