"""Questions of data teams, on every engine."""

from datetime import datetime, timedelta
from typing import Any

import pytest

import cypher
from app.domain.access import OPERATOR_CLI as ME
from app.domain.capability import Category
from app.domain.community import Community, CommunityRun
from app.domain.customer import Contact, Purpose, Signal
from app.domain.errors import BadInput, NotFound
from app.domain.introduction import IntroductionStatus
from app.domain.money import Money
from app.domain.need import NeedStatus
from app.domain.referral import CashFlow, FlowKind, Ledger, OutcomeKind, Referral
from app.domain.relationship import RelationshipKind
from app.store.runner import JOB, GraphRunner
from app.store.store import GraphStore
from tests.contract.portfolio import (
    NOW,
    capability,
    consent,
    customer,
    introduction,
    need,
    outcome,
    save_all,
    tie,
)

DEALS, COMPETES, CONFLICTS = RelationshipKind


def market() -> dict[str, list[Any]]:
    """Nine customers, what they need and can do, and what they have agreed to."""
    return {
        "categories": [
            Category("build", "Building"),
            Category("build.roof", "Roofs", "build"),
            Category("law", "Law"),
        ],
        "customers": [customer(number, open_slots=0 if number == 3 else None) for number in range(9)],
        "contacts": [Contact("con_1", "cus_0002", "P. Person", None, None)],
        "signals": [Signal("sig_1", "cus_0001", "a note", "note", "crm", NOW)],
        "consents": [
            consent(1, 2, purposes=(Purpose.PROVIDER,), expires_at=NOW + timedelta(days=5)),
            consent(2, 3, purposes=(Purpose.SEEKER,), expires_at=NOW + timedelta(days=6)),
            consent(3, 3, purposes=(Purpose.SEEKER,), recorded_at=NOW + timedelta(seconds=1)),
            consent(4, 3, purposes=(Purpose.PROVIDER,), granted=False),
        ],
        "needs": [
            need(1, 0, category_id="build.roof"),
            need(2, 1, category_id="law", known_at=NOW - timedelta(days=1)),
            need(3, 2, category_id="law", status=NeedStatus.MET),
            need(4, 4, category_id="build"),
        ],
        "capabilities": [
            capability(1, 3, category_id="build"),
            capability(2, 1, category_id="law"),
            capability(3, 2, category_id="law", valid_to=NOW),
        ],
    }


def dealings() -> dict[str, list[Any]]:
    """Ties, introductions, a chain of three referrals and what came of them."""
    return {
        "relationships": [
            tie(DEALS, 0, 1, count=5, last_at=NOW - timedelta(days=200)),
            tie(DEALS, 0, 2, count=9, last_at=NOW),
            tie(DEALS, 1, 2, strength=0.5),
            tie(DEALS, 2, 4, strength=0.25, count=3, last_at=NOW - timedelta(days=300)),
        ],
        "introductions": [
            introduction(1, 0, 3, owner="officer", next_step="call", due_at=NOW - timedelta(days=1)),
            introduction(2, 1, 3, status=IntroductionStatus.COMPLETED, due_at=NOW - timedelta(days=9)),
            introduction(3, 1, 4, due_at=NOW + timedelta(days=1)),
        ],
        "referrals": [
            Referral("ref_1", "cus_0005", "cus_0006", NOW),
            Referral("ref_2", "cus_0006", "cus_0007", NOW),
            Referral("ref_3", "cus_0001", "cus_0008", NOW),
        ],
        "outcomes": [outcome(1, kind=OutcomeKind.REFERRAL, referral_id="ref_2")],
        "flows": [
            CashFlow("flow_1", "out_0001", FlowKind.MARGIN, Ledger.OPERATOR, Money(700, "USD"), NOW, NOW),
            CashFlow("flow_2", "out_0001", FlowKind.FEE, Ledger.OPERATOR, Money(9, "USD"), NOW, NOW),
            CashFlow("flow_3", "out_0001", FlowKind.MARGIN, Ledger.OPERATOR, Money(5, "EUR"), NOW, NOW),
        ],
    }


def story(store: GraphStore, runner: GraphRunner) -> None:
    """The market and its dealings in two communities, and one officer who knows one person."""
    save_all(store, market() | dealings())
    officer = cypher.parse(
        "system/test",
        "// A test's.\n// mode: write\n// params: at\n// returns: n\n"
        "MATCH (p:Contact {id: 'con_1'}) CREATE (o:Staff {id: 's', name: 'O. Officer'})"
        "-[:KNOWS {strength: 0.8, last_at: $at}]->(p) RETURN 1 AS n",
    )
    runner.write(lambda tx: tx.run(officer, at=NOW), retry=JOB)
    run = CommunityRun("run_1", "leiden", 1.0, 0, 0.0, 2, 5, 0, NOW)
    parts = [
        Community("com_a", "run_1", 3, "Law", 0.9, ("cus_0000", "cus_0001", "cus_0002")),
        Community("com_b", "run_1", 1, "", 1.0, ("cus_0004",)),
    ]
    store.write(ME, lambda tx: tx.communities.write_run(run, parts))
    store.write(ME, lambda tx: tx.communities.switch("run_1", NOW))


