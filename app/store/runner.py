"""Catalogued statements in managed transactions: the only way to the graph.

Invariants: every write is a managed transaction (a failed auto-commit MERGE leaves half its rows behind on ArcadeDB);
what the driver raises leaves as a domain error; `work` may run more than once. One retry loop, ours: the driver's is
switched off, because it neither knows ArcadeDB's race on unique keys nor a limit that differs by caller.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from neo4j import Driver, ManagedTransaction, unit_of_work
from neo4j.exceptions import DriverError, Neo4jError

import cypher
from app.domain.errors import IcrmError, NotAllowed
from app.store.errors import failed_inside, is_transient, translate
from app.store.gate import Gate
from app.store.link import Connection, Link
from app.store.profiles import Profile
from app.store.values import parameter, result

T = TypeVar("T")
Catalogue = Callable[[str], cypher.Query]

_PING = cypher.parse(
    "system/ping", "// Does the graph answer?\n// mode: read\n// params:\n// returns: one\nRETURN 1 AS one"
)
_READ_GRACE_S = 0.2  # lets the server's own timeout arrive first: its answer says more than a cut connection
_KEY_RACES = 5  # the loser of a race wins its second try; more than a few means that the key is really taken
_QUEUE_S = 1.0  # longest wait behind other writers of this process
_read_limit: ContextVar[float | None] = ContextVar("read_limit", default=None)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a caller waits for conflicts to pass. Seconds; waits double from `first_wait` to `longest_wait`."""

    name: str
    total: float
    first_wait: float
    longest_wait: float
    timeout: float | None = None  # of one transaction, where the caller names none


ONLINE = RetryPolicy("online", total=2.0, first_wait=0.01, longest_wait=0.2)
JOB = RetryPolicy("job", total=60.0, first_wait=0.05, longest_wait=5.0, timeout=60.0)


class Tx:
    """A unit of work's view of its transaction."""

    def __init__(self, tx: ManagedTransaction, *, mode: str, catalogue: Catalogue) -> None:
        self._tx = tx
        self._mode = mode
        self._catalogue = catalogue
        self.last_query = ""

    def run(self, name: str | cypher.Query, /, **params: Any) -> list[dict[str, Any]]:
        """All rows of a catalogued statement (or of one that `cypher.parse` has checked)."""
        return list(self.stream(name, **params))

    def stream(self, name: str | cypher.Query, /, **params: Any) -> Iterator[dict[str, Any]]:
        """The rows one by one, for exports that do not fit into memory; valid inside the unit of work only."""
        query = self._catalogue(name) if isinstance(name, str) else name
        self.last_query = query.name
        if query.mode == "write" and self._mode == "read":
            raise NotAllowed(f"{query.name} writes, and this is a read transaction.")  # ArcadeDB would let it
        bound = {key: parameter(value, key) for key, value in query.bind(params).items()}
        records = self._tx.run(query.text, bound)
        keys = records.keys()
        for record in records:
            yield {key: result(value) for key, value in zip(keys, record.values(), strict=True)}


