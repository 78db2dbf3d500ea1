"""`icrm bench NAME`: a measurement as a table and, for machines, as JSON."""

import os
import platform
from enum import StrEnum
from importlib import import_module  # a bench brings its own heavy imports; the others need not be loaded
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.terminal import show_table, write_json
from app.settings import Settings

bench_commands = typer.Typer()
PROC = Path("/proc")


class Bench(StrEnum):
    GRAPH = "graph"
    VALUE = "value"
    VALUE_STORED = "value-stored"
    SUGGEST = "suggest"
    IMPORT = "import"
    GDS = "gds"
    ASSIGNMENT = "assignment"
    RANKER = "ranker"
    INTRODUCTIONS = "introductions"


MODULES = {
    Bench.GRAPH: "graph",
    Bench.VALUE: "value",
    Bench.VALUE_STORED: "value_stored",
    Bench.SUGGEST: "suggest",
    Bench.IMPORT: "imports",
    Bench.GDS: "gds",
    Bench.ASSIGNMENT: "assignment",
    Bench.RANKER: "ranker",
    Bench.INTRODUCTIONS: "introductions",
}


@bench_commands.command()
def bench(
    name: Annotated[Bench, typer.Argument(help="What to measure.")],
    json: Annotated[Path | None, typer.Option("--json", help="Write the results to this file as well.")] = None,
) -> None:
    """Measure, and say whether each goal holds."""
    results: list[dict[str, Any]] = import_module(f"app.bench.{MODULES[name]}").run()
    scheme = Settings().graph_url.partition(":")[0]
    if json is not None:
        write_json(json, {"name": name.value, "machine": machine(), "engine": scheme, "results": results})
    columns = ("what", "value", "unit", "peer", "ratio", "goal", "holds")
    show_table(columns, [[_cell(result[column]) for column in columns] for result in results])


def machine() -> str:
    """Processor, cores, memory and Python: what figures depend on."""
    model = platform.machine()
    if (PROC / "cpuinfo").exists():
        for line in (PROC / "cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    gigabytes = ""
    if (PROC / "meminfo").exists():
        kilobytes = int((PROC / "meminfo").read_text(encoding="utf-8").split()[1])
        gigabytes = f", {kilobytes / 2**20:.0f} GB"
    return f"{model}, {os.cpu_count()} cores{gigabytes}, {platform.system()}, Python {platform.python_version()}"


def _cell(value: Any) -> Any:
    return f"{value:,.4g}" if isinstance(value, float) else value
