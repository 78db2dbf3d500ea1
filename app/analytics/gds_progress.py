"""Progress of an algorithm that runs in the database, passed on to whoever waits for it."""

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import cypher
from app.domain.errors import TimedOut
from app.ports.outside import Progress

T = TypeVar("T")
POLL_S = 0.5  # one look costs the server a few milliseconds
WHOLE = 100  # the server speaks of per cent


def followed(client: Any, stage: str, progress: Progress, work: Callable[[str], T]) -> T:
    """What `work` returns, given the id of its job; meanwhile the server's progress in that job is reported.

    The work runs in a thread and the reports in the caller's, because a report may raise to end a cancelled job. The
    algorithm that is running then is waited for, so that nothing is dropped under it.
    """
    job_id = str(uuid.uuid4())
    progress(stage, 0, 0)
    with ThreadPoolExecutor(1, "gds") as threads:
        running = threads.submit(work, job_id)
        while True:
            try:
                return _answered(running)
            except TimeoutError:
                if running.done():  # the work itself ran out of time
                    raise
                done = _per_cent(client, job_id)
                if done is not None:
                    progress(stage, done, WHOLE)


def _answered(running: Future[T]) -> T:
    """TimeoutError while it runs; TimedOut when the server ended it, with none of the driver's words."""
    try:
        return running.result(timeout=POLL_S)
    except Exception as error:  # the client passes the driver's errors on, and only the store may import the driver
        if type(error).__module__.partition(".")[0] == "neo4j" and "terminated" in str(error):
            raise TimedOut(
                "The database ended the run, because it took longer than a transaction may.",
                remedy="Raise db.transaction.timeout in neo4j.conf (60 s as shipped), or use the local engine.",
            ) from error
        raise


def _per_cent(client: Any, job_id: str) -> int | None:
    """None where the server does not say."""
    rows = client.run_cypher(cypher.query("analytics/get_progress").text, {"job_id": job_id})
    text = None if rows.empty else rows["progress"].iloc[0]
    try:
        return int(float(str(text).rstrip("%")))
    except ValueError:  # n/a
        return None
