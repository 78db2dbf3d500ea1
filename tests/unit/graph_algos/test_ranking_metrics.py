"""AUC, average precision, NMI beside scikit-learn, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.ranking_metrics import auc, average_precision, mean_interval, nmi

metrics = pytest.importorskip("sklearn.metrics")
scored = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: {label for label, _ in rows} == {0, 1}
)


@given(scored)
def test_auc_and_average_precision_equal_scikit_learn_with_ties(rows):
    labels, scores = zip(*rows, strict=True)
    assert auc(labels, scores) == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert average_precision(labels, scores) == pytest.approx(metrics.average_precision_score(labels, scores))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_nmi_equals_scikit_learn(rows):
    first, second = zip(*rows, strict=True)
    assert nmi(first, second) == pytest.approx(metrics.normalized_mutual_info_score(first, second), abs=1e-9)


def test_one_class_numbers_that_are_none_and_empty_lists_are_refused():
    for labels, scores in (([1, 1], [0, 1]), ([0, 1], [np.nan, 1]), ([0, 1], [1]), ([0, 2], [0, 1]), ([], [])):
        with pytest.raises(ValueError):
            auc(labels, scores)
        with pytest.raises(ValueError):
            average_precision(labels, scores)
    for values in ([], [np.inf]):
        with pytest.raises(ValueError):
            mean_interval(values)
    with pytest.raises(ValueError):
        nmi([], [])


def test_a_single_run_has_an_interval_without_width():
    assert mean_interval([0.5]) == {"mean": 0.5, "low": 0.5, "high": 0.5}
