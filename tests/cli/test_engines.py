"""What the command line does on each engine: importing, rehearsing, taking back, and a password that is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import run
from app.store.runner import GraphRunner
from tests.engines import Engine

Icrm = Callable[..., tuple[int, str, str]]
SECRET = "sesame-4711"
QUARTER = """current_item_id,original_contract_id,contract_structure_type,short_desc,vendor,department_name,start_dt,\
end_dt,amt,tot_payments,days_remaining,adv_or_exempt
1,C1,Works,Roof repair,Roof & Co,Parks,6/30/2013,6/30/2014,"1,000.00",400.00,0,A
2,C2,Works,Lamps,Lamp House,Parks,6/30/2013,6/30/2014,"2,000.00",,0,A
3,C3,Works,Doors,Door Ltd,Parks,{date},6/30/2014,10.00,,0,A
"""


@pytest.fixture
def icrm(
    engine: Engine,
    runner: GraphRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Icrm:
    """Runs a command on the emptied graph of the engine."""
    monkeypatch.setenv("ICRM_GRAPH_URL", engine.url)
    monkeypatch.setenv("ICRM_DATA_FOLDER", str(tmp_path / "data"))
    if engine.password is not None:
        monkeypatch.setenv("ICRM_GRAPH_USER", engine.user or "neo4j")
        monkeypatch.setenv("ICRM_GRAPH_PASSWORD", engine.password)

    def call(*words: object) -> tuple[int, str, str]:
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert SECRET not in said.out + said.err
        return code, said.out, said.err

    return call


def exported(icrm: Icrm, folder: Path) -> dict[str, bytes]:
    assert icrm("export", folder)[0] == 0
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def report(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text())
    return found


def test_an_import_by_command_is_taken_back_by_command(icrm: Icrm, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "customers.csv").write_text("source,external_id,name\ncrm,a,Alpha\ncrm,b,Beta\n")
    assert icrm("import", "native", folder)[0] == 0
    before = exported(icrm, tmp_path / "before")
    (folder / "customers.csv").write_text("source,external_id,name\ncrm,a,Alpha Two\ncrm,b,Beta\ncrm,c,Gamma\n")
    (folder / "relationships.csv").write_text("source,kind,from_external_id,to_external_id\ncrm,deals_with,a,c\n")
    code, _, _ = icrm("import", "native", folder, "--consent-basis", "terms", "--json", tmp_path / "report.json")
    done = report(tmp_path / "report.json")
    assert (code, done["created"], done["updated"], done["unchanged"]) == (0, 2, 1, 1)
    code, out, _ = icrm("import", "undo", done["import_id"])
    assert (code, out) == (0, "6 records removed or restored.\n")  # customer, tie, three consents; one name
    after = exported(icrm, tmp_path / "after")
    assert sorted(after) == sorted(before)
    assert b"Alpha Two" not in after["customers.csv"]
    code, _, err = icrm("import", "undo", done["import_id"])
    assert (code, err) == (73, "This import has been undone already.\n")
    assert icrm("import", "undo", f"imp_{SECRET}")[0] == 66


def test_a_rehearsal_of_contracts_says_what_the_import_then_does(icrm: Icrm, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "FY-2014-Q1.csv").write_text(QUARTER.replace("\\\n", "").format(date=SECRET))
    empty = exported(icrm, tmp_path / "empty")
    rehearsed = icrm("import", "contracts", folder, "--dry-run", "--json", tmp_path / "dry.json")
    assert exported(icrm, tmp_path / "still") == empty
    assert rehearsed[0] == 0
    assert "FY-2014-Q1.csv, line 4, field start_dt: expected " in rehearsed[2]
    assert "nothing was written" in rehearsed[2]
    assert icrm("import", "contracts", folder, "--json", tmp_path / "real.json")[0] == 0
    dry, real = report(tmp_path / "dry.json"), report(tmp_path / "real.json")
    for part in ("rows_in", "created", "updated", "unchanged", "failed", "records", "failed_rows"):
        assert dry[part] == real[part], part
    assert (real["rows_in"], real["created"], real["failed"]) == (3, 2, 1)


def test_a_wrong_password_is_one_sentence(icrm: Icrm, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine.password is None:
        pytest.skip("The embedded graph keeps its own password.")
    monkeypatch.setenv("ICRM_GRAPH_PASSWORD", SECRET)
    code, out, err = icrm("suggest", "--text", "a roof")
    assert (code, out, err.count("\n")) == (78, "", 1)
    assert "ICRM_GRAPH_PASSWORD" in err
