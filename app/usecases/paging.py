"""Reading all pages of what the ports hand out page by page."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from app.ports.store import PageOf

PAGE = 200  # the store's largest

T = TypeVar("T")


def every(read: Callable[[PageOf], Sequence[T]], key: Callable[[T], str], *, size: int = PAGE) -> Iterator[T]:
    """All records in the order of their keys; `read` gives at most `size` after a key, `key` that of a record."""
    after: str | None = None
    while True:
        page = read(PageOf(after, size))
        yield from page
        if len(page) < size:
            return
        after = key(page[-1])
