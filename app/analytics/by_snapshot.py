"""What is answered from the snapshot by our own kernels whichever engine computes the rest: both engines rank alike."""

from collections.abc import Sequence
from datetime import datetime

from app.analytics.local import LocalAnalytics
from app.domain.chance import Chance
from app.domain.need import Need
from app.domain.peer import Peer
from app.domain.ranker import Ranker
from app.domain.suggestion import NeedQuery
from app.ports.analytics import Candidate, Learned, RankedBy, SnapshotInfo
from app.ports.outside import Progress


class BySnapshot:
    def __init__(self, local: LocalAnalytics) -> None:
        self.local = local

    def refresh(self, progress: Progress, *, forced: bool = False) -> SnapshotInfo:
        return self.local.refresh(progress, forced=forced)

    def info(self) -> SnapshotInfo:
        return self.local.info()

    def candidates(self, query: NeedQuery, need: Need | None, *, count: int) -> Sequence[Candidate]:
        return self.local.candidates(query, need, count=count)

    def acceptance(self, scores: Sequence[float]) -> Sequence[float] | None:
        return self.local.acceptance(scores)

    def chances(self, candidates: Sequence[Candidate]) -> Sequence[Chance]:
        return self.local.chances(candidates)

    def train(self, *, seed: int, at: datetime, progress: Progress) -> Ranker:
        return self.local.train(seed=seed, at=at, progress=progress)

    def ranked_by(self) -> RankedBy:
        return self.local.ranked_by()

    def reorder(self, learned: Learned, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        return self.local.reorder(learned, candidates)

    def similar(self, customer_id: str, *, count: int) -> Sequence[Peer]:
        return self.local.similar(customer_id, count=count)
