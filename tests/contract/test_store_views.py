"""Reads that span records, on every engine."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

import cypher
from app.domain.access import OPERATOR_CLI as ME
from app.domain.community import Community, CommunityRun
from app.domain.errors import BadInput, NotFound
from app.domain.introduction import IntroductionStatus
from app.domain.referral import Referral
from app.domain.relationship import RelationshipKind
from app.ports.views import NetworkEdge, NetworkNode, Pairing
from app.store.store import GraphStore
from tests.contract.portfolio import (
    NOW,
    consent,
    customer,
    full_customer,
    introduction,
    records,
    save_all,
    tie,
)

DEALS, COMPETES, CONFLICTS = RelationshipKind


def _holds(narrow: object, record: object) -> bool:
    """Whether everything that a gate is told is what the record says."""
    return all(getattr(narrow, one.name) == getattr(record, one.name) for one in fields(narrow))  # type: ignore[arg-type]


def test_gate_facts_say_what_the_records_say(store: GraphStore) -> None:
    everything = records()
    save_all(store, everything)
    asked = Pairing("cus_0003", ["cus_0002", "absent", "cus_0001"])
    (facts,) = store.read(ME, lambda tx: tx.views.gate_facts([asked]))
    assert facts.seeker is not None
    assert _holds(facts.seeker, everything["customers"][2])
    two, full = facts.providers
    assert _holds(two.party, everything["customers"][1])
    assert _holds(full.party, full_customer())
    assert len(two.consents) == len(two.offers) == 1
    assert _holds(two.consents[0], everything["consents"][1])
    assert _holds(two.offers[0], everything["capabilities"][0])
    assert full.offers == ()


def test_gate_facts_of_many_pairings_keep_each_seekers_own_ties(store: GraphStore) -> None:
    save_all(
        store,
        {
            "customers": [customer(number) for number in range(4)],
            "relationships": [tie(COMPETES, 0, 2), tie(CONFLICTS, 1, 3)],
            "introductions": [introduction(1, 1, 2)],
        },
    )
    pairings = [
        Pairing("cus_0000", ["cus_0002", "cus_0003"]),
        Pairing("cus_0001", ["cus_0003", "cus_0002", "cus_0003"]),
        Pairing(None, ["cus_0002"]),
        Pairing("absent", []),
        Pairing("cus_0002", ["cus_0001", "cus_0000"]),
    ]
    answers = store.read(ME, lambda tx: tx.views.gate_facts(pairings))
    seen = [
        [(row.party.id, row.competes, row.conflicts, row.open_introduction) for row in facts.providers]
        for facts in answers
    ]
    assert seen == [
        [("cus_0002", True, False, False), ("cus_0003", False, False, False)],
        [("cus_0003", False, True, False), ("cus_0002", False, False, True)],
        [("cus_0002", False, False, False)],
        [],
        [("cus_0001", False, False, True), ("cus_0000", True, False, False)],
    ]
    assert [None if facts.seeker is None else facts.seeker.id for facts in answers] == [
        "cus_0000",
        "cus_0001",
        None,
        None,
        "cus_0002",
    ]
    assert store.read(ME, lambda tx: tx.views.gate_facts([])) == []


def test_a_ledger_is_whole_and_none_where_there_is_no_customer(store: GraphStore) -> None:
    lines = [consent(1, 0), consent(2, 0, granted=False)]
    save_all(store, {"customers": [customer(0), customer(1)], "consents": lines})
    assert store.read(ME, lambda tx: tx.views.ledger("cus_0000")) == tuple(lines)
    assert store.read(ME, lambda tx: tx.views.ledger("cus_0001")) == ()
    assert store.read(ME, lambda tx: tx.views.ledger("absent")) is None


def test_gate_facts_see_a_tie_and_an_introduction_from_either_side(store: GraphStore) -> None:
    later = NOW + timedelta(days=2)
    save_all(
        store,
        {
            "customers": [customer(number) for number in range(7)],
            "consents": [consent(1, 0), consent(2, 0, granted=False)],
            "relationships": [tie(COMPETES, 0, 1), tie(COMPETES, 2, 0), tie(CONFLICTS, 3, 0), tie(COMPETES, 1, 4)],
            "introductions": [
                introduction(1, 0, 4),
                introduction(2, 5, 0, status=IntroductionStatus.DECLINED, changed_at=later),
                introduction(3, 0, 5, status=IntroductionStatus.COMPLETED),
                introduction(4, 5, 6),
            ],
        },
    )
    ids = [f"cus_{number:04}" for number in range(1, 7)]
    (facts,) = store.read(ME, lambda tx: tx.views.gate_facts([Pairing("cus_0000", ids)]))
    seen = [(row.competes, row.conflicts, row.open_introduction, row.last_introduction_at) for row in facts.providers]
    assert seen == [
        (True, False, False, None),
        (True, False, False, None),
        (False, True, False, None),
        (False, False, True, NOW),
        (False, False, False, later),
        (False, False, False, None),
    ]
    assert [line.id for line in facts.seeker_consents] == ["cns_0001", "cns_0002"]
    (nobody,) = store.read(ME, lambda tx: tx.views.gate_facts([Pairing(None, ids[:1])]))
    assert (nobody.seeker, nobody.providers[0].competes) == (None, False)


def test_the_topology_has_every_row_of_every_kind(store: GraphStore) -> None:
    later = NOW + timedelta(hours=1, microseconds=1)
    save_all(store, records())
    columns: dict[str, dict[str, list[Any]]] = {}
    for rows in store.read(ME, lambda tx: list(tx.views.topology())):
        for name, column in rows.columns.items():
            columns.setdefault(rows.kind, {}).setdefault(name, []).extend(column)
    assert columns["customers"] == {
        "id": ["cus_0001", "cus_0002", "cus_0003", "cus_0004"],
        "region": ["Zürich", None, None, None],
        "latitude": [47.37, None, None, None],
        "longitude": [-0.1, None, None, None],
        "group_id": ["grp_1", None, None, "grp_1"],
        "segment": ["industry", None, None, None],
    }
    assert columns["categories"] == {"id": ["build", "build.roof"], "parent_id": [None, "build"]}
    assert columns["needs"] == {
        "id": ["need_0001", "need_0002"],
        "seeker_id": ["cus_0001", "cus_0002"],
        "category_id": ["build.roof", None],
        "text": ["Need 1", "Need 2"],
        "status": ["met", "open"],
        "known_at": [NOW, NOW],
        "met_by": ["cus_0002", None],
        "met_at": [later, None],
        "confidential": [True, False],
    }
    assert columns["capabilities"] == {
        "id": ["cap_0001", "cap_0002"],
        "provider_id": ["cus_0002", "cus_0003"],
        "category_id": ["build", None],
        "text": ["Capability 1", "Capability 2"],
        "valid_from": [NOW, None],
        "valid_to": [later, None],
    }
    assert columns["signals"] == {
        "id": ["sig_1"],
        "customer_id": ["cus_0001"],
        "text": ["a note"],
        "shareable": [True],
    }
    assert sorted(zip(*columns["relationships"].values(), strict=True)) == [
        ("cus_0001", "cus_0002", "deals_with", 0.25, 7, later),
        ("cus_0001", "cus_0003", "referred", 1.0, 1, NOW),
        ("cus_0002", "cus_0003", "competes_with", 1.0, 1, None),
        ("cus_0003", "cus_0001", "conflicts_with", 1.0, 1, None),
        ("cus_0003", "cus_0004", "referred", 1.0, 1, later),
    ]
    assert list(columns["relationships"]) == ["from_id", "to_id", "kind", "strength", "count", "last_at"]
    assert columns["outcomes"] == {
        "provider_id": ["cus_0002", "cus_0003"],
        "seeker_id": ["cus_0001", None],
        "good": [False, None],
        "valid_at": [NOW, NOW],
    }


def test_a_network_is_walked_layer_by_layer_strongest_first(store: GraphStore) -> None:
    save_all(
        store,
        {
            "customers": [customer(number) for number in range(8)],
            "relationships": [
                tie(DEALS, 0, 1, strength=0.1),
                tie(DEALS, 2, 0, strength=0.9, last_at=NOW),
                tie(DEALS, 1, 3, strength=0.5),
                tie(DEALS, 2, 3, strength=0.5),
                tie(COMPETES, 3, 4),
                tie(DEALS, 4, 5),
            ],
            "referrals": [Referral("ref_1", "cus_0001", "cus_0006", NOW)],
        },
    )
    run = CommunityRun("run_1", "leiden", 1.0, 0, 0.0, 1, 1, 0, NOW)
    store.write(ME, lambda tx: tx.communities.write_run(run, [Community("com_1", "run_1", 1, "", 0.0, ("cus_0002",))]))
    store.write(ME, lambda tx: tx.communities.switch("run_1", NOW))
    near = store.read(ME, lambda tx: tx.customers.network("cus_0000", depth=1, limit=50))
    assert near.nodes == (
        NetworkNode("cus_0000", "Customer 0", 0, None),
        NetworkNode("cus_0002", "Customer 2", 1, "com_1"),
        NetworkNode("cus_0001", "Customer 1", 1, None),
    )
    assert near.edges == (
        NetworkEdge("cus_0000", "cus_0001", "deals_with", 0.1, None),
        NetworkEdge("cus_0002", "cus_0000", "deals_with", 0.9, NOW),
    )
    assert not near.truncated
    far = store.read(ME, lambda tx: tx.customers.network("cus_0000", depth=3, limit=50))
    assert [(node.id, node.depth) for node in far.nodes[3:]] == [("cus_0006", 2), ("cus_0003", 2), ("cus_0004", 3)]
    assert ("cus_0001", "cus_0006", "referred") in {(edge.from_id, edge.to_id, edge.kind) for edge in far.edges}
    cut = store.read(ME, lambda tx: tx.customers.network("cus_0000", depth=3, limit=4))
    assert [node.id for node in cut.nodes] == ["cus_0000", "cus_0002", "cus_0001", "cus_0006"]
    assert cut.truncated
    for depth, limit in ((0, 5), (4, 5), (1, 0), (1, 501)):
        with pytest.raises(BadInput):
            store.read(ME, lambda tx, d=depth, n=limit: tx.customers.network("cus_0000", depth=d, limit=n))  # type: ignore[misc]
    with pytest.raises(NotFound):
        store.read(ME, lambda tx: tx.customers.network("absent", depth=1, limit=5))


def test_labels_are_counted(store: GraphStore) -> None:
    save_all(store, records())
    counts = store.read(ME, lambda tx: tx.views.counts())
    assert (counts["Customer"], counts["Need"], counts["CashFlow"], counts["JobRun"]) == (4, 2, 2, 0)
    assert set(counts) == set(cypher.schema().nodes)
