"""Each kind of bad input through the command line: named by file, line and field with a way on, never repeated, an exit
code of its own, no traceback; and what is good is stored all the same."""

import csv
import json
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import run
from app.cli.errors import EXIT_CODES
from app.domain import errors
from app.embedded import stop_embedded

BAD = EXIT_CODES[errors.BadInput]
SECRET = "sesame-4711"  # in each bad value: no answer may hold it
CUSTOMERS = "source,external_id,name\ncrm,a,Alpha\ncrm,b,Beta\n"
NEEDS = "source,external_id,seeker_external_id,text,known_at,budget,budget_currency\n"
TIES = "source,kind,from_external_id,to_external_id\n"


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


Icrm = Callable[..., Said]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("icrm")
    yield folder
    stop_embedded(folder / "graph")


@pytest.fixture
def icrm(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Icrm:
    """Runs a command on the module's embedded graph; no answer has a traceback or a secret in it."""
    monkeypatch.setenv("ICRM_GRAPH_URL", f"embedded:{place / 'graph'}")
    monkeypatch.setenv("ICRM_DATA_FOLDER", str(place / "data"))

    def call(*words: object) -> Said:
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert SECRET not in said.out + said.err
        return Said(code, said.out, said.err)

    return call


def files(folder: Path, **content: str | bytes) -> Path:
    folder.mkdir()
    for name, text in {"customers": CUSTOMERS, **content}.items():
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        (folder / f"{name.replace('_', '.')}{'' if '_' in name else '.csv'}").write_bytes(data)
    return folder


# Kind of file, its text, and the place that is named.
ROWS: dict[str, tuple[str, str | bytes, str]] = {
    "a bad date": ("needs", NEEDS + f"crm,n1,a,Roof,{SECRET},,\n", "needs.csv, line 2, field known_at"),
    "a bad amount": ("needs", NEEDS + f"crm,n1,a,Roof,2026-01-01,{SECRET},EUR\n", "needs.csv, line 2, field budget"),
    "an amount without currency": (
        "needs", NEEDS + "crm,n1,a,Roof,2026-01-01,47.11,\n", "needs.csv, line 2, field budget_currency"),
    "an unknown customer in a relation": (
        "relationships", TIES + f"crm,deals_with,a,{SECRET}\n", "relationships.csv, line 2, field to_id"),
    "a duplicate id with other content": (
        "groups", f"id,name\ngrp_1,One\ngrp_1,{SECRET}\n", "groups.csv, line 3, field id"),
    "a self-relation": ("relationships", TIES + "crm,deals_with,a,a\n", "relationships.csv, line 2, field to_id"),
    "a row of 10 MB": ("groups", f"id,name\ngrp_1,{'sesame' * 2 * 2**20}\n", "groups.csv, line 2, field row"),
    "a NUL byte": ("groups", f"id,name\ngrp_1,{SECRET}\0\n", "groups.csv, line 2, field row"),
    "a NUL escape": (
        "groups_jsonl", f'{{"id": "grp_1", "name": "{SECRET}\\u0000"}}\n', "groups.jsonl, line 1, field row"),
    "half a character": (
        "groups_jsonl", f'{{"id": "grp_1", "name": "{SECRET}\\ud800"}}\n', "groups.jsonl, line 1, field row"),
    "half a character in a key": (
        "groups_jsonl", f'{{"id": "grp_\\udfff{SECRET}", "name": "One"}}\n', "groups.jsonl, line 1, field row"),
    "an open quotation mark": ("groups", f'id,name\ngrp_1,"{SECRET}\n', "groups.csv, line 2, field row"),
    "CR-only lines with a bad row": ("groups", f"id,name\rgrp_1,\rgrp_2,{SECRET}\r", "groups.csv, line 2, field name"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_is_named_with_the_way_on_and_the_rest_is_stored(icrm: Icrm, tmp_path: Path, case: str) -> None:
    kind, text, named = ROWS[case]
    folder = files(tmp_path / "in", **{kind: text})
    said = icrm("import", "native", folder)
    assert said.code == BAD
    assert f"{named}: expected " in said.err
    assert "1 row failed, the others are stored. Correct them" in said.err
    assert "--failed-rows" in said.err
    undone = icrm("import", "native", folder, "--json", tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text())
    assert undone.code == BAD
    assert (again["created"], again["updated"], again["failed"]) == (0, 0, 1)
    assert again["rows_in"] == again["unchanged"] + again["failed"] > 2


FILES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a wrong header": ({"customers": f"source,external_id,{SECRET}\ncrm,a,Alpha\n"}, "customers.csv, line 1"),
    "a missing column": ({"customers": "source,external_id\ncrm,a\n"}, "customers.csv, line 1, field name"),
    "an empty file": ({"customers": ""}, "customers.csv, line 1"),
    "cp1252 text": ({"customers": f"{CUSTOMERS}crm,c,Caf\xe9{SECRET}\n".encode("cp1252")}, "customers.csv, line 4"),
    "two files of a kind": ({"customers_jsonl": "{}\n"}, "Keep one of the two"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file_is_refused_in_one_sentence_before_anything_is_opened(
    icrm: Icrm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setenv("ICRM_GRAPH_URL", f"embedded:{tmp_path / 'untouched'}")
    content, named = FILES[case]
    said = icrm("import", "native", files(tmp_path / "in", **content))
    assert (said.code, said.out, said.err.count("\n")) == (BAD, "", 1)
    assert named in said.err
    assert not (tmp_path / "untouched").exists()


def test_a_missing_folder_and_one_without_files_are_refused_in_one_sentence(icrm: Icrm, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for preset in ("native", "contracts"):
        for folder in (tmp_path / "absent", tmp_path / "empty"):
            said = icrm("import", preset, folder)
            assert (said.code, said.err.count("\n")) == (BAD, 1)


def test_cp1252_by_name_and_cr_only_lines_are_read(icrm: Icrm, tmp_path: Path) -> None:
    folder = files(tmp_path / "in", groups=b"id,name\rgrp_7,Caf\xe9\r")
    assert icrm("import", "native", folder, "--encoding", "cp1252").code == 0


def test_more_failures_than_allowed_stop_the_import_and_come_back_as_a_file(icrm: Icrm, tmp_path: Path) -> None:
    folder = files(tmp_path / "in", customers=CUSTOMERS + "".join(f"crm,x{n},\n" for n in range(5)))
    said = icrm("import", "native", folder, "--max-errors", 2, "--failed-rows", tmp_path / "failed.csv")
    assert said.code == BAD
    assert "Stopped: too many failed rows." in said.err
    with (tmp_path / "failed.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["external_id"] for row in rows] == [f"x{n}" for n in range(5)]
    assert {(row["icrm_field"], row["icrm_file"]) for row in rows} == {("name", "customers.csv")}
    assert icrm("import", "native", folder, "--max-errors", 5).out.startswith("Resumed and complete")


def test_a_report_that_could_not_be_written_is_refused_before_the_import(icrm: Icrm, tmp_path: Path) -> None:
    folder = files(tmp_path / "in", customers="source,external_id,name\ncrm,late,Late\n")
    for option in ("--failed-rows", "--json"):
        said = icrm("import", "native", folder, option, tmp_path / "absent" / f"{SECRET}.csv")
        assert (said.code, said.out) == (BAD, "")
        assert option in said.err
    assert "1 created" in icrm("import", "native", folder).out


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize("option", ["--json", "--failed-rows"])
def test_a_full_disk_is_one_sentence_after_the_report(icrm: Icrm, tmp_path: Path, option: str) -> None:
    folder = files(tmp_path / "in", customers=CUSTOMERS + "crm,c,\n")
    said = icrm("import", "native", folder, option, "/dev/full")
    assert said.code in (69, 74)
    assert "complete" in said.out
    assert "No space left on device" in said.err.splitlines()[-1]
    assert Path("/dev/full").is_char_device()


def test_a_graph_that_is_away_is_one_sentence_without_the_drivers_own(
    icrm: Icrm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICRM_GRAPH_PASSWORD", SECRET)
    for scheme in ("bolt", "neo4j"):
        monkeypatch.setenv("ICRM_GRAPH_URL", f"{scheme}://127.0.0.1:1")
        said = icrm("suggest", "--text", "a roof")
        assert (said.code, said.out, said.err.count("\n")) == (69, "", 1)
        assert "icrm doctor" in said.err


def test_a_port_in_use_is_one_sentence(icrm: Icrm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = icrm("serve", "--port", taken.getsockname()[1])
    assert (said.code, said.out, said.err.count("\n")) == (78, "", 1)
    assert "--port" in said.err


def test_a_snapshot_of_another_version_is_taken_anew(icrm: Icrm, place: Path, tmp_path: Path) -> None:
    icrm("import", "native", files(tmp_path / "in"))
    manifests = list((place / "data").rglob("manifest.json"))
    assert manifests
    for manifest in manifests:
        content = json.loads(manifest.read_text())
        manifest.write_text(json.dumps(content | {"format": content["format"] + 1}))
    said = icrm("suggest", "--text", "a roof")
    assert said.code == 0
    assert "writing the snapshot" in said.err
    assert "writing the snapshot" not in icrm("suggest", "--text", "a roof").err


def test_a_folder_of_another_version_is_refused_with_the_way_to_carry_it_over(
    icrm: Icrm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old" / "engine").mkdir(parents=True)
    (tmp_path / "old" / "format.json").write_text('{"engine": "arcadedb", "version": "0.0.1"}')
    monkeypatch.setenv("ICRM_GRAPH_URL", f"embedded:{tmp_path / 'old'}")
    said = icrm("suggest", "--text", "a roof")
    assert (said.code, said.out, said.err.count("\n")) == (78, "", 1)
    assert "icrm export" in said.err


def test_what_does_not_go_with_all_open_needs_is_refused_before_anything_starts(icrm: Icrm, place: Path) -> None:
    for words in (
        ("--all", "--need", SECRET),
        ("--all", "--text", SECRET),
        ("--event", SECRET),
        ("--all", "--limit", "4"),
    ):
        said = icrm("suggest", *words)
        assert (said.code, SECRET in said.out + said.err) == (BAD, False)
    people = place / "fair.csv"
    people.write_text(f"customer_id,asks_in\ncus_a,{SECRET}\n", encoding="utf-8")
    said = icrm("suggest", "--all", "--event", str(people))
    assert (said.code, SECRET in said.out + said.err) == (BAD, False)
    assert "fair.csv, line 2, field asks_in" in said.err
