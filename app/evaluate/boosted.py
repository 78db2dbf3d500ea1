"""The learned scorer of pairs: gradient-boosted trees, and the logistic regression they are blended with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_algos.ranking_metrics import auc

Floats = NDArray[np.float64]

TREES = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 20,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbosity": -1,
    # The same bytes on every run and machine of one architecture.
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
}
ROUNDS = 250
# Share of the trees in a blend.
SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)


@dataclass(frozen=True, slots=True)
class Rows:
    """`features`: float64[k, columns], `labels`: 0 or 1 of each."""

    features: Floats
    labels: Floats


def trees(train: Rows, *, seed: int, rounds: int = ROUNDS, watch: Rows | None = None) -> object:
    """Fitted trees; with `watch`, as many rounds as its log loss falls (at most `rounds`, 50 without gain)."""
    import lightgbm  # noqa: PLC0415 - extra [ranker], a second to load

    data = lightgbm.Dataset(train.features, label=train.labels)
    seen = [] if watch is None else [data.create_valid(watch.features, label=watch.labels)]
    stops: list[Callable[..., Any]] = [] if watch is None else [lightgbm.early_stopping(50, verbose=False)]
    return lightgbm.train(TREES | {"seed": seed}, data, num_boost_round=rounds, valid_sets=seen, callbacks=stops)


def tree_scores(model: object, features: Floats) -> Floats:
    """Log odds: float64[k]."""
    return np.asarray(model.predict(features, raw_score=True, num_threads=1), dtype=np.float64)  # type: ignore[attr-defined]


def linear_scores(train: Rows, features: Sequence[Floats]) -> list[Floats]:
    """Log odds of a logistic regression on logarithms of the columns, for each table."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - extra [ranker], a second to load

    # Probabilities of walks lie many powers of ten below 1: 1e-6 is where the pair features' own floor begins.
    raw = [_logs(table) for table in (train.features, *features)]
    mean, deviation = raw[0].mean(axis=0), raw[0].std(axis=0)
    scaled = [(table - mean) / np.where(deviation > 0.0, deviation, 1.0) for table in raw]
    model = LogisticRegression(C=1.0, max_iter=200).fit(scaled[0], train.labels)
    return [np.asarray(model.decision_function(table), dtype=np.float64) for table in scaled[1:]]


def _logs(table: Floats) -> Floats:
    return np.hstack((np.log(table + 1e-6), np.log1p(table)))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Sums in one order, so the same bytes; and two splits at a time do not wait for four BLAS threads on two cores.

    Without it a run over SEAL's forty splits took more than 400 s instead of about 100.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn, extra [ranker]

    with threadpool_limits(limits=1):
        yield


def both(train: Rows, features: Floats, *, seed: int) -> tuple[Floats, Floats]:
    """Log odds by the trees and by the regression."""
    return tree_scores(trees(train, seed=seed), features), linear_scores(train, [features])[0]


def best_share(labels: Floats, by_trees: Floats, by_line: Floats) -> float:
    """The trees' share of the blend with the highest AUC; the first of equals."""
    return max(SHARES, key=lambda part: auc(labels, part * by_trees + (1 - part) * by_line))
