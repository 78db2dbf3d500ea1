"""The server's link-prediction pipeline as a baseline: really trained there, on the links sent, and nothing stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from app.analytics.gds import PREFIX, Server, open_client, sweep
from app.domain.errors import GraphUnreachable, TooLarge
from app.evaluate import evaluate, gds_links, seal
from app.ports.outside import silent
from graph_algos.csr import Graph, from_edges
from graph_algos.ranking_metrics import auc
from tests.engines import Engine

pytestmark = pytest.mark.parametrize("engine", ["neo4j"], indirect=True, scope="session")  # GDS runs there
NODES, HELD = 60, 40


def two_circles(seed: int) -> dict[str, Any]:
    """SEAL's parts of a network of two circles, dense inside and thin between."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(a, b) for a in range(NODES) for b in range(a + 1, NODES)])
    inside = pairs[:, 0] % 2 == pairs[:, 1] % 2
    linked = rng.random(len(pairs)) < np.where(inside, 0.5, 0.02)
    positive, negative = rng.permutation(pairs[linked]), rng.permutation(pairs[~linked])
    turned = negative[:HELD, ::-1]  # the order of a pair's ends says nothing
    return {"train_pos": positive[HELD:], "test_pos": positive[:HELD], "test_neg": turned}


def links_and_pairs() -> tuple[Graph, Any]:
    parts = two_circles(1)
    links = from_edges(parts["train_pos"][:, 0], parts["train_pos"][:, 1], node_count=NODES)
    return links, np.vstack((parts["test_pos"], parts["test_neg"]))


@pytest.fixture(scope="module")
def server(engine: Engine) -> Server:
    return Server(engine.url, engine.user or "", engine.password or "", "neo4j")


@pytest.fixture(scope="module")
def gds(server: Server) -> Iterator[Any]:
    with open_client(server) as client:
        yield client


def catalogues(gds: Any) -> tuple[int, int, int]:
    return len(gds.graph.list()), len(gds.pipeline.list()), len(gds.model.list())


def test_links_inside_a_circle_are_the_likelier_and_a_seed_repeats_them(gds: Any):
    links, pairs = links_and_pairs()
    found = gds_links.pair_probabilities(gds, links, pairs, seed=1)
    assert ((found >= 0.0) & (found <= 1.0)).all()
    assert auc(np.repeat([1.0, 0.0], HELD), found) > 0.7
    assert found.tobytes() == gds_links.pair_probabilities(gds, links, pairs, seed=1).tobytes()
    assert found.tobytes() != gds_links.pair_probabilities(gds, links, pairs, seed=2).tobytes()


def test_pairs_asked_for_in_groups_score_as_in_one_run_over_all(gds: Any, monkeypatch: pytest.MonkeyPatch):
    links, pairs = links_and_pairs()
    monkeypatch.setattr(gds_links, "GROUP", 7)
    few = gds_links.pair_probabilities(gds, links, pairs, seed=1)
    monkeypatch.setattr(gds_links, "GROUP", len(pairs))
    assert few.tobytes() == gds_links.pair_probabilities(gds, links, pairs, seed=1).tobytes()


def test_the_server_learns_from_the_links_it_was_sent(gds: Any):
    """Would fail if the judged pairs, or the pairs of another network, reached the training."""
    links, pairs = links_and_pairs()
    tails = np.repeat(np.arange(NODES), links.degrees)
    once = tails < links.indices
    moved = np.random.default_rng(0).permutation(NODES)
    elsewhere = from_edges(moved[tails[once]], moved[links.indices[once]], node_count=NODES)
    inside = {tuple(sorted(pair)) for pair in zip(*(moved[part[once]] for part in (tails, links.indices)), strict=True)}
    free = np.array([pair for pair in pairs.tolist() if tuple(sorted(pair)) not in inside])
    labels = np.array([float(one % 2 == other % 2) for one, other in free])
    found = gds_links.pair_probabilities(gds, elsewhere, free, seed=1)
    assert auc(labels, found) < 0.7  # circles of the network that was not sent


