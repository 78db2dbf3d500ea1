"""Links in time: `icrm evaluate uci`, on SNAP's CollegeMsg by the protocol of DyGLib (Yu et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.evaluate.boosted import Floats, Rows, tree_scores, trees
from graph_algos.csr import Int64
from graph_algos.ranking_metrics import average_precision, mean_interval
from graph_algos.timed_pairs import NAMES, History, history, timed_features

FILE = "CollegeMsg.txt"
BATCH = 200
# DyGLib's seeds: new nodes 2020, negatives of validation 0, of test 2.
NEW_NODES_SEED, VALIDATION_SEED, TEST_SEED = 2020, 0, 2
NEW_NODES = 0.1
ROUNDS = 600
SERVED = "trees"
# What each model learns to tell events from.
TRAINED_ON = {SERVED: ("random",), "trees, also historical": ("random", "historical")}
SINGLE = {"recency of the pair": "pair_age_of_sent", "count of the pair": "pair_sent"}
AGES = {"pair_age_of_sent"}  # the smaller, the likelier
PROTOCOL = (
    "DyGLib: first 70 % of time trains (without events of a drawn tenth of the nodes), the next 15 % stops the trees, "
    "the last 15 % tests; average precision of batches of 200 events against as many random targets (seed 2) or "
    "historical pairs outside the batch (seed 2), mean over batches with Student's 95 % interval; every feature from "
    "events strictly before the moment. The served trees are"
    " trained and stopped against random targets only, as DyGLib's models are. `trees, also historical` saw historical"
    " pairs in training: an easier task that published figures do not have, not comparable with them."
)


@dataclass(frozen=True, slots=True)
class Events:
    source: Int64
    target: Int64
    times: Floats

    def where(self, mask: NDArray[np.bool_]) -> Events:
        return Events(self.source[mask], self.target[mask], self.times[mask])


def run(data: Path, seed: int = 0) -> dict[str, object]:
    """Average precision with random and with historical negatives; `seed` moves training only."""
    events = read_events(data / FILE)
    count = int(max(events.source.max(), events.target.max())) + 1
    split = np.quantile(events.times, [0.70, 0.85])
    training = _without_new_nodes(events, split[0])
    past = history(events.source, events.target, events.times, node_count=count)
    later, last = events.times > split[0], events.times > split[1]
    watch = events.where(later & ~last)
    models = {}
    for name, kinds in TRAINED_ON.items():
        train, judge = _training_rows(training, count, seed, kinds), _watch_rows(past, events, watch, kinds)
        models[name] = trees(train, seed=seed, rounds=ROUNDS, watch=judge)
    methods: dict[str, dict[str, object]] = {}
    for kind in ("random", "historical"):
        test = events.where(last)
        negatives = sample(events, test, kind, np.random.RandomState(TEST_SEED))
        positive = timed_features(past, test.source, test.target, test.times)
        negative = timed_features(past, negatives.source, negatives.target, negatives.times)
        scores = {name: (tree_scores(one, positive), tree_scores(one, negative)) for name, one in models.items()}
        for name, column in SINGLE.items():
            sign = -1.0 if column in AGES else 1.0
            place = NAMES.index(column)
            scores[name] = (sign * positive[:, place], sign * negative[:, place])
        for name, (good, bad) in scores.items():
            entry = methods.setdefault(name, {"single_signal": name in SINGLE, "ap": {}})
            entry["ap"] |= {kind: mean_interval(batch_precisions(good, bad))}  # type: ignore[operator]
    return {"data": "uci", "protocol": PROTOCOL, "served": SERVED, "seed": seed, "methods": methods}


def read_events(path: Path) -> Events:
    """Events in order of time; ties keep the file's order, which decides batches only."""
    table = np.loadtxt(path, dtype=np.int64, skiprows=1, ndmin=2)
    if table.size == 0 or table.shape[1] != 3 or table.min() < 0:
        raise ValueError(f"{path.name} must hold source, target and time on each line after the first")
    table = table[np.argsort(table[:, 2], kind="stable")]
    return Events(table[:, 0], table[:, 1], table[:, 2].astype(np.float64))


def batch_precisions(positive: Floats, negative: Floats) -> list[float]:
    labels = [1.0, 0.0]
    return [
        average_precision(
            np.repeat(labels, len(positive[start : start + BATCH])),
            np.concatenate((positive[start : start + BATCH], negative[start : start + BATCH])),
        )
        for start in range(0, len(positive), BATCH)
    ]


def sample(known: Events, wanted: Events, kind: str, draw: np.random.RandomState) -> Events:
    """A negative for each event at its time: a random target, or a pair of the past that is not in its batch."""
    if kind == "random":
        targets = np.unique(known.target)
        return Events(wanted.source, targets[draw.randint(0, targets.size, wanted.source.size)], wanted.times)
    width = int(max(known.source.max(), known.target.max())) + 1
    keys = known.source * width + known.target
    pairs, first = np.unique(keys, return_index=True)
    began = known.times[first]
    drawn = []
    for start in range(0, wanted.source.size, BATCH):
        times = wanted.times[start : start + BATCH]
        current = np.unique(
            keys[np.searchsorted(known.times, times[0]) : np.searchsorted(known.times, times[-1], "right")]
        )
        pool = pairs[(began <= times[0]) & ~np.isin(pairs, current)]
        if pool.size < times.size:
            # Too little past: filled with random pairs outside the batch, as in DyGLib.
            extra = draw.choice(np.unique(known.source), 4 * BATCH) * width + draw.choice(
                np.unique(known.target), 4 * BATCH
            )
            pool = np.concatenate((pool, extra[~np.isin(extra, current)][: times.size - pool.size]))
        drawn.append(draw.choice(pool, times.size, replace=pool.size < times.size))
    negative = np.concatenate(drawn)
    return Events(negative // width, negative % width, wanted.times)


def _without_new_nodes(events: Events, until: float) -> Events:
    early = events.times <= until
    later = np.unique(np.concatenate((events.source[~early], events.target[~early])))
    total = np.unique(np.concatenate((events.source, events.target))).size
    new = np.random.default_rng(NEW_NODES_SEED).choice(later, min(later.size, int(NEW_NODES * total)), replace=False)
    return events.where(early & ~np.isin(events.source, new) & ~np.isin(events.target, new))


def _training_rows(training: Events, count: int, seed: int, kinds: tuple[str, ...]) -> Rows:
    past = history(training.source, training.target, training.times, node_count=count)
    draw = np.random.RandomState(seed)
    return _rows(past, training, [sample(training, training, kind, draw) for kind in kinds])


def _watch_rows(past: History, events: Events, watch: Events, kinds: tuple[str, ...]) -> Rows:
    draw = np.random.RandomState(VALIDATION_SEED)
    return _rows(past, watch, [sample(events, watch, kind, draw) for kind in kinds])


def _rows(past: History, positive: Events, negatives: list[Events]) -> Rows:
    tables = [timed_features(past, part.source, part.target, part.times) for part in (positive, *negatives)]
    labels = np.zeros(sum(len(table) for table in tables))
    labels[: len(tables[0])] = 1.0
    return Rows(np.vstack(tables), labels)
