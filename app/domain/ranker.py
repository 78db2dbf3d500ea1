"""A learned ranker: how it did in each block of time, and whether it may serve."""

from collections.abc import Sequence
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
    """One version in the registry. `serves`: its gate was open (`may_serve`), on models that were trained before those
    blocks began. `calibration_error` and `calibrated_on` are of its top five in blocks that the
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


GATE_BLOCKS = 2  # latest ones, each of which trees must win


def may_serve(judged: Sequence[BlockResult], *, is_weights: bool) -> bool:
    """Trees can learn anything, so they have to have beaten fusion in each of the latest two blocks. Learned weights
    are fusion's own as long as little speaks for others, and a block of a small history is mostly chance: they serve
    unless all blocks judged so far, taken together, say that fusion's are better."""
    if not is_weights:
        return len(judged) >= GATE_BLOCKS and all(one.is_better for one in judged[-GATE_BLOCKS:])
    return sum(one.needs * (one.ranker_mrr - one.fusion_mrr) for one in judged) >= 0.0
