"""Versions of the learned ranker, on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.api.schemas import Body, Out, TimeOut, Whole
from app.usecases.rankers import LARGEST_SEED


class TrainRankerIn(Body):
    """From the needs that were met; it serves from then on if it beat rank fusion in each of the latest two blocks of
    time. Same graph and seed, same model."""

    type: Literal["train_ranker"]
    seed: Annotated[Whole, Field(ge=0, le=LARGEST_SEED)] = 0


class UseRankerIn(Body):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": "fusion"}]})

    version: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$", description="A version of the list, or `fusion`.")]


class RankingFiguresOut(Out):
    """`mrr`: mean reciprocal rank of who met the need; `hit@5`: share of needs whose provider was among the first
    five."""

    mrr: float
    top5: Annotated[float, Field(alias="hit@5")]


class RankerBlockOut(Out):
    """Needs of one stretch of time, ranked by what was known before it; `ranker` by a model trained before it."""

    begins_at: TimeOut
    needs: int
    fusion: RankingFiguresOut
    ranker: RankingFiguresOut
    better: bool


class RankerOut(Out):
    """`serves`: it passed its gate. `calibration_error` of its first five, null where `calibrated_on` are too few."""

    version: str
    trained_at: TimeOut
    seed: int
    decisions: int
    snapshot_watermark: int
    serves: bool
    calibration_error: float | None
    calibrated_on: int
    blocks: list[RankerBlockOut]


class RankersOut(Out):
    """`serves`: the version that puts candidates in order now, or `fusion`; `because`: why fusion steps in for one."""

    serves: str
    because: str
    versions: list[RankerOut]
