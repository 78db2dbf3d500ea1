"""The native format is lossless, and a wrong cell is named without its value."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.columns import CLASSES, Place, accepted, header, to_cells, to_record
from app.adapters.export import FolderWriter, guarded, write_failed
from app.adapters.native import NativeFolder
from app.domain.customer import Customer
from app.domain.errors import BadInput, BadRow, Conflict
from app.domain.ids import derived_id
from app.domain.imports import FailedRow
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.domain.money import Money
from app.domain.referral import Contribution, Outcome, OutcomeKind
from app.ports.records import KINDS
from seed import combined, story, synthetic

PLACE = Place("needs.csv", 7)
NEED = {"source": "crm", "external_id": "n", "seeker_external_id": "a", "text": "t", "known_at": "2026-01-01"}


def again(kind: str, record: Any) -> Any:
    return to_record(kind, dict(zip(header(kind), to_cells(kind, record), strict=True)), PLACE)


def test_every_kind_of_record_has_columns() -> None:
    assert tuple(CLASSES) == KINDS


@pytest.mark.parametrize("json_lines", [False, True])
def test_a_folder_that_is_written_is_read_back_the_same(tmp_path: Path, json_lines: bool) -> None:
    portfolio = combined(story(), synthetic(50))
    writer = FolderWriter(tmp_path / "out", json_lines=json_lines)
    for kind, records in portfolio.kinds():
        writer.write(kind, records)
    assert not (tmp_path / "out").exists()
    writer.finish()
    source = NativeFolder(tmp_path / "out")
    source.fingerprint()
    found: dict[str, list[Any]] = {}
    for entry in source.entries():
        assert entry.error is None
        found.setdefault(entry.kind, []).append(entry.record)
    assert found == {kind: list(records) for kind, records in portfolio.kinds() if records}


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=80, deadline=None)
@given(
    name=TEXTS,
    aliases=st.lists(TEXTS, max_size=3),
    latitude=st.none() | st.floats(-90, 90),
    minor=st.integers(-(2**53), 2**53),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
    at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
)
def test_any_customer_survives_its_cells(
    name: str, aliases: list[str], latitude: float | None, minor: int, currency: str, at: datetime
) -> None:
    customer = Customer(
        "cus_1", name, "crm", "k", aliases=tuple(aliases), latitude=latitude, longitude=latitude,
        lifetime_value=Money(minor, currency), created_at=at,
    )  # fmt: skip
    assert again("customers", customer) == customer


def test_contributions_survive_their_cell() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    parts = (Contribution("cus_1", 1 / 3), Contribution("OPERATOR", 2 / 3))
    outcome = Outcome("out_1", OutcomeKind.REFERRAL, at, at, "crm", "o", contributions=parts)
    assert again("outcomes", outcome) == outcome


def test_moves_survive_their_cell_and_end_with_the_status() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    later = datetime(2026, 2, 1, 12, 30, 0, 5, tzinfo=UTC)
    moves = (Move(IntroductionStatus.PROPOSED, at), Move(IntroductionStatus.OFFERED, later))
    one = Introduction("int_1", None, "cus_1", "cus_2", IntroductionStatus.OFFERED, at, later, moves=moves)
    assert again("introductions", one) == one
    row = dict(zip(header("introductions"), to_cells("introductions", one), strict=True))
    for wrong in (row | {"status": "accepted"}, row | {"created_at": "", "moves": '[["offered", "2026"]]'}):
        with pytest.raises(BadRow):
            to_record("introductions", wrong, PLACE)
    unordered = row | {"moves": '[["offered", "2026-02-01"], ["offered", "2026-01-01"]]'}
    with pytest.raises(BadRow) as caught:
        to_record("introductions", unordered, PLACE)
    assert caught.value.field == "moves"


def test_references_by_the_operators_key_become_our_ids() -> None:
    row = to_record("needs", NEED, PLACE)
    assert row.id == derived_id("Need", "crm", "n")
    assert row.seeker_id == derived_id("Customer", "crm", "a")
    other = to_record("needs", NEED | {"seeker_source": "erp"}, PLACE)
    assert other.seeker_id == derived_id("Customer", "erp", "a")
    speaks = {"source": "crm", "outcome_external_id": "o", "pi": "0.5", "grade": "C", "recorded_at": "2026-01-01"}
    acted = to_record(
        "evidence", speaks | {"contributions": '[["a", 0.5], ["cus_1", 0.25], ["OPERATOR", 0.25]]'}, PLACE
    )
    names = [derived_id("Customer", "crm", "a"), "cus_1", "OPERATOR"]
    assert [one.contributor_id for one in acted.contributions] == names


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("known_at", {"known_at": "secret-date"}),
        ("known_at", {"known_at": "2026-01-01T10:00:00"}),
        ("known_at", {"known_at": ""}),
        ("budget", {"budget": "secret", "budget_currency": "EUR"}),
        ("budget", {"budget": "1.234", "budget_currency": "EUR"}),
        ("budget", {"budget": 1.5, "budget_currency": "EUR"}),
        ("budget", {"budget": "1", "budget_currency": "secret"}),
        ("budget_currency", {"budget": "1"}),
        ("latitude", {"latitude": "nan"}),
        ("latitude", {"latitude": True}),
        ("status", {"status": "secret"}),
        ("ongoing", {"ongoing": "perhaps"}),
        ("id", {"id": "cus_secret"}),
        ("id", {"id": "need_SECRET"}),
        ("id", {"id": "need_secret\n"}),
        ("seeker_id", {"seeker_external_id": 5}),
        ("text", {"text": ["secret"]}),
    ],
)
def test_a_wrong_cell_is_named_and_never_repeated(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(BadRow) as caught:
        to_record("needs", NEED | values, PLACE)
    assert (caught.value.file, caught.value.line, caught.value.field) == ("needs.csv", 7, field)
    assert "secret" not in str(caught.value)


def test_two_equal_payments_need_keys_of_their_own() -> None:
    row = {"outcome_id": "out_1", "kind": "fee", "ledger": "operator", "money": "5", "money_currency": "EUR",
           "valid_at": "2026-01-01", "recorded_at": "2026-01-01"}  # fmt: skip
    with pytest.raises(BadRow, match="field id"):
        to_record("flows", row, PLACE)
    first = to_record("flows", row | {"source": "erp", "external_id": "1"}, PLACE)
    assert first.id != to_record("flows", row | {"source": "erp", "external_id": "2"}, PLACE).id


def test_the_bookkeeping_of_imports_is_no_column() -> None:
    assert all("import_id" not in accepted(kind) for kind in KINDS)


def test_an_unknown_name_in_a_json_line_is_a_failed_row(tmp_path: Path) -> None:
    (tmp_path / "groups.jsonl").write_text(json.dumps({"id": "grp_1", "name": "A", "colour": "red"}))
    [entry] = NativeFolder(tmp_path).entries()
    assert entry.error is not None


def test_a_folder_with_two_files_of_one_kind_or_with_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of the files"):
        NativeFolder(tmp_path).fingerprint()
    for name in ("groups.csv", "groups.jsonl"):
        (tmp_path / name).write_text("id,name\n")
    with pytest.raises(BadInput, match="Keep one"):
        NativeFolder(tmp_path).fingerprint()


def test_an_export_overwrites_nothing_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        FolderWriter(tmp_path)
    writer = FolderWriter(tmp_path / "out")
    writer.write("groups", [])
    writer.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\r=1"])
def test_a_formula_is_guarded_for_spreadsheets(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "plain", "-450,000.00", "+41", "a=b", "'quoted"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert guarded(cell) == cell


def test_failed_rows_of_different_files_share_one_table(tmp_path: Path) -> None:
    rows = [
        FailedRow("a.csv", 2, "x", "a number", {"x": "1", "y": "2"}),
        FailedRow("b.csv", 3, "z", "a text", {"z": ""}),
    ]
    write_failed(tmp_path / "failed.csv", rows)
    lines = (tmp_path / "failed.csv").read_text().splitlines()
    assert lines[0] == "x,y,z,icrm_file,icrm_line,icrm_field,icrm_expected"
    assert lines[2] == ",,,b.csv,3,z,a text"
