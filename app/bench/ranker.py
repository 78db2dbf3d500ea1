"""How long a ranker learns and how long it takes to put candidates in order; one core, needs the extra `ranker`."""

import time

import numpy as np

from app.analytics.columns import Float64
from app.analytics.ranker import COLUMNS, POOL, Model, fit
from app.bench.rows import Against, Row, row

DECISIONS = 100_000
CANDIDATES = 20  # of each decision: two million rows, as many as a training reads at most (20,000 of a hundred)
QUESTIONS = 500


def run(*, decisions: int = DECISIONS) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds} on drawn signals, of which two decide and one misleads."""
    rows, won = _drawn(decisions)
    began = time.process_time()
    model = Model(fit(rows, won, [CANDIDATES] * decisions, seed=0))
    seconds = time.process_time() - began
    waits = []
    for question in range(QUESTIONS):
        asked = np.roll(rows[: 3 * POOL], question, axis=0)
        began = time.perf_counter()
        model.scores(asked)
        waits.append(time.perf_counter() - began)
    wait = float(np.percentile(waits, 50)) * 1e3
    learned = f"learning from {decisions:,} decisions of {CANDIDATES} candidates"
    return [
        row(learned, seconds, "s", Against(goal="≤ 60 s", holds=seconds <= 60.0)),
        row(f"ranking {3 * POOL} candidates, p50", wait, "ms", Against(goal="≤ 5 ms", holds=wait <= 5.0)),
    ]


def _drawn(decisions: int) -> tuple[Float64, Float64]:
    random = np.random.default_rng(0)
    rows = random.random((decisions * CANDIDATES, len(COLUMNS)))
    rows[random.random(rows.shape) < 0.5] = 0.0  # most signals say nothing of most candidates
    worth = (rows[:, 0] + rows[:, 1] + random.random(len(rows))).reshape(decisions, CANDIDATES)
    won = np.zeros(len(rows))
    won[np.arange(decisions) * CANDIDATES + worth.argmax(axis=1)] = 1.0
    return rows, won
