"""Open the graph that a URL names: embedded:PATH, or a Neo4j server by bolt:// or neo4j:// (+s, +ssc for TLS)."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

from neo4j import Driver, GraphDatabase, NotificationDisabledClassification
from neo4j.exceptions import ConfigurationError

from app.domain.errors import Misconfigured
from app.embedded import ServerLimits, open_embedded
from app.store.link import Connection
from app.store.profiles import ARCADEDB, NEO4J
from app.store.runner import GraphRunner

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_CONNECT_S = 1.0  # to a server in reach a connection takes milliseconds; P9 wants an answer within 2.5 s
_POOL_WAIT_S = 2.0
_LIFETIME_S = 1800  # load balancers drop quiet connections after an hour or less
_LIVENESS_S = 30  # a connection idle for longer is tried before it is used
_POOL_SIZE = 64
# The driver warns of what it also raises, which we explain; only a configured log gets it, never a bare terminal.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


def open_graph(
    url: str,
    *,
    user: str | None = None,
    password: str | None = None,
    database: str = "neo4j",
    embedded: ServerLimits = ServerLimits(),
    deadline: float = 2.0,
) -> GraphRunner:
    """A runner on the graph; `embedded:` starts or joins its server, does so again when that server has ended, and
    gives the hold back on close.

    `deadline`: seconds of a transaction that somebody waits for online.
    Does not wait for a server: a dead one is reported by the first unit of work, or by `ping()`.
    """
    if url.startswith("embedded:"):
        path = url.removeprefix("embedded:")
        if not path:
            raise Misconfigured("The graph's URL names no folder.", remedy="Write embedded:PATH.")
        return GraphRunner(lambda: _embedded(Path(path), embedded), ARCADEDB, deadline=deadline)
    _check(url)
    if password is None:
        raise Misconfigured("There is no password for the graph.", remedy="Set ICRM_GRAPH_PASSWORD.")
    try:
        auth = (user or "neo4j", password)
        return GraphRunner(lambda: Connection(_driver(url, auth)), NEO4J, database=database, deadline=deadline)
    except (ConfigurationError, ValueError) as exc:
        raise Misconfigured("The graph's URL is not valid.", remedy="Write neo4j://host:7687.") from exc


def _embedded(folder: Path, limits: ServerLimits) -> Connection:
    server = open_embedded(folder, memory=limits.memory, idle_seconds=limits.idle_seconds)
    driver = _driver(server.bolt_url, (server.user, server.password))
    return Connection(driver, let_go=server.close, is_lost=server.has_ended, complaint=server.complaint)


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        secret, host, _ = parts.password or parts.username, parts.hostname, parts.port
    except ValueError as exc:
        raise Misconfigured("The graph's URL is not valid.", remedy="Write neo4j://host:7687.") from exc
    if secret is not None:  # URLs end up in logs and process lists
        raise Misconfigured(
            "The graph's URL holds a user or password.",
            remedy="Take it out and set ICRM_GRAPH_USER and ICRM_GRAPH_PASSWORD.",
        )
    if parts.scheme not in _SCHEMES or not host:
        raise Misconfigured(
            "The graph's URL has an unknown form.",
            remedy="Write embedded:PATH, bolt://host:7687 or neo4j://host:7687 (+s for TLS).",
        )


def _driver(url: str, auth: tuple[str, str]) -> Driver:
    return GraphDatabase.driver(
        url,
        auth=auth,
        connection_timeout=_CONNECT_S,
        connection_write_timeout=_POOL_WAIT_S,
        connection_acquisition_timeout=_POOL_WAIT_S,
        max_connection_lifetime=_LIFETIME_S,
        max_connection_pool_size=_POOL_SIZE,
        liveness_check_timeout=_LIVENESS_S,
        max_transaction_retry_time=0,  # the runner repeats; the driver's default of 30 s would outlast every deadline
        notifications_disabled_classifications=[NotificationDisabledClassification.UNRECOGNIZED],
        telemetry_disabled=True,
        user_agent="icrm",
    )
