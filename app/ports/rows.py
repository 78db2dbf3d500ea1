"""What every repository of saved records can do, and paging."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class SaveCounts:
    """`changed_before`: (id, properties as JSON) of each updated row as it was, for undo."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    changed_before: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PageOf:
    """Keyset paging: rows with an id after `after`, in the order of ids, at most `limit` (1 to 200)."""

    after: str | None = None
    limit: int = 25


class Rows(Protocol[Row]):
    """What every repository of saved records can do. `save` takes up to 10,000 rows, one round trip per 1,000 or so;
    it writes the relationships that the record names too (a need's HAS_NEED, IN_CATEGORY, MET_BY), and raises BadInput
    with the row's index as pointer when a row names a record that does not exist: then nothing is written."""

    def save(self, rows: Sequence[Row]) -> SaveCounts: ...
    def get(self, ids: Sequence[str]) -> list[Row]:
        """Those that exist, in the order of `ids`."""
        ...

    def stream(self) -> Iterator[list[Row]]:
        """All of them in batches, in the order of ids (relationships: by kind and the ids of their ends)."""
        ...
