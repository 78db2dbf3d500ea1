"""TrainRanker: a new version of the ranker from the needs that were met."""

from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput
from app.domain.ranker import Ranker
from app.ports.analytics import Analytics
from app.ports.outside import Clock, Progress, silent

LARGEST_SEED = 2**31 - 1  # LightGBM's seed is a 32-bit integer


@dataclass(frozen=True, slots=True)
class TrainRanker:
    analytics: Analytics
    clock: Clock

    def __call__(self, caller: Caller, *, seed: int = 0, progress: Progress = silent) -> Ranker:
        """It serves from now on if it passed its gate. A training that is killed leaves no version behind. BadInput for
        a seed out of range, Conflict when there is too little history, Misconfigured without the extra `ranker`."""
        caller.require(Scope.RUN)
        if not 0 <= seed <= LARGEST_SEED:
            raise BadInput(f"A seed is 0 to {LARGEST_SEED:,}.", pointer="seed")
        return self.analytics.train(seed=seed, at=self.clock(), progress=progress)
