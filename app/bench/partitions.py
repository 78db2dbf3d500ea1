"""How good our partitions are on public networks, beside igraph's Leiden and the two of Graph Data Science.

Every partition is judged by our own modularity on the same undirected simple graph, the best of ten starts each.
"""

import csv
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import ArrayLike

from app.bench.gds_partitions import STARTS, GdsPartitions, open_gds
from app.bench.peers import peer_answers
from app.bench.rows import Against, Row, row
from app.domain.errors import IcrmError
from graph_algos.community import leiden, modularity
from graph_algos.csr import Graph, from_edges

NETWORKS = ("USAir", "NS", "PB", "Yeast")
LARGEST_FOR_GDS = 100_000  # nodes: above, sending the graph over Bolt takes longer than everything else
LEAST_SHARE = 0.999  # of the best peer's modularity


def data_rows(*, peers: bool) -> list[Row]:
    """Best of ten seeds on each network: one row for each peer, and one for the best of them."""
    graphs = data_graphs()
    if not peers or not graphs:
        return [row(_what(name), _ours(graph), "") for name, graph in graphs.items()]
    try:
        with open_gds() as gds:
            return [line for name, graph in graphs.items() for line in _against(name, graph, gds)]
    except IcrmError as error:
        sys.stderr.write(f"NO NEO4J: the lines of Graph Data Science are left out. {error}\n")
        return [line for name, graph in graphs.items() for line in _against(name, graph, None)]


def data_graphs() -> dict[str, Graph]:
    """The networks of `ICRM_DATA` as undirected simple graphs; those that are not there are left out."""
    folder = Path(os.environ.get("ICRM_DATA", "../shared/data"))
    graphs = {}
    for name, read in _FILES.items():
        path = folder / name
        if path.is_file():
            graphs[path.stem] = read(path)
    return graphs


def _against(name: str, graph: Graph, gds: GdsPartitions | None) -> Iterator[Row]:
    quality, what = _ours(graph), _what(name)
    bests: dict[str, float] = {}
    found = peer_answers(graph, {"peer": "igraph", "seeds": STARTS, "iterations": -1})
    bests["igraph Leiden until stable"] = found["quality"]
    if gds is not None and graph.node_count <= LARGEST_FOR_GDS:
        bests |= {f"GDS {method}": best for method, best in gds.best(graph).items()}
    for peer, best in bests.items():
        yield row(
            what, quality, "", Against(f"{peer}: {best:.5f}", quality / best, "within 0.1 %", _holds(quality, best))
        )
    if gds is None:
        yield row(what, quality, "", Against("GDS: NOT MEASURED, no Neo4j", None, "within 0.1 %", None))


def _holds(quality: float, best: float) -> bool:
    return quality >= LEAST_SHARE * best


def _ours(graph: Graph) -> float:
    return max(modularity(graph, leiden(graph, seed=seed)) for seed in range(STARTS))


def _what(name: str) -> str:
    return f"Leiden, modularity on {name}, best of {STARTS}"


def _matrix(path: Path) -> Graph:
    cells = scipy.io.loadmat(path)["net"].tocoo()
    return from_edges(cells.row, cells.col, node_count=cells.shape[0])


def _pairs(separator: str, *, header: bool) -> Callable[[Path], Graph]:
    """A reader of the first two columns, whatever they name."""

    def read(path: Path) -> Graph:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter=separator)
            if header:
                next(lines)
            return _simple([line[:2] for line in lines])

    return read


def _simple(ends: ArrayLike) -> Graph:
    names, places = np.unique(np.asarray(ends), return_inverse=True)
    one, other = places.reshape(-1, 2).T
    return from_edges(one, other, node_count=len(names))


_FILES: Mapping[str, Callable[[Path], Graph]] = {
    "email_eu/email-Eu-core.txt": _pairs(" ", header=False),
    **{f"seal/{name}.mat": _matrix for name in NETWORKS},
    "bitcoin/soc-sign-bitcoinalpha.csv": _pairs(",", header=True),
    "uci/CollegeMsg.txt": _pairs(" ", header=True),
}
