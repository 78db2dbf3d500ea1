"""Every error ends in one sentence with a remedy, a code, and no traceback."""

import inspect
import subprocess
import sys
import time

import pytest

import app.cli as command_line
from app.cli.errors import EXIT_CODES, UNEXPECTED, USAGE, exit_code_of
from app.domain import errors


def classes() -> list[type[errors.IcrmError]]:
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.IcrmError)]
    assert len(found) > 15
    return found


def example(kind: type[errors.IcrmError]) -> errors.IcrmError:
    if kind is errors.BadRow:
        return errors.BadRow("customers.csv", 3, "country", "two letters of ISO 3166")
    if kind is errors.BadRows:
        return errors.BadRows([(3, "money", "an amount that is left")])
    if kind is errors.IllegalMove:
        return errors.IllegalMove("That is not allowed.", allowed=["withdrawn"])
    if kind is errors.KeyReused:
        return errors.KeyReused("The key came back.", in_flight=False)
    return kind("Something is so.", remedy="Do this.")


@pytest.mark.parametrize("kind", classes())
def test_each_error_has_its_own_row_and_ends_in_one_sentence(kind, capsys):
    error = example(kind)
    code = exit_code_of(error)
    captured = capsys.readouterr()
    assert kind in EXIT_CODES
    assert code not in (None, 0)
    assert captured.out == ""
    assert captured.err == f"{error}\n"


def test_an_unexpected_error_names_its_log_and_hides_what_it_said(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("ICRM_DATA_FOLDER", str(tmp_path))
    monkeypatch.setattr(command_line, "root", _explode)
    assert command_line.run(["status"]) == UNEXPECTED
    said = capsys.readouterr().err
    log = tmp_path / "log" / "errors.jsonl"
    assert said.count("\n") == 1
    assert str(log) in said
    assert "secret of a customer" not in said + log.read_text()
    assert "test_errors.py" in log.read_text()


def test_debug_shows_the_traceback(monkeypatch, capsys):
    monkeypatch.setattr(command_line, "root", _explode)
    assert command_line.run(["status", "--debug"]) == UNEXPECTED
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["nonsense-command"], ["serve", "--port", "sesame-value"], ["suggest", "--sesame-value"], ["api-key", "x9"]],
)
def test_a_wrong_command_line_gets_one_sentence_that_repeats_no_value(words, capsys):
    assert command_line.run(words) == USAGE
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--help" in said
    assert "sesame" not in said
    assert "nonsense" not in said


def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch, capsys):
    monkeypatch.setenv("ICRM_PORT", "sesame")
    assert command_line.run(["status"]) == EXIT_CODES[errors.Misconfigured]
    said = capsys.readouterr().err
    assert "ICRM_PORT" in said
    assert "sesame" not in said


def test_a_full_disk_is_one_sentence(capsys):
    assert exit_code_of(OSError(28, "No space left on device")) == 74
    assert capsys.readouterr().err == "No space left on device. Free some space and run the command again.\n"


def test_help_imports_neither_numbers_nor_driver_nor_service():
    script = (
        "import sys; from app.cli import run; run(['--help']); "
        "print(sorted({'numpy', 'neo4j', 'fastapi', 'pydantic', 'app.bootstrap'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_help_comes_within_300_milliseconds_of_processor_time():
    script = "import time; from app.cli import run; run(['--help']); print(time.process_time())"
    best = 9.0
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        best = min(best, float(done.stdout.splitlines()[-1]))
    assert best < 0.3, time.asctime()


def _explode() -> None:
    raise ZeroDivisionError("secret of a customer")
