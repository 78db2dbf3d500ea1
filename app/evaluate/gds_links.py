"""Graph Data Science's link-prediction pipeline as one more method: FastRP, Hadamard product, and the better of
logistic regression and random forest, trained by the server on the links it is sent.

The server predicts among all nodes of a label, never for given pairs, and keeps the best `top_n` in a list sorted by
insertion: time grows with the square of all pairs. So pairs are asked for in groups, a label for the nodes of each; all
pairs of a group are predicted and those asked for are looked up: the same model and scores as of one run over all.
https://neo4j.com/docs/graph-data-science/current/machine-learning/linkprediction-pipelines/
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from app.analytics.gds import TIED, Server, afford, open_client, sent
from app.analytics.gds_progress import followed
from app.domain.errors import GraphUnreachable, IcrmError, Misconfigured
from app.evaluate.boosted import Floats
from app.ports.outside import silent
from app.settings import AnalyticsEngine, Settings
from graph_algos.csr import Graph, Int64

NAME = "GDS pipeline"
DIMENSION = 128
# The client's defaults, written down: a tenth of the links for the server's own test, a tenth of the rest to learn from
# and the others for the embedding.
SPLIT = {"test_fraction": 0.1, "train_fraction": 0.1, "validation_folds": 3}
PENALTIES = (0.0, 1.0)
# On political blogs a hundred trees without bounds run over a transaction's 60 s, these take 11 s; fifty take 20 s for
# .004 more AUCPR in the server's own validation.
FOREST = {"number_of_decision_trees": 25, "max_depth": 10, "min_leaf_size": 5, "min_split_size": 10}
GROUP = 50  # pairs: some 70 nodes, 2,500 rows a call
ALL, GROUPED = "Node", "Group"


def server_of(settings: Settings) -> Server | None:
    """None where the graph is embedded, or the user wants no algorithm to run in the database."""
    password = settings.graph_password
    if settings.graph_url.startswith("embedded:") or password is None or settings.analytics is AnalyticsEngine.LOCAL:
        return None
    return Server(settings.graph_url, settings.graph_user, password.get_secret_value(), settings.graph_database)


@contextmanager
def open_pipeline(server: Server | None) -> Iterator[Any]:
    """A client of the server. Misconfigured without one, GraphUnreachable when it or its driver fails."""
    if server is None:
        raise Misconfigured(
            "It runs in a Neo4j with Graph Data Science, and none is set, or ICRM_ANALYTICS=local.",
            remedy="`icrm neo4j start` starts one and says what to set.",
        )
    with open_client(server) as gds:
        try:
            yield gds
        except IcrmError:
            raise
        except Exception as error:  # the client passes the driver's errors on, and only the store may import the driver
            if type(error).__module__.partition(".")[0] != "neo4j":
                raise
            raise GraphUnreachable(
                "Graph Data Science did not finish the pipeline.",
                remedy="Look into the server's log; its catalogue may be full of models.",
            ) from error


def pair_probabilities(gds: Any, links: Graph, pairs: Int64, *, seed: int) -> Floats:
    """P(link) of pairs int64[k, 2] that have none in `links`, by a pipeline trained on `links`: float64[k], the same on
    every run. Leaves nothing in the server's catalogues. ValueError for a pair that is a link or a node with itself.
    """
    asked = np.sort(pairs, axis=1)
    groups = grouped(asked)
    with sent(gds, links, labels=_labels(asked, groups, links.node_count)) as graph, ExitStack() as drops:
        # Each is dropped although another would fail.
        for catalogue in (gds.pipeline, gds.model):
            drops.callback(catalogue.drop, graph.name(), fail_if_missing=False)
        model = _trained(gds, graph, seed)
        found = np.empty(len(asked))
        for number, rows in enumerate(groups):
            found[rows] = _predicted(model, graph, f"{GROUPED}{number}", asked[rows])
    return found


def grouped(asked: Int64) -> list[Int64]:
    """Rows of pairs by their lower end, so that a group has few nodes."""
    order = np.argsort(asked[:, 0], kind="stable")
    return [order[start : start + GROUP] for start in range(0, len(order), GROUP)]


def _labels(asked: Int64, groups: list[Int64], node_count: int) -> list[list[str]]:
    labels = [[ALL] for _ in range(node_count)]
    for number, rows in enumerate(groups):
        for node in np.unique(asked[rows]):
            labels[node].append(f"{GROUPED}{number}")
    return labels


def _trained(gds: Any, graph: Any, seed: int) -> Any:
    """One thread everywhere: with more, sums come in another order on every run."""
    pipeline, _ = gds.pipeline.link_prediction.create(graph.name())
    pipeline.add_node_property(
        "fastRP",
        mutate_property="embedding",
        embedding_dimension=DIMENSION,
        random_seed=seed,
        concurrency=1,
        context_node_labels=[ALL],
    )
    pipeline.add_feature("hadamard", node_properties=["embedding"])
    pipeline.configure_split(**SPLIT)
    for penalty in PENALTIES:
        pipeline.add_logistic_regression(penalty=penalty)
    pipeline.add_random_forest(**FOREST)
    options = {
        "model_name": graph.name(),
        "target_relationship_type": TIED,
        "metrics": ["AUCPR"],
        "random_seed": seed,
        "concurrency": 1,
    }
    afford(pipeline.train_estimate(graph, **options), "link prediction")
    model, _ = followed(gds, NAME, silent, lambda job_id: pipeline.train(graph, job_id=job_id, **options))
    return model


def _predicted(model: Any, graph: Any, label: str, asked: Int64) -> Floats:
    count = len(np.unique(asked))
    rows = model.predict_stream(
        graph,
        source_node_label=label,
        target_node_label=label,
        threshold=0.0,
        top_n=count * (count - 1) // 2,
        concurrency=1,
    )
    said = np.sort(rows[["node1", "node2"]].to_numpy(dtype=np.int64), axis=1)
    keys, wanted = (ends[:, 0] * graph.node_count() + ends[:, 1] for ends in (said, asked))
    order = np.argsort(keys)
    places = np.searchsorted(keys[order], wanted)
    if not np.isin(wanted, keys).all():
        raise ValueError("a pair to judge is a link already")
    found: Floats = rows["probability"].to_numpy(dtype=np.float64)[order][places]
    return found
