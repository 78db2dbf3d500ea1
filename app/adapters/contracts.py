"""The preset for the city's contract quarters: departments that need, vendors that provide, contracts that were met.

Quarters repeat contracts that still run. The first appearance says what was known and when; the last one says what came
of it. Nothing is merged by similarity: who is one customer follows from a deterministic normal form, which is the
external id, and the spellings are kept as aliases.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path

from app.adapters.contract_rows import (
    CURRENCY,
    ContractRow,
    FailedContract,
    check_header,
    quarter_end,
    read_rows,
)
from app.adapters.native import BYTES_ON_DISK, ROWS_PER_SECOND, estimated_rows
from app.adapters.reader import examine
from app.domain.capability import Capability, Category
from app.domain.customer import Consent, Customer, Purpose
from app.domain.errors import BadInput
from app.domain.ids import derived_id
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind
from app.domain.relationship import Relationship, RelationshipKind
from app.ports.records import Entry, Estimate

SOURCE = "contracts"
CONSENT_BASIS = "public record"
COUNTRY, REGION = "US", "Philadelphia"
_NOT_WORDS = re.compile(r"[^0-9a-z]+")
_RECORDS_PER_ROW = 1.4  # customers, needs, capabilities, ties, outcomes and flows: 46,000 for 32,851 rows


@dataclass(slots=True)
class _Item:
    """One contract item, from its first appearance to its last."""

    first: ContractRow
    last: ContractRow
    rows: int


@dataclass(slots=True)
class _Party:
    """A department or a vendor under all its spellings, in the order in which they came."""

    known_at: datetime
    spellings: dict[str, None] = field(default_factory=dict)


class ContractQuarters:
    """`consent_basis`: recorded with the consent of every customer; empty: no consent is recorded."""

    kind = "contracts"

    def __init__(self, folder: Path, *, encoding: str = "utf-8", consent_basis: str = CONSENT_BASIS) -> None:
        self.folder = folder
        self.encoding = encoding
        self.consent_basis = consent_basis.strip()

    def fingerprint(self) -> str:
        digest = hashlib.sha256(f"{self.encoding} {self.consent_basis}".encode())
        for file in self._files():
            digest.update(f"{file.name} {examine(file, encoding=self.encoding)}".encode())
            check_header(file, encoding=self.encoding)
        return digest.hexdigest()

    def estimate(self) -> Estimate:
        rows = sum(estimated_rows(file) for file in self._files())
        records = rows * _RECORDS_PER_ROW
        return Estimate(rows, records / ROWS_PER_SECOND, 150 * 2**20 + 3500 * rows, round(BYTES_ON_DISK * records))

    def entries(self) -> Iterator[Entry]:
        departments: dict[str, _Party] = {}
        vendors: dict[str, _Party] = {}
        items: dict[tuple[str, str, str], _Item] = {}
        failed: list[FailedContract] = []
        for row in self._rows():
            if isinstance(row, FailedContract):
                failed.append(row)
                continue
            _note(departments, department_key(row.department), row.department, row)
            _note(vendors, vendor_key(row.vendor), row.vendor, row)
            item = items.setdefault(row.key, _Item(row, row, 0))
            item.last, item.rows = row, item.rows + 1
        yield from self._records(list(items.values()), departments, vendors, failed)

    def _rows(self) -> Iterator[ContractRow | FailedContract]:
        for file in self._files():
            yield from read_rows(file, encoding=self.encoding)

    def _records(
        self,
        items: list[_Item],
        departments: dict[str, _Party],
        vendors: dict[str, _Party],
        failed: list[FailedContract],
    ) -> Iterator[Entry]:
        yield from _categories(items)
        yield from _customers(departments, "department")
        yield from _customers(vendors, "vendor")
        if self.consent_basis:
            yield from _consents(departments, "department", self.consent_basis)
            yield from _consents(vendors, "vendor", self.consent_basis)
        for item in items:
            yield Entry("needs", item.first.file, item.first.line, _need(item), rows=item.rows, raw=item.first.raw)
        for bad in failed:
            yield Entry("needs", bad.error.file, bad.error.line, error=bad.error, raw=bad.raw)
        yield from _capabilities(items)
        yield from _ties(items)
        for item in items:
            yield _derived("outcomes", item.last, _outcome(item))
        for item in items:
            if item.last.payments:
                yield _derived("flows", item.last, _flow(item))

    def _files(self) -> list[Path]:
        """In the order of the quarters."""
        if not self.folder.is_dir():
            raise BadInput(
                f"{self.folder.name} is not a folder that can be read.", pointer="folder", remedy="Check its name."
            )
        files = [file for file in self.folder.iterdir() if file.suffix.lower() == ".csv"]
        if not files:
            raise BadInput(
                "The folder holds no quarter.", pointer="folder", remedy="Its files are named FY-2014-Q1.csv."
            )
        return sorted(files, key=quarter_end)


def department_key(name: str) -> str:
    """88 spellings are 49 departments: case, spaces, and the suffix " Z" of closed ones."""
    return " ".join(name.casefold().split()).removesuffix(" z")


def vendor_key(name: str) -> str:
    """2,563 spellings are 2,167 vendors: case, and every run of other characters than letters and digits."""
    return _NOT_WORDS.sub(" ", name.casefold()).strip() or name.casefold()


def _customer_id(role: str, key: str) -> str:
    return derived_id("Customer", SOURCE, f"{role}:{key}")


def _department_id(row: ContractRow) -> str:
    return _customer_id("department", department_key(row.department))


def _vendor_id(row: ContractRow) -> str:
    return _customer_id("vendor", vendor_key(row.vendor))


def _category_id(row: ContractRow) -> str:
    return f"{SOURCE}.{vendor_key(row.type).replace(' ', '_')}"


def _derived(kind: str, row: ContractRow, record: object) -> Entry:
    return Entry(kind, row.file, row.line, record, rows=0)


def _note(parties: dict[str, _Party], key: str, spelling: str, row: ContractRow) -> None:
    """Rows come in the order of quarters, so the first one says since when the party is known."""
    parties.setdefault(key, _Party(row.quarter_end)).spellings[spelling] = None


def _categories(items: list[_Item]) -> Iterator[Entry]:
    first = items[0].first if items else None
    if first is None:
        return
    yield _derived("categories", first, Category(SOURCE, "City contracts"))
    seen: set[str] = set()
    for item in items:
        code = _category_id(item.first)
        if code not in seen:
            seen.add(code)
            yield _derived("categories", item.first, Category(code, item.first.type, SOURCE))


def _customers(parties: dict[str, _Party], role: str) -> Iterator[Entry]:
    for key, party in parties.items():
        # The latest spelling would change with each quarter; the first stays.
        name, *aliases = party.spellings
        customer = Customer(
            _customer_id(role, key),
            name,
            SOURCE,
            f"{role}:{key}",
            aliases=tuple(aliases),
            segment=role,
            country=COUNTRY if role == "department" else None,
            region=REGION if role == "department" else None,
            created_at=party.known_at,
            updated_at=party.known_at,
        )
        yield Entry("customers", "", 0, customer, rows=0)


def _consents(parties: dict[str, _Party], role: str, basis: str) -> Iterator[Entry]:
    for key, party in parties.items():
        customer_id = _customer_id(role, key)
        consent_id = derived_id("Consent", SOURCE, customer_id, basis)
        consent = Consent(consent_id, customer_id, tuple(Purpose), True, basis, SOURCE, party.known_at)
        yield Entry("consents", "", 0, consent, rows=0)


def _external_id(item: _Item) -> str:
    return "/".join(item.first.key)


def _need(item: _Item) -> Need:
    row = item.first
    key = _external_id(item)
    return Need(
        derived_id("Need", SOURCE, key),
        _department_id(row),
        f"{row.text} ({row.type})" if row.text else row.type,
        SOURCE,
        key,
        row.quarter_end,
        category_id=_category_id(row),
        status=NeedStatus.MET,
        budget=Money(row.amount, CURRENCY) if row.amount > 0 else None,  # 0 extends the time, negative takes back
        met_by=_vendor_id(row),
        met_at=row.quarter_end,
        parent_external_id=row.original_id,
    )


def _capabilities(items: list[_Item]) -> Iterator[Entry]:
    """One a vendor and type, from the first quarter in which it is known; its text is the type and what it was for."""
    first: dict[tuple[str, str], ContractRow] = {}
    for item in items:
        first.setdefault((_vendor_id(item.first), _category_id(item.first)), item.first)
    for (vendor_id, category_id), row in first.items():
        key = f"{vendor_key(row.vendor)}/{category_id}"
        capability = Capability(
            derived_id("Capability", SOURCE, key),
            vendor_id,
            f"{row.type}: {row.text}" if row.text else row.type,
            SOURCE,
            key,
            category_id=category_id,
            valid_from=row.quarter_end,
        )
        yield _derived("capabilities", row, capability)


def _ties(items: list[_Item]) -> Iterator[Entry]:
    dealings: dict[tuple[str, str], list[_Item]] = {}
    for item in items:
        dealings.setdefault((_department_id(item.first), _vendor_id(item.first)), []).append(item)
    for (from_id, to_id), mine in dealings.items():
        tie = Relationship(
            derived_id("Relationship", SOURCE, RelationshipKind.DEALS_WITH, from_id, to_id),
            RelationshipKind.DEALS_WITH,
            from_id,
            to_id,
            SOURCE,
            count=len(mine),
            amount=Money(sum(item.last.amount for item in mine), CURRENCY),
            first_at=min(item.first.quarter_end for item in mine),
            last_at=max(item.first.quarter_end for item in mine),
        )
        yield _derived("relationships", mine[0].first, tie)


def _outcome(item: _Item) -> Outcome:
    key = _external_id(item)
    return Outcome(
        derived_id("Outcome", SOURCE, key),
        OutcomeKind.INTRODUCTION,
        datetime.combine(item.first.start, time(), UTC),
        item.last.quarter_end,
        SOURCE,
        key,
        seeker_id=_department_id(item.first),
        provider_id=_vendor_id(item.first),
        need_id=derived_id("Need", SOURCE, key),
    )


def _flow(item: _Item) -> CashFlow:
    """All payments until the last appearance, dated then; a later quarter replaces it under the same id."""
    outcome_id = derived_id("Outcome", SOURCE, _external_id(item))
    return CashFlow(
        derived_id("CashFlow", SOURCE, outcome_id, "payments"),
        outcome_id,
        FlowKind.PAYMENT,
        Ledger.CUSTOMER,
        Money(item.last.payments, CURRENCY),
        item.last.quarter_end,
        item.last.quarter_end,
    )