def test_nothing_stays_in_the_catalogues_also_when_a_run_fails(gds: Any, monkeypatch: pytest.MonkeyPatch):
    links, pairs = links_and_pairs()
    predicted, seen = gds_links._predicted, []

    def watched(*arguments: Any) -> Any:
        seen.append(catalogues(gds))
        if len(seen) == 2:
            raise RuntimeError("half-way")
        return predicted(*arguments)

    monkeypatch.setattr(gds_links, "_predicted", watched)
    before = catalogues(gds)
    with pytest.raises(RuntimeError, match="half-way"):
        gds_links.pair_probabilities(gds, links, pairs, seed=1)
    assert seen == [tuple(count + 1 for count in before)] * 2
    assert catalogues(gds) == before


def test_what_a_killed_run_left_is_swept_by_age(gds: Any):
    gds.pipeline.link_prediction.create(f"{PREFIX}orphan")
    gds.pipeline.link_prediction.create("somebody-elses")
    try:
        assert sweep(gds, older_than=timedelta(hours=1)) == 0
        assert sweep(gds, older_than=timedelta(0)) == 1
        assert [one.pipeline_name for one in gds.pipeline.list()] == ["somebody-elses"]
    finally:
        gds.pipeline.drop("somebody-elses")


def test_a_pair_that_is_a_link_already_is_refused(gds: Any):
    links, pairs = links_and_pairs()
    known = np.array([[0, links.indices[0]]])
    with pytest.raises(ValueError, match="already"):
        gds_links.pair_probabilities(gds, links, np.vstack((pairs, known)), seed=1)


def test_the_table_has_it_beside_the_others_on_the_same_splits(server: Server, gds: Any, tmp_path: Path):
    pytest.importorskip("lightgbm", reason="extra [ranker] is not installed")
    for number in (1, 2):
        parts = two_circles(number)
        savemat(tmp_path / f"Circles_split_{number}.mat", {name: part + 1 for name, part in parts.items()})
    found = evaluate("seal", tmp_path, seed=3, progress=silent, server=server)
    assert found["left_out"] == {}
    figure = found["methods"][gds_links.NAME]["auc"]["Circles"]
    below = found["below_served"][gds_links.NAME]["Circles"]
    served = found["methods"][seal.SERVED]["auc"]["Circles"]
    assert below["mean"] == pytest.approx(served["mean"] - figure["mean"])
    singly = []
    for number in (1, 2):
        split = seal.read_split(tmp_path / f"Circles_split_{number}.mat")
        links = from_edges(split.train[:, 0], split.train[:, 1], node_count=split.node_count)
        pairs = np.vstack((split.positives, split.negatives))
        said = gds_links.pair_probabilities(gds, links, pairs, seed=3 + number)
        singly.append(auc(np.repeat([1.0, 0.0], HELD), said))
    assert figure["mean"] == pytest.approx(np.mean(singly))


def test_a_run_that_the_server_refuses_leaves_it_out_with_the_reason(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    savemat(tmp_path / "Circles_split_1.mat", {name: part + 1 for name, part in two_circles(1).items()})
    monkeypatch.setattr("app.analytics.gds.MEMORY_SHARE", -1.0)
    found = seal.run(tmp_path, server=server)
    assert "more than it may take" in found["left_out"][gds_links.NAME]  # type: ignore[index]
    assert gds_links.NAME not in found["methods"]  # type: ignore[operator]


def test_words_of_the_driver_do_not_come_through(server: Server):
    with pytest.raises(GraphUnreachable) as refused, gds_links.open_pipeline(server) as gds:
        gds.run_cypher("RETURN secret")
    assert "secret" not in f"{refused.value} {refused.value.remedy}"
    with pytest.raises(TooLarge), gds_links.open_pipeline(server):
        raise TooLarge("as it is")
