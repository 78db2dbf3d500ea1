"""The table of values for other systems: every customer once, of one run, alike in CSV and Parquet, on every engine."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.adapters.value_files import csv_pages, write_values
from app.domain.access import OPERATOR_CLI as ME
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.value_table import COLUMNS
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases import old_runs, value_export
from app.usecases.referral_value import ScoreValue
from app.usecases.value_export import ExportValues
from tests.journey.value_chains import DAY, NOW, USD, filled, run_of

pyarrow = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def store(runner: GraphRunner) -> GraphStore:
    return filled(runner)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_both_files_have_every_value_once(store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_export, "PAGE", 3)  # three pages of eight customers
    run_of(store, USD, 1)
    values = run_of(store, USD, 2)
    one, other = tmp_path / "values.csv", tmp_path / "values.PARQUET"
    other.write_text("of yesterday")
    assert [write_values(ExportValues(store)(ME), file) for file in (one, other)] == [8, 8]
    rows = rows_of(one)
    assert [row["customer_id"] for row in rows] == sorted(values)
    assert list(rows[0]) == list(COLUMNS)
    for row in rows:
        value = values[row["customer_id"]]
        assert (row["source"], row["external_id"], row["run_id"]) == ("test", row["customer_id"][-1], "run_2")
        assert int(row["crv_referral_minor"]) == value.referral.minor
        assert int(row["crv_introduction_minor"]) == value.introduction.minor
        parts = [int(cell) for name, cell in row.items() if name.startswith("introduction_")]
        assert parts == list(value.crv_introduction)
        ends = [row[f"crv_referral_{end}_minor"] for end in ("low", "high")]
        found = value.interval(value.quantiles_referral)
        assert ends == (["", ""] if found is None else [str(found.low.minor), str(found.high.minor)])
        assert value.network_value is not None
        assert int(row["network_value_minor"]) == value.network_value.minor
        assert row["valuation_at"] == "2026-01-01T00:00:00Z"
    table = pyarrow.read_table(other)
    assert table.column_names == list(COLUMNS)
    for found, row in zip(table.to_pylist(), rows, strict=True):
        shown = {name: "" if cell is None else cell for name, cell in found.items()}
        shown |= {name: f"{cell:%Y-%m-%dT%H:%M:%SZ}" for name, cell in found.items() if isinstance(cell, datetime)}
        assert {name: str(cell) for name, cell in shown.items()} == row
    assert sorted(file.name for file in tmp_path.iterdir()) == ["values.PARQUET", "values.csv"]


def test_a_table_is_of_one_run_though_readers_are_switched(store: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_export, "PAGE", 3)
    run_of(store, USD, 1)
    pages = csv_pages(ExportValues(store)(ME))
    begun = [next(pages), next(pages)]
    run_of(store, USD, 2)
    lines = "".join([*begun, *pages]).splitlines()
    assert len(lines) == 9
    assert all(",run_1," in line for line in lines[1:])


def test_a_run_that_is_removed_meanwhile_is_no_shorter_table(
    store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_export, "PAGE", 3)
    for module in (old_runs, value_export):
        monkeypatch.setattr(module, "KEPT", 1)
    run_of(store, USD, 1)
    table = ExportValues(store)(ME)
    begun = next(table.pages)
    assert len(begun) == 3
    later = ScoreValue(store, lambda: NOW + DAY + timedelta(minutes=1), lambda kind: "run_2")
    later(ME, USD)
    file = tmp_path / "values.csv"
    with pytest.raises(Conflict, match="removed"):
        write_values(table, file)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_where_there_is_nothing_or_the_name_says_no_format(
    store: GraphStore, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        ExportValues(store)(ME)
    run_of(store, USD, 1)
    with pytest.raises(BadInput, match="ends in"):
        write_values(ExportValues(store)(ME), tmp_path / "values.xls")
    assert list(tmp_path.iterdir()) == []
