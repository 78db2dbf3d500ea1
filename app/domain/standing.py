"""How the service stands: what readers see and since when, what waits, how old the snapshot is. For monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.value import ValueRun


@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest` is None where nothing waits."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`finished`: of each kind of run that readers see, when it was finished. `jobs`, `messages`: by state.
    `snapshot_at` and `behind` are None where there is no snapshot; `behind`: by how many changes of the graph."""

    at: datetime
    watermark: int
    value: ValueRun | None
    finished: Mapping[str, datetime]
    jobs: Mapping[str, Waiting]
    messages: Mapping[str, Waiting]
    snapshot_at: datetime | None
    behind: int | None
