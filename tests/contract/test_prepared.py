"""Rows prepared in another thread are saved as any others, on every engine."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.errors import BadInput
from app.ports.store import SaveCounts
from app.store.rows import Prepared
from app.store.store import GraphStore
from seed import combined, story, synthetic

PORTFOLIO = combined(story(), synthetic(40))


def save(store: GraphStore, kind: str, rows: Any) -> SaveCounts:
    return store.write(ME, lambda tx: getattr(tx, kind).save(rows), patient=True)


def test_prepared_rows_of_every_kind_come_back_as_they_went_in(store: GraphStore) -> None:
    for kind, rows in PORTFOLIO.kinds():
        with ThreadPoolExecutor(1) as reader:
            ready = reader.submit(store.prepare, kind, rows).result()
        assert isinstance(ready, Prepared)
        assert save(store, kind, ready) == SaveCounts(created=len(rows)), kind
        ids = [row.id for row in rows]
        found = store.read(ME, lambda tx, kind=kind, ids=ids: getattr(tx, kind).get(ids))  # type: ignore[misc]
        assert found == list({row.id: row for row in rows}.values()), kind


def test_prepared_and_plain_rows_have_the_same_content(store: GraphStore) -> None:
    for kind, rows in PORTFOLIO.kinds():
        save(store, kind, rows)
        assert save(store, kind, store.prepare(kind, rows)) == SaveCounts(unchanged=len(rows)), kind


def test_a_changed_tie_among_prepared_ones_is_updated(store: GraphStore) -> None:
    for kind, rows in PORTFOLIO.kinds():
        save(store, kind, rows)
    ties = list(PORTFOLIO.relationships)
    ties[3] = replace(ties[3], count=ties[3].count + 1)
    counts = save(store, "relationships", store.prepare("relationships", ties))
    assert (counts.created, counts.updated, counts.unchanged) == (0, 1, len(ties) - 1)
    [kept] = store.read(ME, lambda tx: tx.relationships.get([ties[3].id]))
    assert kept.count == ties[3].count


def test_a_prepared_tie_to_an_unknown_customer_is_refused_with_its_place(store: GraphStore) -> None:
    save(store, "groups", PORTFOLIO.groups)
    save(store, "customers", PORTFOLIO.customers)
    ties = list(PORTFOLIO.relationships[:5])
    ties[2] = replace(ties[2], to_id="cus_nobody")
    with pytest.raises(BadInput) as refused:
        save(store, "relationships", store.prepare("relationships", ties))
    assert refused.value.pointer == "/rows/2/to_id"
    assert store.read(ME, lambda tx: tx.relationships.get([tie.id for tie in ties])) == []


def test_what_cannot_be_prepared_is_refused_when_it_is_saved(store: GraphStore) -> None:
    [one, *_] = PORTFOLIO.customers
    naive = replace(one, group_id=None, created_at=datetime(2026, 1, 1))
    ready = store.prepare("customers", [naive])
    with pytest.raises(BadInput):
        save(store, "customers", ready)
