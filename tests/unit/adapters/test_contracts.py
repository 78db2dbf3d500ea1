"""The city's contract quarters: every form that occurs in them, and what a folder of them becomes."""

import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.adapters.contract_rows import quarter_end, read_amount, read_date
from app.adapters.contracts import ContractQuarters, department_key, vendor_key
from app.domain.errors import BadInput, BadRow
from app.ports.records import KINDS, Entry
from app.usecases.import_checks import broken_rule

DATA = Path(os.environ.get("ICRM_DATA", "../shared/data")) / "philadelphia"
HEADER = "original_contract_id,current_item_id,department_name,vendor,contract_structure_type,short desc,start_dt,end_dt,days_remaining,contract_amount,tot_payments,orig_vendor"  # noqa: E501
FIRST = '1300001,1300001,Public Property,"Stone & Sons, Inc.",Legal Services,Lease advice,2013-01-01T00:00:00Z,2013-12-31T00:00:00Z,9,1000,0,x'  # noqa: E501
LATER = '1300001,1300001,PUBLIC PROPERTY Z,"STONE & SONS  INC",Legal Services,Lease advice,1/1/13,12/31/2013,0," 2,000.00 ","(50.00)",x,102,EXEMPT,For Profit,'  # noqa: E501
LATE_HEADER = (
    HEADER.replace("short desc", "short_desc").replace("contract_amount", "amt")
    + ",exempt_status,adv_or_exempt,profit_status,"
)


def quarters(folder: Path, **texts: str) -> ContractQuarters:
    for name, text in texts.items():
        (folder / f"{name.replace('_', '-')}.csv").write_text(text)
    return ContractQuarters(folder)


