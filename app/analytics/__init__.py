"""Topology snapshots and the algorithms that run on them, here or in Graph Data Science."""

from dataclasses import dataclass, field
from pathlib import Path

from app.analytics.gds import GdsAnalytics, Server
from app.analytics.local import LocalAnalytics
from app.analytics.snapshot import folder_of
from app.domain.errors import Misconfigured
from app.ports.analytics import Analytics
from app.ports.store import Store

__all__ = ["AnalyticsOptions", "open_analytics"]


@dataclass(frozen=True, slots=True)
class AnalyticsOptions:
    """Values of the settings. `engine`: auto, local or gds; auto is local, which a snapshot makes faster everywhere."""

    data_folder: Path
    graph_url: str
    runs_on: str = "auto"
    user: str = "neo4j"
    password: str | None = field(default=None, repr=False)
    database: str = "neo4j"


def open_analytics(store: Store, options: AnalyticsOptions) -> Analytics:
    """Analytics over the graph of `options`; nothing is read before the first question. Misconfigured when GDS is
    asked for and the graph is not a Neo4j server."""
    local = LocalAnalytics(store, folder_of(options.data_folder, options.graph_url))
    if options.runs_on != "gds":
        return local
    if options.graph_url.startswith("embedded:") or options.password is None:
        raise Misconfigured(
            "Graph Data Science runs in a Neo4j server only.",
            remedy="Set ICRM_GRAPH_URL and ICRM_GRAPH_PASSWORD, or ICRM_ANALYTICS=local.",
        )
    return GdsAnalytics(local, Server(options.graph_url, options.user, options.password, options.database))
