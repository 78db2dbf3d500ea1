"""Ties around officers, people and customers, on every engine."""

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.path import Link, LinkKind, Person
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from tests.contract.portfolio import NOW, records, save_all


@pytest.fixture
def store(runner: GraphRunner) -> GraphStore:
    store = GraphStore(runner)
    save_all(store, records())
    return store


def test_every_tie_at_either_end_comes_once_with_its_people(store: GraphStore) -> None:
    found = store.read(ME, lambda tx: tx.links.around(["anna.k", "con_1", "cus_0001"], limit=100))
    assert {(link.kind, link.from_id, link.to_id) for link in found.links} >= {
        (LinkKind.KNOWS, "anna.k", "con_1"),
        (LinkKind.WORKS_FOR, "con_1", "cus_0001"),
        (LinkKind.DEALS_WITH, "cus_0001", "cus_0002"),
        (LinkKind.REFERRED, "cus_0001", "cus_0003"),
    }
    assert len(found.links) == len({(link.kind, link.from_id, link.to_id) for link in found.links})
    assert Link(LinkKind.KNOWS, "anna.k", "con_1", 0.25, 7, NOW) in found.links
    assert found.people == {"anna.k": Person("An officer"), "con_1": Person("A contact", "decider", "cus_0001")}
    assert found.complete


def test_competition_and_conflicts_are_no_way_to_meet(store: GraphStore) -> None:
    everything = [row.id for row in records()["customers"]]
    found = store.read(ME, lambda tx: tx.links.around(everything, limit=100))
    assert {link.kind for link in found.links} == {LinkKind.DEALS_WITH, LinkKind.REFERRED, LinkKind.WORKS_FOR}


def test_a_limit_that_was_met_is_told(store: GraphStore) -> None:
    assert not store.read(ME, lambda tx: tx.links.around(["cus_0001"], limit=1)).complete
    assert store.read(ME, lambda tx: tx.links.around([], limit=1)).links == ()
