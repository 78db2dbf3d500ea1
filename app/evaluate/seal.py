"""Link prediction on SEAL's published networks and splits: `icrm evaluate seal`.

Every split gives training links, test links and as many test pairs without one. Learned from: training links with
their own link hidden, and pairs that are no training links, drawn here. Nothing is read of the whole network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from app.analytics.gds import Server
from app.domain.errors import Misconfigured, TooLarge, Unavailable
from app.evaluate import gds_links
from app.evaluate.boosted import Floats, Rows, best_share, both, one_blas_thread
from app.ports.outside import Progress, silent
from graph_algos.community import leiden
from graph_algos.csr import Graph, Int64, from_edges
from graph_algos.pair_features import NAMES, Limits, Topology, block_columns, pair_features, topology
from graph_algos.ranking_metrics import auc, mean_interval

SINGLE = {
    "common neighbours": "common_neighbours",
    "adamic-adar": "adamic_adar",
    "resource allocation": "resource_allocation",
    "jaccard": "jaccard",
    "L3": "l3",
    "preferential attachment": "degree_product",
    "personalised pagerank": "pagerank_max",
}
SERVED = "blend"
# Pairs without a link drawn for each training link; at most this many rows, so that a dense network ends in time.
NEGATIVES, MOST_ROWS = 2, 21_000
# Communities of training links are found without them, a fifth of the links at a time.
FOLDS = 5
# Share of the training links that choose the blend.
HELD_OUT = 0.2
# Splits are independent and the kernels run without the interpreter's lock: two at a time end a run in time.
THREADS = 2
RESOLUTION = 1.0
# Walks and pairs are read whole; PageRank stops earlier than in a service without haste, so that a run ends in time.
LIMITS = Limits(walk=20_000_000, push=150_000, pair=1_000_000)
SPLIT = re.compile(r"(.+)_split_(\d+)\.mat")
PROTOCOL = (
    "SEAL's ten splits of each network, 90/10, as published; AUC of test links against as many pairs without one; "
    "mean over splits with Student's 95 % interval; training pairs without a link drawn with a fixed seed, links "
    "scored with themselves hidden; the blend of trees and regression is "
    "chosen on a fifth of the training links, taken out of the graph as test links are; `below_served` is the "
    "mean of the differences on the same splits; GDS pipeline: FastRP and Hadamard product, logistic regression or "
    "random forest as the server chooses, trained by it on the same training links."
)


@dataclass(frozen=True, slots=True, order=True)
class Task:
    network: str
    number: int
    path: Path


@dataclass(frozen=True, slots=True)
class Split:
    node_count: int
    train: Int64
    positives: Int64
    negatives: Int64


def run(data: Path, seed: int = 0, *, server: Server | None = None, progress: Progress = silent) -> dict[str, object]:
    """The result file's content for every NETWORK_split_N.mat in the folder; `below_served` holds the
    paired differences, `left_out` says why a method is missing.

    Raises FileNotFoundError where there is none.
    """
    tasks = _tasks(data)
    with one_blas_thread(), ThreadPoolExecutor(THREADS) as pool:
        figures = list(pool.map(lambda task: evaluate_split(read_split(task.path), seed=seed + task.number), tasks))
    left_out = {}
    try:
        for row, value in zip(figures, _by_pipeline(tasks, server, seed, progress), strict=True):
            row[gds_links.NAME] = value
    except (Misconfigured, Unavailable, TooLarge) as error:
        left_out[gds_links.NAME] = f"{error.message} {error.remedy}"
    methods, below = {}, {}
    for name in figures[0]:
        auc_of = _by_network(tasks, [row[name] for row in figures])
        methods[name] = {"single_signal": name in SINGLE, "auc": auc_of}
        if name != SERVED:
            below[name] = _by_network(tasks, [row[SERVED] - row[name] for row in figures])
    return {
        "data": "seal",
        "protocol": PROTOCOL,
        "served": SERVED,
        "seed": seed,
        "methods": methods,
        "below_served": below,
        "left_out": left_out,
    }


def _tasks(data: Path) -> list[Task]:
    found = [(path, SPLIT.fullmatch(path.name)) for path in data.glob("*_split_*.mat")]
    tasks = sorted(Task(match[1], int(match[2]), path) for path, match in found if match)
    if not tasks:
        raise FileNotFoundError("no NETWORK_split_N.mat in this folder")
    return tasks


def _by_pipeline(tasks: Sequence[Task], server: Server | None, seed: int, progress: Progress) -> list[float]:
    """AUC of Graph Data Science on each split; all or nothing, so that its means compare with those of the others."""
    found = []
    with gds_links.open_pipeline(server) as gds:
        for done, task in enumerate(tasks):
            progress(f"seal: {gds_links.NAME}", done, len(tasks))
            split = read_split(task.path)
            graph = from_edges(split.train[:, 0], split.train[:, 1], node_count=split.node_count)
            pairs = np.vstack((split.positives, split.negatives))
            labels = np.repeat([1.0, 0.0], [len(split.positives), len(split.negatives)])
            found.append(auc(labels, gds_links.pair_probabilities(gds, graph, pairs, seed=seed + task.number)))
    return found


def _by_network(tasks: Sequence[Task], values: Sequence[float]) -> dict[str, dict[str, float]]:
    networks = [(task.network, value) for task, value in zip(tasks, values, strict=True)]
    return {
        network: mean_interval([value for _, value in part])
        for network, part in groupby(networks, key=lambda pair: pair[0])
    }


def read_split(path: Path) -> Split:
    """One split; indexes begin with 0."""
    content = loadmat(path)
    parts = [np.asarray(content[key], dtype=np.int64) - 1 for key in ("train_pos", "test_pos", "test_neg")]
    # The highest index of the published pairs; nodes beyond have no link and are in no pair.
    return Split(int(max(part.max() for part in parts)) + 1, *parts)


def evaluate_split(split: Split, *, seed: int) -> dict[str, float]:
    """AUC of every method on one split."""
    graph = from_edges(split.train[:, 0], split.train[:, 1], node_count=split.node_count)
    known = topology(graph, leiden(graph, resolution=RESOLUTION, seed=seed))
    train, test = learning_tables(known, split.train, np.vstack((split.positives, split.negatives)), seed=seed)
    labels = np.repeat([1.0, 0.0], [len(split.positives), len(split.negatives)])
    result = {name: auc(labels, test[:, NAMES.index(column)]) for name, column in SINGLE.items()}
    share = chosen_share(known.graph, split.train, seed=seed)
    by_trees, by_line = both(train, test, seed=seed)
    result["trees"], result["regression"] = auc(labels, by_trees), auc(labels, by_line)
    result[SERVED] = auc(labels, share * by_trees + (1 - share) * by_line)
    return result


def chosen_share(graph: Graph, links: Int64, *, seed: int) -> float:
    """The trees' share that ranks best a fifth of the training links, taken out as the test links were.

    Held-out rows of the training table would not do: hiding a link lowers its ends' degrees by one, by which trees
    tell links of a hub from its other pairs, in such rows and never in a test.
    """
    rng = np.random.default_rng(seed)
    held = rng.random(len(links)) < HELD_OUT
    if held.all() or not held.any():
        return 0.5
    rest, judged = links[~held], links[held]
    without = from_edges(rest[:, 0], rest[:, 1], node_count=graph.node_count)
    known = topology(without, leiden(without, resolution=RESOLUTION, seed=seed))
    none = unlinked(graph, len(judged), rng)
    if not len(none):
        return 0.5
    train, features = learning_tables(known, rest, np.vstack((judged, none)), seed=seed)
    labels = np.repeat([1.0, 0.0], [len(judged), len(none)])
    return best_share(labels, *both(train, features, seed=seed))


def learning_tables(known: Topology, links: Int64, judged: Int64, *, seed: int) -> tuple[Rows, Floats]:
    """Training rows and the table of the judged pairs, which have no link in this graph.

    Training rows are links with themselves hidden and drawn pairs without one, each beside communities found without
    its fold. Both come of one call, because walks from a node serve all its pairs.
    """
    rng = np.random.default_rng(seed)
    kept = links
    if len(links) * (1 + NEGATIVES) > MOST_ROWS:
        kept = links[np.sort(rng.choice(len(links), MOST_ROWS // (1 + NEGATIVES), replace=False))]
    none = unlinked(known.graph, len(kept) * NEGATIVES, rng)
    pairs = np.vstack((kept, none))
    table = pair_features(known, np.vstack((pairs, judged)), hide_own_edge=True, limits=LIMITS)
    features = table[: len(pairs)]
    features[:, -2:] = _fold_blocks(known.graph, links, pairs, rng)
    return Rows(features, np.repeat([1.0, 0.0], [len(kept), len(none)])), table[len(pairs) :]


def unlinked(graph: Graph, count: int, rng: np.random.Generator) -> Int64:
    """Distinct pairs without a link, evenly drawn; fewer where the graph has fewer."""
    n = graph.node_count
    tails = np.repeat(np.arange(n), graph.degrees)
    taken = np.unique(tails * n + graph.indices)
    drawn = np.empty(0, dtype=np.int64)
    for _ in range(50):
        ends = rng.integers(0, n, (2 * count + 16, 2))
        low, high = ends.min(axis=1), ends.max(axis=1)
        keys = (low * n + high)[low < high]
        drawn = np.concatenate((drawn, keys[~np.isin(keys, taken)]))
        # Distinct in the order of drawing: sorting first would keep the small indexes.
        drawn = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
        if drawn.size >= count:
            break
    return np.column_stack((drawn[:count] // n, drawn[:count] % n))


def _fold_blocks(graph: Graph, links: Int64, pairs: Int64, rng: np.random.Generator) -> Floats:
    """Block columns of each pair in the graph without its whole fold, scaled to all links.

    Taking away only the pair's own link gives itself away: of all pairs between two communities exactly the links
    would lie 1 / possible lower, a fingerprint that trees find (AUC 99.9 in training, 90.9 on political blogs).
    """
    columns = np.zeros((len(pairs), 2))
    fold_of_link: NDArray[np.int64] = rng.integers(0, FOLDS, len(links))
    n = graph.node_count
    keys = links.min(axis=1) * n + links.max(axis=1)
    order = np.argsort(keys)
    wanted = pairs.min(axis=1) * n + pairs.max(axis=1)
    places = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    linked = keys[order][places] == wanted
    folds = np.where(linked, fold_of_link[order][places], rng.integers(0, FOLDS, len(pairs)))
    for fold in range(FOLDS):
        rest, here = links[fold_of_link != fold], folds == fold
        without = from_edges(rest[:, 0], rest[:, 1], node_count=n)
        labels = leiden(without, resolution=RESOLUTION, seed=fold)
        columns[here] = block_columns(without, labels, pairs[here])
        columns[here, 1] *= len(links) / max(1, len(rest))
    return columns
