"""ReadStanding: the figures that monitoring asks for every few seconds. Ten small statements, no scan."""

from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.errors import IcrmError
from app.domain.job import JobState
from app.domain.outbox import MessageState
from app.domain.standing import Standing
from app.ports.analytics import Analytics, SnapshotInfo
from app.ports.outside import Clock
from app.ports.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class ReadStanding:
    store: Store
    analytics: Analytics
    clock: Clock

    def __call__(self, caller: Caller) -> Standing:
        caller.require(Scope.READ)
        snapshot = self._snapshot()

        def work(tx: Transaction) -> Standing:
            watermark, value = tx.views.watermark(), tx.values.current()
            runs = {"value": value, "communities": tx.communities.current(), "suggestions": tx.assignments.current()}
            return Standing(
                at=self.clock(),
                watermark=watermark,
                value=value,
                finished={name: run.finished_at for name, run in runs.items() if run is not None},
                jobs={state: tx.jobs.waiting(state) for state in (JobState.QUEUED, JobState.RUNNING)},
                messages={state: tx.outbox.waiting(state) for state in (MessageState.WAITING, MessageState.HELD)},
                snapshot_at=None if snapshot is None else snapshot.taken_at,
                behind=None if snapshot is None else max(0, watermark - snapshot.watermark),
            )

        return self.store.read(caller, work)

    def _snapshot(self) -> SnapshotInfo | None:
        try:
            return self.analytics.info()
        except IcrmError:  # none yet
            return None
