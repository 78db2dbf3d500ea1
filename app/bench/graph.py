"""How fast and how good the graph kernels are, beside igraph and networkx on the same graph.

The peers run in a Python environment of their own, made once in the user's cache folder: igraph is GPL and stays out
of the project's. Everything runs on one core and is timed in seconds of processor time, so that a busy machine does
not favour whoever ran in a quiet moment; only the wait for one answer is timed by the clock.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from graph_algos.centrality import pagerank
from graph_algos.community import leiden, modularity
from graph_algos.csr import Graph, from_edges
from graph_algos.link_prediction import two_hop_top
from graph_algos.warm import warm

Row = dict[str, object]
Answers = dict[str, Any]

GOAL_MEGABYTES = 2_000.0
SEEDS = 10
LARGE_SEEDS = 2  # on the large graph the better time and the better modularity of two seeds, on both sides
TOP = 20
BATCH = 100_000  # nodes of the two-hop batch
SINGLE = 5_000  # nodes asked one by one
PAGERANK_CHANGE = 1e-6  # networkx stops at n · tol: both stop at this change of the whole vector
PEER_PACKAGES = ("igraph==1.0.0", "networkx==3.6.1", "numpy<3", "scipy<2")
PEER_TIMEOUT = 3_600  # seconds: networkx needs minutes to build ten million edges
DATA_NETWORKS = ("USAir", "NS", "PB", "Yeast")
LEIDEN = "igraph Leiden, n_iterations=2 (its default)"

# Reads edges.npy (source and target of each undirected edge once), prints one JSON object.
PEER_SCRIPT = """
import json, random, sys, time
import numpy as np
folder, task = sys.argv[1], json.loads(sys.argv[2])
edges = np.load(folder + "/edges.npy")
count = task["nodes"]
def timed(call):
    began = time.process_time(); found = call(); return time.process_time() - began, found
if task["peer"] == "igraph":
    import igraph
    graph = igraph.Graph(n=count, edges=edges)
    qualities, seconds = [], []
    for seed in range(task["seeds"]):
        random.seed(seed)
        rounds = task["iterations"]
        took, found = timed(lambda: graph.community_leiden(objective_function="modularity", n_iterations=rounds))
        seconds.append(took); qualities.append(found.modularity)
    print(json.dumps({"seconds": min(seconds), "quality": max(qualities)}))
else:
    import networkx
    graph = networkx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(map(tuple, edges.tolist()))
    took, _ = timed(lambda: networkx.pagerank(graph, tol=task["change"] / count, max_iter=1000))
    print(json.dumps({"seconds": took}))
"""


@dataclass(frozen=True, slots=True)
class Against:
    """What a figure is held to: a peer in the same run with the ratio to it, a goal, and whether it holds."""

    peer: str | None = None
    ratio: float | None = None
    goal: str | None = None
    holds: bool | None = None


ALONE = Against()


def run(*, nodes: int = 1_000_000, edges: int = 10_000_000, peers: bool = True) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds}; a graph of a fixed seed, kernels compiled beforehand.

    Without peers the rows that only compare are left out and ratios are None. With them allow ten minutes and 8 GB
    at the full size, nearly all of it for networkx. Data networks are read from `ICRM_DATA` where it is set.
    """
    warm()
    graph = synthetic_graph(nodes, edges)
    rows = _leiden_rows(graph, peers=peers)
    rows += _two_hop_rows(graph)
    rows += _pagerank_rows(graph, peers=peers)
    rows.append(_memory_row())
    return rows + _data_rows(peers=peers)


