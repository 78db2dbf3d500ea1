"""A chance is shown once enough introductions have run their course, means what it says, and is the same everywhere."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app.analytics.local import LocalAnalytics
from app.cli.report import need_lines
from app.domain.access import OPERATOR_CLI
from app.domain.assignment import AssignmentRules
from app.domain.chance import Chance
from app.domain.introduction import IntroductionStatus
from app.domain.suggestion import NeedQuery, SuggestionSet
from app.ports.outside import silent
from app.store.store import GraphStore
from app.usecases.answers import UNSURE
from app.usecases.assignment import SuggestAll
from app.usecases.assignment_record import ASSUMED_RATE, MEASURED_RATE, ReplayAssignment, read_record
from app.usecases.suggestions import SuggestProviders
from tests.contract.portfolio import NOW, introduction, outcome, save_all
from tests.engines import Engine, empty
from tests.history import OPEN_NEED, history
from tests.journey.test_runs import Numbered

PAST = 1_200
LONG_AGO = NOW - timedelta(days=300)
FOUND: dict[str, SuggestionSet] = {}  # by engine: the second to come is held to the first


def course() -> dict[str, list[Any]]:
    """Who stands out is accepted more often; half of those met deal, four of five deals are good."""
    draw = random.Random(7)
    introductions, outcomes = [], []
    for number in range(PAST):
        score = round(draw.random(), 3)
        status = IntroductionStatus.COMPLETED if draw.random() < 0.4 + score / 2 else IntroductionStatus.DECLINED
        parties = (1 + number % 20, 110 + number % 30)
        introductions.append(introduction(number, *parties, status=status, created_at=LONG_AGO, score=score))
        if status is IntroductionStatus.COMPLETED and draw.random() < 0.5:
            good = draw.random() < 0.8
            outcomes.append(outcome(number, introduction_id=f"int_{number:04}", good=good))
    # Young, open and called off: none of these says anything yet.
    for number, status in ((5000, "introduced"), (5001, "offered"), (5002, "cancelled"), (5003, "rejected")):
        young = IntroductionStatus(status)
        introductions.append(introduction(number, 1, 110, status=young, created_at=NOW, score=0.5))
    return {"introductions": introductions, "outcomes": outcomes}


@dataclass(frozen=True, slots=True)
class World:
    store: GraphStore
    analytics: LocalAnalytics

    def ask(self, **changes: Any) -> SuggestionSet:
        self.analytics.refresh(silent)
        suggest = SuggestProviders(self.store, self.analytics, lambda: NOW)
        return suggest(OPERATOR_CLI, [NeedQuery(need_id=OPEN_NEED, **changes)])[0]


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with engine.open() as runner:
        empty(runner)
        store, folder = GraphStore(runner), tmp_path_factory.mktemp("chances")
        save_all(store, history())
        yield World(store, LocalAnalytics(store, folder / "snapshot"))


def test_nothing_is_said_without_evidence_and_a_least_chance_abstains(world: World) -> None:
    answer = world.ask()
    for one in answer.suggestions:
        assert (one.chance.beneficial, one.chance.fit) == (None, None)
        assert [(stage.successes, stage.trials, stage.estimate) for stage in one.chance.stages] == [(0, 0, None)] * 3
        assert "too little evidence" in one.chance.sentence
    assert answer.suggestions
    unsure = world.ask(least_chance=0.01)
    assert (unsure.suggestions, unsure.none_because) == ((), UNSURE)


def test_enough_introductions_give_a_chance_that_holds_the_truth(world: World, engine: Engine) -> None:
    past = course()
    save_all(world.store, past)
    answer = world.ask()
    deals = {one.introduction_id for one in past["outcomes"]}
    accepted = sum(one.status is IntroductionStatus.COMPLETED for one in past["introductions"])
    good = sum(bool(one.good) for one in past["outcomes"])
    counts = [(accepted + 1, PAST + 1), (len(deals), accepted), (good, len(deals))]  # one is introduced, and young
    first = answer.suggestions[0]
    assert [(stage.successes, stage.trials) for stage in first.chance.stages] == counts
    for one in answer.suggestions:
        whole = one.chance.beneficial
        assert whole is not None
        truth = (0.4 + one.score / 2) * 0.5 * 0.8
        assert whole.low <= truth <= whole.high
        assert whole.high - whole.low < 0.2
        assert one.chance.sentence.startswith("About ")
        parts = [stage.estimate.value for stage in one.chance.stages if stage.estimate is not None]
        assert whole.value == pytest.approx(parts[0] * parts[1] * parts[2])
    FOUND[engine.name] = answer
    assert [one.chance for one in answer.suggestions] == [one.chance for one in next(iter(FOUND.values())).suggestions]


def test_the_least_chance_keeps_who_reaches_it(world: World) -> None:
    found = world.ask(limit=10).suggestions
    values = sorted(_value(one.chance) for one in found)
    middle = values[len(values) // 2]
    kept = world.ask(limit=10, least_chance=middle).suggestions
    assert kept
    assert [one.customer_id for one in kept] == [one.customer_id for one in found if _value(one.chance) >= middle]
    nobody = world.ask(least_chance=1.0)
    assert nobody.none_because == "Nobody reaches the chance asked for."


def test_the_page_says_it(world: World) -> None:
    answer = world.ask(limit=1)
    page = "\n".join(need_lines(answer, {}))
    assert answer.suggestions[0].chance.sentence.split("(")[0] in " ".join(page.split())


def test_a_batch_fills_free_slots_by_that_chance_and_says_so(world: World) -> None:
    suggest_all = SuggestAll(world.store, world.analytics, lambda: NOW, Numbered())
    run = suggest_all(OPERATOR_CLI, AssignmentRules())
    record = read_record(world.store, OPERATOR_CLI, run.record_id)
    fits = [fit for one in record.shortlists for fit in one.fits]
    assert fits
    assert all(fit.accepted is not None and abs(fit.accepted - (0.4 + fit.score / 2)) < 0.1 for fit in fits)
    assert MEASURED_RATE in run.notes
    assert ReplayAssignment(world.store)(OPERATOR_CLI, run.id) == (run, True)
    stated = suggest_all(OPERATOR_CLI, AssignmentRules(acceptance_rate=0.5))
    assert MEASURED_RATE not in stated.notes
    assert ASSUMED_RATE.format(rate=0.5) in stated.notes


def _value(chance: Chance) -> float:
    return chance.beneficial.value if chance.beneficial is not None else 0.0
