"""Runs of assignments on every engine: whole before they are seen, one for each event, pages by need."""

from typing import Any

from app.domain.access import OPERATOR_CLI as ME
from app.domain.assignment import AssignedPair, AssignmentPolicy, AssignmentRun, pair_id
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
