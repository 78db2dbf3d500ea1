"""Plants small bugs mechanically and runs the unit tests that should see them; reports those that nobody sees.

Mutants: a comparison flipped, a constant moved by one, `and` for `or`, `+` for `-`, a condition negated, a returned
value dropped. They are drawn at random by seed from graph_algos, app/domain and app/store. The work happens in a copy,
so a run that is killed leaves the sources alone.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Where bugs are planted, and the tests that must see them: `{stem}` narrows to those that name the module.
TARGETS = {
    "graph_algos": ("tests/unit/graph_algos",),
    "app/domain": ("tests/unit/domain", "tests/unit/usecases", "tests/unit/analytics"),
    "app/store": ("tests/unit/store", "tests/contract"),
}
COPIED = ("app", "cypher", "graph_algos", "seed", "tests", "docker", "docs", "pyproject.toml")
TIMEOUT_S = 300  # a mutant that loops is one that was seen

FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    path: Path
    number: int  # of the change within its file
    line: int
    what: str


class Planter(ast.NodeTransformer):
    """Counts every possible change; makes the one whose number is `wanted`."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.seen: list[tuple[int, str]] = []

    def _chosen(self, node: ast.AST, what: str) -> bool:
        self.seen.append((getattr(node, "lineno", 0), what))
        return len(self.seen) - 1 == self.wanted

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        kind = type(node.ops[0])
        if kind in FLIPS and self._chosen(node, f"{kind.__name__} → {FLIPS[kind].__name__}"):
            node.ops[0] = FLIPS[kind]()  # type: ignore[assignment]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        kind = type(node.op)
        if kind in FLIPS and self._chosen(node, f"{kind.__name__} → {FLIPS[kind].__name__}"):
            node.op = FLIPS[kind]()  # type: ignore[assignment]
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        kind = type(node.op)
        if self._chosen(node, f"{kind.__name__} → {FLIPS[kind].__name__}"):
            node.op = FLIPS[kind]()  # type: ignore[assignment]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is int and self._chosen(node, f"{node.value} → {node.value + 1}"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        if type(node.value) is bool and self._chosen(node, f"{node.value} → {not node.value}"):
            return ast.copy_location(ast.Constant(not node.value), node)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if self._chosen(node, "condition negated"):
            node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        if node.value is not None and self._chosen(node, "returned value dropped"):
            node.value = ast.copy_location(ast.Constant(None), node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Decorators, defaults and annotations stay: changing them tests numba or typing, not us."""
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        node.value = self.visit(node.value)
        return node


def mutants(root: Path, folders: list[str]) -> Iterator[Mutant]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            planter = Planter()
            planter.visit(ast.parse(path.read_text(encoding="utf-8")))
            for number, (line, what) in enumerate(planter.seen):
                yield Mutant(path.relative_to(root), number, line, what)


def plant(source: str, number: int) -> str:
    tree = Planter(number).visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def tests_for(root: Path, path: Path) -> list[str]:
    """Tests whose source names the module, within its target's folders; all of these folders when none does."""
    folders = next(tests for target, tests in TARGETS.items() if path.as_posix().startswith(target))
    files = sorted(file for folder in folders for file in (root / folder).rglob("test_*.py"))
    module = ".".join(path.with_suffix("").parts)
    naming = [file for file in files if module in file.read_text(encoding="utf-8")]
    return [file.relative_to(root).as_posix() for file in naming or files]


def survives(root: Path, mutant: Mutant) -> bool:
    """Whether every test still passes with the bug planted."""
    place = root / mutant.path
    source = place.read_text(encoding="utf-8")
    chosen = tests_for(root, mutant.path)
    if not chosen:
        return True
    place.write_text(plant(source, mutant.number), encoding="utf-8")
    # No cached kernels or bytecode of the sound source; contract tests on the embedded engine only, for speed.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CACHE_DIR": str(root / "numba")}
    environment.pop("ICRM_REQUIRE_NEO4J", None)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", "not neo4j", *chosen]
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and files
            command, cwd=root, env=environment, capture_output=True, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL
        )
        return done.returncode in (0, 5)  # 5: no test ran
    except subprocess.TimeoutExpired:
        return False
    finally:
        place.write_text(source, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--only", choices=sorted(TARGETS), help="one target")
    arguments = parser.parse_args()
    folders = [arguments.only] if arguments.only else sorted(TARGETS)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for part in COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, root / part)
        everything = list(mutants(root, folders))
        chosen = random.Random(arguments.seed).sample(everything, min(arguments.count, len(everything)))  # noqa: S311
        alive = []
        for position, mutant in enumerate(sorted(chosen, key=lambda one: (one.path, one.number)), start=1):
            seen = not survives(root, mutant)
            verdict = "seen     " if seen else "SURVIVED "
            print(f"{position:>4}/{len(chosen)}  {verdict} {mutant.path}:{mutant.line}  {mutant.what}", flush=True)  # noqa: T201
            if not seen:
                alive.append(mutant)
    print(f"{len(chosen) - len(alive)} of {len(chosen)} planted bugs were seen ({len(everything)} possible).")  # noqa: T201


if __name__ == "__main__":
    main()
