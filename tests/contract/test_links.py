"""Ties around officers, people and customers, on every engine."""

from datetime import timedelta

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.customer import Purpose
from app.domain.path import Link, LinkKind, Person
from app.domain.relationship import RelationshipKind
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases import paths
from tests.contract.portfolio import NOW, consent, customer, records, save_all, tie


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


def test_a_star_at_one_end_leaves_room_for_the_ties_of_the_other(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = range(100, 140)
    save_all(store, {"customers": [customer(99), *map(customer, leaves)]})
    ties = [tie(RelationshipKind.DEALS_WITH, 99, leaf, last_at=NOW) for leaf in leaves]
    given = [consent(one, one, purposes=(Purpose.IDENTITY,)) for one in (99, *leaves)]
    save_all(store, {"relationships": ties, "consents": given})
    monkeypatch.setattr(paths, "MOST_LINKS", 10)
    find = paths.FindPaths(store, lambda: NOW + timedelta(days=1))
    for leaf in (100, 139):
        direct = find(ME, "cus_0099", f"cus_{leaf:04}")
        assert [stop.id for stop in direct.paths[0].stops] == ["cus_0099", f"cus_{leaf:04}"]
        assert not direct.complete
    across = find(ME, "cus_0100", "cus_0139")
    assert [stop.id for stop in across.paths[0].stops] == ["cus_0100", "cus_0099", "cus_0139"]
