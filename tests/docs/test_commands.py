"""The documentation's commands work: those marked as a console are run in turn, the others are checked by name."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import COMMANDS, load
from app.domain.policy import SWITCHES
from app.embedded import stop_embedded
from tests.architecture.sources import ROOT
from tests.journey.test_demo import icrm

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
MENTION = re.compile(r"(?:^|[\s`(])icrm ([a-z][a-z0-9-]*)(?: ([a-z]+))?")


def console_lines(page: Path) -> list[str]:
    blocks = CONSOLE.findall(page.read_text(encoding="utf-8"))
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("docs")
    done = icrm(folder, "demo", "--once")
    assert done.returncode == 0, done.stderr
    yield folder
    stop_embedded(folder / "graph")


@pytest.mark.parametrize("page", [page for page in PAGES if console_lines(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_work_in_their_order(home: Path, page: Path) -> None:
    for line in console_lines(page):
        program, *words = shlex.split(line)
        assert program == "icrm"
        done = icrm(home, *words)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_mentions_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = " \n".join(re.findall(r"```.*?```|`[^`\n]+`|^ {4}.*$", text, re.DOTALL | re.MULTILINE))
    for name, second in MENTION.findall(code):
        assert name in COMMANDS, f"icrm {name}"
        parts = getattr(load(name), "commands", {})
        assert not parts or not second or second in parts, f"icrm {name} {second}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_fits_on_one_page() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_every_switch_of_the_policy_is_explained() -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    assert [name for name in SWITCHES if f"`{name}`" not in text] == []
