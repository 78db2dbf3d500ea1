"""Runs of communities and values on every engine: complete before they are seen, repeatable, honest about lacks."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.analytics.local import LocalAnalytics
from app.domain.access import OPERATOR_CLI, Caller, Scope
from app.domain.community import CommunityOptions
from app.domain.errors import BadInput, NotAllowed
from app.domain.ids import derived_id
from app.domain.money import Money
from app.domain.referral import FlowKind, Ledger
from app.domain.value import CustomerValue
from app.ports.outside import silent
from app.ports.store import PageOf, Transaction
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.communities import DetectCommunities
from app.usecases.reading import ReadTotals
from app.usecases.referral_value import ScoreValue
from app.usecases.value_scoring import NO_MARGIN, ScoreParameters
from seed.portfolio import Portfolio, combined
from seed.story import customer_id, story
from seed.synthetic import synthetic
from tests.purchases import START, buyers, contracts

RECORDS = combined(story(), synthetic(40))
NOW = datetime(2026, 4, 1, tzinfo=UTC)
USD = ScoreParameters("USD", 0.15)


class Numbered:
    """Fresh ids that a test can foresee."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, kind: str) -> str:
        self.count += 1
        return derived_id(kind, str(self.count))


def loaded(runner: GraphRunner, portfolio: Portfolio = RECORDS) -> GraphStore:
    store = GraphStore(runner)
    for kind, rows in portfolio.kinds():
        for start in range(0, len(rows), 1000):
            some = rows[start : start + 1000]
            store.write(OPERATOR_CLI, lambda tx, kind=kind, some=some: getattr(tx, kind).save(some), patient=True)
    return store


def values_of(store: GraphStore) -> list[CustomerValue]:
    ids = sorted(one.id for one in RECORDS.customers)
    return store.read(OPERATOR_CLI, lambda tx: tx.values.get(seen(tx), ids))


def seen(tx: Transaction) -> str:
    """Id of the run that readers see."""
    run = tx.values.current()
    return "" if run is None else run.id


def test_communities_are_written_whole_and_switched_at_once(runner: GraphRunner, tmp_path: Path):
    store = loaded(runner)
    analytics = LocalAnalytics(store, tmp_path / "snapshot")
    analytics.refresh(silent)
    detect = DetectCommunities(store, analytics, lambda: NOW, Numbered())
    run = detect(OPERATOR_CLI, CommunityOptions(2.0))
    assert store.read(OPERATOR_CLI, lambda tx: tx.communities.current()) == run
    found = store.read(OPERATOR_CLI, lambda tx: tx.communities.page(PageOf(limit=200)))
    assert len(found) == run.community_count > 3
    members = {
        one.id: store.read(OPERATOR_CLI, lambda tx, one=one: tx.communities.members(one.id, PageOf(limit=200)))
        for one in found
    }
    assert {one.id: one.size for one in found} == {key: len(ids) for key, ids in members.items()}
    everybody = [one for ids in members.values() for one in ids]
    assert len(everybody) == len(set(everybody))
    again = detect(OPERATOR_CLI, CommunityOptions(2.0))
    assert replace(again, id=run.id) == replace(run, snapshot_watermark=again.snapshot_watermark, stability=1.0)
    labels = sorted((one.label, one.size, one.density) for one in found)
    newer = store.read(OPERATOR_CLI, lambda tx: tx.communities.page(PageOf(limit=200)))
    assert sorted((one.label, one.size, one.density) for one in newer) == labels
    with pytest.raises(BadInput):
        detect(OPERATOR_CLI, CommunityOptions(float("nan")))
    with pytest.raises(NotAllowed):
        detect(Caller("reader", frozenset({Scope.READ})))


