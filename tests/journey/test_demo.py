"""What a newcomer does: the demonstration from nothing, again, with the service, and from an installed wheel."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import seed
from app.embedded import stop_embedded
from tests.architecture.sources import ROOT

ICRM = [sys.executable, "-c", "from app.cli import main; main()"]


def environment(home: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ICRM_")}
    return own | {
        "ICRM_GRAPH_URL": f"embedded:{home / 'graph'}",
        "ICRM_DATA_FOLDER": str(home),
        "PYTHONPATH": str(ROOT),
    }


def icrm(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ICRM, *words], cwd=home, env=environment(home), capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder on which the demonstration has run once."""
    folder = tmp_path_factory.mktemp("demo")
    done = icrm(folder, "demo", "--once", "--json", "first.json")
    assert done.returncode == 0, done.stderr
    (folder / "page.txt").write_text(done.stdout, encoding="utf-8")
    (folder / "lines.txt").write_text(done.stderr, encoding="utf-8")
    yield folder
    stop_embedded(folder / "graph")


@pytest.fixture(scope="module")
def report(home: Path) -> dict[str, Any]:
    return dict(json.loads((home / "first.json").read_text(encoding="utf-8")))


def test_the_page_tells_who_why_and_who_was_left_out(home: Path) -> None:
    page = (home / "page.txt").read_text(encoding="utf-8")
    for part in ("SUGGESTED INTRODUCTIONS", "1. ", "– ", "left out: ", "COMMUNITIES", "REFERRAL VALUE"):
        assert part in page
    assert max(len(line) for line in page.splitlines()) <= 110


def test_progress_is_plain_lines_where_there_is_no_terminal(home: Path) -> None:
    lines = (home / "lines.txt").read_text(encoding="utf-8")
    assert "\x1b" not in lines
    assert 3 < len(lines.splitlines()) < 60


def test_the_json_has_the_promised_shape(report: Mapping[str, Any]) -> None:
    assert list(report) == ["needs", "communities", "values"]
    assert [need["id"] for need in report["needs"]] == list(seed.STORY_NEEDS)
    for need in report["needs"]:
        assert list(need) == [
            "id",
            "text",
            "seeker_id",
            "suggestions",
            "none_because",
            "blocked",
            "blocked_by_consent",
        ]
        assert 1 <= len(need["suggestions"]) <= 3
        for one in need["suggestions"]:
            assert list(one) == ["customer_id", "name", "rank", "score", "explanations"]
            assert one["explanations"]
            assert {tuple(why) for why in one["explanations"]} == {("feature", "value", "sentence", "source")}
    assert len(report["communities"]) > 3
    assert len(report["values"]) == 10


def test_a_second_run_gives_the_same_bytes(home: Path) -> None:
    done = icrm(home, "demo", "--once", "--json", "second.json")
    assert done.returncode == 0, done.stderr
    assert (home / "second.json").read_bytes() == (home / "first.json").read_bytes()


def test_a_second_run_writes_nothing_into_the_graph(home: Path) -> None:
    before = json.loads(icrm(home, "snapshot", "info", "--json", "-").stdout)
    icrm(home, "demo", "--once")
    assert json.loads(icrm(home, "snapshot", "info", "--json", "-").stdout) == before


def test_suggest_writes_one_need_of_the_same_kind(home: Path, report: Mapping[str, Any]) -> None:
    done = icrm(home, "suggest", "--need", seed.STORY_NEEDS[0], "--json", "one.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((home / "one.json").read_text(encoding="utf-8")) == report["needs"][0]


def test_suggest_by_text_finds_providers(home: Path) -> None:
    done = icrm(home, "suggest", "--text", "lighting fixtures and dimmers for a bar", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["suggestions"]


def test_all_open_needs_are_assigned_and_then_an_event_of_those_who_took_part(home: Path) -> None:
    done = icrm(home, "suggest", "--all", "--limit", "2", "--json", "-")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["pairs"]) == found["run"]["pair_count"] > 100
    assert found["withheld"] == {}
    assert {pair["place"] for pair in found["pairs"]} == {1, 2}
    sides = sorted({pair[side] for pair in found["pairs"] for side in ("seeker_id", "provider_id")})[:80]
    (home / "fair.csv").write_text("customer_id,asks_in\n" + "".join(f"{one},1\n" for one in sides), encoding="utf-8")
    done = icrm(home, "suggest", "--all", "--event", "fair.csv", "--json", "fair.json")
    assert done.returncode == 0, done.stderr
    assert "Exposure Gini" in done.stdout
    pairs = json.loads((home / "fair.json").read_text(encoding="utf-8"))["pairs"]
    providers = [pair["provider_id"] for pair in pairs]
    assert 0 < len(providers) == len(set(providers))
    assert {pair[side] for pair in pairs for side in ("seeker_id", "provider_id")} <= set(sides)


def test_an_unknown_need_is_one_sentence_and_a_code(home: Path) -> None:
    done = icrm(home, "suggest", "--need", "need_sesame")
    assert done.returncode == 66
    assert "sesame" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demonstration_serves_api_and_documentation_and_ends_when_asked(home: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [*ICRM, "demo", "--port", str(port)], cwd=home, env=environment(home), stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert fetch(f"http://127.0.0.1:{port}/docs")
        found = json.loads(fetch(f"http://127.0.0.1:{port}/api/v1/needs/{seed.STORY_NEEDS[0]}/suggestions"))
        assert "suggestions" in json.dumps(found)
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0]
    assert f"127.0.0.1:{port}" in said
    assert process.returncode in (0, 130)


def test_a_port_in_use_is_one_sentence(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = icrm(home, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 78
    assert "in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_an_installed_wheel_runs_the_demonstration_from_an_empty_environment(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run(
        [*build, "wheel", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", tmp_path, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wheel = next(tmp_path.glob("icrm-*.whl"))
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    lock = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*lock, "--require-hashes", "-r", ROOT / "constraints.txt"], check=True)
    subprocess.run([*lock, "--no-deps", wheel], check=True)
    home = tmp_path / "elsewhere"
    home.mkdir()
    own = {name: value for name, value in environment(home).items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python.with_name("icrm"), "demo", "--once", "--json", "report.json"],
        cwd=home,
        env=own,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    subprocess.run([python.with_name("icrm"), "stop"], cwd=home, env=own, check=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((home / "report.json").read_text(encoding="utf-8"))["needs"]) == 4


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            fetch(url)
            return
        except OSError:
            assert time.monotonic() < deadline, "the service did not become ready"
            time.sleep(0.1)
