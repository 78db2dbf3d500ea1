"""Runs, jobs, keys, repeated requests and imports, on every engine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.community import Community, CommunityRun
from app.domain.customer import Contact
from app.domain.errors import BadInput, KeyReused
from app.domain.job import ApiKey, ImportRun, JobRun, JobState
from app.domain.money import Money
from app.domain.relationship import RelationshipKind
from app.domain.staff import Acquaintance, Staff
from app.domain.value import CustomerValue, ValueRun
from app.ports.store import PageOf, Transaction
from app.store.store import GraphStore
from tests.contract.portfolio import KINDS, NOW, customer, need, records, save_all, tie


def community_run(key: str) -> CommunityRun:
    return CommunityRun(key, "leiden", 2.0, 7, 0.5, 2, 3, 12, NOW)


def value_run(key: str) -> ValueRun:
    return ValueRun(key, NOW, NOW, "EUR", "{}", ("an assumption",), 2, 1, (), NOW)


def value(run: str, number: int, referral: int, introduction: int) -> CustomerValue:
    parts = (referral, *[0] * 9)
    return CustomerValue(f"cus_{number:04}", run, "EUR", parts, (introduction, *[0] * 9), 3, Money(5, "EUR"), "ledger")


def job(number: int, **changes: object) -> JobRun:
    fields = {
        "id": f"job_{number}",
        "type": "score_value",
        "state": JobState.QUEUED,
        "params": "{}",
        "created_at": NOW + timedelta(seconds=number),
        "created_by": "cli",
    }
    return JobRun(**fields | changes)  # type: ignore[arg-type]


def test_readers_see_a_run_of_communities_only_after_the_switch(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(number) for number in range(4)]})
    first = Community("com_a", "run_1", 2, "Roofs", 0.5, ("cus_0000", "cus_0001"))
    second = Community("com_b", "run_1", 1, "", 0.0, ("cus_0002",))

    def read() -> tuple[CommunityRun | None, list[Community], list[str]]:
        return store.read(
            ME,
            lambda tx: (
                tx.communities.current(),
                tx.communities.page(PageOf()),
                tx.communities.members("com_a", PageOf()),
            ),
        )

    for _ in range(2):  # a job that was killed writes its run again
        store.write(ME, lambda tx: tx.communities.write_run(community_run("run_1"), [second]))
        store.write(ME, lambda tx: tx.communities.write_run(community_run("run_1"), [first]))
    assert read() == (None, [], [])
    store.write(ME, lambda tx: tx.communities.switch("run_1", NOW))
    shown = [replace(first, member_ids=()), replace(second, member_ids=())]
    assert read() == (community_run("run_1"), shown, ["cus_0000", "cus_0001"])
    assert store.read(ME, lambda tx: tx.communities.page(PageOf("com_a", 1))) == shown[1:]
    other = Community("com_c", "run_2", 1, "", 0.0, ("cus_0000",))
    store.write(ME, lambda tx: tx.communities.write_run(community_run("run_2"), [other]))
    assert read()[1] == shown
    store.write(ME, lambda tx: tx.communities.switch("run_2", NOW))
    assert read() == (community_run("run_2"), [replace(other, member_ids=())], [])


def test_an_old_run_is_forgotten_in_bounded_steps_and_the_current_one_never(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(1)]})
    for run in ("run_1", "run_2"):
        parts = [Community(f"com_{run}_{number}", run, 1, "", 0.0, ("cus_0001",)) for number in range(3)]
        store.write(ME, lambda tx, run=run, parts=parts: tx.communities.write_run(community_run(run), parts))  # type: ignore[misc]
    store.write(ME, lambda tx: tx.communities.switch("run_2", NOW))
    gone = [store.write(ME, lambda tx: tx.communities.forget("run_1", limit=2)) for _ in range(5)]
    assert gone == [2, 1, 2, 1, 0]  # memberships, communities, the run
    assert store.write(ME, lambda tx: tx.communities.forget("run_2", limit=2)) == 0
    assert len(store.read(ME, lambda tx: tx.communities.page(PageOf()))) == 3
    assert store.read(ME, lambda tx: tx.communities.current()) == community_run("run_2")
    assert store.read(ME, lambda tx: tx.views.counts())["CommunityRun"] == 1


def test_readers_see_a_run_of_values_only_after_the_switch(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(number) for number in range(4)]})
    rows = [value("run_1", 0, 5, 5), value("run_1", 2, 3, 8), value("run_1", 1, 10, 0), value("run_1", 3, -4, 0)]
    operators = replace(rows[0], customer_id="OPERATOR", crv_referral=(0,) * 10, clv=None, clv_source=None)
    store.write(ME, lambda tx: tx.values.write_run(value_run("run_1"), [*rows, operators]))
    assert store.read(ME, lambda tx: tx.values.current()) is None
    store.write(ME, lambda tx: tx.values.switch("run_1", NOW))
    best = [rows[1], rows[0], rows[2], rows[3]]  # totals are nobody's value
    assert store.read(ME, lambda tx: tx.values.get("run_1", ["OPERATOR"])) == [operators]
    assert store.read(ME, lambda tx: tx.values.top("run_1", 5)) == best
    assert store.read(ME, lambda tx: tx.values.top("run_1", 2)) == best[:2]
    assert store.read(ME, lambda tx: tx.values.get("run_1", ["OPERATOR", "cus_0003", "absent"])) == [operators, rows[3]]
    assert store.read(ME, lambda tx: tx.values.current()) == value_run("run_1")
    store.write(ME, lambda tx: tx.values.write_run(value_run("run_2"), [value("run_2", 3, 1, 1)]))
    assert store.read(ME, lambda tx: tx.values.current()) == value_run("run_1")
    store.write(ME, lambda tx: tx.values.switch("run_2", NOW))
    assert store.read(ME, lambda tx: tx.values.current()) == value_run("run_2")
    assert store.read(ME, lambda tx: tx.values.top("run_2", 5)) == [value("run_2", 3, 1, 1)]
    assert store.read(ME, lambda tx: tx.values.begun("run_2")) == (value_run("run_2"), "cus_0003")
    assert store.read(ME, lambda tx: tx.values.begun("run_1")) == (value_run("run_1"), "cus_0003")
    assert store.read(ME, lambda tx: tx.values.begun("run_3")) is None
    assert [store.write(ME, lambda tx: tx.values.forget("run_1", limit=4)) for _ in range(3)] == [4, 1, 0]


def test_of_many_workers_one_gets_a_job(store: GraphStore) -> None:
    store.write(ME, lambda tx: tx.jobs.save(job(1)))
    start = threading.Barrier(8)

    def claim(_: int) -> JobRun | None:
        start.wait()
        lease = NOW + timedelta(minutes=1)
        return store.write(ME, lambda tx: tx.jobs.claim(now=NOW, lease_until=lease), patient=True)

    with ThreadPoolExecutor(8) as pool:
        taken = [found for found in pool.map(claim, range(8)) if found]
    assert len(taken) == 1
    lease = NOW + timedelta(minutes=1)
    assert taken[0] == job(1, state=JobState.RUNNING, started_at=NOW, lease_until=lease, fence=1)


def test_jobs_are_taken_oldest_first_and_again_when_a_lease_has_run_out(store: GraphStore) -> None:
    for number in (2, 1):
        store.write(ME, lambda tx, number=number: tx.jobs.save(job(number)))  # type: ignore[misc]

    def claim(seconds: int) -> str | None:
        now = NOW + timedelta(seconds=seconds)
        found = store.write(ME, lambda tx: tx.jobs.claim(now=now, lease_until=now + timedelta(seconds=60)))
        return found and f"{found.id} {found.fence}"

    assert [claim(0), claim(1), claim(59)] == ["job_1 1", "job_2 1", None]
    assert [claim(61), claim(62)] == ["job_1 2", "job_2 2"]


def test_a_worker_that_lost_its_job_reports_nothing(store: GraphStore) -> None:
    store.write(ME, lambda tx: tx.jobs.save(job(1)))
    old = store.write(ME, lambda tx: tx.jobs.claim(now=NOW, lease_until=NOW))
    new = store.write(ME, lambda tx: tx.jobs.claim(now=NOW + timedelta(1), lease_until=NOW + timedelta(2)))
    assert old is not None
    assert new is not None
    assert not store.write(ME, lambda tx: tx.jobs.report(replace(old, done=9)))
    assert store.write(ME, lambda tx: tx.jobs.report(replace(new, done=5, total=9, stage="scoring")))
    assert store.read(ME, lambda tx: tx.jobs.get("job_1")) == replace(new, done=5, total=9, stage="scoring")


def test_a_wish_to_cancel_survives_the_workers_next_report(store: GraphStore) -> None:
    store.write(ME, lambda tx: tx.jobs.save(job(1)))
    running = store.write(ME, lambda tx: tx.jobs.claim(now=NOW, lease_until=NOW))
    assert running is not None
    assert store.write(ME, lambda tx: tx.jobs.request_cancel("job_1"))
    assert not store.write(ME, lambda tx: tx.jobs.request_cancel("absent"))
    assert store.write(ME, lambda tx: tx.jobs.report(replace(running, done=1)))
    seen = store.read(ME, lambda tx: tx.jobs.page(PageOf()))
    assert [(found.done, found.cancel_requested) for found in seen] == [(1, True)]


def test_a_key_is_found_by_its_hash(store: GraphStore) -> None:
    key = ApiKey("key_1", "reporting", "0" * 64, ("read",), NOW)
    store.write(ME, lambda tx: tx.keys.save(key))
    revoked = replace(key, revoked_at=NOW)
    store.write(ME, lambda tx: tx.keys.save(revoked))
    assert store.read(ME, lambda tx: tx.keys.by_hash("0" * 64)) == revoked
    assert store.read(ME, lambda tx: tx.keys.by_hash("1" * 64)) is None
    assert store.read(ME, lambda tx: tx.keys.page(PageOf())) == [revoked]


def test_a_repeated_request_gets_the_first_answer(store: GraphStore) -> None:
    assert store.write(ME, lambda tx: tx.idempotency.claim("k", "hash", NOW)) is None
    with pytest.raises(KeyReused) as waiting:
        store.write(ME, lambda tx: tx.idempotency.claim("k", "hash", NOW))
    assert waiting.value.in_flight
    store.write(ME, lambda tx: tx.idempotency.store("k", 201, "{}"))
    assert store.write(ME, lambda tx: tx.idempotency.claim("k", "hash", NOW)) == (201, "{}")
    with pytest.raises(KeyReused) as other:
        store.write(ME, lambda tx: tx.idempotency.claim("k", "other", NOW))
    assert not other.value.in_flight


def test_fifty_equal_requests_at_once_have_one_effect(store: GraphStore) -> None:
    start = threading.Barrier(50)

    def request(number: int) -> str:
        def work(tx: Transaction) -> str:
            stored = tx.idempotency.claim("k", "hash", NOW)
            if stored is not None:
                return stored[1]
            tx.customers.save([customer(number)])
            tx.idempotency.store("k", 201, f"cus_{number:04}")
            return f"cus_{number:04}"

        start.wait()
        return store.write(ME, work, patient=True)

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(request, range(50)))
    assert {row.id for row in store.read(ME, lambda tx: tx.customers.page(PageOf()))} == answers
    assert len(answers) == 1


def test_an_import_is_recorded(store: GraphStore) -> None:
    run = ImportRun("imp_1", "native", "running", "a folder", NOW)
    store.write(ME, lambda tx: tx.imports.save(run))
    done = replace(run, state="done", finished_at=NOW, rows_in=3, created=3, checkpoint="3")
    store.write(ME, lambda tx: tx.imports.save(done))
    assert store.read(ME, lambda tx: (tx.imports.get("imp_1"), tx.imports.page(PageOf()))) == (done, [done])
    assert store.read(ME, lambda tx: tx.imports.get("absent")) is None


def undo(store: GraphStore, import_id: str, limit: int = 3) -> int:
    """In bounded steps, as a job does."""
    total = 0
    while done := store.write(ME, lambda tx: tx.imports.undo(import_id, limit=limit), patient=True):
        assert done <= limit
        total += done
    return total


def test_undoing_an_import_leaves_the_graph_as_it_was(store: GraphStore) -> None:
    old: dict[str, list[Any]] = {
        "customers": [customer(8), customer(9)],
        "contacts": [Contact("con_8", "cus_0008", "A contact")],
        "staff": [Staff("8", "An officer")],
        "knows": [Acquaintance("knw_8", "8", "con_8", "crm")],
        "relationships": [tie(RelationshipKind.DEALS_WITH, 8, 9)],
    }
    save_all(store, old)
    before = store.read(ME, lambda tx: tx.views.counts())
    everything = {
        kind: [replace(row, import_id="imp_1") if hasattr(row, "import_id") else row for row in rows]
        for kind, rows in records().items()
        if kind != "categories"  # the taxonomy has no import of its own
    }
    everything["needs"] = [replace(row, category_id=None) for row in everything["needs"]]
    everything["capabilities"] = [replace(row, category_id=None) for row in everything["capabilities"]]
    save_all(store, everything)
    changed = {
        "customers": [replace(old["customers"][0], name="New")],
        "relationships": [replace(old["relationships"][0], count=5)],
        "knows": [replace(old["knows"][0], count=5)],
    }
    for kind, label in (("customers", "Customer"), ("relationships", "Relationship"), ("knows", "Acquaintance")):
        counts = save_all(store, {kind: changed[kind]})[kind]
        remembered = counts.changed_before
        store.write(ME, lambda tx, label=label, rows=remembered: tx.imports.remember("imp_1", label, rows))  # type: ignore[misc]
    assert undo(store, "imp_1") == sum(len(rows) for rows in everything.values()) + 3
    after = store.read(ME, lambda tx: tx.views.counts())
    assert {**after, "Watermark": 0} == {**before, "Watermark": 0}
    for kind in KINDS:
        rows = store.read(ME, lambda tx, kind=kind: getattr(tx, kind).get([row.id for row in everything.get(kind, [])]))  # type: ignore[misc]
        assert rows == []
    assert store.read(ME, lambda tx: tx.customers.get(["cus_0008", "cus_0009"])) == old["customers"]
    assert store.read(ME, lambda tx: tx.relationships.page(PageOf(), customer_id="cus_0008")) == old["relationships"]
    assert store.read(ME, lambda tx: tx.knows.get([old["knows"][0].id])) == old["knows"]


def test_what_a_later_import_changed_stays_until_that_one_is_undone(store: GraphStore) -> None:
    first = customer(1, import_id="imp_1")
    save_all(store, {"customers": [first, customer(2, import_id="imp_1")]})
    counts = save_all(store, {"customers": [replace(first, name="Later")]})["customers"]
    store.write(ME, lambda tx: tx.imports.remember("imp_2", "Customer", counts.changed_before))
    assert undo(store, "imp_1") == 1
    assert [row.name for row in store.read(ME, lambda tx: tx.customers.page(PageOf()))] == ["Later"]
    assert undo(store, "imp_2") == 1
    assert store.read(ME, lambda tx: tx.customers.page(PageOf())) == [first]
    assert undo(store, "imp_1") == 1


def test_the_first_memory_of_a_row_wins(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(1), customer(2)], "needs": [need(1, 1)]})
    for seeker, text in (("cus_0002", "second"), ("cus_0001", "third")):
        counts = save_all(store, {"needs": [need(1, 1, seeker_id=seeker, text=text)]})["needs"]
        store.write(ME, lambda tx, rows=counts.changed_before: tx.imports.remember("imp_1", "Need", rows))  # type: ignore[misc]
    assert undo(store, "imp_1") == 1
    assert store.read(ME, lambda tx: tx.needs.page(PageOf(), seeker_id="cus_0001")) == [need(1, 1)]
    assert store.read(ME, lambda tx: tx.needs.page(PageOf(), seeker_id="cus_0002")) == []
    with pytest.raises(BadInput):
        store.write(ME, lambda tx: tx.imports.remember("imp_1", "JobRun", []))


def test_of_two_imports_that_changed_a_row_the_later_one_is_undone_first(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(1)]})
    for number, name in ((1, "First"), (2, "Second")):
        counts = save_all(store, {"customers": [customer(1, name=name)]})["customers"]
        run, rows = f"imp_{number}", counts.changed_before
        store.write(ME, lambda tx, run=run, rows=rows: tx.imports.remember(run, "Customer", rows))  # type: ignore[misc]

    def name_after_undoing(import_id: str) -> tuple[int, str]:
        done = undo(store, import_id)
        return done, store.read(ME, lambda tx: tx.customers.get(["cus_0001"]))[0].name

    assert name_after_undoing("imp_1") == (0, "Second")
    assert name_after_undoing("imp_2") == (1, "First")
    assert name_after_undoing("imp_1") == (1, "Customer 1")
