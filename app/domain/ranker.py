"""A learned ranker: how it did in each block of time, and whether it may serve."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


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


def ranker_document(made: Ranker) -> dict[str, Any]:
    """As JSON has it, in the command's file, a job's result and the API alike."""
    names = ("version", "seed", "decisions", "snapshot_watermark", "serves", "calibration_error", "calibrated_on")
    blocks = [
        {
            "begins_at": one.begins_at.isoformat(),
            "needs": one.needs,
            "fusion": {"mrr": round(one.fusion_mrr, 4), "hit@5": round(one.fusion_top5, 4)},
            "ranker": {"mrr": round(one.ranker_mrr, 4), "hit@5": round(one.ranker_top5, 4)},
            "better": one.is_better,
        }
        for one in made.blocks
    ]
    facts: dict[str, Any] = {name: getattr(made, name) for name in names}
    return facts | {"trained_at": made.trained_at.isoformat(), "blocks": blocks}