def records(source: ContractQuarters, kind: str) -> list[Any]:
    return [entry.record for entry in source.entries() if entry.kind == kind and entry.error is None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2012-07-11T16:21:27Z", date(2012, 7, 11)),
        ("2013-07-26", date(2013, 7, 26)),
        ("7/11/2014", date(2014, 7, 11)),
        ("2/6/15", date(2015, 2, 6)),
        ("13/1/2014", None),
        ("28", None),
        ("", None),
        ("Placement Services", None),
    ],
)
def test_the_four_forms_of_dates_and_nothing_else(text: str, found: date | None) -> None:
    assert read_date(text) == found


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        (" 1,420.00 ", 142000),
        (" -   ", 0),
        ("(120,000.00)", -12000000),
        ("-450,000.00", -45000000),
        ("19250.0", 1925000),
        ("2.5E7", 2500000000),
        ("11908", 1190800),
        ("12.340000000000001", 1234),
        ("0.00548726.77", None),
        ("1.234", None),
        ("", None),
        (",", None),
        ("1,2,3", None),
        ("(-5)", None),
        ("NaN", None),
        ("9E99", None),
    ],
)
def test_the_forms_of_amounts_and_nothing_else(text: str, cents: int | None) -> None:
    assert read_amount(text) == cents


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("FY-2014-Q1.csv", datetime(2013, 9, 30, 23, 59, 59, tzinfo=UTC)),
        ("FY-2014-Q2.csv", datetime(2013, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("FY-2014-Q3.csv", datetime(2014, 3, 31, 23, 59, 59, tzinfo=UTC)),
        ("FY-2018-Q4.csv", datetime(2018, 6, 30, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_fiscal_year_starts_in_july_of_the_year_before(name: str, end: datetime) -> None:
    assert quarter_end(Path(name)) == end


def test_spellings_of_a_department_and_of_a_vendor_are_one() -> None:
    assert department_key("CITY TREASURER Z") == department_key("City  Treasurer")
    assert department_key("FRITZ") == "fritz"
    assert vendor_key("Stone & Sons, Inc.") == vendor_key("STONE  SONS INC")
    assert vendor_key("Stone and Sons Inc") != vendor_key("Stone & Sons Inc")  # nothing is merged by similarity
    assert vendor_key("!!!") == "!!!"


def test_the_first_appearance_is_what_was_known_and_the_last_what_came_of_it(tmp_path: Path) -> None:
    source = quarters(tmp_path, FY_2013_Q4=f"{HEADER}\n{FIRST}\n", FY_2015_Q2=f"{LATE_HEADER}\n{LATER}\n")
    [need] = records(source, "needs")
    assert (need.text, need.budget.minor, need.known_at.date()) == (
        "Lease advice (Legal Services)", 100000, date(2013, 6, 30),
    )  # fmt: skip
    assert (need.external_id, need.parent_external_id) == ("1300001/1300001/2013-01-01", "1300001")
    [flow] = records(source, "flows")
    assert (flow.money.minor, flow.ledger, flow.kind, flow.valid_at.date()) == (
        -5000, "customer", "payment", date(2014, 12, 31),
    )  # fmt: skip
    [tie] = records(source, "relationships")
    assert (tie.from_id, tie.to_id, tie.count, tie.amount.minor) == (need.seeker_id, need.met_by, 1, 200000)
    department, vendor = records(source, "customers")
    assert (department.name, department.aliases) == ("Public Property", ("PUBLIC PROPERTY Z",))
    assert vendor.aliases == ("STONE & SONS INC",)
    [capability] = records(source, "capabilities")
    assert (capability.provider_id, capability.valid_from) == (vendor.id, need.known_at)
    assert sum(entry.rows for entry in source.entries()) == 2


def test_consent_has_the_stated_basis_or_none(tmp_path: Path) -> None:
    quarters(tmp_path, FY_2013_Q4=f"{HEADER}\n{FIRST}\n")
    assert {line.basis for line in records(ContractQuarters(tmp_path), "consents")} == {"public record"}
    stated = ContractQuarters(tmp_path, consent_basis="letter of 2026")
    assert {line.basis for line in records(stated, "consents")} == {"letter of 2026"}
    assert records(ContractQuarters(tmp_path, consent_basis=""), "consents") == []
    assert stated.fingerprint() != ContractQuarters(tmp_path).fingerprint()


def test_a_damaged_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    shifted = FIRST.replace("2013-01-01T00:00:00Z", "Placement Services")
    source = quarters(tmp_path, FY_2013_Q4=f"{HEADER}\n{shifted}\n{FIRST}\n")
    errors = [entry.error for entry in source.entries() if entry.error is not None]
    assert [(error.line, error.field) for error in errors] == [(2, "start_dt")]
    assert len(records(source, "needs")) == 1


def test_a_folder_without_quarters_and_a_wrong_header_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no quarter"):
        ContractQuarters(tmp_path).fingerprint()
    with pytest.raises(BadRow, match="vendor"):
        quarters(tmp_path, FY_2013_Q4=HEADER.replace("vendor,", "seller,", 1) + "\n").fingerprint()
    with pytest.raises(BadInput, match="fiscal quarter"):
        quarters(tmp_path, notes="a\n").fingerprint()


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no contract quarters at {DATA}")
def test_every_row_of_the_real_quarters_is_accounted_for() -> None:
    entries = list(ContractQuarters(DATA).entries())
    assert sum(entry.rows for entry in entries) == 32_851
    failed = [entry.error for entry in entries if entry.error is not None]
    assert Counter(error.file for error in failed) == {
        "FY-2013-Q4.csv": 9, "FY-2016-Q4.csv": 1, "FY-2018-Q4.csv": 1,
    }  # fmt: skip
    assert [error.line for error in failed if error.file == "FY-2016-Q4.csv"] == [696]
    assert _by_segment(entries) == {"department": 49, "vendor": 2167}
    needs = [entry.record for entry in entries if entry.kind == "needs" and entry.error is None]
    assert len(needs) == 12_006
    kinds = [entry.kind for entry in entries]
    assert sorted(set(kinds), key=KINDS.index) == list(dict.fromkeys(kinds))
    assert not any(broken_rule(entry.record) for entry in entries if entry.error is None)


def _by_segment(entries: list[Entry]) -> dict[str, int]:
    return dict(Counter(entry.record.segment for entry in entries if entry.kind == "customers"))