SOON = NOW + timedelta(days=90)
EXPECTED: list[tuple[str, dict[str, Any], list[tuple[Any, ...]]]] = [
    ("find_unsupplied_needs", {"now": NOW}, [("need_0002", "Customer 1", "law", NOW - timedelta(days=1))]),
    ("find_warm_paths", {"customer_id": "cus_0002"}, [("O. Officer", "", "P. Person", "", 0.8, NOW)]),
    ("find_warm_paths", {"customer_id": "cus_0004"}, [("O. Officer", "Customer 2", "P. Person", "", 0.2, NOW)]),
    ("find_warm_paths", {"customer_id": "cus_0007"}, []),
    ("find_dense_communities", {}, [("com_a", "Law", 3, 0.9)]),
    ("find_dense_communities", {"size": "1", "limit": "1"}, [("com_b", "", 1, 1.0)]),
    ("find_brokers", {}, [("cus_0002", "Customer 2", "com_a", 1, 1), ("cus_0004", "Customer 4", "com_b", 1, 1)]),
    (
        "find_referral_chains",
        {},
        [("cus_0005", "cus_0007", 2, ["Customer 5", "Customer 6", "Customer 7"], 700)],
    ),
    (
        "find_provider_exposure",
        {"since": NOW - timedelta(days=1)},
        [("cus_0003", "Customer 3", 2, 1, 2), ("cus_0004", "Customer 4", 1, 0, 1)],
    ),
    ("find_provider_exposure", {"since": NOW.isoformat()}, []),
    (
        "find_quiet_relationships",
        {"before": NOW - timedelta(days=180)},
        [
            ("Customer 0", "Customer 1", 5, NOW - timedelta(days=200)),
            ("Customer 2", "Customer 4", 3, NOW - timedelta(days=300)),
        ],
    ),
    (
        "find_expiring_consents",
        {"now": NOW + timedelta(hours=1), "until": SOON},
        [("cus_0002", "Customer 2", "match_as_provider", NOW + timedelta(days=5))],
    ),
    (
        "find_unmet_categories",
        {},
        [
            ("build.roof", "Roofs", 1, 0, 1),
            ("build", "Building", 1, 1, 0),
            ("law", "Law", 1, 2, -1),
        ],
    ),
    ("find_full_providers", {}, [("cus_0003", "Customer 3", "build", 1)]),
    (
        "find_customers_without_consent",
        {},
        [
            ("cus_0001", "Customer 1", 1, 1),
            ("cus_0000", "Customer 0", 1, 0),
            ("cus_0003", "Customer 3", 0, 1),
            ("cus_0004", "Customer 4", 1, 0),
        ],
    ),
    (
        "find_overdue_introductions",
        {"now": NOW},
        [("int_0001", "proposed", "officer", "call", NOW - timedelta(days=1), "Customer 0", "Customer 3")],
    ),
]


def test_every_question_of_the_library_is_tested() -> None:
    assert {f"explore/{name}" for name, _, _ in EXPECTED} == set(cypher.names("explore"))


def test_the_questions_of_the_library_have_their_answers(store: GraphStore, runner: GraphRunner) -> None:
    story(store, runner)
    for name, params, rows in EXPECTED:
        found = store.read(ME, lambda tx, name=name, params=params: tx.views.explore(name, params))  # type: ignore[misc]
        returns = cypher.query(f"explore/{name}").returns
        assert all(tuple(row) == returns for row in found)
        answers = [tuple(pytest.approx(v) if isinstance(v, float) else v for v in row.values()) for row in found]
        assert answers == rows, name


def test_a_question_is_refused_with_the_name_of_what_is_wrong(store: GraphStore) -> None:
    def ask(name: str, **params: Any) -> None:
        store.read(ME, lambda tx: tx.views.explore(name, params))

    with pytest.raises(NotFound):
        ask("drop_everything")
    for params, pointer in (
        ({"colour": 1}, "colour"),
        ({"limit": 10_001}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"now": "soon"}, "now"),
    ):
        with pytest.raises(BadInput) as refused:
            ask("find_unsupplied_needs", **params)
        assert refused.value.pointer == pointer
    with pytest.raises(BadInput) as missing:
        ask("find_warm_paths")
    assert missing.value.pointer == "customer_id"
    ask("find_unsupplied_needs", now=datetime(2026, 1, 1, tzinfo=NOW.tzinfo))
