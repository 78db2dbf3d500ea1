"""Imports on every engine: every row accounted for, resumed without loss or duplicates, taken back whole."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.adapters.export import FolderWriter, write_failed
from app.adapters.native import NativeFolder
from app.domain.access import OPERATOR_CLI, Caller, Scope
from app.domain.customer import Purpose, has_consent
from app.domain.errors import BadInput, Conflict, NotAllowed
from app.domain.imports import ImportReport
from app.ports.records import Entry, Estimate
from app.ports.store import PageOf
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.exports import ExportPortfolio
from app.usecases.imports import ImportOptions, ImportPortfolio, UndoImport
from seed import combined, story, synthetic
from seed.portfolio import Portfolio

OWN = ("ImportRun", "Watermark", "SchemaVersion")  # the service's own records, beside the portfolio
CUSTOMERS = "source,external_id,name\ncrm,a,Alpha\ncrm,b,Beta\n"
NEEDS = "source,external_id,seeker_external_id,text,known_at\ncrm,n1,a,A new roof,2026-01-01\n"


def clock() -> datetime:
    return datetime.now(UTC)


class Records:
    """A source out of memory that can break off, as a killed process does."""

    kind = "records"

    def __init__(self, portfolio: Portfolio, *, ends_after: int | None = None) -> None:
        self.portfolio = portfolio
        self.ends_after = ends_after

    def fingerprint(self) -> str:
        return str(len(self.portfolio))

    def entries(self) -> Iterator[Entry]:
        number = 0
        for kind, records in self.portfolio.kinds():
            for record in records:
                if number == self.ends_after:
                    raise KeyboardInterrupt
                number += 1
                yield Entry(kind, "records", number, record)

    def estimate(self) -> Estimate:
        return Estimate(len(self.portfolio), 0.0, 0, 0)


def files(folder: Path, **texts: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for kind, text in texts.items():
        content = text.encode() if isinstance(text, str) else text
        (folder / f"{kind}.csv").write_bytes(content)
    return folder


def run(store: GraphStore, folder: Path, **options: int) -> ImportReport:
    report = ImportPortfolio(store, clock)(OPERATOR_CLI, NativeFolder(folder), options=ImportOptions(**options))  # type: ignore[arg-type]
    assert report.rows_in == report.created + report.updated + report.unchanged + report.failed
    assert len(report.failed_rows) == report.failed
    return report


def counts(store: GraphStore) -> dict[str, int]:
    found = store.read(OPERATOR_CLI, lambda tx: tx.views.counts())
    return {label: number for label, number in found.items() if number and label not in OWN}


def export(store: GraphStore, folder: Path) -> dict[str, bytes]:
    ExportPortfolio(store)(OPERATOR_CLI, FolderWriter(folder))
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_story_and_a_synthetic_portfolio_come_out_as_they_went_in(store: GraphStore, tmp_path: Path) -> None:
    portfolio = combined(story(), synthetic(60))
    report = ImportPortfolio(store, clock)(OPERATOR_CLI, Records(portfolio))
    assert (report.state, report.created, report.failed) == ("complete", len(portfolio), 0)
    export(store, tmp_path / "out")
    back = {kind: [] for kind, _ in portfolio.kinds()}  # type: dict[str, list[object]]
    for entry in NativeFolder(tmp_path / "out").entries():
        assert entry.error is None
        back[entry.kind].append(entry.record)
    for kind, records in portfolio.kinds():
        by_id = {record.id: record for record in records}
        assert {record.id: record for record in back[kind]} == by_id, kind  # type: ignore[attr-defined]


def test_the_same_files_again_change_nothing(store: GraphStore, tmp_path: Path) -> None:
    folder = files(tmp_path / "in", customers=CUSTOMERS, needs=NEEDS)
    first, second = run(store, folder), run(store, folder)
    assert (first.created, first.unchanged) == (3, 0)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 3)
    assert second.import_id != first.import_id


def test_an_interrupted_import_goes_on_where_it_was(store: GraphStore) -> None:
    portfolio = combined(story(), synthetic(40))
    importer, options = ImportPortfolio(store, clock), ImportOptions(batch=50)
    with pytest.raises(KeyboardInterrupt):
        importer(OPERATOR_CLI, Records(portfolio, ends_after=333), options=options)
    report = importer(OPERATOR_CLI, Records(portfolio), options=options)
    assert report.resumed
    assert (report.rows_in, report.created, report.unchanged) == (len(portfolio), len(portfolio), 0)
    runs = store.read(OPERATOR_CLI, lambda tx: tx.imports.page(PageOf(None, 10)))
    assert [one.state for one in runs] == ["complete"]


def test_a_row_that_names_an_unknown_customer_fails_alone(store: GraphStore, tmp_path: Path) -> None:
    needs = NEEDS + "crm,n2,nobody,Lost,2026-01-01\ncrm,n3,b,Paint,2026-01-01\ncrm,n4,ghost,Lost,2026-01-02\n"
    report = run(store, files(tmp_path / "in", customers=CUSTOMERS, needs=needs))
    assert (report.created, report.failed) == (4, 2)
    assert [(row.file, row.line, row.field) for row in report.failed_rows] == [
        ("needs.csv", 3, "seeker_id"),
        ("needs.csv", 5, "seeker_id"),
    ]
    assert counts(store)["Need"] == 2


def test_hundreds_of_unknown_customers_cost_one_more_transaction(runner: GraphRunner, tmp_path: Path) -> None:
    """One transaction for each took 100 s for 950 rows."""

    class Counting(GraphStore):
        writes = 0

        def write(self, *args: Any, **options: Any) -> Any:
            self.writes += 1
            return super().write(*args, **options)

    store = Counting(runner)
    ties = "source,kind,from_external_id,to_external_id\n"
    ties += "".join(f"crm,deals_with,ghost{n},phantom{n}\ncrm,deals_with,b,shade{n}\n" for n in range(200))
    report = run(store, files(tmp_path / "in", customers=CUSTOMERS, relationships=ties + "crm,deals_with,a,b\n"))
    assert (report.created, report.failed) == (3, 400)
    assert [row.field for row in report.failed_rows] == ["from_id", "to_id"] * 200
    assert store.writes == 5  # begun, customers, ties twice, ended


def test_rows_that_the_store_refused_are_told_again_after_an_interruption(store: GraphStore) -> None:
    whole = story()
    lost = Portfolio(whole.categories, whole.groups, whole.customers[3:], needs=whole.needs)
    importer, options = ImportPortfolio(store, clock), ImportOptions(batch=20)
    with pytest.raises(KeyboardInterrupt):
        importer(OPERATOR_CLI, Records(lost, ends_after=len(lost) - 1), options=options)
    report = importer(OPERATOR_CLI, Records(lost), options=options)
    assert report.failed == len(report.failed_rows) > 0
    assert report.rows_in == report.created + report.failed == len(lost)


BAD_ROWS = {
    "a bad date": ("needs", NEEDS.replace("2026-01-01", "31.12.2026"), "known_at"),
    "a time without offset": ("needs", NEEDS.replace("2026-01-01", "2026-01-01T10:00:00"), "known_at"),
    "a bad amount": ("needs", NEEDS.replace("known_at\n", "known_at,budget,budget_currency\n").replace(
        "-01\n", "-01,12.345,EUR\n"), "budget"),
    "an amount without currency": ("needs", NEEDS.replace("known_at\n", "known_at,budget,budget_currency\n").replace(
        "-01\n", "-01,12.34,\n"), "budget_currency"),
    "a self-relation": (
        "relationships", "source,kind,from_external_id,to_external_id\ncrm,deals_with,a,a\n", "to_id"),
    "a relation to an unknown customer": (
        "relationships", "source,kind,from_external_id,to_external_id\ncrm,deals_with,a,zz\n", "to_id"),
    "a duplicate id with other content": (
        "groups", "id,name\ngrp_00000000000000000000000001,One\ngrp_00000000000000000000000001,Two\n", "id"),
    "a row of 10 MB": ("groups", f"id,name\ngrp_1,{'x' * (10 * 2**20)}\n", "row"),
    "a NUL byte": ("groups", "id,name\ngrp_1,O\0ne\n", "row"),
    "a short row": ("groups", "id,name\ngrp_1\n", "row"),
    "an empty name": ("groups", "id,name\ngrp_1,\n", "name"),
    "an id of another kind": ("groups", "id,name\ncus_1,One\n", "id"),
    "an unknown word": ("relationships", "source,kind,from_external_id,to_external_id\ncrm,likes,a,b\n", "kind"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ROWS)
def test_one_bad_row_is_named_and_stops_nothing(store: GraphStore, tmp_path: Path, case: str) -> None:
    kind, text, field = BAD_ROWS[case]
    report = run(store, files(tmp_path / "in", customers=CUSTOMERS, **{kind: text}))
    [failed] = report.failed_rows
    assert (failed.file, failed.field) == (f"{kind}.csv", field)
    assert (report.state, report.failed) == ("complete", 1)
    assert counts(store)["Customer"] == 2
    values = [cell for cell in text.split("\n")[1].split(",") if len(cell) > 5]
    assert not any(value in failed.expected for value in values)


BAD_FILES = {
    "a missing folder": ({}, "not a folder"),
    "a wrong header": ({"customers": "source,external_id,title\ncrm,a,Alpha\n"}, "line 1"),
    "a missing column": ({"customers": "source,external_id\ncrm,a\n"}, "column name"),
    "cp1252 text": ({"customers": b"source,external_id,name\ncrm,a,Caf\xe9\n"}, "customers.csv, line 2"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_before_anything_is_written(store: GraphStore, tmp_path: Path, case: str) -> None:
    texts, message = BAD_FILES[case]
    folder = files(tmp_path / "in", **texts) if texts else tmp_path / "absent"  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=message):
        run(store, folder)
    assert counts(store) == {}


def test_cr_only_lines_and_cp1252_by_name_are_read(store: GraphStore, tmp_path: Path) -> None:
    folder = files(tmp_path / "in", customers=b"source,external_id,name\rcrm,a,Caf\xe9\r")
    report = ImportPortfolio(store, clock)(OPERATOR_CLI, NativeFolder(folder, encoding="cp1252"))
    assert report.created == 1
    [customer] = store.read(OPERATOR_CLI, lambda tx: tx.customers.page(PageOf(None, 10)))
    assert customer.name == "Café"


def test_too_many_failed_rows_stop_the_import_and_it_goes_on_with_a_larger_limit(
    store: GraphStore, tmp_path: Path
) -> None:
    bad = "".join(f"crm,x{n},\n" for n in range(10))
    folder = files(tmp_path / "in", customers=CUSTOMERS + bad + "crm,c,Gamma\n")
    stopped = run(store, folder, max_errors=3, batch=4)
    assert (stopped.state, stopped.failed) == ("stopped", 6)
    finished = run(store, folder, max_errors=100, batch=4)
    assert (finished.state, finished.resumed, finished.failed, finished.created) == ("complete", True, 10, 3)
    assert finished.import_id == stopped.import_id


def test_failed_rows_come_back_as_a_file_to_correct(store: GraphStore, tmp_path: Path) -> None:
    folder = files(tmp_path / "in", customers="source,external_id,name,vetting\ncrm,a,=1+1,9\ncrm,b,Beta,x\n")
    report = run(store, folder)
    write_failed(tmp_path / "failed.csv", report.failed_rows)
    with (tmp_path / "failed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["'=1+1", "Beta"]
    assert [(row["icrm_line"], row["icrm_field"]) for row in rows] == [("2", "vetting"), ("3", "vetting")]


def test_a_rehearsal_counts_the_same_and_writes_nothing(store: GraphStore, tmp_path: Path) -> None:
    needs = NEEDS + "crm,n2,nobody,Lost,2026-01-01\n"
    folder = files(tmp_path / "in", customers=CUSTOMERS, needs=needs)
    rehearsed = run(store, folder, dry_run=True)
    assert (rehearsed.state, rehearsed.created, rehearsed.failed) == ("dry_run", 3, 1)
    assert counts(store) == {}
    done = run(store, folder)
    assert (done.created, done.failed, done.failed_rows) == (3, 1, rehearsed.failed_rows)
    again = run(store, files(folder, customers=CUSTOMERS.replace("Beta", "Beta Two")), dry_run=True)
    assert (again.created, again.updated, again.unchanged) == (0, 1, 2)


def test_undo_removes_what_was_created_and_restores_what_was_changed(store: GraphStore, tmp_path: Path) -> None:
    run(store, files(tmp_path / "in", customers=CUSTOMERS))
    before = export(store, tmp_path / "before")
    changed = CUSTOMERS.replace("Beta", "Beta Two") + "crm,c,Gamma\n"
    report = run(store, files(tmp_path / "in", customers=changed, needs=NEEDS))
    assert (report.created, report.updated, report.unchanged) == (2, 1, 1)
    assert export(store, tmp_path / "changed") != before
    undone = UndoImport(store, clock)(OPERATOR_CLI, report.import_id)
    assert undone == 3
    after = export(store, tmp_path / "after")
    assert _without_versions(after) == _without_versions(before)
    with pytest.raises(Conflict):
        UndoImport(store, clock)(OPERATOR_CLI, report.import_id)


def test_undo_takes_categories_and_ties_back_too(store: GraphStore) -> None:
    report = ImportPortfolio(store, clock)(OPERATOR_CLI, Records(story()))
    UndoImport(store, clock)(OPERATOR_CLI, report.import_id)
    assert counts(store) == {}


def test_importing_needs_the_scope_to_run_and_undoing_that_of_an_administrator(
    store: GraphStore, tmp_path: Path
) -> None:
    folder = files(tmp_path / "in", customers=CUSTOMERS)
    with pytest.raises(NotAllowed):
        ImportPortfolio(store, clock)(Caller("x", frozenset({Scope.READ})), NativeFolder(folder))
    with pytest.raises(NotAllowed):
        UndoImport(store, clock)(Caller("x", frozenset({Scope.RUN})), "imp_1")


def _without_versions(exported: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    tables = {name: list(csv.DictReader(content.decode().splitlines())) for name, content in exported.items()}
    volatile = ("version", "created_at", "updated_at")
    return {
        name: [{key: value for key, value in row.items() if key not in volatile} for row in rows]
        for name, rows in tables.items()
    }


def test_a_stated_basis_is_a_consent_of_each_customer_and_a_refusal_decides_before_it(
    store: GraphStore, tmp_path: Path
) -> None:
    refusal = "id,source,customer_external_id,purposes,granted,basis,recorded_at\n"
    refusal += 'cns_r1,crm,b,"[""match_as_provider""]",false,a call,2020-05-05\n'
    customers = "source,external_id,name,group_id\ncrm,a,Alpha,\ncrm,b,Beta,\ncrm,c,,\ncrm,d,Delta,grp_nobody\n"
    folder = files(tmp_path / "in", customers=customers, consents=refusal)
    source = NativeFolder(folder, consent_basis=" terms of business ")
    report = ImportPortfolio(store, clock)(OPERATOR_CLI, source)
    assert (report.rows_in, report.created, report.failed) == (5, 3, 2) == (5, 3, len(report.failed_rows))
    ledgers = {}
    for customer in store.read(OPERATOR_CLI, lambda tx: tx.customers.page(PageOf(None, 10))):
        ledgers[customer.name] = store.read(OPERATOR_CLI, lambda tx, one=customer: tx.views.ledger(one.id) or ())  # type: ignore[misc]
    assert {name: {line.basis for line in ledger} for name, ledger in ledgers.items()} == {
        "Alpha": {"terms of business"},
        "Beta": {"terms of business", "a call"},
    }
    assert has_consent(ledgers["Alpha"], Purpose.PROVIDER, clock())
    assert has_consent(ledgers["Beta"], Purpose.SEEKER, clock())
    assert not has_consent(ledgers["Beta"], Purpose.PROVIDER, clock())
    again = ImportPortfolio(store, clock)(OPERATOR_CLI, source)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    assert again.records["consents"].unchanged == 3
