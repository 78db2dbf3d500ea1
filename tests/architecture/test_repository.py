"""What a clone holds: no paths of a machine, no addresses of registries, settings that exist, docs that agree."""

import re

import pytest

from app.cli.settings import markdown
from app.settings import Settings
from tests.architecture.sources import ROOT, tracked

TEXT = {".py", ".md", ".toml", ".txt", ".cypher", ".yml", ".yaml", ".xml", ".conf", ".sh", ".json", ".cfg", ""}
# Built from parts, so that this file does not find itself.
MACHINE_PATHS = re.compile("|".join(("/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/")))
REGISTRIES = re.compile(
    "|".join(
        (r"pypi\." + "org", r"files\.python" + "hosted", r"repo1?\.maven", r"registry\.np" + "mjs", "index-" + "url")
    )
)
REGISTRY_OPTION = "no-emit-index" + "-url"


def texts():
    return [path for path in tracked() if path.suffix in TEXT and path.name != "LICENSE"]


def found(pattern: re.Pattern[str]) -> list[str]:
    hits = []
    for path in texts():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if pattern.search(line.replace(REGISTRY_OPTION, "")):
                hits.append(f"{path.relative_to(ROOT)}:{number}")
    return hits


def test_no_tracked_file_names_a_path_of_somebodys_machine():
    assert found(MACHINE_PATHS) == []


def test_no_tracked_file_names_a_package_registry():
    assert found(REGISTRIES) == []


def test_containers_set_only_settings_that_exist():
    known = {f"ICRM_{name.upper()}" for name in Settings.model_fields}
    used = {
        name
        for path in tracked()
        if path.relative_to(ROOT).parts[0] == "docker" and path.suffix in TEXT
        for name in re.findall(r"ICRM_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    assert used - known == set()


def test_documented_settings_are_those_of_the_class():
    assert markdown() in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-test.txt"])
def test_every_locked_package_has_an_exact_version_and_hashes(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = re.findall(r"^([A-Za-z0-9._-]+)==\S+(?: ; [^\\\n]+)? \\\n {4}--hash=sha256:", text, re.MULTILINE)
    entries = re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)
    assert len(packages) == len(entries) > 40


def test_the_runtime_lock_is_part_of_the_test_lock():
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^([A-Za-z0-9._-]+==[^ ;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert versions("constraints.txt") - versions("constraints-test.txt") == set()


def test_every_make_target_in_the_help_is_explained_and_there_are_at_most_twelve():
    targets = re.findall(r"^([a-z]+):.*## \S", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert 0 < len(targets) <= 12
    assert {"demo", "test", "check"} <= set(targets)
