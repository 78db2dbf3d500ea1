"""Records on their way in and out: what an importer reads and an exporter writes, one at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.domain.errors import BadRow

KINDS: tuple[str, ...] = (
    "categories", "groups", "customers", "contacts", "staff", "knows", "consents", "signals", "needs", "capabilities",
    "relationships", "introductions", "referrals", "outcomes", "evidence", "flows", "rates", "ledger",
)  # fmt: skip
"""Kinds of records in the order in which they can be saved; each is a repository of `Transaction`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, or the error that stands in its place. `rows`: input rows that it stands for, 0 for a record derived
    from rows that are counted elsewhere. `raw`: the row's own columns, to give it back if it fails."""

    kind: str
    file: str
    line: int
    record: Any = None
    error: BadRow | None = None
    rows: int = 1
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an import will take, roughly: for saying so before it starts."""

    rows: int
    seconds: float
    memory_bytes: int
    disk_bytes: int


class RecordSource(Protocol):
    """Where records come from. The same content gives the same entries in the same order: that is what resuming
    rests on."""

    @property
    def kind(self) -> str:
        """The preset's name."""
        ...

    def fingerprint(self) -> str:
        """A hash of content and options. BadInput for what is wrong with a whole file: missing, unreadable, header,
        encoding. Nothing has been written then."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All entries, kinds in the order of KINDS."""
        ...

    def estimate(self) -> Estimate: ...


class RecordSink(Protocol):
    """Where an export goes."""

    def write(self, kind: str, records: Iterable[Any]) -> int:
        """All records of one kind; called again for the same kind it starts over. How many there were."""
        ...

    def finish(self) -> None:
        """From now on the export is complete and visible."""
        ...

    def discard(self) -> None:
        """The export failed: nothing of it stays."""
        ...
