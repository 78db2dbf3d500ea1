"""DetectCommunities: groups of customers who deal with each other, written as one run and switched at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isfinite

from app.domain.access import Caller, Scope
from app.domain.community import Community, CommunityRun
from app.domain.errors import BadInput
from app.domain.ids import derived_id
from app.ports.analytics import Analytics, CommunityAssignment
from app.ports.outside import Clock, NewId, Progress, silent
from app.ports.store import Store

MEMBERS_AT_ONCE = 5_000  # memberships in one transaction: about a second on either engine
LARGEST_RESOLUTION = 1_000.0  # everybody is alone long before
SMALLEST = 2  # a customer without ties is in no community


class DetectCommunities:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.analytics = analytics
        self.clock = clock
        self.new_id = new_id

    def __call__(
        self, caller: Caller, *, resolution: float, seed: int = 0, progress: Progress = silent
    ) -> CommunityRun:
        """The finished run, which readers see from now on. Killed half-way, it leaves the former run in place.
        BadInput for a resolution out of range."""
        caller.require(Scope.RUN)
        if not (isfinite(resolution) and 0.0 < resolution <= LARGEST_RESOLUTION):
            raise BadInput(f"A resolution is above 0 and at most {LARGEST_RESOLUTION:.0f}.", pointer="resolution")
        run_id, at = self.new_id("Run"), self.clock()
        progress("detecting communities", 0, 0)
        found = self.analytics.communities(resolution=resolution, seed=seed, progress=progress)
        communities = _communities(run_id, found)
        run = CommunityRun(
            id=run_id,
            method=found.method,
            resolution=resolution,
            seed=seed,
            modularity=found.modularity,
            community_count=len(communities),
            customer_count=len(found.customer_ids),
            snapshot_watermark=found.snapshot.watermark,
            finished_at=at,
        )
        done = 0
        for batch in _batches(communities):
            self._write(caller, run, batch)
            done += len(batch)
            progress("writing communities", done, len(communities))
        if not communities:
            self._write(caller, run, ())
        self._switch(caller, run_id, at)
        return run

    def _write(self, caller: Caller, run: CommunityRun, batch: Sequence[Community]) -> None:
        self.store.write(caller, lambda tx: tx.communities.write_run(run, batch), patient=True)

    def _switch(self, caller: Caller, run_id: str, at: datetime) -> None:
        self.store.write(caller, lambda tx: tx.communities.switch(run_id, at), patient=True)


def _communities(run_id: str, found: CommunityAssignment) -> list[Community]:
    members: list[list[str]] = [[] for _ in found.names]
    for customer_id, label in zip(found.customer_ids, found.labels, strict=True):
        members[label].append(customer_id)
    return [
        Community(derived_id("Community", run_id, str(index)), run_id, len(ids), name, density, tuple(ids))
        for index, (ids, name, density) in enumerate(zip(members, found.names, found.densities, strict=True))
        if len(ids) >= SMALLEST
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
            batch.append(
                Community(community.id, community.run_id, community.size, community.label, community.density, part)
            )
            size += len(part)
    if batch:
        yield batch
