"""Weights are learned from little, stay near those of fusion without evidence, and serve unless they do harm."""

from datetime import UTC, datetime

import numpy as np
import pytest

from app.analytics.weights import HEAD, fit_weights, to_text, weights_of
from app.domain.errors import Misconfigured
from app.domain.ranker import BlockResult, may_serve
from app.domain.ranking import WEIGHTS

PRIOR = np.array(list(WEIGHTS.values()))
ACTIVITY, GRAPH = (list(WEIGHTS).index(name) for name in ("activity", "graph"))
CANDIDATES = 20


def decisions(count: int, signal: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Whoever leads `signal` wins; every other signal is chance."""
    draw = np.random.default_rng(5)
    places = draw.random((count * CANDIDATES, len(PRIOR))).round(2)
    best = places[:, signal].reshape(count, CANDIDATES).argmax(axis=1)
    won = np.zeros((count, CANDIDATES))
    won[np.arange(count), best] = 1.0
    return places, won.ravel(), [CANDIDATES] * count


def test_a_signal_that_tells_gets_weight_and_one_that_misleads_falls_to_nothing_but_not_below():
    places, won, sizes = decisions(60, ACTIVITY)
    places[:, GRAPH] = 1.0 - places[:, ACTIVITY]
    weights = fit_weights(places, won, sizes)
    assert weights[ACTIVITY] > 2 > 8 * PRIOR[ACTIVITY] - 1
    assert weights[GRAPH] == 0.0
    assert (weights >= 0.0).all()


def test_little_history_moves_weights_little():
    near = fit_weights(*decisions(1, ACTIVITY)) - PRIOR
    far = fit_weights(*decisions(60, ACTIVITY)) - PRIOR
    assert np.abs(near).max() < 1.0
    assert 4 * near[ACTIVITY] < far[ACTIVITY]


def test_where_candidates_are_alike_the_weights_are_those_of_fusion():
    won = np.zeros(2 * CANDIDATES)
    won[[0, CANDIDATES]] = 1.0
    assert fit_weights(np.ones((2 * CANDIDATES, len(PRIOR))), won, [CANDIDATES] * 2) == pytest.approx(PRIOR)


def test_weights_are_kept_as_text_and_a_damaged_text_is_refused():
    assert (weights_of(to_text(PRIOR)) == PRIOR).all()
    assert weights_of("tree\nversion=v4") is None
    for damaged in (HEAD, HEAD + "{}", HEAD + "[1]", to_text(PRIOR).replace("0.5", '"a"')):
        with pytest.raises(Misconfigured):
            weights_of(damaged)


def block(needs: int, gain: float) -> BlockResult:
    return BlockResult(datetime(2026, 1, 1, tzinfo=UTC), needs, 0.2, 0.2 + gain, 0.3, 0.3)


def test_trees_have_to_win_two_blocks_and_weights_only_not_to_lose_all_together():
    assert not may_serve([block(50, 0.1)], is_weights=False)
    assert may_serve([block(50, -0.1), block(50, 0.1), block(50, 0.1)], is_weights=False)
    assert not may_serve([block(50, 0.1), block(50, 0.1), block(50, -0.1)], is_weights=False)
    assert may_serve([], is_weights=True)
    assert may_serve([block(50, 0.1), block(20, -0.2)], is_weights=True)
    assert not may_serve([block(50, 0.1), block(60, -0.1)], is_weights=True)
