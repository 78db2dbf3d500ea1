"""Every command can be loaded, explains itself, and its parts show what they are given."""

import json

import pytest

from app.cli import COMMANDS, load, run
from app.cli.settings import rows
from app.cli.terminal import progress, show_table, write_json
from app.domain.errors import BadInput
from app.settings import Settings


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_loads_and_explains_itself(name, capsys):
    assert load(name).help
    assert run([name, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_the_settings_table_has_every_setting_and_no_value_in_force(monkeypatch):
    monkeypatch.setenv("ICRM_GRAPH_PASSWORD", "sesame")
    assert [row[0] for row in rows()] == [f"ICRM_{name.upper()}" for name in Settings.model_fields]
    assert "sesame" not in str(rows())


def test_progress_elsewhere_than_on_a_terminal_is_a_few_plain_lines(capsys):
    with progress() as report:
        for done in range(1001):
            report("loading", done, 1000)
        report("writing", 0, 0)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "loading 0/1000"
    assert lines[-1] == "writing"
    assert len(lines) == 12


def test_tables_print_brackets_as_they_are(capsys):
    show_table(("name", "count"), [("[red]Company[/red]", 1200)])
    assert "[red]Company[/red]" in capsys.readouterr().out


def test_json_is_written_whole_with_every_letter(tmp_path):
    write_json(tmp_path / "a.json", {"name": "Zürich"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"name": "Zürich"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_json_into_a_folder_that_does_not_exist_says_so(tmp_path):
    with pytest.raises(BadInput, match="folder"):
        write_json(tmp_path / "missing" / "a.json", {})
