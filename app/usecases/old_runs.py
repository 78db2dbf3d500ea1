"""Removing runs that nobody reads any more, so that the graph does not grow with every night."""

from collections.abc import Callable
from typing import TypeVar

from app.domain.access import Caller
from app.ports.outside import Progress
from app.ports.store import Runs, Store, Transaction

KEPT = 7  # a week of nights: readers see the latest, the others are for comparing in Cypher; a value takes 1 kB
RESULTS_AT_ONCE = 1_000  # in one transaction: .2 to 4 s on ArcadeDB, whose indexes slow down until they are compacted

Run = TypeVar("Run")


def forget_old_runs(
    store: Store, caller: Caller, runs: Callable[[Transaction], Runs[Run]], run: Run, progress: Progress
) -> None:
    """Of the runs like `run`, which has just been switched to, the KEPT latest stay. Killed or cancelled half-way, the
    next run goes on with it."""
    old = store.read(caller, lambda tx: runs(tx).old(run, keep=KEPT), patient=True)
    for number, run_id in enumerate(old):
        progress("removing old runs", number, len(old))
        while store.write(caller, lambda tx, one=run_id: runs(tx).forget(one, limit=RESULTS_AT_ONCE), patient=True):  # type: ignore[misc]
            progress("removing old runs", number, len(old))
