"""`icrm audit` by hand."""

import json
from pathlib import Path

import pytest

from app.bootstrap import open_app
from app.cli import run
from app.domain.access import OPERATOR_CLI
from app.domain.audit import Happening
from app.domain.ids import new_id
from app.settings import Settings


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ICRM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("ICRM_GRAPH_URL", f"embedded:{tmp_path / 'graph'}")
    monkeypatch.setenv("ICRM_OUTBOX_FOLDER", str(tmp_path / "kept"))
    return tmp_path


def test_a_log_is_shown_and_checked_against_what_was_kept(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_app(Settings()) as app:
        for number in range(3):
            event_id = new_id("AuditEvent", app.clock())
            what = Happening("int_a", "introduction.moved", app.clock(), "cli", {"reason": f"why {number}"})
            app.store.write(OPERATOR_CLI, lambda tx, event_id=event_id, what=what: app.trail.record(tx, event_id, what))
    assert run(["outbox", "relay", "--once"]) == 0
    assert run(["audit", "verify", "--json", str(at_home / "found.json")]) == 0
    found = json.loads((at_home / "found.json").read_text())
    assert (found["events"], found["anchored"], found["faults"]) == (3, 3, [])
    capsys.readouterr()
    assert run(["audit", "show", "int_a"]) == 0
    assert "why 2" in capsys.readouterr().out
    assert run(["audit", "show", "int_b"]) == 66
    assert (at_home / "data" / "audit.key").stat().st_mode & 0o777 == 0o600
    (at_home / "data" / "audit.key").write_text("ab" * 32)
    assert run(["audit", "verify"]) != 0
    assert "changed" in capsys.readouterr().out
    (at_home / "data" / "audit.key").write_text("no key")
    assert run(["audit", "verify"]) == 78
