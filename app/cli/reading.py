"""Reads that several commands share, over an open application."""

from collections.abc import Mapping, Sequence

from app.bootstrap import App
from app.domain.access import OPERATOR_CLI
from app.domain.community import COMBINED, Community
from app.ports.store import PageOf

PAGE = 200  # the largest page of the ports
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
    found: list[Community] = []
    after: str | None = None
    while True:
        at = PageOf(after, PAGE)
        page = app.store.read(OPERATOR_CLI, lambda tx, at=at: tx.communities.page(at, layer=layer))  # type: ignore[misc]
        found += page
        if len(page) < PAGE:
            return sorted(found, key=lambda one: (-one.size, one.id))
        after = page[-1].id


def members_of(app: App, community_id: str) -> list[str]:
    """Customer ids in their order."""
    found: list[str] = []
    after: str | None = None
    while True:
        at = PageOf(after, PAGE)
        page = app.store.read(
            OPERATOR_CLI,
            lambda tx, at=at: tx.communities.members(community_id, at),  # type: ignore[misc]
        )
        found += page
        if len(page) < PAGE:
            return found
        after = page[-1]
