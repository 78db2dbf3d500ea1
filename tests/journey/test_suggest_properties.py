"""What holds of suggestions whatever the data: on every engine, in every order of import, under every name."""

import multiprocessing
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.analytics import snapshot
from app.analytics.local import LocalAnalytics
from app.domain.access import OPERATOR_CLI, Caller
from app.domain.customer import Consent, Purpose, Standing
from app.domain.errors import BadInput, Misconfigured, NotAllowed, NotFound
from app.domain.gates import HOW_TO_RECORD_CONSENT
from app.domain.ids import derived_id
from app.domain.suggestion import NeedQuery, SuggestionSet
from app.ports.outside import silent
from app.store.connect import open_graph
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.suggestions import SuggestProviders
from seed.portfolio import Portfolio, combined
from seed.story import customer_id, need_id, story
from seed.synthetic import synthetic
from tests.engines import Engine, empty
from tests.unit.analytics.rows import arrays_of

RECORDS = combined(story(), synthetic(40))
NOW = datetime(2026, 4, 1, tzinfo=UTC)
KEYS = ("S01-home-addition", "S02-lighting", "S03-investor", "S03-small-investor", "S04-counsel")
QUERIES = [
    *(NeedQuery(need_id=need_id(key)) for key in KEYS),
    NeedQuery(text="pendant lights for a restaurant", seeker_id=customer_id("shop-1")),
    NeedQuery(text="aircraft certification", limit=1),
]


@dataclass(frozen=True, slots=True)
class World:
    store: GraphStore
    analytics: LocalAnalytics

    def save(self, kind: str, rows: Sequence[Any]) -> None:
        for start in range(0, len(rows), 1000):
            some = rows[start : start + 1000]
            self.store.write(OPERATOR_CLI, lambda tx, some=some: getattr(tx, kind).save(some), patient=True)

    def load(self, portfolio: Portfolio) -> None:
        for kind, rows in portfolio.kinds():
            self.save(kind, rows)
        self.analytics.refresh(silent)

    def ask(self, *queries: NeedQuery) -> list[SuggestionSet]:
        return SuggestProviders(self.store, self.analytics, lambda: NOW)(OPERATOR_CLI, queries)


@pytest.fixture
def fresh(runner: GraphRunner, tmp_path: Path) -> World:
    store = GraphStore(runner)
    return World(store, LocalAnalytics(store, tmp_path / "snapshot"))


@pytest.fixture
def world(fresh: World) -> World:
    fresh.load(RECORDS)
    return fresh


def in_another_order(portfolio: Portfolio, seed: int) -> Portfolio:
    """Shuffled, renamed; categories keep their order, for a child names its parent."""
    order = random.Random(seed)
    columns = {name: list(rows) for name, rows in portfolio.kinds()}
    for name, rows in columns.items():
        if name != "categories":
            order.shuffle(rows)
    columns["customers"] = [replace(one, name=f"Renamed {place}") for place, one in enumerate(columns["customers"])]
    return Portfolio(**{name: tuple(rows) for name, rows in columns.items()})


def without_names(answers: list[SuggestionSet], taken_at: datetime) -> list[SuggestionSet]:
    return [
        replace(
            answer,
            suggestions=tuple(replace(one, name="") for one in answer.suggestions),
            snapshot_at=taken_at,
            snapshot_watermark=0,
        )
        for answer in answers
    ]


def test_an_engines_snapshot_has_the_bytes_that_the_records_give(world: World):
    opened, expected = snapshot.open_current(world.analytics.home), arrays_of(RECORDS)
    assert opened.arrays.keys() == expected.keys()
    for name, array in expected.items():
        assert opened.arrays[name].tobytes() == array.tobytes(), name


def test_neither_the_order_of_import_nor_names_change_a_suggestion(world: World, runner: GraphRunner, tmp_path: Path):
    plain = without_names(world.ask(*QUERIES), NOW)
    assert [bool(answer.suggestions) for answer in plain] == [True, True, True, False, True, True, True]
    assert [one for answer in plain for one in answer.suggestions]
    empty(runner)
    other = World(world.store, LocalAnalytics(world.store, tmp_path / "other"))
    other.load(in_another_order(RECORDS, 1))
    assert without_names(other.ask(*QUERIES), NOW) == plain


def test_a_withdrawn_consent_counts_without_a_new_snapshot(world: World):
    query = NeedQuery(need_id=need_id("S02-lighting"))
    before = world.ask(query)[0]
    first = before.suggestions[0].customer_id
    no = Consent(derived_id("Consent", "test", first), first, (Purpose.PROVIDER,), False, "letter", "test", NOW)
    world.save("consents", [no])
    after = world.ask(query)[0]
    assert after.snapshot_at == before.snapshot_at
    assert first not in {one.customer_id for one in (*after.suggestions, *after.blocked)}
    assert after.blocked_by_consent == before.blocked_by_consent + 1
    yes = replace(no, id=derived_id("Consent", "test", first, "again"), granted=True, recorded_at=NOW)
    world.save("consents", [replace(yes, recorded_at=NOW - timedelta(microseconds=1))])
    assert world.ask(query)[0].blocked_by_consent == after.blocked_by_consent  # an earlier line decides nothing


