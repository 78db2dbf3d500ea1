"""The data folder's own files."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.domain.errors import Misconfigured, WrongVersion
from app.embedded.folder import DataFolder, ServerCard, package_version


def prepared(path: Path) -> DataFolder:
    folder = DataFolder(path)
    folder.claim()
    folder.prepare()
    return folder


def test_a_new_folder_records_its_format_and_a_password(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "a" / "graph")
    assert folder.format() == package_version()
    assert len(folder.password()) >= 32
    assert folder.password_file.stat().st_mode & 0o777 == 0o600
    assert prepared(folder.path).password() == folder.password()


def test_another_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "graph")
    folder.format_file.write_text(json.dumps({"version": "1.2"}))
    with pytest.raises(WrongVersion, match=r"arcadedb==1\.2.*export"):
        folder.prepare()


def test_a_damaged_format_is_named(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "graph")
    folder.format_file.write_text("{")
    with pytest.raises(Misconfigured, match="damaged"):
        folder.prepare()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "graph").write_text("")
    with pytest.raises(Misconfigured, match="cannot be used"):
        DataFolder(tmp_path / "graph").claim()


def test_a_half_written_card_counts_as_none(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "graph")
    folder.write_card(ServerCard(pid=1, bolt_port=2, control_port=3))
    assert folder.card() == ServerCard(pid=1, bolt_port=2, control_port=3)
    folder.card_file.write_text('{"pid": 1')
    assert folder.card() is None


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepared(tmp_path / "graph")
    assert folder.full_disk() is None
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1024))
    assert "full" in str(folder.full_disk())


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "graph")
    for text in ("one", "two"):
        folder.rotate_log()
        folder.log.write_text(text)
    assert folder.log.with_suffix(".log.1").read_text() == "one"
