"""igraph and networkx on a graph of ours, in a Python environment of their own that only a bench makes."""

import json
import os
import subprocess
import tempfile
import venv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_algos.csr import Graph

Answers = dict[str, Any]

PEER_PACKAGES = ("igraph==1.0.0", "networkx==3.6.1", "numpy<3", "scipy<2")
PEER_TIMEOUT = 3_600  # seconds: networkx needs minutes to build ten million edges

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


def peer_answers(graph: Graph, task: Answers) -> Answers:
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
