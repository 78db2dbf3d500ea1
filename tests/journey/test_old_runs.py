"""A run beyond those that are kept goes with its results and nothing else, on every engine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.analytics.local import LocalAnalytics
from app.domain.access import OPERATOR_CLI
from app.domain.assignment import AssignmentRules, Attendee, Event
from app.domain.community import CommunityOptions
from app.ports.outside import silent
from app.ports.store import PageOf
from app.store.store import GraphStore
from app.usecases import old_runs
from app.usecases.assignment import SuggestAll
from app.usecases.communities import DetectCommunities
from app.usecases.referral_value import ScoreValue
from tests.engines import Engine, empty
from tests.journey.test_runs import NOW, RECORDS, USD, Numbered, loaded, seen

KEPT = 2
FAIR = Event("fair", tuple(Attendee(one.id) for one in RECORDS.customers))


@dataclass(slots=True)
class World:
    store: GraphStore
    analytics: LocalAnalytics
    ids: Numbered = field(default_factory=Numbered)
    now: datetime = NOW

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def score(self) -> Any:
        return ScoreValue(self.store, self.clock, self.ids)(OPERATOR_CLI, USD)

    def detect(self, layer: str) -> Any:
        detect = DetectCommunities(self.store, self.analytics, self.clock, self.ids)
        return detect(OPERATOR_CLI, CommunityOptions(layer=layer))

    def assign(self, event: Event | None) -> Any:
        return SuggestAll(self.store, self.analytics, self.clock, self.ids)(OPERATOR_CLI, AssignmentRules(event=event))

    def counts(self) -> dict[str, int]:
        return dict(self.store.read(OPERATOR_CLI, lambda tx: tx.views.counts()))

    def others(self, kind: str, run: Any) -> list[str]:
        """Ids of all runs like this one but its own, the oldest first."""
        return self.store.read(OPERATOR_CLI, lambda tx: getattr(tx, kind).old(run, keep=0))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with engine.open() as runner:
        empty(runner)
        store = loaded(runner)
        analytics = LocalAnalytics(store, tmp_path_factory.mktemp("old") / "snapshot")
        analytics.refresh(silent)
        yield World(store, analytics)
        empty(runner)


@pytest.fixture(autouse=True)
def few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_runs, "KEPT", KEPT)
    monkeypatch.setattr(old_runs, "RESULTS_AT_ONCE", 7)  # so that a run takes several transactions


def results(world: World) -> dict[str, object]:
    """What readers see of every kind."""

    def everything(tx: Any) -> dict[str, object]:
        found: dict[str, object] = {"values": (tx.values.current(), tx.values.top(seen(tx), 200))}
        for layer in ("combined", "trade"):
            page = tx.communities.page(PageOf(limit=200), layer=layer)
            found[layer] = tx.communities.current(layer=layer), page, tx.communities.members_of(page)
        for event in ("", "fair"):
            run = tx.assignments.current(event)
            found[f"assignments {event}"] = run, tx.assignments.page(run.id, PageOf(limit=200)) if run else []
        return found

    return world.store.read(OPERATOR_CLI, everything)


@pytest.mark.parametrize(
    ("kind", "other", "again"),
    [
        ("values", lambda world: world.detect("combined"), World.score),
        ("communities", lambda world: world.detect("combined"), lambda world: world.detect("trade")),
        ("assignments", lambda world: world.assign(None), lambda world: world.assign(FAIR)),
    ],
)
def test_the_oldest_run_goes_and_nothing_else(
    world: World, kind: str, other: Callable[[World], Any], again: Callable[[World], Any]
) -> None:
    for _ in range(KEPT):
        other(world)
    runs = [again(world) for _ in range(KEPT)]
    counts, before = world.counts(), results(world)
    assert world.others(kind, runs[-1]) == [runs[0].id]
    last = again(world)
    assert world.others(kind, last) == [runs[1].id]
    assert world.counts() == counts  # one run more with all its results, one less with all its own
    seen = {"communities": "trade", "assignments": "assignments fair"}.get(kind, kind)
    after = results(world)
    assert after[seen][0] == last  # type: ignore[index]
    assert after | {seen: None} == before | {seen: None}


def test_the_run_that_readers_see_stays_even_if_its_clock_was_late(world: World) -> None:
    runs = [world.score() for _ in range(KEPT)]
    world.now -= timedelta(days=1)
    late = world.score()
    world.now += timedelta(days=1)
    assert world.store.read(OPERATOR_CLI, lambda tx: tx.values.current()) == late
    assert len(world.store.read(OPERATOR_CLI, lambda tx: tx.values.top(seen(tx), 200))) > 0
    assert world.others("values", runs[0])[0] == late.id
    assert world.store.write(OPERATOR_CLI, lambda tx: tx.values.forget(late.id, limit=9)) == 0
    assert world.store.read(OPERATOR_CLI, lambda tx: tx.values.current()) == late


def test_a_removal_that_was_killed_goes_on_with_the_next_run(world: World) -> None:
    class Killed(BaseException):
        pass

    reports: list[str] = []

    def progress(stage: str, done: int, total: int) -> None:
        reports.append(stage)
        if reports.count("removing old runs") == 3:  # two transactions have removed memberships
            raise Killed

    runs = [world.detect("trade") for _ in range(KEPT)]
    counts = world.counts()
    detect = DetectCommunities(world.store, world.analytics, world.clock, world.ids)
    with pytest.raises(Killed):
        detect(OPERATOR_CLI, CommunityOptions(layer="trade"), progress=progress)
    killed = world.store.read(OPERATOR_CLI, lambda tx: tx.communities.current(layer="trade"))
    assert killed is not None
    assert world.others("communities", killed) == [one.id for one in runs]
    last = world.detect("trade")
    assert world.others("communities", last) == [killed.id]
    assert world.counts() == counts