class GraphRunner:
    """Units of work on one graph. Thread-safe; not to be shared with a forked process."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        profile: Profile,
        *,
        database: str = "neo4j",
        deadline: float = 2.0,
        catalogue: Catalogue = cypher.query,
    ) -> None:
        """`connect` is called at once, and again whenever the server it led to has ended. A transaction for which
        neither caller nor policy names a time ends after `deadline` seconds."""
        self.profile = profile
        self.database = database
        self._deadline = deadline
        self._catalogue = catalogue
        self._gate = Gate(profile.writers)
        self._link = Link(lambda: _with_limits(connect()))

    @property
    def driver(self) -> Driver:
        """Of the connection at this moment; for tests and tools."""
        return self._link.last.driver

    def read(self, work: Callable[[Tx], T], *, timeout: float | None = None, retry: RetryPolicy = ONLINE) -> T:
        """The result of `work` in a read transaction."""
        return self._run(work, "read", timeout or retry.timeout or self._deadline, retry)

    def write(self, work: Callable[[Tx], T], *, timeout: float | None = None, retry: RetryPolicy = ONLINE) -> T:
        """The result of `work`, committed. `work` may run again after a conflict: it draws no ids or times."""
        return self._run(work, "write", timeout or retry.timeout or self._deadline, retry)

    def define(self, statements: Sequence[str]) -> None:
        """Run the profile's schema statements, each in a transaction of its own (Neo4j mixes no schema with data)."""
        for number, text in enumerate(statements):
            header = "// Schema\n// mode: write\n// params:\n// returns:\n"
            query = cypher.parse(f"schema/statement_{number}", header + text)
            self.write(lambda tx, query=query: tx.run(query), retry=JOB)  # type: ignore[misc]

    def ping(self) -> None:
        """Returns when the graph answers, else raises what is wrong."""
        self.read(lambda tx: tx.run(_PING))

    def version(self) -> str:
        """What the server calls itself, such as `Neo4j/5.26.30`."""
        try:
            return self.driver.get_server_info().agent
        except (DriverError, Neo4jError, OSError) as exc:
            raise translate(exc, query="version") from exc

    def close(self) -> None:
        self._link.close()

    def __enter__(self) -> "GraphRunner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, work: Callable[[Tx], T], mode: str, timeout: float, retry: RetryPolicy) -> T:
        start, wait, races, tries = time.monotonic(), retry.first_wait, 0, 0
        while True:
            tries += 1
            left = retry.total - (time.monotonic() - start)
            last = [""]
            try:
                if mode == "read":
                    return self._attempt(work, mode, timeout, max(left, 0.1), last)
                with self._gate.pass_(lost=tries > 1, patience=min(max(left, 0.1), _QUEUE_S)):
                    return self._attempt(work, mode, timeout, max(left, 0.1), last)
            except (DriverError, Neo4jError, OSError) as exc:
                lost_race = mode == "write" and getattr(exc, "code", None) in self.profile.key_race_codes
                races += lost_race
                again = is_transient(exc) or (lost_race and races < _KEY_RACES)
                if not again or time.monotonic() - start + wait > retry.total:
                    raise self._translate(exc, last[0] or mode) from exc
            time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  spreads the waiters, hides nothing
            wait = min(wait * 2, retry.longest_wait)

    def _translate(self, exc: Exception, query: str) -> IcrmError | cypher.CatalogueError:
        complaint = self._link.last.complaint() if failed_inside(exc) else None
        return complaint or translate(exc, query=query)

    def _attempt(self, work: Callable[[Tx], T], mode: str, timeout: float, left: float, last: list[str]) -> T:
        @unit_of_work(timeout=timeout)
        def once(managed: ManagedTransaction) -> T:
            tx = Tx(managed, mode=mode, catalogue=self._catalogue)
            try:
                return work(tx)
            finally:
                last[0] = tx.last_query

        driver = self._link.now(patience=left).driver
        limit = _read_limit.set(timeout + _READ_GRACE_S)
        try:
            with driver.session(
                database=self.database,
                max_transaction_retry_time=0,
                connection_acquisition_timeout=min(left, 2.0),
            ) as session:
                return session.execute_read(once) if mode == "read" else session.execute_write(once)
        finally:
            _read_limit.reset(limit)


def _with_limits(connection: Connection) -> Connection:
    """End every wait for the server's answer after the transaction's time limit.

    The driver has no public setting for it (6.4): a server that stops answering on an open connection holds a thread
    for ever. A contract test notices when the pool's inside changes.
    """
    pool = cast(Any, connection.driver)._pool
    acquire = pool.acquire

    def acquire_with_limit(*args: Any, **kwargs: Any) -> Any:
        connection = acquire(*args, **kwargs)
        connection.socket.set_read_timeout(_read_limit.get())
        return connection

    pool.acquire = acquire_with_limit
    return connection
