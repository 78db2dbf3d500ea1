"""Saving and reading records, on every engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.capability import Category
from app.domain.errors import BadInput, NotAllowed, NotFound, StaleVersion, TooLarge
from app.domain.introduction import IntroductionStatus
from app.domain.need import NeedStatus
from app.domain.referral import Contribution
from app.domain.relationship import RelationshipKind
from app.ports.store import PageOf, SaveCounts, Transaction
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from tests.contract.portfolio import KINDS, NOW, count, customer, need, records, save_all, tie


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_comes_back_as_it_was_saved(store: GraphStore, kind: str) -> None:
    everything = records()
    save_all(store, everything)
    ids = [row.id for row in everything[kind]]
    assert store.read(ME, lambda tx: getattr(tx, kind).get(ids)) == everything[kind]
    assert store.read(ME, lambda tx: getattr(tx, kind).get([*reversed(ids), "absent"])) == everything[kind][::-1]


def test_saving_twice_changes_nothing(store: GraphStore, runner: GraphRunner) -> None:
    everything = records()
    first = save_all(store, everything)
    assert first == {kind: SaveCounts(created=len(everything[kind])) for kind in KINDS}
    ties, watermark = count(runner, "MATCH ()-[r]->() RETURN count(r)"), store.read(ME, lambda tx: tx.views.watermark())
    assert save_all(store, everything) == {kind: SaveCounts(unchanged=len(everything[kind])) for kind in KINDS}
    assert count(runner, "MATCH ()-[r]->() RETURN count(r)") == ties
    assert store.read(ME, lambda tx: tx.views.watermark()) == watermark


@pytest.mark.parametrize(
    ("pattern", "ties"),
    [
        ("(:Customer {id: 'cus_0001'})-[:IN_GROUP]->(:LegalGroup {id: 'grp_1'})", 1),
        ("(:Contact {id: 'con_1'})-[:WORKS_FOR]->(:Customer {id: 'cus_0001'})", 1),
        ("(:Staff {id: 'anna.k'})-[:KNOWS {id: 'knw_2', count: 7}]->(:Contact {id: 'con_1'})", 1),
        ("(:Customer {id: 'cus_0002'})-[:GAVE]->(:Consent {id: 'cns_0002'})", 1),
        ("(:Signal)-[:ABOUT]->(:Customer {id: 'cus_0001'})", 1),
        ("(:Category {id: 'build.roof'})-[:CHILD_OF]->(:Category {id: 'build'})", 1),
        ("(:Customer {id: 'cus_0001'})-[:HAS_NEED]->(:Need {id: 'need_0001'})", 1),
        ("(:Need {id: 'need_0001'})-[:IN_CATEGORY]->(:Category {id: 'build.roof'})", 1),
        ("(:Need {id: 'need_0001'})-[:MET_BY]->(:Customer {id: 'cus_0002'})", 1),
        ("(:Customer {id: 'cus_0002'})-[:OFFERS]->(:Capability {id: 'cap_0001'})", 1),
        ("(:Capability {id: 'cap_0001'})-[:IN_CATEGORY]->(:Category {id: 'build'})", 1),
        (
            "(:Customer {id: 'cus_0001'})-[:DEALS_WITH {id: 'rel_deals_with_0001_0002'}]->(:Customer {id: 'cus_0002'})",
            1,
        ),
        ("(:Introduction {id: 'int_0001'})-[:FOR_NEED]->(:Need {id: 'need_0001'})", 1),
        ("(:Introduction {id: 'int_0001'})-[:INTRODUCES {role: 'seeker'}]->(:Customer {id: 'cus_0001'})", 1),
        ("(:Introduction {id: 'int_0001'})-[:INTRODUCES {role: 'provider'}]->(:Customer {id: 'cus_0002'})", 1),
        ("(:Customer {id: 'cus_0001'})-[:REFERRED {id: 'ref_1'}]->(:Customer {id: 'cus_0003'})", 1),
        ("(:Outcome {id: 'out_0001'})-[:CAME_FROM]->()", 3),
        ("(:Outcome {id: 'out_0001'})-[:PAID]->(:CashFlow)", 2),
    ],
)
def test_a_record_draws_the_ties_that_it_names(store: GraphStore, runner: GraphRunner, pattern: str, ties: int) -> None:
    save_all(store, records())
    assert count(runner, f"MATCH p = {pattern} RETURN count(p)") == ties


def test_a_changed_row_is_updated_keeps_its_import_and_is_remembered(store: GraphStore, runner: GraphRunner) -> None:
    everything = records()
    save_all(store, everything)
    old = everything["needs"][0]
    new = replace(old, text="Other words", category_id="build", met_by=None, met_at=None, import_id="imp_2")
    counts = store.write(ME, lambda tx: tx.needs.save([new, everything["needs"][1]]))
    assert (counts.created, counts.updated, counts.unchanged) == (0, 1, 1)
    assert [key for key, _ in counts.changed_before] == [old.id]
    assert '"text": "Need 1"' in counts.changed_before[0][1]
    saved = store.read(ME, lambda tx: tx.needs.get([old.id]))
    assert saved == [replace(new, version=2, import_id=None)]
    assert (
        count(runner, "MATCH (:Need {id: 'need_0001'})-[:IN_CATEGORY]->(c:Category {id: 'build'}) RETURN count(c)") == 1
    )
    assert count(runner, "MATCH (:Need {id: 'need_0001'})-[r:IN_CATEGORY|MET_BY]->() RETURN count(r)") == 1


def test_a_changed_tie_is_updated_in_place(store: GraphStore, runner: GraphRunner) -> None:
    everything = records()
    save_all(store, everything)
    stronger = replace(everything["relationships"][0], count=8)
    counts = store.write(ME, lambda tx: tx.relationships.save([stronger]))
    assert (counts.created, counts.updated) == (0, 1)
    assert store.read(ME, lambda tx: tx.relationships.get([stronger.id])) == [stronger]
    assert count(runner, "MATCH (:Customer)-[r:DEALS_WITH]->(:Customer) RETURN count(r)") == 1


@pytest.mark.parametrize(
    ("kind", "change", "pointer"),
    [
        ("customers", {"group_id": "absent"}, "group_id"),
        ("contacts", {"customer_id": "absent"}, "customer_id"),
        ("knows", {"staff_id": "absent"}, "staff_id"),
        ("knows", {"contact_id": "absent"}, "contact_id"),
        ("consents", {"customer_id": "absent"}, "customer_id"),
        ("signals", {"customer_id": "absent"}, "customer_id"),
        ("categories", {"parent_id": "absent"}, "parent_id"),
        ("needs", {"seeker_id": "absent"}, "seeker_id"),
        ("needs", {"category_id": "absent"}, "category_id"),
        ("needs", {"met_by": "absent"}, "met_by"),
        ("capabilities", {"provider_id": "absent"}, "provider_id"),
        ("capabilities", {"category_id": "absent"}, "category_id"),
        ("relationships", {"from_id": "absent"}, "from_id"),
        ("relationships", {"to_id": "absent"}, "to_id"),
        ("introductions", {"need_id": "absent"}, "need_id"),
        ("introductions", {"seeker_id": "absent"}, "seeker_id"),
        ("introductions", {"provider_id": "absent"}, "provider_id"),
        ("referrals", {"referrer_id": "absent"}, "referrer_id"),
        ("referrals", {"referred_id": "absent"}, "referred_id"),
        ("referrals", {"introduction_id": "absent"}, "introduction_id"),
        ("outcomes", {"seeker_id": "absent"}, "seeker_id"),
        ("outcomes", {"provider_id": "absent"}, "provider_id"),
        ("outcomes", {"need_id": "absent"}, "need_id"),
        ("outcomes", {"referral_id": "absent"}, "referral_id"),
        ("outcomes", {"introduction_id": "absent"}, "introduction_id"),
        ("evidence", {"outcome_id": "absent"}, "outcome_id"),
        ("evidence", {"contributions": (Contribution("absent", 1.0),)}, "contributions"),
        ("flows", {"outcome_id": "absent"}, "outcome_id"),
        ("flows", {"reverses": "absent"}, "reverses"),
    ],
)
def test_a_row_that_names_an_unknown_record_is_refused_and_nothing_is_written(
    store: GraphStore, runner: GraphRunner, kind: str, change: dict[str, Any], pointer: str
) -> None:
    everything = records()
    save_all(store, everything)
    before = count(runner, "MATCH (n) RETURN count(n)")
    last = everything[kind][-1]
    good, bad = replace(last, id="new_1"), replace(last, id="new_2", **change)
    if kind == "relationships":
        good = replace(good, from_id="cus_0004", to_id="cus_0002")
    if kind == "knows":
        good = replace(good, staff_id="anna.k", contact_id="con_2")
    with pytest.raises(BadInput) as refused:
        store.write(ME, lambda tx: getattr(tx, kind).save([good, bad]))
    assert refused.value.pointer == f"/rows/1/{pointer}"
    assert "absent" not in str(refused.value)
    assert count(runner, "MATCH (n) RETURN count(n)") == before
    assert store.read(ME, lambda tx: getattr(tx, kind).get(["new_1"])) == []


def test_a_bad_row_among_thousands_leaves_nothing(store: GraphStore, runner: GraphRunner) -> None:
    store.write(ME, lambda tx: tx.customers.save([customer(1)]))
    rows = [need(number, 1 if number != 1700 else 9) for number in range(2500)]
    with pytest.raises(BadInput) as refused:
        store.write(ME, lambda tx: tx.needs.save(rows), patient=True)
    assert refused.value.pointer == "/rows/1700/seeker_id"
    assert count(runner, "MATCH (n:Need) RETURN count(n)") == 0


def test_what_fails_later_takes_the_whole_unit_of_work_with_it(store: GraphStore) -> None:
    def work(tx: Transaction) -> None:
        tx.customers.save([customer(1)])
        tx.needs.save([need(1, 1), need(2, 2)])

    with pytest.raises(BadInput):
        store.write(ME, work)
    assert store.read(ME, lambda tx: tx.customers.get(["cus_0001"])) == []


@pytest.mark.parametrize(
    ("kind", "rows", "pointer"),
    [
        ("customers", [customer(1), customer(2), customer(1, name="Other")], "/rows/2/id"),
        ("customers", [customer(1), customer(2, id="")], "/rows/1/id"),
        ("relationships", [tie(RelationshipKind.DEALS_WITH, 1, 1)], "/rows/0/to_id"),
        (
            "relationships",
            [tie(RelationshipKind.DEALS_WITH, 1, 2), tie(RelationshipKind.DEALS_WITH, 1, 2, count=2)],
            "/rows/1/id",
        ),
        (
            "relationships",
            [tie(RelationshipKind.DEALS_WITH, 1, 2), tie(RelationshipKind.DEALS_WITH, 1, 2, id="rel_other")],
            "/rows/1/id",
        ),
    ],
)
def test_rows_that_contradict_each_other_are_refused(
    store: GraphStore, kind: str, rows: list[Any], pointer: str
) -> None:
    store.write(ME, lambda tx: tx.customers.save([customer(8)]))
    with pytest.raises(BadInput) as refused:
        store.write(ME, lambda tx: getattr(tx, kind).save(rows))
    assert refused.value.pointer == pointer


def test_a_row_that_comes_twice_alike_counts_once(store: GraphStore) -> None:
    counts = store.write(ME, lambda tx: tx.customers.save([customer(1), customer(1)]))
    assert counts == SaveCounts(created=1, unchanged=1)


def test_times_come_back_in_utc_to_the_microsecond(store: GraphStore) -> None:
    zurich = datetime(2026, 7, 1, 0, 30, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    store.write(ME, lambda tx: tx.customers.save([customer(1, vetting_expires_at=zurich)]))
    (saved,) = store.read(ME, lambda tx: tx.customers.get(["cus_0001"]))
    assert saved.vetting_expires_at == zurich
    assert saved.vetting_expires_at is not None
    assert saved.vetting_expires_at.tzinfo is UTC
    row = customer(2, created_at=NOW.replace(tzinfo=None))
    with pytest.raises(BadInput):
        store.write(ME, lambda tx: tx.customers.save([row]))


def test_a_text_of_a_megabyte_and_a_list_of_ten_thousand_are_kept(store: GraphStore) -> None:
    rows = [customer(1, aliases=tuple(f"alias {number}" for number in range(10_000)))]
    needs = [need(1, 1, text="Größe 山 " * 125_000)]
    store.write(ME, lambda tx: (tx.customers.save(rows), tx.needs.save(needs)), patient=True)
    assert store.read(ME, lambda tx: tx.customers.get(["cus_0001"]), patient=True) == rows
    assert store.read(ME, lambda tx: tx.needs.get(["need_0001"]), patient=True) == needs


def test_an_indexed_text_that_no_index_takes_is_refused_with_its_place(store: GraphStore) -> None:
    store.write(ME, lambda tx: tx.customers.save([customer(1, name="山" * 1000)]))
    with pytest.raises(BadInput) as refused:
        store.write(ME, lambda tx: tx.customers.save([customer(1), customer(2, name="山" * 1001)]))
    assert refused.value.pointer == "/rows/1/name"


def test_more_than_ten_thousand_rows_are_refused(store: GraphStore) -> None:
    with pytest.raises(TooLarge):
        store.write(ME, lambda tx: tx.categories.save([Category("a", "A")] * 10_001))


@pytest.mark.parametrize(
    "page",
    [
        lambda tx, at: tx.customers.page(at),
        lambda tx, at: tx.customers.page(at, search="CUSTOMER"),
    ],
)
def test_pages_are_complete_and_in_order_whatever_the_order_of_saving(
    store: GraphStore, page: Callable[[Transaction, PageOf], list[Any]]
) -> None:
    numbers = [(number * 7919) % 1009 for number in range(1009)]  # a permutation: 7919 and 1009 are prime
    for start in range(0, 1009, 200):
        rows = [customer(number) for number in numbers[start : start + 200]]
        store.write(ME, lambda tx, rows=rows: tx.customers.save(rows), patient=True)  # type: ignore[misc]
    seen: list[str] = []
    at = PageOf(limit=100)
    while found := store.read(ME, lambda tx, at=at: page(tx, at)):  # type: ignore[misc]
        seen += [row.id for row in found]
        at = PageOf(after=seen[-1], limit=100)
    assert seen == [f"cus_{number:04}" for number in range(1009)]


def test_a_page_is_bounded(store: GraphStore) -> None:
    for limit in (0, 201):
        with pytest.raises(BadInput):
            store.read(ME, lambda tx, limit=limit: tx.customers.page(PageOf(limit=limit)))  # type: ignore[misc]


def test_pages_filter(store: GraphStore) -> None:
    everything = records()
    save_all(store, everything)

    def ids(work: Callable[[Transaction], list[Any]]) -> list[str]:
        return [row.id for row in store.read(ME, work)]

    at = PageOf()
    assert ids(lambda tx: tx.customers.page(at, search="& <SÖHNE")) == ["cus_0001"]
    assert ids(lambda tx: tx.needs.page(at)) == ["need_0001", "need_0002"]
    assert ids(lambda tx: tx.needs.page(at, status=NeedStatus.OPEN)) == ["need_0002"]
    assert ids(lambda tx: tx.needs.page(at, seeker_id="cus_0001")) == ["need_0001"]
    assert ids(lambda tx: tx.needs.page(at, seeker_id="cus_0001", status=NeedStatus.OPEN)) == []
    assert ids(lambda tx: tx.capabilities.page(at, provider_id="cus_0003")) == ["cap_0002"]
    ties = ["rel_competes_with_0002_0003", "rel_deals_with_0001_0002"]
    assert ids(lambda tx: tx.relationships.page(at, customer_id="cus_0002")) == ties
    assert ids(lambda tx: tx.introductions.page(at, customer_id="cus_0002")) == ["int_0001", "int_0002"]
    assert ids(lambda tx: tx.introductions.page(at, status=IntroductionStatus.DECLINED)) == ["int_0002"]
    assert ids(lambda tx: tx.introductions.page(at, customer_id="cus_0001", status=IntroductionStatus.DECLINED)) == []
    assert ids(lambda tx: tx.referrals.page(at, customer_id="cus_0003")) == ["ref_1", "ref_2"]
    assert ids(lambda tx: tx.outcomes.page(at, customer_id="cus_0002")) == ["out_0001"]
    assert ids(lambda tx: tx.flows.of_outcomes(["out_0001", "out_0002"])) == ["flow_1", "flow_2"]
    assert store.read(ME, lambda tx: list(tx.outcomes.stream())) == [everything["outcomes"]]
    assert store.read(ME, lambda tx: list(tx.flows.stream())) == [everything["flows"]]


def test_a_tie_keeps_its_direction_from_either_end(store: GraphStore) -> None:
    everything = records()
    save_all(store, everything)
    for end in ("cus_0001", "cus_0002"):
        found = store.read(ME, lambda tx, end=end: tx.relationships.page(PageOf(), customer_id=end))  # type: ignore[misc]
        assert everything["relationships"][0] in found


def test_a_customer_changes_only_from_the_version_that_was_read(store: GraphStore) -> None:
    save_all(store, records())
    (old,) = store.read(ME, lambda tx: tx.customers.get(["cus_0004"]))
    new = replace(old, name="Renamed", group_id=None)
    saved = store.write(ME, lambda tx: tx.customers.change(new, expected_version=1))
    assert saved == replace(new, version=2)
    with pytest.raises(StaleVersion):
        store.write(ME, lambda tx: tx.customers.change(new, expected_version=1))
    assert store.write(ME, lambda tx: tx.customers.change(new, expected_version=None)).version == 3
    with pytest.raises(NotFound):
        store.write(ME, lambda tx: tx.customers.change(customer(99), expected_version=1))
    with pytest.raises(BadInput):
        store.write(ME, lambda tx: tx.customers.change(replace(new, group_id="absent"), expected_version=None))


def test_only_what_the_snapshot_shows_moves_the_watermark(store: GraphStore) -> None:
    everything = records()

    def watermark() -> int:
        return store.read(ME, lambda tx: tx.views.watermark())

    moved = []
    for kind in KINDS:
        before = watermark()
        save_all(store, {kind: everything[kind]})
        moved.append((kind, watermark() - before))
    still = {"groups", "contacts", "staff", "knows", "consents", "introductions", "ledger"}
    assert moved == [(kind, 0 if kind in still else 1) for kind in KINDS]


def test_a_caller_without_the_scope_is_refused(store: GraphStore) -> None:
    reader, writer = Caller("r", frozenset({Scope.READ})), Caller("w", frozenset({Scope.WRITE}))
    with pytest.raises(NotAllowed):
        store.write(reader, lambda tx: tx.customers.save([customer(1)]))
    with pytest.raises(NotAllowed):
        store.read(writer, lambda tx: tx.customers.get(["cus_0001"]))
    with pytest.raises(NotAllowed):
        store.read(reader, lambda tx: tx.keys.page(PageOf()))
    with pytest.raises(NotAllowed):
        store.write(writer, lambda tx: tx.imports.undo("imp_1", limit=1))
    with pytest.raises(NotAllowed):
        store.write(writer, lambda tx: tx.jobs.claim(now=NOW, lease_until=NOW))
    assert store.write(writer, lambda tx: tx.customers.save([customer(1)])).created == 1
