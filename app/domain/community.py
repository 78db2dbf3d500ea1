"""Customers who deal with each other or are alike."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Community:
    """`density`: share of the possible ties inside that exist. `label`: categories that stand out in it."""

    id: str
    run_id: str
    size: int
    label: str
    density: float
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommunityRun:
    id: str
    method: str
    resolution: float
    seed: int
    modularity: float
    community_count: int
    customer_count: int
    snapshot_watermark: int
    finished_at: datetime
