"""From errors to one sentence on standard error and an exit code, in one table (numbers of BSD's sysexits.h)."""

import json
import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import TyperException

from app.domain import errors as domain

USAGE = 64  # the command line itself
UNEXPECTED = 70  # a defect of ours
EXIT_CODES: Mapping[type[domain.IcrmError], int] = {
    domain.IcrmError: 1,
    domain.BadInput: 65,
    domain.BadRow: 65,
    domain.BadRows: 65,
    domain.TooLarge: 65,
    domain.NotFound: 66,
    domain.Unavailable: 69,
    domain.GraphUnreachable: 69,
    domain.Conflict: 73,
    domain.IllegalMove: 73,
    domain.StaleVersion: 73,
    domain.KeyReused: 73,
    domain.TimedOut: 75,
    domain.NotAllowed: 77,
    domain.NotSignedIn: 77,
    domain.Misconfigured: 78,
    domain.WrongPassword: 78,
    domain.WrongVersion: 78,
    domain.PlatformUnsupported: 78,
}
LOG_LIMIT = 10 * 2**20  # bytes; beyond that the file starts anew, so that a loop of failures cannot fill a disk


def exit_code_of(error: BaseException) -> int | None:
    """Says an expected error in one sentence and returns its code; None for an unexpected one."""
    if isinstance(error, domain.IcrmError):
        _say(str(error))
        return EXIT_CODES[type(error)]
    if isinstance(error, OSError) and error.errno is not None:
        _say(f"{os.strerror(error.errno)}{_place(error)}. {_REMEDIES.get(error.errno, 'Check the path.')}")
        return 74
    if _is_settings_error(error):
        _say(f"A setting is not valid: {_fields(error)}. `icrm settings` lists what each may be.")
        return EXIT_CODES[domain.Misconfigured]
    return None


def explain_usage(error: TyperException) -> int:
    """What is wrong with the command line, by option name and never with the value given."""
    parameter = getattr(error, "param", None)
    option = getattr(error, "option_name", None)
    context = getattr(error, "ctx", None)
    place = context.command_path if context is not None else "icrm"
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(context.get_help() if context is not None else "")
        return USAGE
    if parameter is not None:
        names = " / ".join(parameter.opts)
        names = names if names.startswith("-") else names.upper()
        kind = getattr(getattr(parameter, "type", None), "name", "value")
        sentence = f"{names} is missing or is not a valid {kind}."
    elif type(error).__name__ == "NoSuchOption" or option:
        sentence = "There is no such option, or it lacks its value."
    else:
        sentence = "There is no such command, or it lacks an argument."
    _say(f"{sentence} See `{place} --help`.")
    return USAGE


def explain_unexpected(error: Exception, *, debug: bool) -> int:
    """One line and the log's place; the traceback on standard error only when asked."""
    if debug:
        traceback.print_exception(error)
        return UNEXPECTED
    log = _write_log(error)
    where = f"Its traceback is in {log}" if log else "Its traceback could not be written"
    _say(f"Unexpected error ({type(error).__name__}). {where}; `icrm --debug …` shows it.")
    return UNEXPECTED


_REMEDIES = {
    2: "Check the path.",
    13: "Grant access to it, or choose another place.",
    28: "Free some space and run the command again.",
    98: "Stop the other program, or choose another port with --port.",
    48: "Stop the other program, or choose another port with --port.",
}


def _place(error: OSError) -> str:
    return f": {error.filename}" if isinstance(error.filename, str) else ""


def _is_settings_error(error: BaseException) -> bool:
    return type(error).__name__ == "ValidationError" and getattr(error, "title", "") == "Settings"


def _fields(error: Any) -> str:
    found = error.errors(include_input=False)  # of pydantic, which is not imported just for this
    return ", ".join("ICRM_" + "_".join(str(part) for part in entry["loc"]).upper() for entry in found)


def _write_log(error: Exception) -> Path | None:
    """Appends to the data folder's log; frames and types only: messages of strangers may hold input."""
    path = Path(os.environ.get("ICRM_DATA_FOLDER", ".icrm")) / "log" / "errors.jsonl"
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    line = json.dumps({"error": type(error).__name__, "frames": frames})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.exists() and path.stat().st_size > LOG_LIMIT
        with path.open("w" if fresh else "a", encoding="utf-8") as log:
            log.write(line + "\n")
    except OSError:
        return None
    return path


def _say(sentence: str) -> None:
    typer.echo(" ".join(sentence.split()), err=True)
