"""P20: whatever was paid to whom, no suggestion changes by a byte, on every engine."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.analytics.local import LocalAnalytics
from app.domain.access import OPERATOR_CLI
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.domain.suggestion import NeedQuery, SuggestionSet
from app.ports.outside import silent
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.suggestions import SuggestProviders
from seed.portfolio import combined
from seed.story import story
from seed.synthetic import synthetic

NOW = datetime(2026, 4, 1, tzinfo=UTC)
RECORDS = combined(story(), synthetic(120))
QUERIES = [NeedQuery(need_id=one.id, limit=20) for one in RECORDS.needs[:40]]


def fees(seed: int) -> list[CashFlow]:
    """Every flow with another's amount, and on every outcome a fee of its own."""
    order = random.Random(seed)
    paid = [flow.money for flow in RECORDS.flows]
    order.shuffle(paid)
    moved = [replace(flow, money=money) for flow, money in zip(RECORDS.flows, paid, strict=True)]
    added = [
        CashFlow(
            *(f"flow_{seed}_{at:03}", outcome.id, FlowKind.FEE, Ledger.OPERATOR),
            *(Money(order.randrange(1, 10**9), "USD"), outcome.valid_at, outcome.recorded_at),
        )
        for at, outcome in enumerate(RECORDS.outcomes)
    ]
    return [*moved, *added]


def test_permuting_all_fees_changes_no_suggestion(runner: GraphRunner, tmp_path: Path) -> None:
    store = GraphStore(runner)
    analytics = LocalAnalytics(store, tmp_path / "snapshot")
    for kind, rows in RECORDS.kinds():
        store.write(OPERATOR_CLI, lambda tx, kind=kind, rows=rows: getattr(tx, kind).save(rows), patient=True)

    def ask() -> list[SuggestionSet]:
        analytics.refresh(silent, forced=True)
        found = SuggestProviders(store, analytics, lambda: NOW)(OPERATOR_CLI, QUERIES)
        return [replace(one, snapshot_at=NOW, snapshot_watermark=0) for one in found]

    before = ask()
    assert sum(len(one.suggestions) for one in before) > 40
    for seed in range(3):
        changed = fees(seed)
        done = store.write(OPERATOR_CLI, lambda tx, changed=changed: tx.flows.save(changed), patient=True)
        assert done.created == len(RECORDS.outcomes)
        assert done.updated > 0
        assert ask() == before
