"""Communities of runs. Readers see, of each layer, only the run that its pointer names.

A community keeps its id from run to run while two runs may lie in the graph at once: a node's own id names run and
community, and `stable_id` is what readers see.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.access import Scope
from app.domain.community import COMBINED, RUNS, Community, CommunityRun, MemberOf, Membership
from app.ports.store import PageOf
from app.store.records import COMMUNITY, COMMUNITY_RUN
from app.store.repositories.runs import forget_run, old_runs
from app.store.repositories.session import LARGEST_SAVE, Session, batches, bounds

POINTERS = {layer: "communities" if layer == COMBINED else f"communities:{layer}" for layer in RUNS}
_LAYER_OF = {pointer: layer for layer, pointer in POINTERS.items()}
MOST_OF_ONE = 100  # communities of one customer over all layers: five of its own and three leanings each at most


class CommunityRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def write_run(
        self, run: CommunityRun, communities: Sequence[Community], memberships: Sequence[Membership] = ()
    ) -> None:
        name = "analytics/save_community_run"
        self._session.run(Scope.RUN, name, id=run.id, properties=COMMUNITY_RUN.bare(run))
        rows = [_community_row(part) for part in sorted(communities, key=lambda part: part.id)]
        for batch in batches(rows):
            self._session.run(Scope.RUN, "analytics/save_community", rows=batch)
        known = {(one.customer_id, one.community_id): one for one in memberships}
        members = sorted((member, part.id) for part in communities for member in part.member_ids)
        links = [_link(run.id, *pair, known.get(pair)) for pair in members]
        for some in batches(links):
            self._session.run(Scope.RUN, "analytics/link_community_members", rows=some)
        leaning = sorted(pair for pair, one in known.items() if not one.is_member)
        for some in batches([_link(run.id, *pair, known[pair]) for pair in leaning]):
            self._session.run(Scope.RUN, "analytics/link_community_leanings", rows=some)

    def switch(self, run_id: str, at: datetime, *, layer: str = COMBINED) -> None:
        self._session.run(Scope.RUN, "analytics/switch_run", id=POINTERS[layer], run_id=run_id, at=at)

    def current(self, *, layer: str = COMBINED) -> CommunityRun | None:
        found = self._session.run(Scope.READ, "analytics/get_community_run", pointer=POINTERS[layer])
        return COMMUNITY_RUN.record(found[0]["record"]) if found else None

    def page(self, at: PageOf, *, layer: str = COMBINED) -> list[Community]:
        name = "analytics/page_community"
        found = self._session.run(Scope.READ, name, pointer=POINTERS[layer], **bounds(at))
        return [COMMUNITY.record(row["record"] | {"id": row["record"]["stable_id"]}) for row in found]

    def members(self, community_id: str, at: PageOf) -> list[str]:
        name = "analytics/page_community_members"
        found = self._session.run(Scope.READ, name, community_id=community_id, **bounds(at))
        return [row["id"] for row in found]

    def members_of(self, communities: Sequence[Community]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for part in _by_members(communities):
            ids, limit = [one.id for one in part], sum(one.size for one in part)
            rows = self._session.run(Scope.READ, "analytics/find_community_members", ids=ids, limit=limit)
            found += [(row["customer_id"], row["community_id"]) for row in rows]
        return sorted(found)

    def of_customer(self, customer_id: str) -> list[MemberOf]:
        name = "analytics/find_memberships"
        found = self._session.run(
            Scope.READ, name, pointers=list(_LAYER_OF), customer_id=customer_id, limit=MOST_OF_ONE
        )
        shown = [_member_of(customer_id, row) for row in found]
        place = {layer: number for number, layer in enumerate(RUNS)}
        return sorted(
            shown,
            key=lambda one: (
                place[one.run_layer],
                not one.membership.is_member,
                -one.membership.strength,
                one.membership.community_id,
            ),
        )

    def old(self, run: CommunityRun, *, keep: int) -> list[str]:
        return old_runs(self._session, "community", run.id, keep=keep, layer=run.layer)

    def forget(self, run_id: str, *, limit: int) -> int:
        """Memberships go first: to detach a community of 20,000 at once took the slower engine 7 s, and 30 s end it."""
        found = self._session.run(Scope.RUN, "analytics/delete_community_members", run_id=run_id, limit=limit)
        gone = sum(int(row["deleted"]) for row in found)
        return gone or forget_run(self._session, "community", run_id, limit)


def _key(run_id: str, community_id: str) -> str:
    return f"{run_id}:{community_id}"


def _community_row(part: Community) -> dict[str, Any]:
    key = _key(part.run_id, part.id)
    return {"id": key, "properties": COMMUNITY.bare(part) | {"id": key, "stable_id": part.id}}


def _link(run_id: str, customer_id: str, community_id: str, how: Membership | None) -> dict[str, Any]:
    shares = {} if how is None else {"strength": how.strength} | dict(how.layers)
    return {"customer_id": customer_id, "community_id": _key(run_id, community_id), "properties": shares}


def _member_of(customer_id: str, row: dict[str, Any]) -> MemberOf:
    layers = dict(row["shares"])
    strength = float(layers.pop("strength", 0.0))
    membership = Membership(
        customer_id, row["community_id"], strength, dict(sorted(layers.items())), bool(row["is_member"])
    )
    return MemberOf(_LAYER_OF[row["pointer"]], row["label"], membership)


def _by_members(communities: Sequence[Community]) -> list[list[Community]]:
    """Parts of about LARGEST_SAVE members; a larger community is a part of its own."""
    parts: list[list[Community]] = []
    held = LARGEST_SAVE
    for one in communities:
        if held + one.size > LARGEST_SAVE or not parts:
            parts.append([])
            held = 0
        parts[-1].append(one)
        held += one.size
    return parts
