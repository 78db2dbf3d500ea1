"""The embedded graph: one ArcadeDB server process per data folder, spoken to over Bolt like any other server."""

from app.embedded.bulk import BulkCounts, NodeTable, RelationshipTable, bulk_load
from app.embedded.launcher import (
    IDLE_SECONDS,
    EmbeddedServer,
    EmbeddedStatus,
    ServerLimits,
    embedded_status,
    open_embedded,
    stop_embedded,
)

__all__ = [
    "IDLE_SECONDS",
    "BulkCounts",
    "EmbeddedServer",
    "EmbeddedStatus",
    "NodeTable",
    "RelationshipTable",
    "ServerLimits",
    "bulk_load",
    "embedded_status",
    "open_embedded",
    "stop_embedded",
]
