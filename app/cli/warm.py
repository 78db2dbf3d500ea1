"""`icrm warm`: compiles every kernel into numba's cache, so that no first request waits for a compiler."""

import time

import typer

from app.cli.terminal import progress, say
from graph_algos.warm import warm as compile_kernels

warm_commands = typer.Typer()


@warm_commands.command()
def warm() -> None:
    """Compile the kernels into a cache, once: one to two minutes the first time, a second or two afterwards."""
    began = time.monotonic()
    with progress() as report:
        report("compiling kernels (once)", 0, 0)
        compile_kernels()
    say(f"Kernels are ready ({time.monotonic() - began:.1f} s).")
