"""Evaluations of links: nothing of the future, nothing of the answer, the same bytes for the same seed."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.io import savemat

from app import cli
from app.analytics.gds import Server
from app.domain.errors import BadInput
from app.evaluate import LINKS, bitcoin, email_eu, evaluate, gds_links, links_page, seal, server_of, uci
from app.ports.outside import silent
from app.settings import AnalyticsEngine, Settings
from graph_algos.csr import from_edges
from graph_algos.ranking_metrics import mean_interval
from graph_algos.timed_pairs import NAMES, history, timed_features

LIGHTGBM = pytest.importorskip("lightgbm", reason="extra [ranker] is not installed")


def published(folder: str) -> Path:
    root = os.environ.get("ICRM_DATA")
    if root is None or not (Path(root) / folder).is_dir():
        pytest.skip(f"ICRM_DATA does not name a folder with {folder}: published figures are NOT checked")
    return Path(root) / folder


def events(count=400, nodes=25, seed=3):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.integers(0, 5_000, count)).astype(np.float64)
    return uci.Events(rng.integers(0, nodes, count), rng.integers(0, nodes, count), times)


def test_shuffling_the_future_moves_no_feature_of_the_past():
    known, now = events(), 2_500.0
    later = known.times >= now
    rng = np.random.default_rng(1)
    order = rng.permutation(np.flatnonzero(later))
    shuffled_source, shuffled_target = known.source.copy(), known.target.copy()
    shuffled_source[later], shuffled_target[later] = known.source[order], known.target[rng.permutation(order)]
    early = known.where(known.times <= now)
    before = history(known.source, known.target, known.times, node_count=25)
    after = history(shuffled_source, shuffled_target, known.times, node_count=25)
    queries = (early.source, early.target, early.times)
    assert timed_features(before, *queries).tobytes() == timed_features(after, *queries).tobytes()


def test_an_event_at_the_moment_itself_is_not_known():
    past = history([0, 0], [1, 1], [5.0, 9.0], node_count=2)
    table = timed_features(past, [0, 0, 0], [1, 1, 1], [5.0, 9.0, 10.0])
    assert table[:, NAMES.index("pair_sent")].tolist() == [0.0, 1.0, 2.0]
    assert table[2, NAMES.index("pair_age_of_sent")] == 1.0
    assert np.isfinite(table).all()


def test_historical_negatives_are_pairs_of_the_past_outside_their_batch():
    known = events(count=1_000, nodes=60)
    test = known.where(known.times > 4_000)
    drawn = uci.sample(known, test, "historical", np.random.RandomState(2))
    for start in range(0, test.source.size, uci.BATCH):
        times = test.times[start : start + uci.BATCH]
        inside = (known.times >= times[0]) & (known.times <= times[-1])
        batch = set(zip(known.source[inside].tolist(), known.target[inside].tolist(), strict=True))
        past = set(zip(*(part[known.times <= times[0]].tolist() for part in (known.source, known.target)), strict=True))
        part = slice(start, start + uci.BATCH)
        negatives = list(zip(drawn.source[part].tolist(), drawn.target[part].tolist(), strict=True))
        assert not batch & set(negatives)
        assert set(negatives) <= past
    assert (drawn.times == test.times).all()


def test_drawn_pairs_have_no_link_and_do_not_repeat():
    graph = from_edges([0, 0, 1, 2], [1, 2, 2, 3], node_count=5)
    pairs = [tuple(pair) for pair in seal.unlinked(graph, 50, np.random.default_rng(0)).tolist()]
    assert sorted(pairs) == [(0, 3), (0, 4), (1, 3), (1, 4), (2, 4), (3, 4)]


def write_split(folder: Path, number: int) -> None:
    rng = np.random.default_rng(number)
    block = np.repeat([0, 1], 20)
    pairs = np.array([(a, b) for a in range(40) for b in range(a + 1, 40)])
    linked = rng.random(len(pairs)) < np.where(block[pairs[:, 0]] == block[pairs[:, 1]], 0.4, 0.04)
    positive, negative = rng.permutation(pairs[linked]), rng.permutation(pairs[~linked])
    parts = {
        "train_pos": positive[20:],
        "test_pos": positive[:20],
        "test_neg": negative[:20],
        "train_neg": negative[20:40],
    }
    savemat(folder / f"Blocks_split_{number}.mat", {name: (part + 1).astype(np.uint16) for name, part in parts.items()})


def test_seal_gives_the_same_bytes_twice_and_every_baseline(tmp_path):
    write_split(tmp_path, 1)
    write_split(tmp_path, 2)
    result = evaluate("seal", tmp_path, seed=0, progress=silent)
    assert json.dumps(seal.run(tmp_path), sort_keys=True) == json.dumps(result, sort_keys=True)
    assert set(result["methods"]) == {*seal.SINGLE, "trees", "regression", "blend"}
    served = result["methods"][result["served"]]["auc"]["Blocks"]
    assert 0.6 < served["mean"] <= 1.0


def test_without_a_server_its_pipeline_is_left_out_and_the_reader_told_how_to_have_it(tmp_path):
    write_split(tmp_path, 1)
    found = seal.run(tmp_path)
    assert "icrm neo4j start" in found["left_out"][gds_links.NAME]
    silent_server = Server("bolt://127.0.0.1:9", "neo4j", "secret", "neo4j")
    reason = seal.run(tmp_path, server=silent_server)["left_out"][gds_links.NAME]
    assert "icrm doctor" in reason
    assert "secret" not in reason


def test_the_server_is_the_one_of_the_settings_unless_all_is_local():
    parts = {"graph_url": "bolt://h:7687", "graph_user": "u", "graph_password": "p", "graph_database": "d"}
    asked = Settings(**parts, analytics=AnalyticsEngine.AUTO)
    assert server_of(asked) == Server("bolt://h:7687", "u", "p", "d")
    for other in ({"analytics": AnalyticsEngine.LOCAL}, {"graph_password": None}, {"graph_url": "embedded:graph"}):
        assert server_of(asked.model_copy(update=other)) is None


def test_differences_to_the_served_method_are_of_the_same_splits(tmp_path):
    write_split(tmp_path, 1)
    write_split(tmp_path, 2)
    found = seal.run(tmp_path)
    splits = [seal.evaluate_split(seal.read_split(tmp_path / f"Blocks_split_{n}.mat"), seed=n) for n in (1, 2)]
    gaps = [split["blend"] - split["jaccard"] for split in splits]
    assert found["below_served"]["jaccard"]["Blocks"] == pytest.approx(mean_interval(gaps))
    assert set(found["below_served"]) == set(found["methods"]) - {"blend"}


def write_departments(folder: Path) -> None:
    rng = np.random.default_rng(0)
    pairs = [(a, b) for a in range(30) for b in range(a) if rng.random() < (0.6 if a % 3 == b % 3 else 0.05)]
    (folder / email_eu.EDGES).write_text("".join(f"{a} {b}\n" for a, b in pairs))
    (folder / email_eu.LABELS).write_text("".join(f"{node} {node % 3}\n" for node in range(30)))


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.removeprefix("<!doctype html>").replace('<meta charset="utf-8">', ""))


def test_a_page_shows_every_method_in_a_picture_for_each_network(tmp_path):
    write_split(tmp_path, 1)
    found = seal.run(tmp_path)
    text = links_page.page(found)
    tree = parsed(text)
    picture = tree.find(".//{http://www.w3.org/2000/svg}svg")
    names = [one.text for one in picture.findall("{http://www.w3.org/2000/svg}text")][::2]
    assert sorted(names) == sorted(found["methods"])
    green = [one for one in picture.iter("{http://www.w3.org/2000/svg}circle") if one.get("fill") == "#1a6"]
    assert len(green) == 1
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    figure = found["methods"]["jaccard"]["auc"]["Blocks"]
    below = found["below_served"]["jaccard"]["Blocks"]
    wanted = [f"{one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for one in (figure, below)]
    assert ["jaccard", "auc", "Blocks", *wanted] in rows
    assert {len(row) for row in rows} == {5}
    assert "Left out: GDS pipeline" in text
    assert links_page.page(found) == text


def test_dots_lie_where_their_figures_are():
    near = {"mean": 0.9, "low": 0.8, "high": 1.0}
    document = {
        "data": "a & b", "served": "<x>", "protocol": "p",
        "methods": {"<x>": {"ap": {"random": near}}, "y": {"ap": {"random": near | {"mean": 0.8, "low": 0.7}}}},
    }  # fmt: skip
    tree = parsed(links_page.page(document))
    places = [float(one.get("cx")) for one in tree.iter("{http://www.w3.org/2000/svg}circle")]
    # The axis from .7 to 1 is 410 units wide.
    assert places == pytest.approx([170 + 410 * 2 / 3, 170 + 410 / 3], abs=0.1)
    assert {len(row) for row in tree.iter("tr")} == {4}


def test_the_command_writes_the_page_and_says_what_was_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ICRM_GRAPH_URL", "embedded:none")
    write_departments(tmp_path)
    write_split(tmp_path, 1)
    for data in ("email-eu", "seal"):
        page = tmp_path / f"{data}.html"
        assert cli.run(["evaluate", data, str(tmp_path), "--report", str(page)]) == 0
        said = capsys.readouterr().out
        assert ("Left out: GDS pipeline" in said) == (data == "seal")
        assert ("below served" in said) == (data == "seal")
        assert parsed(page.read_text()).find(".//title").text == f"icrm evaluate {data}"
    assert cli.run(["evaluate", "seal", str(tmp_path), "--report", str(tmp_path / "none" / "page.html")]) != 0
    assert "does not exist" in capsys.readouterr().err


def test_the_published_answer_of_a_split_is_not_read_while_learning(tmp_path):
    write_split(tmp_path, 1)
    split = seal.read_split(tmp_path / "Blocks_split_1.mat")
    graph = from_edges(split.train[:, 0], split.train[:, 1], node_count=split.node_count)
    swapped = seal.Split(split.node_count, split.train, split.negatives, split.positives)
    first, second = seal.evaluate_split(split, seed=1), seal.evaluate_split(swapped, seed=1)
    assert {name: round(1.0 - value, 9) for name, value in second.items()} == {
        name: round(value, 9) for name, value in first.items()
    }
    assert seal.chosen_share(graph, split.train, seed=1) in (1.0, 0.75, 0.5, 0.25, 0.0)


def test_a_rating_knows_earlier_ones_only_and_those_of_its_moment_do_not_know_each_other():
    ratings = np.array([[1, 2, 0.5, 10], [3, 2, -0.1, 20], [4, 2, -1.0, 20], [2, 1, 0.3, 30]], dtype=np.float64)
    rows = bitcoin.rating_features(ratings)
    counts = rows[:, bitcoin.NAMES.index("target_received_count")]
    assert counts.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert rows[3, bitcoin.NAMES.index("back")] == 0.5
    changed = ratings.copy()
    changed[3, 2] = -1.0
    assert bitcoin.rating_features(changed).tobytes() == rows.tobytes()
    frozen = bitcoin.features_known_at(ratings, 1, 4)
    assert frozen[:, bitcoin.NAMES.index("target_received_count")].tolist() == [1.0, 1.0, 0.0]
    assert np.isfinite(rows).all()


def test_files_that_are_missing_or_hold_something_else_are_refused_without_their_content(tmp_path):
    for run in LINKS.values():
        with pytest.raises(FileNotFoundError):
            run(tmp_path, 0)
    (tmp_path / email_eu.EDGES).write_text("1 2 3\n")
    (tmp_path / email_eu.LABELS).write_text("1 2\n")
    (tmp_path / uci.FILE).write_text("src dst time\n1 2\n")
    (tmp_path / bitcoin.FILE).write_text("from,to,feature,time\n1,2,77,5\n")
    for name in ("email-eu", "uci", "bitcoin"):
        with pytest.raises(ValueError) as refused:
            LINKS[name](tmp_path, 0)
        assert "77" not in str(refused.value)
        with pytest.raises(BadInput, match="cannot be read"):
            evaluate(name, tmp_path, seed=0, progress=silent)
    with pytest.raises(BadInput, match="does not hold"):
        evaluate("seal", tmp_path, seed=0, progress=silent)


def test_departments_are_found_again_at_the_documented_resolution():
    result = email_eu.run(published("email_eu"))
    assert result["methods"][result["served"]]["nmi"]["email-Eu-core"]["low"] >= 0.70


def test_trust_is_foretold_without_knowing_the_test_part():
    result = bitcoin.run(published("bitcoin"))
    assert "learning on" not in result["served"]
    assert result["methods"][result["served"]]["auc"]["bitcoin-alpha"]["low"] >= 0.57
