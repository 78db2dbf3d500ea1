"""What referral value rests on: everything in batches, or what one customer's own figures depend on, without a scan."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from app.ports.views import FactRows, FactsAround
from app.store.repositories.session import batches

Read = Callable[..., list[dict[str, Any]]]

SOURCES: Mapping[str, Sequence[str]] = {
    "referrals": ("referrals", "former_referrals"),
    "outcomes": ("outcomes", "former_outcomes"),
    "evidence": ("evidence",),
    "flows": ("flows",),
    "rates": ("rates",),
}
"""The statements of each kind of fact; outcomes before their flows."""
_BATCH = 10_000  # nodes a statement: columns of 10,000 values unpack at the full rate and stay small
_SIDES = ("views/find_provider_outcomes", "views/find_seeker_outcomes", "views/find_contributor_outcomes")


def read_all(read: Read, kinds: Collection[str]) -> Iterator[FactRows]:
    for kind in SOURCES:
        for source in SOURCES[kind] if kind in kinds else ():
            for columns in exported(read, f"views/export_value_{source}"):
                yield _facts(kind, columns)


def exported(read: Read, name: str, **params: Any) -> Iterator[dict[str, Sequence[Any]]]:
    """Batches of columns of a statement that pages by id."""
    after = ""
    while True:
        rows = read(name, after=after, limit=_BATCH, **params)
        if not rows or rows[0]["last"] is None:
            return
        after = rows[0].pop("last")
        yield rows[0]


def read_around(read: Read, customer_id: str, currency: str, *, depth: int, limit: int) -> FactsAround:
    """Credit comes down a chain to a customer from outcomes of those it brought, and what each link is worth depends on
    the links above it: so down `depth` links from the customer, and up again from all who acted. A legal group is one
    link. Of rates those into `currency` that the money asks for. Some four statements a link; `complete` is False once
    more than `limit` customers or outcomes are met."""
    walk = _Walk(read, limit)
    own = walk.with_groups({customer_id})
    below = walk.follow(own, depth, "views/find_brought_customers")
    found = walk.outcomes(below)
    outcomes, evidence = _columns(read, "outcomes", found), _columns(read, "evidence", found)
    referrals = set(outcomes.columns["referral_id"]) - {""}
    brought = _columns(read, "referrals", referrals)
    who = below | {one for rows in (outcomes, evidence) for ids in rows.columns["contributor_ids"] for one in ids}
    who |= {one for side in ("seeker_id", "provider_id") for one in outcomes.columns[side] if one}
    who |= {one for side in ("referrer_id", "referred_id") for one in brought.columns[side]}
    everybody = walk.follow(walk.with_groups(who), depth, "views/find_referrers")
    rows = [outcomes, evidence, _columns(read, "referrals", referrals | walk.referrals)]
    rows += [_columns(read, "flows", batch) for batch in batches(sorted(found))]
    foreign = {one for part in rows[3:] for one in part.columns["currency"]} - {currency}
    if foreign:
        rows.append(FactRows("rates", read("views/get_value_rates", ids=sorted(foreign), quote=currency)[0]))
    return FactsAround(tuple(sorted(everybody)), tuple(rows), walk.complete)


def _columns(read: Read, kind: str, ids: Iterable[str]) -> FactRows:
    wanted = sorted(ids)
    parts = [read(f"views/get_value_{source}", ids=wanted)[0] for source in SOURCES[kind]]
    return _facts(kind, {name: [one for part in parts for one in part[name]] for name in parts[0]})


def _facts(kind: str, columns: Mapping[str, Sequence[Any]]) -> FactRows:
    """collect() drops nulls: the statements give -1 for an absent end of an interval."""
    if kind == "evidence":
        ends = {name: [None if one < 0 else one for one in columns[name]] for name in ("low", "high")}
        columns = {**columns, **ends}
    return FactRows(kind, columns)


class _Walk:
    def __init__(self, read: Read, limit: int) -> None:
        self._read = read
        self._limit = limit
        self.referrals: set[str] = set()
        self.complete = True

    def follow(self, start: set[str], depth: int, statement: str) -> set[str]:
        """Everybody within so many links, legal groups included."""
        seen, edge = set(start), start
        for _ in range(depth - 1):
            rows = self._rows(statement, edge)
            self.referrals |= {row["referral_id"] for row in rows}
            edge = self.with_groups({row["customer_id"] for row in rows} - seen) - seen
            seen |= edge
            if not edge or not self._fits(seen):
                break
        return seen

    def with_groups(self, ids: set[str]) -> set[str]:
        return ids | {row["customer_id"] for row in self._rows("views/find_group_members", ids)}

    def outcomes(self, customers: set[str]) -> set[str]:
        """In which they are a party or acted, or which came from a referral by or of one of them."""
        found = {row["outcome_id"] for name in _SIDES for row in self._rows(name, customers)}
        ways = ("views/find_brought_customers", "views/find_referrers")
        brought = {row["referral_id"] for name in ways for row in self._rows(name, customers)}
        found |= {row["outcome_id"] for row in self._rows("views/find_referral_outcomes", brought)}
        self._fits(found)
        return set(islice(sorted(found), self._limit))

    def _fits(self, found: set[str]) -> bool:
        self.complete = self.complete and len(found) <= self._limit
        return self.complete

    def _rows(self, name: str, ids: set[str]) -> list[dict[str, Any]]:
        if not ids:
            return []
        rows = self._read(name, ids=sorted(ids), limit=self._limit + 1)
        self.complete = self.complete and len(rows) <= self._limit
        return rows
