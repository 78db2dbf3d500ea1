"""A ranker learns from the graph, serves, is recorded and replayed, and gives way; the same on every engine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from app.analytics.local import LocalAnalytics
from app.analytics.registry import FORMAT, Registry
from app.bootstrap import fresh_id
from app.domain.access import OPERATOR_CLI, Caller, Scope
from app.domain.decision import FUSION, Policy
from app.domain.errors import BadInput, NotAllowed
from app.domain.ranker import Ranker
from app.domain.suggestion import NeedQuery, SuggestionSet
from app.ports.outside import silent
from app.store.store import GraphStore
from app.usecases.decisions import DecisionLog, ReadDecision
from app.usecases.rankers import TrainRanker
from app.usecases.suggestions import SuggestProviders
from tests.contract.portfolio import NOW, save_all
from tests.engines import Engine, empty
from tests.history import OPEN_NEED, history

MODELS: dict[str, str] = {}  # by engine: the second to come is held to the first


@dataclass(frozen=True, slots=True)
class World:
    store: GraphStore
    analytics: LocalAnalytics
    registry: Registry
    made: Ranker

    def ask(self, *, record: bool = False) -> SuggestionSet:
        log = DecisionLog(Policy(exploration=0.0), fresh_id)
        suggest = SuggestProviders(self.store, self.analytics, lambda: NOW, log)
        return suggest(OPERATOR_CLI, [NeedQuery(need_id=OPEN_NEED, record=record)])[0]


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with engine.open() as runner:
        empty(runner)
        store, folder = GraphStore(runner), tmp_path_factory.mktemp("ranker")
        save_all(store, history())
        registry = Registry(folder / "rankers")
        analytics = LocalAnalytics(store, folder / "snapshot", registry)
        analytics.refresh(silent)
        yield World(store, analytics, registry, analytics.train(seed=5, at=NOW, progress=silent))


def test_every_engine_teaches_the_same_model(world: World, engine: Engine) -> None:
    text = (world.registry.home / world.made.version / "model.txt").read_text()
    MODELS[engine.name] = text
    assert set(MODELS.values()) == {text}
    assert world.made.serves
    assert world.analytics.ranked_by().version == world.made.version


def test_what_the_ranker_has_ordered_is_recorded_and_replayed_whoever_serves_later(world: World) -> None:
    by_ranker = world.ask(record=True)
    world.registry.use(None)
    by_fusion = world.ask(record=True)
    decisions = ReadDecision(world.store, world.analytics)
    for answer, ranker in ((by_ranker, world.made.version), (by_fusion, FUSION)):
        kept, _, equal = decisions.replayed(OPERATOR_CLI, answer.decision_id or "")
        assert equal
        assert kept.ranker == ranker
        assert kept.shown_ids == tuple(one.customer_id for one in answer.suggestions)
    world.registry.use(world.made.version)
    assert world.ask() == world.ask()
    assert [one.customer_id for one in world.ask().suggestions] == [one.customer_id for one in by_ranker.suggestions]


def test_the_seekers_habit_comes_first(world: World) -> None:
    """The first seeker's needs of the first trade go to the first of that trade, three times of four."""
    assert world.ask().suggestions[0].customer_id == "cus_0102"


def damaged(text: str) -> str:
    return text[: len(text) // 2]


def of_another_version(text: str) -> str:
    return text.replace(f'"format": {FORMAT}', f'"format": {FORMAT - 1}')


@pytest.mark.parametrize(("file", "change"), [("model.txt", damaged), ("manifest.json", of_another_version)])
def test_a_model_that_cannot_be_used_gives_way_to_fusion_and_the_answer_says_so(
    world: World, file: str, change: Callable[[str], str]
) -> None:
    path: Path = world.registry.home / world.made.version / file
    text = path.read_text()
    world.registry.use(None)
    by_fusion = world.ask()
    world.registry.use(world.made.version)
    path.write_text(change(text))
    broken = World(
        world.store, LocalAnalytics(world.store, world.analytics.home, world.registry), world.registry, world.made
    )
    answer = broken.ask()
    path.write_text(text)
    assert change(text) != text
    assert [one.customer_id for one in answer.suggestions] == [one.customer_id for one in by_fusion.suggestions]
    assert any(world.made.version in note and "Rank fusion serves" in note for note in answer.notes)


def test_a_training_that_is_killed_leaves_nothing_behind_and_is_started_again(world: World) -> None:
    class Killed(BaseException):
        pass

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "fitting the model" and done == total:
            raise Killed

    before = world.registry.current(), world.registry.versions()
    train = TrainRanker(world.analytics, lambda: NOW + timedelta(minutes=1))
    with pytest.raises(Killed):
        train(OPERATOR_CLI, seed=5, progress=progress)
    assert (world.registry.current(), world.registry.versions()) == before
    again = train(OPERATOR_CLI, seed=5)
    model = (world.registry.home / again.version / "model.txt").read_text()
    assert model == (world.registry.home / world.made.version / "model.txt").read_text()
    assert world.registry.current() == again.version != world.made.version
    assert world.registry.roll_back() == world.made.version


def test_a_training_is_refused_before_anything_is_read(world: World) -> None:
    train = TrainRanker(world.analytics, lambda: NOW)
    with pytest.raises(NotAllowed):
        train(Caller("reader", frozenset({Scope.READ})))
    with pytest.raises(BadInput):
        train(OPERATOR_CLI, seed=2**31)
