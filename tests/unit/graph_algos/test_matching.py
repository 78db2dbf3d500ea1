import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.matching import reciprocal_rank_fusion
from graph_algos.select import top

RANKINGS = st.lists(st.lists(st.integers(0, 8), max_size=9), max_size=4)


@given(RANKINGS, st.sampled_from([0, 1, 60]), st.data())
def test_fusion_is_the_sum_of_reciprocal_ranks(rankings, k, data):
    shares = st.lists(st.integers(0, 3), min_size=len(rankings), max_size=len(rankings))
    weights = data.draw(st.none() | shares)
    expected = {}
    for ranking, weight in zip(rankings, weights or [1] * len(rankings), strict=True):
        for place, name in enumerate(dict.fromkeys(ranking), start=1):
            expected[name] = expected.get(name, 0.0) + weight / (k + place)
    ids, scores = reciprocal_rank_fusion([np.array(r, dtype=np.int32) for r in rankings], weights=weights, k=k)
    assert (ids.dtype, scores.dtype) == (np.int32, np.float64)
    assert ids.tolist() == sorted(expected, key=lambda name: (-expected[name], name))
    assert scores.tolist() == pytest.approx([expected[name] for name in ids.tolist()])


def test_bad_weights_are_refused():
    for weights in ([1.0, 1.0], [-1.0], [np.nan]):
        with pytest.raises(ValueError):
            reciprocal_rank_fusion([np.array([1])], weights=weights)
    with pytest.raises(ValueError):
        reciprocal_rank_fusion([np.array([1])], k=-1)
    with pytest.raises(ValueError):
        reciprocal_rank_fusion([np.array([[1]])])


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 50), st.randoms(use_true_random=False))
def test_top_equals_a_sort(scores, count, random):
    indices = list(range(len(scores)))
    random.shuffle(indices)
    best, values = top(np.array(indices, dtype=np.int32), np.array(scores, dtype=float), count=count)
    expected = sorted(zip(scores, indices, strict=True), key=lambda pair: (-pair[0], pair[1]))[:count]
    assert list(zip(values.tolist(), best.tolist(), strict=True)) == expected
