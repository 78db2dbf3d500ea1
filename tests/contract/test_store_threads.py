"""Threads that save at one moment, on every engine."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.errors import NotFound, StaleVersion
from app.domain.introduction import IntroductionStatus
from app.domain.relationship import RelationshipKind
from app.ports.store import SaveCounts
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from tests.contract.portfolio import count, customer, introduction, save_all, tie


def test_64_threads_that_save_the_same_100_customers_make_100(store: GraphStore, runner: GraphRunner) -> None:
    rows = [customer(number) for number in range(100)]
    start = threading.Barrier(64)

    def save(_: int) -> SaveCounts:
        start.wait()
        return store.write(ME, lambda tx: tx.customers.save(rows), patient=True)

    with ThreadPoolExecutor(64) as pool:
        counts = list(pool.map(save, range(64)))
    assert count(runner, "MATCH (n:Customer) RETURN count(n)") == 100
    assert sum(each.created for each in counts) == 100
    assert all(each.created + each.updated + each.unchanged == 100 for each in counts)
    assert {row.version for row in store.read(ME, lambda tx: tx.customers.get([row.id for row in rows]))} == {1}


def test_threads_that_save_different_customers_lose_no_move_of_the_watermark(store: GraphStore) -> None:
    def save(number: int) -> None:
        store.write(ME, lambda tx: tx.customers.save([customer(number)]), patient=True)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(save, range(48)))
    assert store.read(ME, lambda tx: tx.views.watermark()) == 48


def test_threads_that_draw_one_tie_draw_it_once(store: GraphStore, runner: GraphRunner) -> None:
    store.write(ME, lambda tx: tx.customers.save([customer(1), customer(2)]))
    start = threading.Barrier(16)

    def draw(_: int) -> None:
        start.wait()
        row = tie(RelationshipKind.DEALS_WITH, 1, 2)
        store.write(ME, lambda tx: tx.relationships.save([row]), patient=True)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(draw, range(16)))
    assert count(runner, "MATCH ()-[r:DEALS_WITH]->() RETURN count(r)") == 1


def test_of_two_who_move_one_introduction_the_second_is_told(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(1), customer(2)], "introductions": [introduction(1, 1, 2)]})
    start = threading.Barrier(8)

    def approve(number: int) -> str:
        start.wait()
        row = introduction(1, 1, 2, status=IntroductionStatus.APPROVED, owner=f"officer {number}")
        try:
            return store.write(ME, lambda tx: tx.introductions.move(row, expected_version=1)).owner or ""
        except StaleVersion:
            return ""

    with ThreadPoolExecutor(8) as pool:
        winners = [owner for owner in pool.map(approve, range(8)) if owner]
    (saved,) = store.read(ME, lambda tx: tx.introductions.get(["int_0001"]))
    assert winners == [saved.owner]
    assert saved.version == 2
    with pytest.raises(NotFound):
        store.write(ME, lambda tx: tx.introductions.move(introduction(2, 1, 2), expected_version=1))
