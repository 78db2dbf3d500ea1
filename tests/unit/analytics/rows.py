"""A portfolio as the rows that the store's topology view yields, without a graph."""

from collections.abc import Iterator
from pathlib import Path

from app.analytics import snapshot
from app.analytics.build import Arrays, build_arrays, collect
from app.analytics.topology import Topology, open_topology, text_arrays
from app.ports.views import TopologyRows
from seed.portfolio import Portfolio

COLUMNS = {
    "customers": ("id", "region", "latitude", "longitude", "group_id", "segment"),
    "categories": ("id", "parent_id"),
    "needs": ("id", "seeker_id", "category_id", "text", "status", "known_at", "met_by", "met_at", "confidential"),
    "capabilities": ("id", "provider_id", "category_id", "text", "valid_from", "valid_to"),
    "signals": ("id", "customer_id", "text", "shareable"),
    "relationships": ("from_id", "to_id", "kind", "strength", "count", "last_at"),
    "outcomes": ("provider_id", "seeker_id", "good", "valid_at"),
}


def topology_rows(portfolio: Portfolio, *, batch: int = 7) -> Iterator[TopologyRows]:
    for kind, columns in COLUMNS.items():
        records = list(getattr(portfolio, kind))
        for start in range(0, len(records), batch):
            some = records[start : start + batch]
            yield TopologyRows(kind, {name: [getattr(one, name) for one in some] for name in columns})
    for one in portfolio.referrals:
        values = (one.referrer_id, one.referred_id, "referred", None, None, one.at)
        yield TopologyRows("relationships", dict(zip(COLUMNS["relationships"], ([v] for v in values), strict=True)))


def arrays_of(portfolio: Portfolio, *, batch: int = 7) -> Arrays:
    names = {one.id: one.name for one in portfolio.categories}
    arrays, texts = build_arrays(collect(topology_rows(portfolio, batch=batch)), names)
    return arrays | text_arrays(texts)


def topology_of(portfolio: Portfolio, folder: Path) -> Topology:
    snapshot.write(folder, arrays_of(portfolio), {}, watermark=1)
    return open_topology(snapshot.open_current(folder))
