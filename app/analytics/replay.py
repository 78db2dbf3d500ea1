"""The graph as it was known at a past moment, from the rows it consists of today.

What the ranker is trained and judged on: for a need of the past the snapshot of that day, so that no later fact and
not the need's own match can be seen. Undated facts (signals) are left out; ties are counted anew from the needs that
had been met, because a relationship keeps only its latest count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.analytics.build import Columns, build_arrays
from app.analytics.topology import Topology, text_arrays, topology_of

_TIES = ("from_id", "to_id", "kind", "strength", "count", "last_at")


@dataclass(frozen=True, slots=True)
class MetNeed:
    """A need of the past and who met it; `asked_at` is when the need was known, `known_at` when who met it was."""

    id: str
    text: str
    seeker_id: str | None
    category_id: str | None
    provider_id: str
    asked_at: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """Needs from `begins_at` on, and the graph as it was known before."""

    begins_at: datetime
    needs: Sequence[MetNeed]
    topology: Topology


class Replay:
    """`tables` as build.collect gives them, with the names of the categories."""

    def __init__(self, tables: Mapping[str, Columns], category_names: Mapping[str, str]) -> None:
        self.tables = tables
        self.category_names = category_names

    def met_needs(self) -> list[MetNeed]:
        """Those whose provider and day are known, in the order of the days, then of the ids."""
        if "needs" not in self.tables:
            return []
        needs = self.tables["needs"]
        met = [
            MetNeed(
                needs["id"][row],
                needs["text"][row] or "",
                needs["seeker_id"][row],
                needs["category_id"][row],
                provider,
                needs["known_at"][row] or needs["met_at"][row],
                needs["met_at"][row] or needs["known_at"][row],
            )
            for row, provider in enumerate(needs["met_by"])
            if provider and (needs["met_at"][row] or needs["known_at"][row])
        ]
        return sorted(met, key=lambda one: (one.known_at, one.id))

    def before(self, moment: datetime) -> Topology:
        """The snapshot that would have been taken just before."""
        tables = dict(self.tables)
        for kind, column in (("capabilities", "valid_from"), ("outcomes", "valid_at")):
            if kind in tables:
                dates = tables[kind][column]
                tables[kind] = _rows(tables[kind], [at is None or at < moment for at in dates])
        if "needs" in tables:
            needs = tables["needs"]
            dates = [met or known for met, known in zip(needs["met_at"], needs["known_at"], strict=True)]
            tables["needs"] = _rows(needs, [at is not None and at < moment for at in dates])
            tables["relationships"] = _ties(tables["needs"])
        tables.pop("signals", None)
        arrays, texts = build_arrays(tables, self.category_names)
        return topology_of(arrays | text_arrays(texts))

    def blocks(self, needs: Sequence[MetNeed], *, count: int, first: float) -> Iterator[Block]:
        """`count` stretches of about equal size after the share `first`; needs known at one moment stay together."""
        start = int(len(needs) * first)
        cuts = [start + (len(needs) - start) * part // count for part in range(count)]
        moments = sorted({needs[cut].known_at for cut in cuts if cut < len(needs)})
        for place, begins in enumerate(moments):
            ends = moments[place + 1] if place + 1 < len(moments) else None
            inside = [one for one in needs if one.known_at >= begins and (ends is None or one.known_at < ends)]
            yield Block(begins, inside, self.before(begins))


def _rows(columns: Columns, keep: Sequence[bool]) -> Columns:
    return {name: [value for value, kept in zip(column, keep, strict=True) if kept] for name, column in columns.items()}


def _ties(needs: Columns) -> Columns:
    """One dealing for each need that was met: how many between two parties, and the latest."""
    pairs: dict[tuple[str, str], tuple[int, Any]] = {}
    dates = [met or known for met, known in zip(needs["met_at"], needs["known_at"], strict=True)]
    for seeker, provider, at in zip(needs["seeker_id"], needs["met_by"], dates, strict=True):
        if seeker and provider:
            count, last = pairs.get((seeker, provider), (0, at))
            pairs[seeker, provider] = (count + 1, max(last, at))
    rows = [(one, other, "deals_with", 1.0, count, last) for (one, other), (count, last) in sorted(pairs.items())]
    return {name: [row[place] for row in rows] for place, name in enumerate(_TIES)}
