"""Runs of assignments on every engine: whole before they are seen, one for each event, pages by need."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.domain.access import OPERATOR_CLI as ME
from app.domain.assignment import AssignedPair, AssignmentPolicy, AssignmentRun, pair_id
from app.domain.assignment_record import AssignmentStep
from app.ports.store import PageOf
from app.store.store import GraphStore
from tests.contract.portfolio import NOW, customer, introduction, need


def run(key: str, event: str = "") -> AssignmentRun:
    counts = {"need_count": 4, "refused_count": 1, "nobody_count": 0, "unplaced_count": 1, "provider_count": 9}
    figures = {"pair_count": 3, "reserved_count": 1, "gini": 0.25, "never_shown": 0.5, "mutual_top": 2}
    lists: dict[str, Any] = {"lists_gini": 0.75, "lists_never_shown": 0.625, "lists_mutual_top": 1}
    rest: dict[str, Any] = {"notes": ("a note",), "snapshot_watermark": 12, "finished_at": NOW}
    return AssignmentRun(
        key, event, AssignmentPolicy.TRANSFERABLE, 3, 5, 8, 1, 0.5, **counts, **figures, **lists, **rest
    )


def pair(of: str, need_id: str, place: int) -> AssignedPair:
    sides = (need_id, "cus_0001", f"cus_{place:04}", place)
    return AssignedPair(pair_id(of, need_id, place), of, *sides, 0.5, place == 2, True, ("It offers this.",))


def test_a_run_is_seen_only_from_its_switch_on_and_each_event_has_its_own(store: GraphStore) -> None:
    pairs = [pair("run_1", "need_a", 1), pair("run_1", "need_a", 2), pair("run_1", "need_b", 1)]

    def current(event: str = "") -> AssignmentRun | None:
        return store.read(ME, lambda tx: tx.assignments.current(event))

    for _ in range(2):  # a job that is run again
        store.write(ME, lambda tx: tx.assignments.write_run(run("run_1"), pairs[1:]))
        store.write(ME, lambda tx: tx.assignments.write_run(run("run_1"), pairs[:1]))
    assert current() is None
    store.write(ME, lambda tx: tx.assignments.switch(run("run_1"), NOW))
    assert (current(), current("fair")) == (run("run_1"), None)
    store.write(ME, lambda tx: tx.assignments.write_run(run("run_2", "fair"), [pair("run_2", "need_a", 1)]))
    store.write(ME, lambda tx: tx.assignments.switch(run("run_2", "fair"), NOW))
    assert (current(), current("fair")) == (run("run_1"), run("run_2", "fair"))
    assert store.read(ME, lambda tx: tx.assignments.page("run_1", PageOf())) == pairs
    assert store.read(ME, lambda tx: tx.assignments.page("run_2", PageOf())) == [pair("run_2", "need_a", 1)]


def test_pages_go_on_at_the_same_need_when_the_run_has_changed(store: GraphStore) -> None:
    for key in ("run_1", "run_2"):
        pairs = [pair(key, f"need_{letter}", place) for letter in "abc" for place in (1, 2)]
        store.write(ME, lambda tx, key=key, pairs=pairs: tx.assignments.write_run(run(key), pairs))  # type: ignore[misc]

    def page(key: str, after: str | None) -> list[str]:
        return [one.id for one in store.read(ME, lambda tx: tx.assignments.page(key, PageOf(after, 3)))]

    first = page("run_1", None)
    assert first == ["run_1:need_a:01", "run_1:need_a:02", "run_1:need_b:01"]
    assert page("run_1", first[-1]) == ["run_1:need_b:02", "run_1:need_c:01", "run_1:need_c:02"]
    assert page("run_2", first[-1]) == ["run_2:need_b:02", "run_2:need_c:01", "run_2:need_c:02"]
    assert page("run_1", "run_1:need_c:02") == page("run_3", None) == []


def test_only_runs_that_nobody_sees_are_forgotten(store: GraphStore) -> None:
    for key in ("run_1", "run_2"):
        pairs = [pair(key, "need_a", place) for place in (1, 2, 3)]
        store.write(ME, lambda tx, key=key, pairs=pairs: tx.assignments.write_run(run(key), pairs))  # type: ignore[misc]
    store.write(ME, lambda tx: tx.assignments.switch(run("run_2"), NOW))

    def forget(key: str) -> int:
        return store.write(ME, lambda tx: tx.assignments.forget(key, limit=2))

    assert [forget("run_1"), forget("run_1"), forget("run_1"), forget("run_2")] == [2, 1, 0, 0]
    counts = store.read(ME, lambda tx: tx.views.counts())
    assert (counts["AssignmentRun"], counts["AssignedPair"]) == (1, 3)


def test_known_providers_were_introduced_or_have_met_a_need(store: GraphStore) -> None:
    customers = [customer(number) for number in range(1, 6)]
    needs = [need(1, 1, met_by="cus_0002"), need(2, 1)]
    for kind, rows in (("customers", customers), ("needs", needs), ("introductions", [introduction(1, 1, 3)])):
        store.write(ME, lambda tx, kind=kind, rows=rows: getattr(tx, kind).save(rows))  # type: ignore[misc]
    ids = [one.id for one in customers]
    found = store.read(ME, lambda tx: tx.introductions.known_providers([*ids, "cus_unknown"]))
    assert found == {ids[1], ids[2]}  # the seeker of an introduction is none
    assert store.read(ME, lambda tx: tx.introductions.known_providers([])) == set()


def step(record_id: str, key: str, *, days: int = 0, inputs: str = "packed") -> AssignmentStep:
    return AssignmentStep(f"{record_id}:{key}", record_id, 12, NOW + timedelta(days=days), inputs)


def keys(store: GraphStore, record_id: str) -> list[str]:
    found, after = list[str](), None
    while page := store.read(ME, lambda tx, after=after: tx.assignments.steps(record_id, PageOf(after, 2))):  # type: ignore[misc]
        found += [one.id.partition(":")[2] for one in page]
        after = page[-1].id
    return found


def test_a_step_stays_as_it_was_written_and_pages_keep_their_order(store: GraphStore) -> None:
    first = step("rec_1", "need_b")
    for one in (first, step("rec_1", "~"), step("rec_1", "need_a"), step("rec_2", "need_c")):
        store.write(ME, lambda tx, one=one: tx.assignments.keep_step(one))  # type: ignore[misc]
    store.write(ME, lambda tx: tx.assignments.keep_step(replace(first, inputs="another", snapshot_watermark=13)))
    assert first in store.read(ME, lambda tx: tx.assignments.steps("rec_1", PageOf()))
    assert (keys(store, "rec_1"), keys(store, "rec_2"), keys(store, "rec_3")) == (
        ["need_a", "need_b", "~"],
        ["need_c"],
        [],
    )


def test_steps_go_with_the_last_run_that_rests_on_them_and_when_nobody_ever_came_back(store: GraphStore) -> None:
    for one in (step("rec_1", "need_a"), step("rec_1", "~"), step("rec_2", "need_a"), step("rec_3", "need_a", days=2)):
        store.write(ME, lambda tx, one=one: tx.assignments.keep_step(one))  # type: ignore[misc]
    runs = [replace(run(f"run_{number}"), record_id="rec_1") for number in (1, 2)]
    for one in runs:
        store.write(ME, lambda tx, one=one: tx.assignments.write_run(one, [pair(one.id, "need_a", 1)]))  # type: ignore[misc]
    assert store.read(ME, lambda tx: tx.assignments.run("run_1")) == runs[0]
    assert store.read(ME, lambda tx: tx.assignments.run("run_3")) is None

    def abandoned(days: int) -> list[str]:
        return store.read(ME, lambda tx: tx.assignments.abandoned(NOW + timedelta(days=days), limit=9))

    def forget(run_id: str) -> list[int]:
        found = [store.write(ME, lambda tx: tx.assignments.forget(run_id, limit=1))]
        while found[-1]:
            found.append(store.write(ME, lambda tx: tx.assignments.forget(run_id, limit=1)))
        return found

    assert (abandoned(0), abandoned(1), abandoned(3)) == ([], ["rec_2"], ["rec_2", "rec_3"])
    assert store.write(ME, lambda tx: tx.assignments.forget_steps("rec_1", limit=9)) == 0
    store.write(ME, lambda tx: tx.assignments.switch(runs[1], NOW))
    assert (forget("run_1"), keys(store, "rec_1")) == ([1, 0], ["need_a", "~"])
    assert (forget("run_2"), keys(store, "rec_1")) == ([0], ["need_a", "~"])  # readers see it
    store.write(ME, lambda tx: tx.assignments.switch(run("run_9"), NOW))
    assert (forget("run_2"), keys(store, "rec_1")) == ([1, 1, 1, 0], [])
    assert store.read(ME, lambda tx: tx.assignments.run("run_2")) is None
    assert store.write(ME, lambda tx: tx.assignments.forget_steps("rec_2", limit=9)) == 1
