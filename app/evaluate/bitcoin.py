"""Will a rating be one of trust? `icrm evaluate bitcoin`, on SNAP's Bitcoin Alpha, split by time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.evaluate.boosted import Floats, Rows, linear_scores, one_blas_thread, tree_scores, trees
from graph_algos.ranking_metrics import auc

FILE = "soc-sign-bitcoinalpha.csv"
NETWORK = "bitcoin-alpha"
# The first 70 % of ratings train, the next 15 % choose the served method, the last 15 % test.
PARTS = (0.70, 0.85)
NEVER = 1e9
ROUNDS = 80
BOOTSTRAPS = 1_000
SCALE = 10.0  # ratings go from -10 to 10
PROTOCOL = (
    "Ratings by time: 70 % train, 15 % choose between trees, regression and their mean, 15 % test; AUC of positive "
    "against negative ratings of the test part; 95 % bootstrap interval over ratings. Served and single signals know "
    "ratings before the test part only. Methods named `learning on` also know earlier ratings of the test part: an "
    "easier task, not comparable with the rest."
)
_SIDE = ("count", "mean", "negative_share", "last", "age", "since_negative", "first_age")
NAMES = (
    *(f"target_received_{name}" for name in _SIDE),
    *(f"target_gave_{name}" for name in _SIDE),
    *(f"source_gave_{name}" for name in _SIDE),
    *(f"source_received_{name}" for name in _SIDE),
    "goodness", "fairness", "back_known", "back", "triads", "triad_sum", "triad_least",
)  # fmt: skip
SINGLE = {"mean rating received": "target_received_mean", "goodness": "goodness", "reciprocity": "back"}


@dataclass(slots=True)
class Side:
    """Ratings of one member in one direction, as far as they are known."""

    count: int = 0
    total: float = 0.0
    negatives: int = 0
    last: float = 0.0
    time: float = -NEVER
    negative_time: float = -NEVER
    first: float = -NEVER
    # Of raters: Σ |rating - what the target's others said| ; of targets: ratings weighted by the rater's fairness.
    gap: float = 0.0
    weighted: float = 0.0
    weight: float = 0.0

    def add(self, rating: float, time: float) -> None:
        self.first = time if self.count == 0 else self.first
        self.count, self.total, self.last, self.time = self.count + 1, self.total + rating, rating, time
        if rating < 0:
            self.negatives, self.negative_time = self.negatives + 1, time

    def row(self, now: float) -> list[float]:
        most = max(1, self.count)
        ages = (now - self.time, now - self.negative_time, now - self.first)
        return [self.count, self.total / most, self.negatives / most, self.last, *(min(age, NEVER) for age in ages)]


@dataclass(slots=True)
class Past:
    """Everything rated before the moment."""

    received: dict[int, Side] = field(default_factory=lambda: defaultdict(Side))
    gave: dict[int, Side] = field(default_factory=lambda: defaultdict(Side))
    ratings: dict[int, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    raters: dict[int, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))

    def fairness(self, member: int) -> float:
        """1 - mean gap to what others said of the same targets; one rating of no gap is assumed (Kumar et al. 2016)."""
        side = self.gave[member]
        return 1.0 - side.gap / (2.0 * (side.count + 1))

    def goodness(self, member: int) -> float:
        side = self.received[member]
        return side.weighted / (side.weight + 1.0)

    def row(self, source: int, target: int, now: float) -> list[float]:
        back = self.ratings[target].get(source)
        given, received = self.ratings[source], self.raters[target]
        small, large = (given, received) if len(given) <= len(received) else (received, given)
        triads = [small[member] * large[member] for member in small if member in large]
        return [
            *self.received[target].row(now),
            *self.gave[target].row(now),
            *self.gave[source].row(now),
            *self.received[source].row(now),
            self.goodness(target),
            self.fairness(source),
            float(back is not None),
            back or 0.0,
            len(triads),
            sum(triads),
            min(triads, default=0.0),
        ]

    def add(self, source: int, target: int, rating: float, now: float) -> None:
        giver, taker = self.gave[source], self.received[target]
        fairness = self.fairness(source)
        giver.gap += abs(rating - self.goodness(target)) if taker.count else 0.0
        taker.weighted, taker.weight = taker.weighted + fairness * rating, taker.weight + fairness
        giver.add(rating, now)
        taker.add(rating, now)
        self.ratings[source][target] = self.raters[target][source] = rating


def run(data: Path, seed: int = 0) -> dict[str, object]:
    """AUC of trust among the last ratings."""
    ratings = read_ratings(data / FILE)
    features = rating_features(ratings)
    labels = (ratings[:, 2] > 0).astype(np.float64)
    first, second = (int(part * len(labels)) for part in PARTS)
    frozen = features_known_at(ratings, first, second), features_known_at(ratings, second, len(labels))
    chosen = _scores(Rows(features[:first], labels[:first]), frozen[0], seed=seed)
    served = max(chosen, key=lambda name: auc(labels[first:second], chosen[name]))
    train = Rows(features[:second], labels[:second])
    scores = _scores(train, frozen[1], seed=seed)
    for name, values in _scores(train, features[second:], seed=seed).items():
        scores[f"{name}, learning on"] = values
    for name, column in SINGLE.items():
        scores[name] = frozen[1][:, NAMES.index(column)]
    methods = {
        name: {"single_signal": name in SINGLE, "auc": {NETWORK: _interval(labels[second:], values)}}
        for name, values in scores.items()
    }
    return {"data": "bitcoin", "protocol": PROTOCOL, "served": served, "seed": seed, "methods": methods}


def read_ratings(path: Path) -> Floats:
    """source, target, rating in -1 … 1, time; by time, then source and target."""
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    if table.size == 0 or table.shape[1] != 4 or (np.abs(table[:, 2]) > SCALE).any() or (table[:, 2] == 0).any():
        raise ValueError(f"{path.name} must hold source, target, rating from -10 to 10 (not 0) and time on each line")
    table[:, 2] /= SCALE
    return np.asarray(table[np.lexsort((table[:, 1], table[:, 0], table[:, 3]))], dtype=np.float64)


def rating_features(ratings: Floats) -> Floats:
    """float64[k, 35]: what was known before each rating; ratings of one moment do not know each other."""
    past, rows = Past(), []
    starts = np.flatnonzero(np.diff(ratings[:, 3], prepend=-np.inf))
    for start, end in zip(starts, [*starts[1:], len(ratings)], strict=True):
        moment = [(int(source), int(target), rating, time) for source, target, rating, time in ratings[start:end]]
        rows += [past.row(source, target, time) for source, target, _, time in moment]
        for rating in moment:
            past.add(*rating)
    return np.array(rows, dtype=np.float64).reshape(len(ratings), len(NAMES))


def features_known_at(ratings: Floats, start: int, end: int) -> Floats:
    """Rows of ratings start … end - 1 from what was known before the first of them: nothing is learned on the way."""
    past = Past()
    for source, target, rating, time in ratings[:start]:
        past.add(int(source), int(target), rating, time)
    rows = [past.row(int(source), int(target), time) for source, target, _, time in ratings[start:end]]
    return np.array(rows, dtype=np.float64).reshape(end - start, len(NAMES))


def _scores(train: Rows, features: Floats, *, seed: int) -> dict[str, Floats]:
    by_trees = tree_scores(trees(train, seed=seed, rounds=ROUNDS), features)
    # Logarithms want columns above 0: ratings, means and sums move up by as much as the lowest lies below.
    least = np.minimum(train.features.min(axis=0), 0.0)
    moved = Rows(train.features - least, train.labels)
    with one_blas_thread():
        by_line = linear_scores(moved, [np.maximum(features - least, 0.0)])[0]
    return {"trees": by_trees, "regression": by_line, "mean of both": (by_trees + by_line) / 2.0}


def _interval(labels: Floats, scores: Floats) -> dict[str, float]:
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(BOOTSTRAPS):
        rows = rng.integers(0, labels.size, labels.size)
        if 0.0 < labels[rows].sum() < labels.size:
            drawn.append(auc(labels[rows], scores[rows]))
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (0.0, 1.0)
    return {"mean": auc(labels, scores), "low": float(low), "high": float(high)}
