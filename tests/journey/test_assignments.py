"""S05 and the nightly batch on every engine: an assignment under limits of both sides, not top lists; gates that are
applied again when it is read."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.analytics.local import LocalAnalytics
from app.domain.access import OPERATOR_CLI, Caller, Scope
from app.domain.assignment import AssignmentPolicy, AssignmentRules, AssignmentRun, Attendee, Event
from app.domain.customer import Consent, Purpose
from app.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from app.domain.ids import derived_id
from app.domain.job import Held, JobRun, JobState
from app.domain.need import Need, NeedStatus
from app.ports.outside import silent
from app.ports.store import PageOf
from app.store.store import GraphStore
from app.usecases.assignment import PairNow, ReadAssignment, SuggestAll
from app.usecases.assignment_record import ReplayAssignment
from seed.portfolio import Portfolio
from seed.synthetic import synthetic
from tests.engines import Engine, empty
from tests.journey.test_runs import Numbered, loaded

ATTENDEES, OUT, IN = 300, 5, 8
NOW = datetime(2026, 11, 1, tzinfo=UTC)
KILLED, LATE = (Held(f"job_{name}", 1, NOW) for name in ("killed", "late"))
SEEN: dict[str, object] = {}  # what the engine that came first answered, for the other to agree with


def conference() -> Portfolio:
    """A portfolio in which each of 300 attendees seeks what another one offers; the rest stays at home."""
    portfolio = synthetic(400)
    offers = {one.provider_id: one for one in portfolio.capabilities}
    texts = [offers[key] for key in sorted(offers)]
    needs = tuple(
        Need(
            id=derived_id("Need", "fair", str(number)),
            seeker_id=one.id,
            text=f"Looking for {texts[(7 * number) % len(texts)].text.lower()}",
            source="fair",
            external_id=str(number),
            known_at=NOW,
            category_id=texts[(7 * number) % len(texts)].category_id,
        )
        for number, one in enumerate(portfolio.customers[:ATTENDEES])
    )
    # At an event nobody is full: slots are the attendees' own.
    capabilities = tuple(replace(one, open_slots=None) for one in portfolio.capabilities)
    return replace(portfolio, needs=(*portfolio.needs, *needs), capabilities=capabilities)


RECORDS = conference()
FAIR = Event("fair", tuple(Attendee(one.id, OUT, IN) for one in RECORDS.customers[:ATTENDEES]))


@dataclass(frozen=True, slots=True)
class World:
    store: GraphStore
    analytics: LocalAnalytics
    ids: Numbered

    def run(self, rules: AssignmentRules) -> AssignmentRun:
        return SuggestAll(self.store, self.analytics, lambda: NOW, self.ids)(OPERATOR_CLI, rules)

    def rows(self, event: str = "") -> list[PairNow]:
        read, found, after = ReadAssignment(self.store, lambda: NOW), list[PairNow](), None
        while True:
            _, page = read.page(OPERATOR_CLI, PageOf(after, 200), event)
            found += page
            if len(page) < 200:
                return found
            after = page[-1].pair.id


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with engine.open() as runner:
        empty(runner)
        store = loaded(runner, RECORDS)
        analytics = LocalAnalytics(store, tmp_path_factory.mktemp("assignments") / "snapshot")
        analytics.refresh(silent)
        yield World(store, analytics, Numbered())
        empty(runner)


def same_on_both(name: str, found: object) -> None:
    assert SEEN.setdefault(name, found) == found


def plain(run: AssignmentRun, rows: list[PairNow]) -> object:
    lines = [(one.pair.need_id, one.pair.provider_id, one.pair.score, one.pair.sentences) for one in rows]
    return replace(run, id="", record_id="", snapshot_watermark=0), lines


def test_s05_at_a_conference_of_300_no_slot_is_taken_twice_and_more_are_met_than_by_lists(world: World) -> None:
    run = world.run(AssignmentRules(event=FAIR))
    rows = world.rows("fair")
    pairs = [one.pair for one in rows]
    attendees = {one.customer_id for one in FAIR.attendees}
    assert len(pairs) == run.pair_count > ATTENDEES
    assert {side for pair in pairs for side in (pair.seeker_id, pair.provider_id)} <= attendees
    assert max(Counter(pair.seeker_id for pair in pairs).values()) <= OUT
    assert max(Counter(pair.provider_id for pair in pairs).values()) <= IN
    assert max(Counter(frozenset((pair.seeker_id, pair.provider_id)) for pair in pairs).values()) == 1
    assert (run.need_count, run.event, run.per_need) == (len({*_open_needs(attendees)}), "fair", 5)
    assert run.gini < run.lists_gini
    assert run.never_shown <= run.lists_never_shown
    assert run.mutual_top >= run.lists_mutual_top
    assert all(one.withheld is None and one.seeker_name and one.provider_name for one in rows)
    assert all(pair.sentences and 0 < pair.score <= 1 for pair in pairs)
    assert any("not probabilities" in note for note in run.notes)
    same_on_both("fair", plain(run, rows))


def _open_needs(attendees: set[str]) -> list[str]:
    return [one.id for one in RECORDS.needs if one.seeker_id in attendees and one.status is NeedStatus.OPEN]


def test_the_batch_takes_every_open_need_once_and_repeats_itself(world: World) -> None:
    run = world.run(AssignmentRules())
    rows = world.rows()
    is_open = {one.id for one in RECORDS.needs if one.status is NeedStatus.OPEN}
    assert run.need_count == len(is_open)
    served = {one.pair.need_id for one in rows}
    assert served <= is_open
    assert run.refused_count + run.nobody_count + run.unplaced_count + len(served) == len(is_open)
    assert run.refused_count > 0  # some seekers refused their consent
    assert max(Counter(one.pair.need_id for one in rows).values()) == 3
    assert max(Counter(one.pair.provider_id for one in rows).values()) <= 8
    met = {one.met_by for one in RECORDS.needs}
    reserved = [one.pair.provider_id for one in rows if one.pair.reserved]
    assert len(reserved) == run.reserved_count > 0
    assert not set(reserved) & met  # a place is kept only for whoever has never been introduced nor met a need
    again = world.run(AssignmentRules())
    assert again.id != run.id
    assert plain(again, world.rows()) == plain(run, rows)
    greedy = world.run(AssignmentRules(policy=AssignmentPolicy.GREEDY, per_need=1))
    assert max(Counter(one.pair.need_id for one in world.rows()).values()) == 1
    assert greedy.policy is AssignmentPolicy.GREEDY
    same_on_both("batch", plain(run, rows))


def test_what_has_changed_since_withholds_a_pair_and_names_nobody(world: World) -> None:
    world.run(AssignmentRules())
    before = world.rows()
    provider, other = (
        before[0].pair.provider_id,
        next(one.pair for one in before if one.pair.need_id != before[0].pair.need_id),
    )
    refusal = Consent("cns_gone", provider, tuple(Purpose), False, "a letter", "test", NOW)
    met = next(one for one in RECORDS.needs if one.id == other.need_id)
    world.store.write(OPERATOR_CLI, lambda tx: tx.consents.save([refusal]))
    world.store.write(OPERATOR_CLI, lambda tx: tx.needs.save([replace(met, status=NeedStatus.MATCHED)]))
    now = {one.pair.id: one for one in world.rows()}
    assert now.keys() == {one.pair.id for one in before}
    for one in before:
        pair, found = one.pair, now[one.pair.id]
        if pair.need_id == met.id:
            assert found.withheld == "need"
        elif pair.seeker_id == provider:
            assert found.withheld == "seeker"
        elif pair.provider_id == provider:
            assert found.withheld == "consent"
        else:
            assert found == one
        assert found.withheld is None or (found.seeker_name, found.provider_name) == ("", "")
    world.store.write(OPERATOR_CLI, lambda tx: tx.needs.save([met]))
    world.store.write(OPERATOR_CLI, lambda tx: tx.consents.save([replace(refusal, granted=True)]))
    assert world.rows() == before


def test_a_worker_killed_half_way_leaves_the_former_run_in_place(world: World) -> None:
    run, before = world.run(AssignmentRules()), world.rows()

    class Killed(BaseException):
        pass

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "writing introductions":
            raise Killed

    with pytest.raises(Killed):
        SuggestAll(world.store, world.analytics, lambda: NOW, world.ids)(OPERATOR_CLI, AssignmentRules(), progress)
    assert ReadAssignment(world.store, lambda: NOW).run(OPERATOR_CLI) == run
    assert world.rows() == before


def test_a_killed_run_goes_on_where_it_stood_and_finds_what_one_go_finds(world: World) -> None:
    class Killed(BaseException):
        pass

    rules = AssignmentRules(event=Event("few", FAIR.attendees[: ATTENDEES // 2]))
    suggest_all = SuggestAll(world.store, world.analytics, lambda: NOW, world.ids)
    asked: list[int] = []
    shortlists = suggest_all.suggest.shortlists

    def counted(caller: Caller, needs: Sequence[Need], **changes: Any) -> Any:
        asked.append(len(needs))
        return shortlists(caller, needs, **changes)

    def killer(after: int) -> Callable[[str, int, int], None]:
        def progress(stage: str, done: int, total: int) -> None:
            if stage == "finding candidates" and done >= after:
                raise Killed

        return progress

    for one in (KILLED, LATE):
        job = JobRun(one.job_id, "suggest_all", JobState.RUNNING, "{}", NOW, "cli", fence=one.fence)
        world.store.write(OPERATOR_CLI, lambda tx, job=job: tx.jobs.save(job))  # type: ignore[misc]
    suggest_all.suggest.shortlists = counted  # type: ignore[method-assign]
    whole, rows = world.run(rules), world.rows("few")
    for after in (50, 100):
        with pytest.raises(Killed):
            suggest_all(OPERATOR_CLI, rules, killer(after), held=KILLED)
    assert len(asked) == 2
    again = suggest_all(OPERATOR_CLI, rules, held=KILLED)
    assert sum(asked) == whole.need_count  # no need was looked at twice
    assert plain(again, world.rows("few")) == plain(whole, rows)
    other = replace(KILLED, fence=2)
    with pytest.raises(Conflict, match="taken this job over"):
        suggest_all(OPERATOR_CLI, rules, held=other)
    later = SuggestAll(world.store, world.analytics, lambda: NOW + timedelta(hours=2), world.ids)
    later.suggest.shortlists = counted  # type: ignore[method-assign]
    with pytest.raises(Killed):
        later(OPERATOR_CLI, rules, killer(50), held=LATE)
    asked.clear()
    much_later = SuggestAll(world.store, world.analytics, lambda: NOW + timedelta(hours=4), world.ids)
    much_later.suggest.shortlists = counted  # type: ignore[method-assign]
    much_later(OPERATOR_CLI, rules, held=LATE)
    assert sum(asked) == whole.need_count  # what fitted two hours ago was looked at again


@pytest.mark.parametrize("rules", [AssignmentRules(per_need=2, acceptance_rate=0.5), AssignmentRules(event=FAIR)])
def test_a_run_is_computed_again_from_its_record_to_the_byte(world: World, rules: AssignmentRules) -> None:
    run, replay = world.run(rules), ReplayAssignment(world.store)
    assert replay(OPERATOR_CLI, run.id) == (run, True)
    first = world.store.read(OPERATOR_CLI, lambda tx: tx.assignments.page(run.id, PageOf(limit=1)))[0]
    for changed, equal in ((replace(first, score=first.score / 2), False), (first, True)):
        world.store.write(OPERATOR_CLI, lambda tx, one=changed: tx.assignments.write_run(run, [one]))  # type: ignore[misc]
        assert replay(OPERATOR_CLI, run.id) == (run, equal)
    other = replace(run, gini=run.gini / 2)
    world.store.write(OPERATOR_CLI, lambda tx: tx.assignments.write_run(other, []))
    assert replay(OPERATOR_CLI, run.id) == (other, False)
    world.store.write(OPERATOR_CLI, lambda tx: tx.assignments.write_run(replace(run, record_id=""), []))
    for unknown in (run.id, "run_unknown"):
        with pytest.raises(NotFound, match="no such run"):
            replay(OPERATOR_CLI, unknown)
    world.store.write(OPERATOR_CLI, lambda tx: tx.assignments.write_run(run, []))


def test_a_run_is_refused_before_it_reads_what_it_cannot_use(world: World, tmp_path: Path) -> None:
    suggest_all = SuggestAll(world.store, world.analytics, lambda: NOW, world.ids)
    with pytest.raises(NotAllowed):
        suggest_all(Caller("reader", frozenset({Scope.READ})), AssignmentRules())
    with pytest.raises(BadInput):
        suggest_all(OPERATOR_CLI, AssignmentRules(per_need=4))
    strangers = Event("strangers", (FAIR.attendees[0], Attendee("cus_unknown")))
    with pytest.raises(NotFound, match="An attendee is no customer"):
        suggest_all(OPERATOR_CLI, AssignmentRules(event=strangers))
    with pytest.raises(NotFound, match="Nothing has been assigned"):
        ReadAssignment(world.store, lambda: NOW).page(OPERATOR_CLI, PageOf(), "strangers")


def test_nobody_at_an_event_seeks_anything(world: World) -> None:
    idle = [one for one in RECORDS.customers[ATTENDEES:] if not _open_needs({one.id})][:3]
    run = world.run(AssignmentRules(event=Event("idle", tuple(Attendee(one.id) for one in idle))))
    assert (run.need_count, run.pair_count, run.gini, world.rows("idle")) == (0, 0, 0.0, [])
