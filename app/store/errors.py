"""Driver exceptions become domain errors here; none of them, and no parameter's value, crosses this border."""

from collections.abc import Iterator

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConnectionPoolError,
    ConstraintError,
    DatabaseError,
    DriverError,
    Forbidden,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
    UnsupportedServerProduct,
)

from app.domain.errors import (
    Conflict,
    GraphUnreachable,
    IcrmError,
    Misconfigured,
    TimedOut,
    TooLarge,
    Unavailable,
    WrongPassword,
    WrongVersion,
)
from cypher import CatalogueError

_DOCTOR = "Run `icrm doctor`: it says step by step what is wrong."
# Transient in name, so the driver would repeat it for 30 s; a smaller statement is what helps (NEO4J.md).
_MEMORY = frozenset(
    {
        "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
        "Neo.TransientError.General.TransactionMemoryLimit",
        "Neo.TransientError.General.OutOfMemoryError",
    }
)
_TIME = ("TransactionTimedOut", "LockClientStopped", "LockAcquisitionTimeout", "TransactionTerminated")


def is_transient(exc: Exception) -> bool:
    """Whether the same transaction may succeed when it is run again."""
    if isinstance(exc, Neo4jError):
        return exc.is_retryable() and exc.code not in _MEMORY and not _is_timeout(exc)
    return isinstance(exc, DriverError) and exc.is_retryable() and not _is_timeout(exc)


def failed_inside(exc: Exception) -> bool:
    """Whether the engine itself failed, for a reason that its machine may know. ArcadeDB says TransactionNotFound when
    a commit fails, also for want of space."""
    return isinstance(exc, DatabaseError) or (isinstance(exc, Neo4jError) and _gave_up(exc))


def translate(exc: Exception, *, query: str) -> IcrmError | CatalogueError:
    """The domain's error for what the driver raised; `query` is the catalogue's name of the last statement."""
    if isinstance(exc, Neo4jError):
        return _from_server(exc, query)
    if isinstance(exc, IncompleteCommit):
        return Unavailable(
            "The connection to the graph broke during a commit: it is unknown whether the change was stored.",
            remedy="Repeat it with the same Idempotency-Key; it then has one effect.",
        )
    if _is_timeout(exc):
        return TimedOut("The graph did not answer in time.", remedy="Try again, or ask for less.")
    if isinstance(exc, UnsupportedServerProduct):
        return WrongVersion("The server does not speak a known version of Bolt.", remedy="Use Neo4j 5.26 or later.")
    if isinstance(exc, ConfigurationError):
        return Misconfigured("The graph's address or its encryption is not valid.", remedy=_DOCTOR)
    if isinstance(exc, (ServiceUnavailable, SessionExpired, ConnectionPoolError, OSError)):
        return GraphUnreachable("The graph database cannot be reached.", remedy=_DOCTOR)
    return Unavailable(f"The connection to the graph failed ({type(exc).__name__}).", remedy=_DOCTOR)


def _from_server(exc: Neo4jError, query: str) -> IcrmError | CatalogueError:
    code = exc.code or ""
    if code.endswith("AuthenticationRateLimit"):
        return WrongPassword(
            "The graph refuses to sign in for some seconds after wrong passwords.",
            remedy="Correct it and wait.",
        )
    if isinstance(exc, Forbidden):
        return Misconfigured(f"The graph's user may not run {query}.", remedy="Use a user who may.")
    if isinstance(exc, AuthError):
        return WrongPassword(
            "The graph refuses the user or password.", remedy="Set ICRM_GRAPH_USER and ICRM_GRAPH_PASSWORD."
        )
    if code in _MEMORY:
        return TooLarge(f"{query} needs more memory than a transaction may take.", remedy="Ask for less at a time.")
    if _is_timeout(exc):
        return TimedOut("The graph did not finish in time.", remedy="Try again, or ask for less.")
    if isinstance(exc, ConstraintError):
        return Conflict("A record with the same key exists.", remedy="Read it and decide; nothing was stored.")
    if code.endswith("DatabaseNotFound"):
        return Misconfigured("The server has no database of that name.", remedy="Set ICRM_GRAPH_DATABASE.")
    if isinstance(exc, TransientError):
        return Unavailable("The graph is busy: another change kept getting in the way.", remedy="Try again.")
    if _gave_up(exc):
        return Unavailable("The graph gave the transaction up; nothing was stored.", remedy="Its log has the cause.")
    if isinstance(exc, ClientError):
        return CatalogueError(f"{query}: the engine refuses the statement ({code})")
    return Unavailable(f"The graph database failed inside ({code}).", remedy="Its log has the cause.")


def _gave_up(exc: Neo4jError) -> bool:
    return (exc.code or "").endswith("TransactionNotFound")


def _is_timeout(exc: Exception) -> bool:
    if isinstance(exc, Neo4jError):
        return any(word in (exc.code or "") for word in _TIME)
    return any(isinstance(cause, TimeoutError) or "DeadlineExceeded" in type(cause).__name__ for cause in _causes(exc))


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__
