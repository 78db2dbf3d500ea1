"""A folder of records in our own format: `customers.csv` or `customers.jsonl` and so on, one file a kind."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.adapters.columns import Place, accepted, columns, header, to_record
from app.adapters.reader import examine, read_csv, read_header, read_json_lines
from app.domain.customer import Consent, Customer, Purpose
from app.domain.errors import BadInput, BadRow
from app.domain.ids import derived_id
from app.ports.records import KINDS, Entry, Estimate

ROWS_PER_SECOND = 2500  # records written over Bolt in batches, on one core beside its server
BYTES_ON_DISK = 600  # of the graph a record, with its indexes
# When a consent was given that is only stated for all: the latest line of the ledger decides, so that each line with a
# time of its own, a refusal above all, decides instead of this one, also when the same files come again.
BEFORE_ANY = datetime(1970, 1, 1, tzinfo=UTC)


class NativeFolder:
    """`entries` may be read many times. A missing file means: no records of that kind."""

    kind = "native"

    def __init__(self, folder: Path, *, encoding: str = "utf-8", consent_basis: str = "") -> None:
        """`consent_basis`: recorded as a consent to every purpose with each customer; empty: none is."""
        self.folder = folder
        self.encoding = encoding
        self.consent_basis = consent_basis.strip()

    def fingerprint(self) -> str:
        digest = hashlib.sha256(f"{self.encoding}{self.consent_basis}".encode(errors="surrogateescape"))
        for kind, file in self._files().items():
            digest.update(f"{kind} {file.suffix} {examine(file, encoding=self.encoding)}".encode())
            if file.suffix == ".csv":
                _check_header(kind, file, self.encoding)
        return digest.hexdigest()

    def entries(self) -> Iterator[Entry]:
        files = self._files()
        for kind in KINDS:
            if kind in files:
                yield from self._read(kind, files[kind])
            if kind == "consents" and self.consent_basis and "customers" in files:
                yield from self._stated_consents(files["customers"])

    def estimate(self) -> Estimate:
        rows = sum(estimated_rows(file) for file in self._files().values())
        return Estimate(rows, rows / ROWS_PER_SECOND, 150 * 2**20 + 150 * rows, BYTES_ON_DISK * rows)

    def _files(self) -> dict[str, Path]:
        if not self.folder.is_dir():
            raise BadInput(
                f"{self.folder.name} is not a folder that can be read.", pointer="folder", remedy="Check its name."
            )
        found: dict[str, Path] = {}
        for kind in KINDS:
            files = [self.folder / f"{kind}{suffix}" for suffix in (".csv", ".jsonl")]
            present = [file for file in files if file.exists()]
            if len(present) > 1:
                raise BadInput(f"There are {kind}.csv and {kind}.jsonl.", pointer=kind, remedy="Keep one of the two.")
            if present:
                found[kind] = present[0]
        if not found:
            raise BadInput(
                "The folder holds none of the files of this format.",
                pointer="folder",
                remedy=f"Name them {', '.join(f'{kind}.csv' for kind in KINDS)}, or .jsonl.",
            )
        return found

    def _read(self, kind: str, file: Path) -> Iterator[Entry]:
        return self._from_csv(kind, file) if file.suffix == ".csv" else self._from_json_lines(kind, file)

    def _stated_consents(self, file: Path) -> Iterator[Entry]:
        """One for each customer, as `rows` counted with the customers. A row that fails was told there."""
        for entry in self._read("customers", file):
            if entry.error is None:
                customer: Customer = entry.record
                consent_id = derived_id("Consent", customer.source, customer.id, self.consent_basis)
                yield Entry("consents", entry.file, entry.line, rows=0, record=Consent(
                    consent_id, customer.id, tuple(Purpose), True, self.consent_basis, customer.source, BEFORE_ANY,
                ))  # fmt: skip

    def _from_csv(self, kind: str, file: Path) -> Iterator[Entry]:
        for row in read_csv(file, encoding=self.encoding):
            if isinstance(row, BadRow):
                yield Entry(kind, file.name, row.line, error=row)
            else:
                yield _entry(kind, Place(file.name, row.line), row.cells, row.cells)

    def _from_json_lines(self, kind: str, file: Path) -> Iterator[Entry]:
        known = accepted(kind)
        for row in read_json_lines(file, encoding=self.encoding):
            if isinstance(row, BadRow):
                yield Entry(kind, file.name, row.line, error=row)
                continue
            line, values = row
            raw = {name: value if isinstance(value, str) else repr(value) for name, value in values.items()}
            if values.keys() <= known:
                yield _entry(kind, Place(file.name, line), values, raw)
            else:
                error = BadRow(file.name, line, "row", f"only the names {', '.join(header(kind))}")
                yield Entry(kind, file.name, line, error=error, raw=raw)


def estimated_rows(file: Path) -> int:
    """From the size and the length of the first lines."""
    with file.open("rb") as start:
        sample = start.read(64 * 1024)
    lines = max(sample.count(b"\n"), sample.count(b"\r"), 1)
    return round(file.stat().st_size / max(len(sample) / lines, 1))


def _entry(kind: str, place: Place, values: Mapping[str, Any], raw: Mapping[str, str]) -> Entry:
    try:
        return Entry(kind, place.file, place.line, to_record(kind, values, place), raw=raw)
    except BadRow as error:
        return Entry(kind, place.file, place.line, error=error, raw=raw)


def _check_header(kind: str, file: Path, encoding: str) -> None:
    names = read_header(file, encoding=encoding)
    known = accepted(kind)
    wrong = [number for number, name in enumerate(names, start=1) if name not in known]
    if wrong or len(set(names)) < len(names):
        field = f"column {wrong[0]}" if wrong else "header"
        raise BadRow(file.name, 1, field, f"a header with different names out of {', '.join(sorted(known))}")
    for column in columns(kind):
        needed = not column.optional and column.default is MISSING and column.field != "id"
        by_key = f"{column.field.removesuffix('_id')}_external_id"
        if needed and column.field not in names and by_key not in names:
            raise BadRow(file.name, 1, column.field, f"a column {column.field}")
