"""The ranker learns from the past as it was known, is kept whole, and gives way when it cannot be used."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.analytics import ranker
from app.analytics.build import collect
from app.analytics.registry import FORMAT, Registry, Trained
from app.analytics.replay import Replay
from app.analytics.training import decisions_of, train
from app.analytics.weights import weights_of
from app.domain.errors import Conflict, IcrmError, Misconfigured, NotFound, WrongVersion
from app.ports.outside import silent
from tests.contract.portfolio import NOW
from tests.history import history
from tests.unit.analytics.rows import COLUMNS, TopologyRows

MOMENT = (NOW, 7)


def replay_of(**options: int) -> Replay:
    rows = history(**options)
    some = (
        TopologyRows(kind, {name: [getattr(one, name) for one in rows[kind]] for name in COLUMNS[kind]})
        for kind in ("customers", "categories", "needs", "capabilities")
    )
    return Replay(collect(some), {one.id: one.name for one in rows["categories"]})


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(replay_of(), moment=MOMENT, seed=3, progress=silent)


def test_the_same_past_gives_the_same_weights_to_the_byte(trained: Trained) -> None:
    again = train(replay_of(), moment=MOMENT, seed=3, progress=silent)
    assert (again.model, again.facts, again.calibration) == (trained.model, trained.facts, trained.calibration)
    assert weights_of(trained.model) is not None


def test_the_same_past_and_seed_give_the_same_trees_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranker, "LEAST_FOR_TREES", 0)
    one, again, other = (train(replay_of(), moment=MOMENT, seed=seed, progress=silent) for seed in (3, 3, 4))
    assert one.model.startswith("tree")
    assert (again.model, again.facts, again.calibration) == (one.model, one.facts, one.calibration)
    assert other.model != one.model
    assert one.facts.serves


def test_habits_that_fusion_cannot_weigh_are_learned(trained: Trained) -> None:
    """Three of four needs go to whom the seeker always asks: the ranker finds that out, and its gate opens."""
    assert trained.facts.serves
    assert all(one.ranker_mrr > one.fusion_mrr for one in trained.facts.blocks[-2:])
    assert trained.facts.decisions > 250


def test_a_shuffled_future_moves_no_score_of_the_past() -> None:
    def scored(replay: Replay) -> list[object]:
        needs = replay.met_needs()
        blocks = [one for one in replay.blocks(needs, count=6, first=0.2) if one.begins_at <= needs[249].known_at]
        return [(one.ids, one.rows.tolist()) for block in blocks for one in decisions_of(block)[:40]]

    before = scored(replay_of())
    assert len(before) > 80
    assert scored(replay_of(later=9)) == before


def test_too_little_history_is_said(tmp_path: Path) -> None:
    replay = replay_of()
    replay.tables["needs"] = {name: column[:60] for name, column in replay.tables["needs"].items()}
    with pytest.raises(Conflict, match="too little history"):
        train(replay, moment=MOMENT, seed=0, progress=silent)


def version_of(trained: Trained, name: str, *, serves: bool = True) -> Trained:
    minute = int(name[-1])
    at = NOW.replace(minute=minute)
    return replace(trained, facts=replace(trained.facts, version=name, trained_at=at, serves=serves))


def test_only_a_version_that_passed_its_gate_begins_to_serve(trained: Trained, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for name, serves in (("r1", True), ("r2", False), ("r3", True)):
        registry.save(version_of(trained, name, serves=serves))
        assert registry.current() == ("r1" if name == "r2" else name)
    assert [one.version for one in registry.versions()] == ["r3", "r2", "r1"]
    assert registry.load("r3").facts == registry.versions()[0]
    assert registry.roll_back() == "r1"
    assert registry.roll_back() is None
    assert registry.current() is None
    with pytest.raises(NotFound):
        registry.roll_back()
    with pytest.raises(NotFound):
        registry.use("../r1")
    registry.use("r2")
    assert registry.current() == "r2"


@pytest.mark.parametrize(
    ("file", "was", "becomes", "error"),
    [
        ("model.txt", "ties", "lies", Misconfigured),
        ("manifest.json", f'"format": {FORMAT}', '"format": 99', WrongVersion),
        ("manifest.json", '"facts"', '"fads"', Misconfigured),
        ("manifest.json", "{", "", Misconfigured),
    ],
)
def test_a_damaged_version_is_refused_by_its_name(
    trained: Trained, tmp_path: Path, file: str, was: str, becomes: str, error: type[IcrmError]
) -> None:
    registry = Registry(tmp_path)
    registry.save(version_of(trained, "r5"))
    path = tmp_path / "r5" / file
    path.write_text(path.read_text().replace(was, becomes, 1))
    with pytest.raises(error, match="r5"):
        registry.load("r5")
