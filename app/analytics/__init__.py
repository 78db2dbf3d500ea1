"""Topology snapshots and the algorithms that run on them, here or in Graph Data Science."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.analytics.auto import AutoAnalytics
from app.analytics.gds import GdsAnalytics, Server
from app.analytics.local import LocalAnalytics
from app.analytics.registry import Registry
from app.analytics.snapshot import folder_of
from app.domain.errors import Misconfigured
from app.ports.analytics import Analytics
from app.ports.store import Store

__all__ = ["AnalyticsOptions", "Registry", "open_analytics", "open_registry"]


@dataclass(frozen=True, slots=True)
class AnalyticsOptions:
    """Values of the settings. `runs_on`: auto (local while a snapshot exists, else gds where the server has it), local
    or gds. `has_gds` asks the server."""

    data_folder: Path
    graph_url: str
    runs_on: str = "auto"
    user: str = "neo4j"
    password: str | None = field(default=None, repr=False)
    database: str = "neo4j"
    has_gds: Callable[[], bool] = lambda: False


def open_registry(options: AnalyticsOptions) -> Registry:
    """Versions of the ranker that learned from this graph."""
    return Registry(options.data_folder / "rankers" / folder_of(options.data_folder, options.graph_url).name)


def open_analytics(store: Store, options: AnalyticsOptions) -> Analytics:
    """Analytics over the graph of `options`; nothing is read before the first question. Misconfigured when GDS is
    asked for and the graph is not a Neo4j server."""
    home = folder_of(options.data_folder, options.graph_url)
    local = LocalAnalytics(store, home, open_registry(options))
    is_embedded = options.graph_url.startswith("embedded:")
    if options.runs_on == "local" or (options.runs_on == "auto" and is_embedded):
        return local
    if is_embedded or options.password is None:
        raise Misconfigured(
            "Graph Data Science runs in a Neo4j server only.",
            remedy="Set ICRM_GRAPH_URL and ICRM_GRAPH_PASSWORD, or ICRM_ANALYTICS=local.",
        )
    gds = GdsAnalytics(local, Server(options.graph_url, options.user, options.password, options.database))
    return gds if options.runs_on == "gds" else AutoAnalytics(local, gds, has_gds=options.has_gds)