def synthetic_graph(nodes: int, edges: int, *, seed: int = 0) -> Graph:
    """Communities of Pareto sizes, degrees of Pareto weights, three edges in ten to anywhere; numbered at random."""
    random = np.random.default_rng(seed)
    groups = max(1, nodes // 200)
    size = random.pareto(1.5, groups) + 0.3
    label = np.sort(random.choice(groups, nodes, p=size / size.sum()))
    reach = np.cumsum(np.minimum(random.pareto(1.8, nodes) + 1.0, np.sqrt(nodes)))
    low = np.concatenate(([0.0], reach))[np.searchsorted(label, np.arange(groups))]
    high = np.concatenate(([0.0], reach))[np.searchsorted(label, np.arange(groups), side="right")]
    # A tenth more than asked for: about so many parallel edges and self loops fall out.
    drawn = edges + edges // 10
    source = np.searchsorted(reach, random.random(drawn) * reach[-1]).clip(0, nodes - 1)
    inside = random.random(drawn) > 0.3
    start = np.where(inside, low[label[source]], 0.0)
    end = np.where(inside, high[label[source]], reach[-1])
    target = np.searchsorted(reach, start + random.random(drawn) * (end - start)).clip(0, nodes - 1)
    name = random.permutation(nodes).astype(np.int32)
    return from_edges(name[source], name[target], node_count=nodes)


def _leiden_rows(graph: Graph, *, peers: bool) -> list[Row]:
    tries = [_timed(partial(leiden, graph, seed=seed)) for seed in range(LARGE_SEEDS)]
    seconds = min(took for took, _ in tries)
    quality = max(modularity(graph, labels) for _, labels in tries)
    size = f"{graph.node_count:,} nodes, {graph.edge_count // 2:,} edges"
    if not peers:
        return [_row(f"Leiden, {size}", seconds, "s"), _row("Leiden, modularity", quality, "")]
    other = _peer(graph, {"peer": "igraph", "seeds": LARGE_SEEDS, "iterations": 2})
    ratio, share = other["seconds"] / seconds, quality / other["quality"]
    return [
        _row(f"Leiden, {size}", seconds, "s", Against(LEIDEN, ratio, "≥ 5 × faster", ratio >= 5.0)),
        _row("Leiden, modularity", quality, "", Against(LEIDEN, share, "within 0.1 %", share >= 0.999)),
    ]


def _two_hop_rows(graph: Graph) -> list[Row]:
    random = np.random.default_rng(1)
    batch = random.integers(0, graph.node_count, min(BATCH, graph.node_count))
    reach = np.concatenate(([0], np.cumsum(graph.degrees[graph.indices])))
    read = int((reach[graph.indptr[batch + 1]] - reach[graph.indptr[batch]]).sum())
    del reach
    seconds, _ = _timed(lambda: two_hop_top(graph, batch, count=TOP))
    rate = read / seconds / 1e6
    waits = [_wait(graph, node) for node in batch[:SINGLE]]
    wait = float(np.percentile(waits, 99)) * 1e6
    what = f"two-hop top {TOP}"
    return [
        _row(f"{what}, batch", rate, "M two-hop edges/s", Against(goal="≥ 60", holds=rate >= 60.0)),
        _row(f"{what}, one node, p99", wait, "µs", Against(goal="≤ 500 µs", holds=wait <= 500.0)),
    ]


def _pagerank_rows(graph: Graph, *, peers: bool) -> list[Row]:
    seconds, _ = _timed(lambda: pagerank(graph, tolerance=PAGERANK_CHANGE))
    what = f"PageRank to a change of {PAGERANK_CHANGE:g}"
    if not peers:
        return [_row(what, seconds, "s")]
    ratio = _peer(graph, {"peer": "networkx", "change": PAGERANK_CHANGE})["seconds"] / seconds
    name = "networkx.pagerank, its graph built beforehand"
    return [_row(what, seconds, "s", Against(name, ratio, "≥ 20 × faster", ratio >= 20.0))]


def _memory_row() -> Row:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    what = "resident memory at its highest, input drawn in the same process"
    return _row(what, peak, "MB", Against(goal="≤ 2 GB", holds=peak <= GOAL_MEGABYTES))


def _data_rows(*, peers: bool) -> list[Row]:
    """Best of ten seeds on the public networks, igraph run until stable."""
    rows = []
    for name, graph in _data_graphs().items():
        quality = max(modularity(graph, leiden(graph, seed=seed)) for seed in range(SEEDS))
        what = f"Leiden, modularity on {name}, best of {SEEDS} seeds"
        if not peers:
            rows.append(_row(what, quality, ""))
            continue
        best = _peer(graph, {"peer": "igraph", "seeds": SEEDS, "iterations": -1})["quality"]
        peer = f"igraph Leiden until stable, best of {SEEDS} seeds"
        share = quality / best
        rows.append(_row(what, quality, "", Against(peer, share, "within 0.1 %", share >= 0.999)))
    return rows


def _data_graphs() -> dict[str, Graph]:
    folder = Path(os.environ.get("ICRM_DATA", "../shared/data"))
    graphs = {}
    email = folder / "email_eu" / "email-Eu-core.txt"
    if email.is_file():
        ends = np.loadtxt(email, dtype=np.int64)
        graphs["email-Eu-core"] = from_edges(ends[:, 0], ends[:, 1], node_count=int(ends.max()) + 1)
    for name in DATA_NETWORKS:
        path = folder / "seal" / f"{name}.mat"
        if path.is_file():
            matrix = scipy.io.loadmat(path)["net"].tocoo()
            graphs[name] = from_edges(matrix.row, matrix.col, node_count=matrix.shape[0])
    return graphs


def _peer(graph: Graph, task: Answers) -> Answers:
    """The peer's answer, from a child process that reads the graph's edges from a file."""
    source: NDArray[np.int32] = np.repeat(np.arange(graph.node_count, dtype=np.int32), graph.degrees)
    once = source < graph.indices
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "edges.npy", np.stack((source[once], graph.indices[once]), axis=1))
        command = [str(peer_python()), "-c", PEER_SCRIPT, folder, json.dumps(task | {"nodes": graph.node_count})]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PEER_TIMEOUT)  # noqa: S603
    answers: Answers = json.loads(done.stdout)
    return answers


def peer_python() -> Path:
    """The interpreter of the peers' environment, made on first use."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "icrm" / "bench-peers"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if not (ready.is_file() and ready.read_text() == " ".join(PEER_PACKAGES)):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)  # noqa: S603
        ready.write_text(" ".join(PEER_PACKAGES))
    return python


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    answer = call()
    return time.process_time() - began, answer


def _wait(graph: Graph, node: int) -> float:
    began = time.perf_counter()
    two_hop_top(graph, [node], count=TOP)
    return time.perf_counter() - began


def _row(what: str, value: float, unit: str, against: Against = ALONE) -> Row:
    return {"what": what, "value": float(value), "unit": unit, **asdict(against)}
