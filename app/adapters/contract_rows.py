"""One row of the city's quarterly contract files, whatever the quarter's header, dates and amounts look like."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from app.adapters.reader import read_csv, read_header
from app.domain.errors import BadInput, BadRow

CURRENCY = "USD"  # the files have no currency column
_FILE = re.compile(r"FY-(\d{4})-Q([1-4])\.csv", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d:\d\dZ)?")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)")
_AMOUNT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})*|\d*)(?:\.\d*)?(?:E\d{1,2})?")
_NOISE = Decimal("0.0001")  # of a cent: one quarter was written from binary doubles, as 12.340000000000001
_ALIASES = {"contract_amount": "amt"}
NEEDED = ("original_contract_id", "current_item_id", "department_name", "vendor", "contract_structure_type",
          "short_desc", "start_dt", "end_dt", "amt", "tot_payments")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContractRow:
    """`raw` are the file's own columns. `quarter_end` is when the operator knew of the row."""

    file: str
    line: int
    original_id: str
    item_id: str
    department: str
    vendor: str
    type: str
    text: str
    start: date
    amount: int  # cents
    payments: int  # cents
    quarter_end: datetime
    raw: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str, str]:
        """Without the date 100 pairs collide within a quarter."""
        return self.original_id, self.item_id, self.start.isoformat()


@dataclass(frozen=True, slots=True)
class FailedContract:
    error: BadRow
    raw: Mapping[str, str]


def quarter_end(file: Path) -> datetime:
    """The last second of the fiscal quarter in the file's name; the city's year 2014 starts on July 1, 2013."""
    match = _FILE.fullmatch(file.name)
    if match is None:
        raise BadInput(
            f"{file.name} is not named after a fiscal quarter.", pointer=file.name, remedy="Name it FY-2014-Q1.csv."
        )
    year, quarter = int(match[1]), int(match[2])
    month = 7 + 3 * quarter  # the month after the quarter's last, counted from the start of the year before
    start_of_next = datetime(year - 1 + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
    return start_of_next - timedelta(seconds=1)


def check_header(file: Path, *, encoding: str) -> None:
    names = {_name(name) for name in read_header(file, encoding=encoding)}
    for needed in NEEDED:
        if needed not in names:
            raise BadRow(file.name, 1, needed, f"a column {needed}")


def read_rows(file: Path, *, encoding: str) -> Iterator[ContractRow | FailedContract]:
    end = quarter_end(file)
    for row in read_csv(file, encoding=encoding):
        if isinstance(row, BadRow):
            yield FailedContract(row, {})
            continue
        try:
            yield _row(file.name, row.line, row.cells, end)
        except BadRow as error:
            yield FailedContract(error, row.cells)


def read_date(text: str) -> date | None:
    """The four forms of the files: 2012-07-11T16:21:27Z, 2013-07-26, 7/11/2014, 2/6/15. None for anything else."""
    iso, us = _ISO.fullmatch(text), _US.fullmatch(text)
    try:
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if us is not None:
            return date(int(us[3]) + (2000 if len(us[3]) == 2 else 0), int(us[1]), int(us[2]))
    except ValueError:
        return None
    return None


def read_amount(text: str) -> int | None:
    """Cents out of ` 1,420.00 `, ` -   `, `(120,000.00)`, `2.5E7`. None for anything else, parts of a cent too."""
    text = text.strip().removeprefix("$")
    if text == "-":
        return 0
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text
    if not any(c.isdigit() for c in text) or not _AMOUNT.fullmatch(text) or (negative and text.startswith("-")):
        return None
    try:
        cents = Decimal(text.replace(",", "")).scaleb(2)
    except InvalidOperation:
        return None
    whole = cents.to_integral_value()
    if abs(cents - whole) > _NOISE or abs(whole) > 2**53:
        return None
    return -int(whole) if negative else int(whole)


def _row(file: str, line: int, cells: Mapping[str, str], end: datetime) -> ContractRow:
    named = {_name(name): " ".join(value.split()) for name, value in cells.items()}

    def text(field: str) -> str:
        if not named[field]:
            raise BadRow(file, line, field, "a text that is not empty")
        return named[field]

    def day(field: str) -> date:
        found = read_date(named[field])
        if found is None:
            raise BadRow(file, line, field, "a date such as 2014-06-30 or 6/30/2014")
        return found

    def cents(field: str) -> int:
        found = read_amount(named[field])
        if found is None:
            raise BadRow(file, line, field, "an amount such as 1,420.00 or (120,000.00)")
        return found

    start, _ = day("start_dt"), day("end_dt")  # the end is not kept, but a row with a wrong one is damaged
    return ContractRow(
        file,
        line,
        text("original_contract_id"),
        text("current_item_id"),
        text("department_name"),
        text("vendor"),
        text("contract_structure_type"),
        named["short_desc"],
        start,
        cents("amt"),
        cents("tot_payments") if named["tot_payments"] else 0,  # 26 rows of the first quarter report none
        end,
        cells,
    )


def _name(name: str) -> str:
    plain = name.strip().lower().replace(" ", "_")
    return _ALIASES.get(plain, plain)