def test_a_changed_standing_counts_at_once(world: World):
    fixtures = next(one for one in RECORDS.customers if one.id == customer_id("fixtures"))
    world.save("customers", [replace(fixtures, standing=Standing.COMPLAINT_OPEN)])
    answer = world.ask(NeedQuery(need_id=need_id("S02-lighting")))[0]
    assert fixtures.id not in {one.customer_id for one in answer.suggestions}
    blocked = {one.customer_id: [reason.code for reason in one.reasons] for one in answer.blocked}
    assert blocked[fixtures.id] == ["complaint_open"]


def test_without_any_consent_the_answer_says_how_to_record_one(fresh: World):
    fresh.load(replace(RECORDS, consents=()))
    recorded, example = fresh.ask(NeedQuery(need_id=need_id("S02-lighting")), NeedQuery(text="pendant lights dimmers"))
    for answer in (recorded, example):
        assert not answer.suggestions
        assert HOW_TO_RECORD_CONSENT in (answer.none_because or "")
        assert not answer.blocked
    assert example.blocked_by_consent > 0


def test_exclusion_limit_and_threshold_are_kept(world: World):
    key = need_id("S01-home-addition")
    all_three = [one.customer_id for one in world.ask(NeedQuery(need_id=key))[0].suggestions]
    assert len(all_three) == 3
    answer = world.ask(NeedQuery(need_id=key, exclude=(all_three[0],)))[0]
    assert [one.customer_id for one in answer.suggestions][:2] == all_three[1:]
    assert len(world.ask(NeedQuery(need_id=key, limit=1))[0].suggestions) == 1
    none = world.ask(NeedQuery(need_id=key, threshold=1.0))[0]
    assert (none.suggestions, none.none_because) == ((), "Nobody reaches the threshold asked for.")


def test_explanations_add_up_and_are_sentences(world: World):
    for answer in world.ask(*QUERIES):
        for one in answer.suggestions:
            assert 0.0 <= one.score <= 1.0
            assert sum(part.contribution for part in one.explanations) == pytest.approx(1.0, abs=1e-4)
            assert all(part.sentence.endswith(".") and part.source for part in one.explanations)


BAD = (
    (NeedQuery(), BadInput),
    (NeedQuery(text=" "), BadInput),
    (NeedQuery(need_id="a", text="b"), BadInput),
    (NeedQuery(text="lights", limit=0), BadInput),
    (NeedQuery(text="lights", limit=21), BadInput),
    (NeedQuery(text="lights", threshold=float("nan")), BadInput),
    (NeedQuery(need_id="need_of_nobody"), NotFound),
    (NeedQuery(text="lights", seeker_id="cus_nobody"), NotFound),
)


def test_a_query_that_cannot_be_answered_says_why_and_echoes_nothing(world: World):
    for query, error in BAD:
        with pytest.raises(error) as caught:
            world.ask(query)
        assert "nobody" not in str(caught.value)
    with pytest.raises(NotAllowed):
        SuggestProviders(world.store, world.analytics, lambda: NOW)(Caller("guest", frozenset()), [])


def test_a_snapshot_is_taken_only_when_something_was_written(fresh: World):
    with pytest.raises(Misconfigured, match="icrm snapshot rebuild"):
        fresh.ask(QUERIES[-1])
    fresh.load(story())
    taken = fresh.analytics.info()
    assert fresh.analytics.refresh(silent) == taken
    fresh.save("customers", [replace(story().customers[0], id="cus_new", external_id="new")])
    newer = fresh.analytics.refresh(silent)
    assert newer.customers == taken.customers + 1
    assert newer.watermark != taken.watermark
    assert fresh.analytics.refresh(silent, forced=True).taken_at > newer.taken_at


def test_refresh_replaces_a_snapshot_that_readers_refuse(fresh: World):
    fresh.load(story())
    name = snapshot.current_name(fresh.analytics.home)
    (fresh.analytics.home / str(name) / "manifest.json").write_text("{")
    other = LocalAnalytics(fresh.store, fresh.analytics.home)
    with pytest.raises(Misconfigured):
        other.info()
    assert other.refresh(silent).customers == len(story().customers)


def _refresh(engine: Engine, home: Path) -> str:
    with open_graph(engine.url, user=engine.user, password=engine.password) as runner:
        LocalAnalytics(GraphStore(runner), home).refresh(silent, forced=True)
    return str(snapshot.open_current(home).info.customers)


def test_processes_and_threads_that_refresh_at_once_leave_one_whole_snapshot(fresh: World, engine: Engine):
    fresh.load(story())
    home = fresh.analytics.home
    with multiprocessing.get_context("spawn").Pool(2) as pool, ThreadPoolExecutor(4) as threads:
        others = [pool.apply_async(_refresh, (engine, home)) for _ in range(2)]
        own = [threads.submit(fresh.ask, *QUERIES[:2]) for _ in range(20)]
        assert [other.get(timeout=120) for other in others] == [str(len(story().customers))] * 2
        assert all(one.result()[1].suggestions for one in own)
    assert len([one for one in home.iterdir() if one.is_dir()]) == 1
