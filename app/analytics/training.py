"""Training the ranker on the past, block by block, and the gate that decides whether it serves.

Each block of needs is ranked by what was known before the block began: by rank fusion, and by a model trained on the
blocks before. Only such answers count, for the gate and for the calibration. The model that serves is then trained on
all blocks. Every decision's own match is unknown to the features it is learned from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import numpy as np

from app.analytics.calibration import calibrate, is_enough
from app.analytics.candidates import candidate_pool, question
from app.analytics.columns import Float64
from app.analytics.ranker import POOL, Model, fit, matrix, newest, order, strengths
from app.analytics.registry import Trained
from app.analytics.replay import Block, MetNeed, Replay
from app.domain.errors import Conflict
from app.domain.ranker import BlockResult, Ranker, may_serve
from app.ports.analytics import Candidate
from app.ports.outside import Progress
from graph_algos.evaluation import calibration_error

BLOCKS = 6
FIRST_BLOCK = 0.4  # share of the needs that is history only
TRAINED_BEFORE = 2  # blocks that a judged model has learned from at least
LEAST_DECISIONS = 200
MOST_DECISIONS = 20_000  # the latest ones: more cost minutes and older habits
SHOWN = 5
STAGE = "replaying decisions"


@dataclass(frozen=True, slots=True)
class Decision:
    """Candidates of one need, best by fusion first; `won` is the row of who met it, -1 when he was not among them."""

    ids: Sequence[str]
    rows: Float64
    won: int

    def places(self, scores: Float64) -> list[int]:
        return order(self.ids, scores, self.rows[:, -1])


@dataclass(frozen=True, slots=True)
class Judged:
    """One block by both: who was first, and how clearly the shown ones stood out, beside whether they won."""

    result: BlockResult
    shown: Float64
    hits: Float64


def train(replay: Replay, *, moment: tuple[datetime, int], seed: int, progress: Progress) -> Trained:
    """`moment`: when, and the watermark of what was read. Conflict when there is too little history.

    O(decisions · candidates) for the replay, about 6 ms a decision, and BLOCKS - 1 fits.
    """
    needs = replay.met_needs()
    recent = needs[-MOST_DECISIONS:]
    blocks: list[list[Decision]] = []
    begins: list[datetime] = []
    done, total = 0, len(recent) - int(len(recent) * FIRST_BLOCK)
    for block in replay.blocks(recent, count=BLOCKS, first=FIRST_BLOCK):
        blocks.append(decisions_of(block))
        begins.append(block.begins_at)
        done += len(block.needs)
        progress(STAGE, min(done, total), total)
    usable = sum(decision.won >= 0 for block_ in blocks for decision in block_)
    if usable < LEAST_DECISIONS or len(blocks) <= TRAINED_BEFORE:
        raise Conflict(
            f"There is too little history to learn from: {usable} needs whose provider was among the candidates.",
            remedy=f"At least {LEAST_DECISIONS} over several days are needed; rank fusion serves meanwhile.",
        )
    judged = list(_judge_all(blocks, begins, seed, progress))
    progress("fitting the model", len(blocks), len(blocks))
    text = fit_decisions([one for block_ in blocks for one in block_], seed=seed)
    return _trained(judged, text, moment=moment, seed=seed, decisions=usable)


def decisions_of(block: Block) -> list[Decision]:
    """Each need of the block with the candidates that it would have had."""
    now = newest(block.topology)
    return [decision_of(need, candidates_of(block, need, count=POOL), now) for need in block.needs]


def candidates_of(block: Block, need: MetNeed, *, count: int) -> Sequence[Candidate]:
    asked = question(block.topology, need.text, need.seeker_id, need.category_id)
    return candidate_pool(block.topology, asked, count=count)


def decision_of(need: MetNeed, candidates: Sequence[Candidate], now: int) -> Decision:
    """What the ranker sees of the candidates; `now` is the newest match that the block knows."""
    pool = candidates[:POOL]
    ids = [one.provider_id for one in pool]
    won = ids.index(need.provider_id) if need.provider_id in ids else -1
    return Decision(ids, matrix(pool, now), won)


def _judge_all(
    blocks: Sequence[Sequence[Decision]], begins: Sequence[datetime], seed: int, progress: Progress
) -> Iterator[Judged]:
    for place in range(TRAINED_BEFORE, len(blocks)):
        progress("fitting the model", place, len(blocks))
        model = Model(fit_decisions([one for earlier in blocks[:place] for one in earlier], seed=seed))
        yield judge(blocks[place], model, begins[place])


def judge(decisions: Sequence[Decision], model: Model, begins_at: datetime) -> Judged:
    fused, learned = [], []
    shown: list[float] = []
    hits: list[float] = []
    for decision in decisions:
        scores = model.scores(decision.rows)
        places, clear = decision.places(scores), strengths(scores)
        fused.append(1.0 / (1 + decision.won) if decision.won >= 0 else 0.0)
        learned.append(1.0 / (1 + places.index(decision.won)) if decision.won >= 0 else 0.0)
        shown += clear[places[:SHOWN]].tolist()
        hits += [float(place == decision.won) for place in places[:SHOWN]]
    result = BlockResult(
        begins_at=begins_at,
        needs=len(decisions),
        fusion_mrr=float(np.mean(fused)),
        ranker_mrr=float(np.mean(learned)),
        fusion_top5=float(np.mean(np.array(fused) >= 1 / SHOWN)),
        ranker_top5=float(np.mean(np.array(learned) >= 1 / SHOWN)),
    )
    return Judged(result, np.array(shown), np.array(hits))


def fit_decisions(decisions: Sequence[Decision], *, seed: int) -> str:
    """A model's text. Only decisions with a winner teach anything; there must be one."""
    taught = [one for one in decisions if one.won >= 0]
    won = np.concatenate([np.arange(len(one.ids)) == one.won for one in taught]).astype(np.float64)
    rows = np.vstack([one.rows for one in taught])
    return fit(rows, won, [len(one.ids) for one in taught], seed=seed)


def _trained(
    judged: Sequence[Judged], text: str, *, moment: tuple[datetime, int], seed: int, decisions: int
) -> Trained:
    at, watermark = moment
    earlier, last = judged[:-1], judged[-1]
    error = None
    if earlier and is_enough(_together(earlier)[1]):
        said = calibrate(*_together(earlier)).at(last.shown)[0]
        error = calibration_error(said, last.hits)
    shown, hits = _together(judged)
    facts = Ranker(
        version=f"r{at:%Y%m%d%H%M%S}-{sha256(text.encode()).hexdigest()[:8]}",
        trained_at=at,
        snapshot_watermark=watermark,
        seed=seed,
        decisions=decisions,
        blocks=tuple(one.result for one in judged),
        serves=may_serve([one.result for one in judged], is_weights=Model(text).weights is not None),
        calibration_error=error,
        calibrated_on=len(shown) if error is not None else 0,
    )
    return Trained(facts, text, calibrate(shown, hits) if error is not None else None)


def _together(judged: Sequence[Judged]) -> tuple[Float64, Float64]:
    return np.concatenate([one.shown for one in judged]), np.concatenate([one.hits for one in judged])