def test_values_are_conserved_repeatable_and_switched_at_once(runner: GraphRunner):
    store = loaded(runner)
    score = ScoreValue(store, lambda: NOW, Numbered())
    run = score(OPERATOR_CLI, USD)
    assert store.read(OPERATOR_CLI, lambda tx: tx.values.current()) == run
    first = values_of(store)
    assert {one.run_id for one in first} == {run.id}
    assert sum(one.referral.minor for one in first) > 0
    totals = ReadTotals(store)(OPERATOR_CLI)
    assert totals.run == run
    assert totals.conserved
    assert totals.outcomes.minor == run.outcomes_minor > 0
    for name in ("crv_referral", "crv_introduction"):
        columns = zip(*(getattr(one, name) for one in first), strict=True)
        assert getattr(totals.customers, name) == tuple(map(sum, columns))
    assert totals.operator.introduction.minor > 0
    equity = next(one for one in first if one.customer_id == customer_id("equity"))
    assert equity.clv is not None
    assert equity.clv.minor == 31_000_000
    top = store.read(OPERATOR_CLI, lambda tx: tx.values.top(seen(tx), 10))
    assert top == sorted(first, key=lambda one: (-one.referral.minor - one.introduction.minor, one.customer_id))[:10]
    again = score(OPERATOR_CLI, USD)
    assert again.manifest == run.manifest
    assert [replace(one, run_id=run.id) for one in values_of(store)] == first
    assert json.loads(run.manifest)["parameters"]["annual_rate"] == 0.15
    assert run.manifest == json.dumps(json.loads(run.manifest), sort_keys=True, separators=(",", ":"))


def test_a_lifetime_value_is_modelled_only_where_none_was_imported(runner: GraphRunner):
    own, *others = [*buyers(120), *contracts(80)]
    own = replace(own, lifetime_value=Money(700, "USD"), lifetime_value_source="ledger", lifetime_value_at=START)
    store = GraphStore(runner)
    store.write(OPERATOR_CLI, lambda tx: tx.customers.save([own, *others]))
    run = ScoreValue(store, lambda: NOW, Numbered())(OPERATOR_CLI, ScoreParameters("EUR", 0.15))
    ids = sorted(one.id for one in (own, *others))
    found = {one.customer_id: one for one in store.read(OPERATOR_CLI, lambda tx: tx.values.get(seen(tx), ids))}
    kept = found.pop(own.id)
    assert (kept.clv, kept.clv_source, kept.clv_at) == (Money(700, "USD"), "ledger", START)
    assert not kept.clv_is_estimate
    assert found.keys() == {one.id for one in others if not one.contract_ended}
    for value in found.values():
        assert value.clv_is_estimate
        assert value.clv_low.minor <= value.clv.minor <= value.clv_high.minor
        assert value.clv_at == NOW
    models = {value.clv_source.split(",")[0] for value in found.values()}
    assert models == {"modelled by bg_nbd and gamma_gamma", "modelled by sbg"}
    assert sum("is an estimate from" in sentence for sentence in run.assumptions) == 2
    assert store.read(OPERATOR_CLI, lambda tx: tx.customers.get([others[0].id])) == [others[0]]


def test_payments_alone_give_no_value_until_a_rate_is_stated(runner: GraphRunner):
    payments = tuple(
        replace(one, kind=FlowKind.PAYMENT, ledger=Ledger.CUSTOMER)
        for one in RECORDS.flows
        if one.kind is FlowKind.MARGIN
    )
    store = loaded(runner, replace(RECORDS, flows=payments))
    score = ScoreValue(store, lambda: NOW, Numbered())
    run = score(OPERATOR_CLI, USD)
    assert run.problems == (NO_MARGIN,)
    assert not any(one.referral.minor or one.introduction.minor for one in values_of(store))
    assumed = score(OPERATOR_CLI, replace(USD, margin_rate=0.1))
    assert any("assumed to be 0.1 of their payments" in one for one in assumed.assumptions)
    assert assumed.problems == ()
    assert sum(one.introduction.minor for one in values_of(store)) > 0
    assert json.loads(assumed.manifest)["parameters"]["margin_rate"] == 0.1


def test_parameters_out_of_range_are_refused_before_anything_is_read(runner: GraphRunner):
    score = ScoreValue(GraphStore(runner), lambda: NOW, Numbered())
    for wrong in (
        replace(USD, currency="usd"),
        replace(USD, annual_rate=float("nan")),
        replace(USD, annual_rate=-0.1),
        replace(USD, margin_rate=1.5),
        replace(USD, known_at=datetime(2026, 1, 1)),  # no zone
    ):
        with pytest.raises(BadInput):
            score(OPERATOR_CLI, wrong)
    assert GraphStore(runner).read(OPERATOR_CLI, lambda tx: tx.values.current()) is None
