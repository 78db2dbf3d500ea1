"""DetectCommunities: groups of customers who deal with each other or are alike, written as one run and switched at
once; a community keeps its id as long as enough of its members stay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.access import Caller, Scope
from app.domain.community import SMALLEST, Community, CommunityOptions, CommunityRun, Membership
from app.domain.ids import derived_id
from app.ports.analytics import Analytics, CommunityAssignment
from app.ports.outside import Clock, NewId, Progress, silent
from app.ports.store import PageOf, Store, Transaction
from app.usecases.old_runs import forget_old_runs
from graph_algos.community_match import ALONE, match

MEMBERS_AT_ONCE = 5_000  # memberships in one transaction: about a second on either engine
PAGE = 200
DEFAULTS = CommunityOptions()


@dataclass(frozen=True, slots=True)
class _Written:
    run: CommunityRun
    communities: Sequence[Community]
    memberships: Sequence[Membership]


class DetectCommunities:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.analytics = analytics
        self.clock = clock
        self.new_id = new_id

    def __call__(
        self, caller: Caller, options: CommunityOptions = DEFAULTS, *, progress: Progress = silent
    ) -> CommunityRun:
        """The finished run, which readers see from now on. Killed half-way, it leaves the former run of its layer in
        place. BadInput for an option out of range."""
        caller.require(Scope.RUN)
        options.check()
        run_id, at = self.new_id("Run"), self.clock()
        progress("detecting communities", 0, 0)
        found = self.analytics.communities(options, progress=progress)
        former = self.store.read(caller, lambda tx: _former(tx, options.layer), patient=True)
        ids, stability = _named(run_id, found, former)
        communities = _communities(run_id, found, ids)
        run = CommunityRun(
            id=run_id,
            method=found.method,
            resolution=options.resolution,
            seed=options.seed,
            modularity=found.modularity,
            community_count=len(communities),
            customer_count=len(found.customer_ids),
            snapshot_watermark=found.snapshot.watermark,
            finished_at=at,
            layer=options.layer,
            stability=round(stability, 6) if former else None,
            half_life_days=options.half_life_days,
            max_size=options.max_size,
            oversized=sum(one.size > (options.max_size or one.size) for one in communities),
        )
        written = _Written(run, communities, _memberships(found, ids))
        self._write(caller, written, progress)
        self.store.write(caller, lambda tx: tx.communities.switch(run_id, at, layer=options.layer), patient=True)
        forget_old_runs(self.store, caller, lambda tx: tx.communities, run, progress)
        return run

    def _write(self, caller: Caller, written: _Written, progress: Progress) -> None:
        """Communities with their members, then who leans to them."""
        run, own = written.run, {one.customer_id: one for one in written.memberships if one.is_member}
        done = 0
        for batch in _batches(written.communities) if written.communities else [()]:
            how = [own[member] for part in batch for member in part.member_ids if member in own]
            self.store.write(
                caller,
                lambda tx, batch=batch, how=how: tx.communities.write_run(run, batch, how),  # type: ignore[misc]
                patient=True,
            )
            done += len(batch)
            progress("writing communities", done, len(written.communities))
        leaning = [one for one in written.memberships if not one.is_member]
        for start in range(0, len(leaning), MEMBERS_AT_ONCE):
            some = leaning[start : start + MEMBERS_AT_ONCE]
            self.store.write(
                caller,
                lambda tx, some=some: tx.communities.write_run(run, (), some),  # type: ignore[misc]
                patient=True,
            )


def _former(tx: Transaction, layer: str) -> Mapping[str, str]:
    """Community of each customer in the run that readers see."""
    found: dict[str, str] = {}
    at = PageOf(limit=PAGE)
    while page := tx.communities.page(at, layer=layer):
        found.update(tx.communities.members_of(page))
        at = PageOf(page[-1].id, PAGE)
    return found


def _named(run_id: str, found: CommunityAssignment, former: Mapping[str, str]) -> tuple[list[str], float]:
    """An id for each community, that of the former one it carries on where there is one; and the share who stayed."""
    sizes = [0] * len(found.names)
    for label in found.labels:
        sizes[label] += 1
    now = [label if sizes[label] >= SMALLEST else ALONE for label in found.labels]
    names = sorted(set(former.values()))
    place = {name: number for number, name in enumerate(names)}
    before = [place[former[one]] if one in former else ALONE for one in found.customer_ids]
    carried, stability = match(before, now)
    kept = carried.tolist() + [ALONE] * len(sizes)
    ids = [
        names[kept[label]] if kept[label] != ALONE else derived_id("Community", run_id, str(label))
        for label in range(len(sizes))
    ]
    return ids, stability


def _communities(run_id: str, found: CommunityAssignment, ids: Sequence[str]) -> list[Community]:
    members: list[list[str]] = [[] for _ in found.names]
    for customer_id, label in zip(found.customer_ids, found.labels, strict=True):
        members[label].append(customer_id)
    figures = zip(members, ids, found.names, found.densities, found.bindings, found.freshness, strict=True)
    return [
        Community(community_id, run_id, len(some), name, density, tuple(some), binding, fresh)
        for some, community_id, name, density, binding, fresh in figures
        if len(some) >= SMALLEST
    ]


def _memberships(found: CommunityAssignment, ids: Sequence[str]) -> list[Membership]:
    """Of customers in communities that are written, and in nobody's community of one."""
    sizes: dict[int, int] = {}
    for label in found.labels:
        sizes[label] = sizes.get(label, 0) + 1
    return [
        Membership(
            found.customer_ids[one.customer],
            ids[one.community],
            one.strength,
            one.layers,
            is_member=one.community == found.labels[one.customer],
        )
        for one in found.memberships
        if sizes[one.community] >= SMALLEST
    ]


def _batches(communities: Sequence[Community]) -> Iterator[list[Community]]:
    """Whole communities, in batches of about MEMBERS_AT_ONCE members. A larger community comes in parts, each of which
    repeats its facts."""
    batch: list[Community] = []
    size = 0
    for community in communities:
        for start in range(0, community.size, MEMBERS_AT_ONCE):
            part = community.member_ids[start : start + MEMBERS_AT_ONCE]
            if batch and size + len(part) > MEMBERS_AT_ONCE:
                yield batch
                batch, size = [], 0
            batch.append(replace(community, member_ids=part))
            size += len(part)
    if batch:
        yield batch
