"""Unmet demand: needs that seek a provider where nobody offers anything of their category or of one that it is part of,
and what their seekers would pay."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.capability import Capability, Category
from app.domain.money import Money
from app.domain.need import SEEKING, Need


@dataclass(frozen=True, slots=True)
class UnmetDemand:
    """Of one category. `budgets`: what was stated, in each currency; `unpriced`: needs that state none. `seekers`:
    customers who ask."""

    category_id: str
    name: str
    needs: int
    seekers: int
    oldest: datetime
    budgets: tuple[Money, ...]
    unpriced: int


@dataclass(frozen=True, slots=True)
class Demand:
    """`seeking`: all needs that seek a provider; of them `uncategorised`, of which nobody can say so, and `unmet`.
    `clusters`: the largest first."""

    seeking: int
    uncategorised: int
    unmet: int
    clusters: tuple[UnmetDemand, ...]


@dataclass(slots=True)
class _Cluster:
    seekers: set[str] = field(default_factory=set)
    needs: int = 0
    oldest: datetime | None = None
    budgets: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unpriced: int = 0

    def add(self, need: Need) -> None:
        self.seekers.add(need.seeker_id)
        self.needs += 1
        self.oldest = need.known_at if self.oldest is None else min(self.oldest, need.known_at)
        if need.budget is None:
            self.unpriced += 1
        else:
            self.budgets[need.budget.currency] += need.budget.minor


class Supply:
    """Who offers something, by category."""

    def __init__(self, categories: Iterable[Category], capabilities: Iterable[Capability], now: datetime) -> None:
        self.parents = {one.id: one.parent_id for one in categories}
        self._providers: dict[str, set[str]] = defaultdict(set)
        for one in capabilities:
            begun = one.valid_from is None or one.valid_from <= now
            if one.category_id is not None and begun and (one.valid_to is None or one.valid_to > now):
                known = self._providers[one.category_id]
                if len(known) < 2:  # one besides the seeker is enough
                    known.add(one.provider_id)

    def has(self, need: Need) -> bool:
        """In the need's category or in one that it is part of, by somebody else."""
        seen: set[str] = set()
        at = need.category_id
        while at is not None and at not in seen:
            if self._providers.get(at, set()) - {need.seeker_id}:
                return True
            seen.add(at)
            at = self.parents.get(at)
        return False


def demand(needs: Iterable[Need], supply: Supply, names: Mapping[str, str], now: datetime) -> Demand:
    found: dict[str, _Cluster] = defaultdict(_Cluster)
    seeking = uncategorised = 0
    for one in needs:
        if one.status not in SEEKING or (one.expires_at is not None and one.expires_at <= now):
            continue
        seeking += 1
        if one.category_id is None:
            uncategorised += 1
        elif not supply.has(one):
            found[one.category_id].add(one)
    made = [_told(category, cluster, names) for category, cluster in found.items()]
    return Demand(
        seeking=seeking,
        uncategorised=uncategorised,
        unmet=sum(one.needs for one in made),
        clusters=tuple(sorted(made, key=lambda one: (-one.needs, -one.seekers, one.category_id))),
    )


def _told(category: str, cluster: _Cluster, names: Mapping[str, str]) -> UnmetDemand:
    assert cluster.oldest is not None  # noqa: S101  a cluster has a need
    return UnmetDemand(
        category_id=category,
        name=names.get(category, category),
        needs=cluster.needs,
        seekers=len(cluster.seekers),
        oldest=cluster.oldest,
        budgets=tuple(Money(minor, currency) for currency, minor in sorted(cluster.budgets.items())),
        unpriced=cluster.unpriced,
    )
