"""STYLE's rules that a machine can check: sizes, names, imports in functions, branches on engines."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT, functions, modules

FILE_LINES, FUNCTION_LINES, PARAMETERS = 400, 60, 5
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}
# typer and FastAPI turn parameters into options and query parameters: there the signature is the documentation.
SIGNATURE_IS_THE_INTERFACE = ("app/cli/", "app/api/routers/")


def test_no_source_file_is_longer_than_400_lines():
    lines = {path: (ROOT / path).read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {path: count for path, count in lines.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_60_lines():
    long = {f"{path}:{node.name}": node.end_lineno - node.lineno + 1 for path, node in functions()}
    assert {name: count for name, count in long.items() if count > FUNCTION_LINES} == {}


def test_no_function_takes_more_than_five_positional_parameters():
    def count(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        return len([name for name in names if name not in ("self", "cls")])

    wide = {
        f"{path}:{node.name}": count(node)
        for path, node in functions()
        if not path.startswith(SIGNATURE_IS_THE_INTERFACE)
    }
    assert {name: number for name, number in wide.items() if number > PARAMETERS} == {}


def test_nobody_hides_imports_from_the_running_program():
    assert [path for path in modules() if "TYPE_CHECKING" in (ROOT / path).read_text(encoding="utf-8")] == []


def test_imports_stand_at_the_top_unless_a_heavy_extra_says_why():
    hidden = []
    for path, node in functions():
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import | ast.ImportFrom) and "PLC0415" not in lines[inner.lineno - 1]:
                hidden.append(f"{path}:{inner.lineno}")
    assert hidden == []


def test_no_code_branches_on_the_engine_outside_its_profile():
    pattern = re.compile(r"""(?:engine|profile\.name)\s*(?:==|!=|in)\s*[("']""")
    found = [
        f"{path}: {line.strip()}"
        for path in modules()
        if not path.startswith("app/store/profiles/")
        for line in (ROOT / path).read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]
    assert found == []


def test_modules_are_named_for_what_they_hold():
    assert [path for path in modules() if Path(path).stem in FORBIDDEN_NAMES] == []


def test_every_module_opens_with_a_sentence():
    silent = [path for path, tree in modules().items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
