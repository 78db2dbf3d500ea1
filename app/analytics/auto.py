"""Analytics by whoever can: our kernels while a snapshot exists, else Graph Data Science where the server has it.

A snapshot answers in a fraction of the time and without load on the server; without one, communities and centrality
need not wait for it. Candidates always come from a snapshot.
"""

from collections.abc import Callable, Mapping, Sequence

from app.analytics.by_snapshot import BySnapshot
from app.analytics.gds import GdsAnalytics
from app.analytics.local import LocalAnalytics
from app.domain.community import CommunityOptions
from app.ports.analytics import CommunityAssignment
from app.ports.outside import Progress, silent


class AutoAnalytics(BySnapshot):
    def __init__(self, local: LocalAnalytics, gds: GdsAnalytics, *, has_gds: Callable[[], bool]) -> None:
        super().__init__(local)
        self.gds = gds
        self.has_gds = has_gds

    def communities(self, options: CommunityOptions, *, progress: Progress = silent) -> CommunityAssignment:
        return self._able().communities(options, progress=progress)

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
