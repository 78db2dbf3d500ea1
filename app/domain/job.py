"""A use case that runs in the background, and its record."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobRun:
    """`lease_until` and `fence` keep two workers from running one job: a worker whose lease has run out loses the job
    to the next, and its late writes carry an old fence and are refused."""

    id: str
    type: str
    state: JobState
    params: str
    created_at: datetime
    created_by: str
    stage: str = ""
    done: int = 0
    total: int = 0
    result: str | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    cancel_requested: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A worker's hold on a job, for as long as nobody else has claimed it: `fence` grows with each claim. `since`: when
    the job was asked for, the same for whoever works on it."""

    job_id: str
    fence: int
    since: datetime


@dataclass(frozen=True, slots=True)
class ImportRun:
    id: str
    kind: str
    state: str
    source: str
    started_at: datetime
    finished_at: datetime | None = None
    rows_in: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    checkpoint: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Only the SHA-256 of a key is stored."""

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
