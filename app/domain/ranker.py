"""A learned ranker: how it did in each block of time, and whether it may serve."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BlockResult:
    """Needs of one stretch of time, ranked by what was known before it. `mrr`: mean reciprocal rank of who met them;
    `top5`: share of needs whose provider was among the first five."""

    begins_at: datetime
    needs: int
    fusion_mrr: float
    ranker_mrr: float
    fusion_top5: float
    ranker_top5: float

    @property
    def is_better(self) -> bool:
        return self.ranker_mrr > self.fusion_mrr and self.ranker_top5 >= self.fusion_top5


@dataclass(frozen=True, slots=True)
class Ranker:
    """One version in the registry. `serves`: it beat rank fusion in each of the latest two blocks, on models that were
    trained before those began. `calibration_error` and `calibrated_on` are of its top five in blocks that the
    calibration had not seen; None where there are too few."""

    version: str
    trained_at: datetime
    snapshot_watermark: int
    seed: int
    decisions: int
    blocks: tuple[BlockResult, ...]
    serves: bool
    calibration_error: float | None = None
    calibrated_on: int = 0
