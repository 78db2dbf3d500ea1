"""What all repositories of one unit of work share: the statements, the caller, and whether the snapshot has aged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput, TooLarge
from app.ports.store import PageOf

BATCH = 1000  # rows a statement: 400 ms on the slower engine, and 1,000 notes fit into its memory
LARGEST_SAVE = 10_000
LARGEST_PAGE = 200
STREAM_BATCH = 10_000  # records a batch when everything is read

T = TypeVar("T")


class Statements(Protocol):
    """A transaction of `app.store.runner`."""

    def run(self, name: str, /, **params: Any) -> list[dict[str, Any]]: ...


class Session:
    """`changed` is set by writes that the snapshot or a value run would show: only those move the watermark."""

    def __init__(self, tx: Statements, caller: Caller) -> None:
        self._tx = tx
        self._caller = caller
        self.changed = False

    def run(self, scope: Scope | None, name: str, /, **params: Any) -> list[dict[str, Any]]:
        """The rows of a statement, if the caller has the scope; None: every caller may."""
        if scope is not None:
            self._caller.require(scope)
        return self._tx.run(name, **params)

    def require(self, scope: Scope) -> None:
        self._caller.require(scope)


def batches(rows: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def bounds(at: PageOf) -> dict[str, Any]:
    """`after` and `limit` for a page's statement. An absent cursor is the empty text, which every id follows."""
    if not 1 <= at.limit <= LARGEST_PAGE:
        raise BadInput(f"A page has 1 to {LARGEST_PAGE} rows.", pointer="limit")
    return {"after": at.after or "", "limit": at.limit}


def check_size(rows: Sequence[Any]) -> None:
    if len(rows) > LARGEST_SAVE:
        raise TooLarge(f"At most {LARGEST_SAVE} rows are saved at once.", remedy="Save them in smaller batches.")


def in_order(ids: Sequence[str], found: Mapping[str, T]) -> list[T]:
    return [found[key] for key in dict.fromkeys(ids) if key in found]
