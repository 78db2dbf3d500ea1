"""Reads that several commands share, over an open application."""

from collections.abc import Mapping, Sequence

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI
from app.domain.community import COMBINED, Community
from app.ports.store import PageOf
from app.usecases.paging import every

READ_AT_ONCE = 1_000


def names_of(app: App, ids: Sequence[str]) -> Mapping[str, str]:
    """Names by customer id, of those that exist."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), READ_AT_ONCE):
        some = ids[start : start + READ_AT_ONCE]
        rows = app.store.read(OPERATOR_CLI, lambda tx, some=some: tx.customers.get(some))  # type: ignore[misc]
        found |= {customer.id: customer.name for customer in rows}
    return found


def all_communities(app: App, *, layer: str = COMBINED) -> list[Community]:
    """Of the current run of a layer, largest first, ties by id."""

    def page(at: PageOf) -> list[Community]:
        return app.store.read(OPERATOR_CLI, lambda tx: tx.communities.page(at, layer=layer))

    return sorted(every(page, lambda one: one.id), key=lambda one: (-one.size, one.id))


def members_of(app: App, community_id: str) -> list[str]:
    """Customer ids in their order."""

    def page(at: PageOf) -> list[str]:
        return app.store.read(OPERATOR_CLI, lambda tx: tx.communities.members(community_id, at))

    return list(every(page, lambda one: one))
