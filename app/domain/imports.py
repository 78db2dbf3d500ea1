"""What an import did: every input row is accounted for, exactly once."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import BadRow


@dataclass(frozen=True, slots=True)
class FailedRow:
    """`raw`: the row's own columns. `field` and `expected` as in BadRow; no value is repeated in them."""

    file: str
    line: int
    field: str
    expected: str
    raw: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, error: BadRow, raw: Mapping[str, str]) -> "FailedRow":
        return cls(error.file, error.line, error.field, error.expected, raw)


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """Records of one kind, derived ones included."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """rows_in = created + updated + unchanged + failed. A row that repeats a record of the same import, as a quarter
    repeats a running contract, counts as unchanged. `state`: complete, stopped (too many failed rows) or dry_run."""

    import_id: str
    state: str
    rows_in: int
    created: int
    updated: int
    unchanged: int
    failed: int
    records: Mapping[str, RecordCounts]
    failed_rows: tuple[FailedRow, ...]
    resumed: bool = False
