"""Reading ahead: an iterator that works in a thread of its own while its consumer waits for something else."""

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_WAIT_S = 0.1  # how soon an abandoned reader notices


def ahead(items: Iterator[T], *, depth: int) -> Iterator[T]:
    """The same items in the same order, at most `depth` of them read before they are asked for. An error comes where it
    happened; a consumer that stops ends the reader."""
    queue: Queue[tuple[T | None, BaseException | None]] = Queue(depth)
    stopped = Event()
    thread = Thread(target=_read, args=(items, queue, stopped), name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]  # None only beside an error
    finally:
        stopped.set()
        while thread.is_alive():  # a full queue would hold it
            try:
                queue.get(timeout=_WAIT_S)
            except Empty:
                continue


def _read(items: Iterator[T], queue: "Queue[tuple[T | None, BaseException | None]]", stopped: Event) -> None:
    end: BaseException = StopIteration()
    try:
        for item in items:
            if not _put(queue, (item, None), stopped):
                return
    except BaseException as error:  # noqa: BLE001  the consumer raises it
        end = error
    _put(queue, (None, end), stopped)


def _put(
    queue: "Queue[tuple[T | None, BaseException | None]]", entry: tuple[T | None, BaseException | None], stopped: Event
) -> bool:
    while not stopped.is_set():
        try:
            queue.put(entry, timeout=_WAIT_S)
            return True
        except Full:
            continue
    return False
