"""Analytics by whoever can: our kernels while a snapshot exists, else Graph Data Science where the server has it.

A snapshot answers in a fraction of the time and without load on the server; without one, communities and centrality
need not wait for it. Candidates always come from a snapshot.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.analytics.gds import GdsAnalytics
from app.analytics.local import LocalAnalytics
from app.domain.community import CommunityOptions
from app.domain.need import Need
from app.domain.peer import Peer
from app.domain.ranker import Ranker
from app.domain.suggestion import NeedQuery
from app.ports.analytics import Candidate, CommunityAssignment, Learned, RankedBy, SnapshotInfo
from app.ports.outside import Progress, silent


class AutoAnalytics:
    def __init__(self, local: LocalAnalytics, gds: GdsAnalytics, *, has_gds: Callable[[], bool]) -> None:
        self.local = local
        self.gds = gds
        self.has_gds = has_gds

    def refresh(self, progress: Progress, *, forced: bool = False) -> SnapshotInfo:
        return self.local.refresh(progress, forced=forced)

    def info(self) -> SnapshotInfo:
        return self.local.info()

    def candidates(self, query: NeedQuery, need: Need | None, *, count: int) -> Sequence[Candidate]:
        return self.local.candidates(query, need, count=count)

    def train(self, *, seed: int, at: datetime, progress: Progress) -> Ranker:
        return self.local.train(seed=seed, at=at, progress=progress)

    def ranked_by(self) -> RankedBy:
        return self.local.ranked_by()

    def reorder(self, learned: Learned, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        return self.local.reorder(learned, candidates)

    def communities(self, options: CommunityOptions, *, progress: Progress = silent) -> CommunityAssignment:
        return self._able().communities(options, progress=progress)

    def similar(self, customer_id: str, *, count: int) -> Sequence[Peer]:
        return self.local.similar(customer_id, count=count)

    def centrality(self, measure: str, *, progress: Progress = silent) -> Mapping[str, float]:
        return self._able().centrality(measure, progress=progress)

    def similarity(self, *, count: int, progress: Progress = silent) -> Mapping[str, Sequence[tuple[str, float]]]:
        return self._able().similarity(count=count, progress=progress)

    def embedding(self, *, dimension: int, seed: int, progress: Progress = silent) -> Mapping[str, Sequence[float]]:
        """No kernel of ours makes them, so a snapshot is no reason not to ask the server."""
        able = self.gds if self.has_gds() else self.local
        return able.embedding(dimension=dimension, seed=seed, progress=progress)

    def _able(self) -> LocalAnalytics | GdsAnalytics:
        """Ours too where neither is there: its error names the remedy."""
        return self.gds if not self.local.has_snapshot() and self.has_gds() else self.local
