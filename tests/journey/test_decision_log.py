"""Recorded suggestions on every engine: kept, read again, computed again; previews leave no trace."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from app.analytics.local import LocalAnalytics
from app.bootstrap import fresh_id
from app.domain.access import OPERATOR_CLI, Caller, Scope
from app.domain.decision import HELD_OUT, Policy, record_bytes
from app.domain.errors import BadInput, Misconfigured, NotAllowed, NotFound
from app.domain.suggestion import NeedQuery, SuggestionSet
from app.ports.outside import silent
from app.ports.store import PageOf
from app.store.store import GraphStore
from app.usecases.decisions import DecisionLog, ReadDecision
from app.usecases.suggestions import SuggestProviders
from seed.portfolio import combined
from seed.story import need_id, story
from seed.synthetic import synthetic
from tests.engines import Engine, empty

NOW = datetime(2026, 4, 1, tzinfo=UTC)
RECORDS = combined(story(), synthetic(120))
NEEDS = [one.id for one in RECORDS.needs][:20]
World = tuple[GraphStore, LocalAnalytics]


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with engine.open() as runner:
        empty(runner)
        store = GraphStore(runner)
        for kind, rows in RECORDS.kinds():
            store.write(OPERATOR_CLI, lambda tx, kind=kind, rows=rows: getattr(tx, kind).save(rows), patient=True)
        analytics = LocalAnalytics(store, tmp_path_factory.mktemp("snapshots") / "snapshot")
        analytics.refresh(silent)
        yield store, analytics


def ask(world: World, *queries: NeedQuery, policy: Policy | None = None) -> list[SuggestionSet]:
    log = DecisionLog(policy or Policy(exploration=0.0), fresh_id)
    return SuggestProviders(*world, lambda: NOW, log)(OPERATOR_CLI, queries)


def test_recorded_answers_are_the_preview_and_are_computed_again_to_the_byte(world: World) -> None:
    previews = ask(world, *(NeedQuery(need_id=one) for one in NEEDS))
    answers = ask(world, *(NeedQuery(need_id=one, record=True) for one in NEEDS))
    assert [replace(one, decision_id=None) for one in answers] == previews
    assert any(one.decision_id for one in answers)
    for answer in answers:
        if answer.decision_id is None:
            assert answer.none_because
            continue
        kept, again, equal = ReadDecision(*world).replayed(OPERATOR_CLI, answer.decision_id)
        assert equal, asdict(again)
        assert kept.shown_ids == tuple(one.customer_id for one in answer.suggestions)
        assert [round(score, 6) for score in kept.scores] == [one.score for one in answer.suggestions]
        assert kept.snapshot_watermark == answer.snapshot_watermark


def test_a_record_survives_the_snapshot_and_the_engine_byte_for_byte(world: World) -> None:
    store, analytics = world
    answer = ask(world, NeedQuery(need_id=need_id("S02-lighting"), record=True))[0]
    assert answer.decision_id is not None
    before = ReadDecision(store, analytics)(OPERATOR_CLI, answer.decision_id)
    analytics.refresh(silent, forced=True)
    after, _, equal = ReadDecision(store, analytics).replayed(OPERATOR_CLI, answer.decision_id)
    assert record_bytes(before) == record_bytes(after)
    assert equal


def test_exploration_shows_only_who_passed_every_gate(world: World) -> None:
    policy = Policy(exploration=1.0)
    answers = ask(world, *(NeedQuery(need_id=one, limit=1, record=True) for one in NEEDS), policy=policy)
    explored = 0
    for need, answer in zip(NEEDS, answers, strict=True):
        if answer.decision_id is None:
            continue
        kept, _, equal = ReadDecision(*world).replayed(OPERATOR_CLI, answer.decision_id)
        assert equal
        explored += kept.explored
        eligible = [one.customer_id for one in ask(world, NeedQuery(need_id=need, limit=20))[0].suggestions]
        assert {one.customer_id for one in answer.suggestions} <= set(eligible) | set(kept.eligible_ids)
        assert not {one.customer_id for one in answer.blocked} & set(kept.eligible_ids)
    assert explored > 0


def test_a_hold_out_shows_nothing_and_the_log_keeps_what_would_have_been(world: World) -> None:
    need = need_id("S02-lighting")
    shown = ask(world, NeedQuery(need_id=need))[0]
    answer = ask(world, NeedQuery(need_id=need, record=True), policy=Policy(exploration=1.0, hold_out=1.0))[0]
    assert (answer.suggestions, answer.blocked, answer.none_because) == ((), (), HELD_OUT)
    kept, _, equal = ReadDecision(*world).replayed(OPERATOR_CLI, answer.decision_id or "")
    assert (kept.held_out, kept.explored, equal) == (True, False, True)
    assert kept.shown_ids == tuple(one.customer_id for one in shown.suggestions)


def test_a_pilot_leaves_other_regions_alone(world: World) -> None:
    store, need = world[0], need_id("S02-lighting")
    elsewhere = Policy(exploration=1.0, hold_out=1.0, regions=("nowhere",))
    answer = ask(world, NeedQuery(need_id=need, record=True), policy=elsewhere)[0]
    kept, _, equal = ReadDecision(*world).replayed(OPERATOR_CLI, answer.decision_id or "")
    assert (kept.exempt, kept.held_out, kept.explored, equal) == (True, False, False, True)
    assert kept.shown_ids == tuple(one.customer_id for one in answer.suggestions)
    (seeker,) = store.read(OPERATOR_CLI, lambda tx: tx.customers.get([kept.seeker_id or ""]))
    here = Policy(hold_out=1.0, regions=("nowhere", seeker.region or ""))
    answer = ask(world, NeedQuery(need_id=need, record=True), policy=here)[0]
    kept, _, equal = ReadDecision(*world).replayed(OPERATOR_CLI, answer.decision_id or "")
    assert (kept.exempt, kept.held_out, equal) == (False, True, True)


def test_a_preview_writes_nothing_and_a_record_does_not_age_the_snapshot(world: World) -> None:
    store, need = world[0], need_id("S01-home-addition")
    before = store.read(OPERATOR_CLI, lambda tx: (tx.views.watermark(), len(tx.decisions.of_need(need, PageOf()))))
    ask(world, NeedQuery(need_id=need), NeedQuery(text="lamps"))
    ask(world, NeedQuery(need_id=need, record=True))
    after = store.read(OPERATOR_CLI, lambda tx: (tx.views.watermark(), len(tx.decisions.of_need(need, PageOf()))))
    assert after == (before[0], before[1] + 1)


def test_only_a_recorded_need_and_a_caller_who_may_write_are_recorded(world: World) -> None:
    with pytest.raises(BadInput, match="recorded need"):
        ask(world, NeedQuery(text="lamps", record=True))
    query = NeedQuery(need_id=NEEDS[0], record=True)
    log = DecisionLog(Policy(), fresh_id)
    with pytest.raises(NotAllowed):
        SuggestProviders(*world, lambda: NOW, log)(Caller("reader", frozenset({Scope.READ})), [query])
    with pytest.raises(Misconfigured):
        SuggestProviders(*world, lambda: NOW)(OPERATOR_CLI, [query])
    with pytest.raises(NotFound):
        ReadDecision(*world)(OPERATOR_CLI, "dec_0000000000000000000000000a")
