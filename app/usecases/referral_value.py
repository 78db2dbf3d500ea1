"""ScoreValue: the referral value of every customer from dated outcomes, written as one run and switched at once."""

import hashlib
import json
from collections.abc import Sequence

from app.domain.access import Caller, Scope
from app.domain.ids import derived_id
from app.domain.job import Held
from app.domain.outbox import Message, Topic, message
from app.domain.value import TOTALS, CustomerValue, ValueRun
from app.ports.outside import Clock, NewId, Progress, silent
from app.ports.store import Store, Transaction
from app.usecases.ahead import ahead
from app.usecases.jobs import while_held
from app.usecases.old_runs import forget_old_runs
from app.usecases.scoring_parameters import check_signed
from app.usecases.value_facts import read_facts
from app.usecases.value_scoring import ScoreParameters, scored_run

AHEAD = 2  # batches worked out while the graph writes another: a tenth of the time
VALUES_AT_ONCE = 2_000  # in one transaction: under a second on either engine


class ScoreValue:
    def __init__(self, store: Store, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.clock = clock
        self.new_id = new_id

    def __call__(
        self, caller: Caller, parameters: ScoreParameters, progress: Progress = silent, *, held: Held | None = None
    ) -> ValueRun:
        """The finished run, which readers see from now on. A job that is run again goes on where it stood, or gives the
        run that it finished before. BadInput for parameters out of range, Conflict when another worker has taken the
        job over and for other parameters than two people have signed."""
        caller.require(Scope.RUN)
        parameters.check()
        self.store.read(caller, lambda tx: check_signed(tx, parameters))
        run_id, now = self.new_id("Run") if held is None else derived_id("Run", held.job_id), self.clock()
        current = self.store.read(caller, lambda tx: tx.values.current())
        if current is not None and current.id == run_id:
            return current
        progress("reading outcomes", 0, 0)
        facts = self.store.read(caller, read_facts, patient=True)
        progress("scoring", 0, 0)
        run, values = scored_run(facts, parameters, run_id, now)
        run = self._write(caller, run, values, progress)
        self.store.write(caller, while_held(held, lambda tx: _switch(tx, run)), patient=True)
        forget_old_runs(self.store, caller, lambda tx: tx.values, run, progress)
        return run

    def _write(self, caller: Caller, run: ValueRun, values: Sequence[CustomerValue], progress: Progress) -> ValueRun:
        """What an interrupted worker has written of the same run stays: equal manifests give equal values."""
        begun = self.store.read(caller, lambda tx: tx.values.begun(run.id), patient=True)
        done = 0
        if begun is not None and begun[0].manifest == run.manifest:
            run, last = begun
            done = sum(one.customer_id <= last for one in values if one.customer_id not in TOTALS)
        starts = range(done, max(done + 1, len(values)), VALUES_AT_ONCE)
        batches = (self.store.prepare("values", values[start : start + VALUES_AT_ONCE]) for start in starts)
        for start, batch in zip(starts, ahead(batches, depth=AHEAD), strict=True):
            progress("writing values", start, len(values))
            self.store.write(caller, lambda tx, batch=batch: tx.values.write_run(run, batch), patient=True)  # type: ignore[misc]
        progress("writing values", len(values), len(values))
        return run


def _switch(tx: Transaction, run: ValueRun) -> None:
    """With the message that there are new values, both or neither."""
    tx.values.switch(run.id, run.finished_at)
    tx.outbox.create(_told(run))


def _told(run: ValueRun) -> Message:
    data = {
        "run_id": run.id,
        "valuation_at": run.valuation_at.isoformat(),
        "known_at": run.known_at.isoformat(),
        "currency": run.currency,
        "customers": run.customer_count,
        "outcomes": run.outcome_count,
        "outcomes_minor": run.outcomes_minor,
        "problems": len(run.problems),
        "left_out": json.loads(run.manifest).get("left_out", {}),
        "manifest_sha256": hashlib.sha256(run.manifest.encode()).hexdigest(),
    }
    return message(Topic.VALUE_SCORED, run.id, run.finished_at, data)
