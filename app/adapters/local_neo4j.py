"""A real Neo4j with Graph Data Science on this machine, from Maven's jars and the user's Java: no Docker, no root.

The server is a process of its own, found again by the pid in its home folder, and stopped only when that pid still is
the process that we started. It outlives the command that started it.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from app.domain.errors import GraphUnreachable, Misconfigured, PlatformUnsupported

USER = "neo4j"
_JAVA = 17  # the oldest that Neo4j 5.26 runs on
_FETCH_S = 900  # 135 MB, 20 s on a good line
_START_S = 180  # 11 to 30 s on an idle machine, 20 s of it GDS
_STOP_S = 60  # a clean stop takes 10 to 15 s
_SERVER = "org.neo4j.server.CommunityEntryPoint"
_ADMIN = "org.neo4j.server.startup.Neo4jAdminCommand"
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_REMEDY = "Install Java 17 or later and Maven, or use docker/compose.yml, or the embedded graph."
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LocalNeo4j:
    url: str
    user: str
    password: str = field(repr=False)
    pid: int


@dataclass(frozen=True, slots=True)
class LocalNeo4jStatus:
    running: bool
    pid: int | None
    url: str | None


def start(
    home: Path,
    *,
    library: Path | None = None,
    memory: str = "2g",
    quick_start: bool = False,
    progress: Progress = lambda step: None,
) -> LocalNeo4j:
    """Join the server of `home` or start one; returns when queries and GDS answer.

    `library` keeps the jars (default: neo4j-lib beside `home`). `quick_start` compiles less: for short-lived tests.
    Raises PlatformUnsupported without Java or Maven, GraphUnreachable when it does not start.
    """
    home = home.expanduser().resolve()
    running = _running(home)
    if running is not None:
        return running
    java = _java()
    jars = (library or home.parent / "neo4j-lib").expanduser().resolve()
    _fetch(jars, progress)
    port = _free_port()
    _prepare(home, jars, port)
    password = _password(home, java, jars, progress)
    progress("starting Neo4j with Graph Data Science (about 20 s)")
    process = _launch(home, [java, *_jvm_options(memory, quick_start), "-cp", f"{jars}/*", _SERVER])
    server = LocalNeo4j(url=f"bolt://127.0.0.1:{port}", user=USER, password=password, pid=process.pid)
    _card(home).write_text(json.dumps({"url": server.url, "pid": process.pid}), encoding="utf-8")
    _wait_until_ready(server, home, lambda: process.poll() is None)
    process.returncode = 0  # we leave it to run: no warning when this object goes
    progress(f"Neo4j answers at {server.url}")
    return server


def stop(home: Path) -> bool:
    """Stop the server that `start` left running in `home`; False when there is none."""
    home = home.expanduser().resolve()
    card = _read_card(home)
    if card is None or not _is_ours(card[1], home):
        return False
    pid = card[1]
    os.kill(pid, signal.SIGTERM)
    if not _gone(pid, home, _STOP_S):
        os.kill(pid, signal.SIGKILL)  # its WAL makes that safe; the next start takes longer
        _gone(pid, home, _STOP_S)
    _card(home).unlink(missing_ok=True)
    return True


def status(home: Path) -> LocalNeo4jStatus:
    home = home.expanduser().resolve()
    card = _read_card(home)
    if card is None or not _is_ours(card[1], home):
        return LocalNeo4jStatus(running=False, pid=None, url=None)
    return LocalNeo4jStatus(running=True, pid=card[1], url=card[0])


def resources() -> Path:
    """Where pom.xml and neo4j.conf are: beside this module in a wheel, in docker/local in a checkout."""
    here = Path(__file__).parent
    for place in (here / "local_neo4j_files", here.parents[1] / "docker" / "local"):
        if (place / "pom.xml").is_file():
            return place
    raise Misconfigured("The files of the local Neo4j are missing.", remedy="Install icrm again.")


def require_tools() -> None:
    """PlatformUnsupported, with the remedy, where Java or Maven is missing."""
    _java()
    _maven()


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or shutil.which(java) is None:
        raise PlatformUnsupported("There is no Java here.", remedy=_REMEDY)
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r'version "(\d+)', said.stderr + said.stdout)
    if found is None or int(found[1]) < _JAVA:
        raise PlatformUnsupported(f"Java {found[1] if found else '(unknown)'} is too old.", remedy=_REMEDY)
    return java


def _maven() -> str:
    maven = shutil.which("mvn")
    if maven is None:
        raise PlatformUnsupported("There is no Maven here.", remedy=_REMEDY)
    return maven


def _fetch(jars: Path, progress: Progress) -> None:
    """All jars or none: fetched beside and renamed."""
    if jars.is_dir() and any(jars.glob("neo4j-server-*.jar")):
        return
    maven = _maven()
    progress("fetching Neo4j and Graph Data Science with Maven (135 MB, once)")
    beside = jars.with_name(f"{jars.name}.{os.getpid()}.new")
    beside.mkdir(parents=True)
    try:
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={beside}"]
        run = subprocess.run(  # noqa: S603
            [maven, "-B", "-q", "-f", str(resources() / "pom.xml"), *goal],
            capture_output=True,
            text=True,
            timeout=_FETCH_S,
            check=False,
        )
        if run.returncode != 0:
            line = next((line for line in run.stdout.splitlines() if "ERROR" in line), "no reason given")
            raise Misconfigured(
                f"Maven could not fetch Neo4j: {line}", remedy="Check the network and ~/.m2/settings.xml."
            )
        with contextlib.suppress(OSError):  # another process was first
            os.rename(beside, jars)
    except subprocess.TimeoutExpired as exc:
        raise Misconfigured("Maven did not fetch Neo4j in time.", remedy="Try again on a faster network.") from exc
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _prepare(home: Path, jars: Path, port: int) -> None:
    for name in ("conf", "data", "logs", "import", "plugins"):
        (home / name).mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    shipped = (resources() / "neo4j.conf").read_text(encoding="utf-8")
    (home / "conf" / "neo4j.conf").write_text(
        f"{shipped}\nserver.bolt.listen_address=127.0.0.1:{port}\nserver.bolt.advertised_address=127.0.0.1:{port}\n",
        encoding="utf-8",
    )
    found = re.search(r"<gds>(.+?)</gds>", (resources() / "pom.xml").read_text(encoding="utf-8"))
    for jar in jars.glob(f"*-{found[1]}.jar" if found else "nothing"):
        link = home / "plugins" / jar.name  # procedures are looked for here only
        link.unlink(missing_ok=True)
        link.symlink_to(jar)


def _password(home: Path, java: str, jars: Path, progress: Progress) -> str:
    """Random and 0600; told to the server before its first start."""
    file = home / "password"
    if (home / "data" / "dbms" / "auth.ini").exists() and file.exists():
        return file.read_text(encoding="ascii").strip()
    progress("setting a random password")
    password = secrets.token_hex(24)  # letters and digits: one that begins with a dash is an option to Neo4j's tool
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(password)
    environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    run = subprocess.run(  # noqa: S603
        [java, "-cp", f"{jars}/*", _ADMIN, "dbms", "set-initial-password", password],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise Misconfigured("Neo4j's first password could not be set.", remedy=f"Remove {home} and start again.")
    return password


def _jvm_options(memory: str, quick_start: bool) -> list[str]:
    options = ["-Xms512m", f"-Xmx{memory}", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"]
    options += [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS]
    options.append("--enable-native-access=ALL-UNNAMED")
    return [*options, "-XX:TieredStopAtLevel=1"] if quick_start else options


def _launch(home: Path, command: list[str]) -> subprocess.Popen[bytes]:
    with (home / "logs" / "console.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            [*command, f"--home-dir={home}", f"--config-dir={home / 'conf'}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
            start_new_session=True,
        )


def _wait_until_ready(server: LocalNeo4j, home: Path, alive: Callable[[], bool]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and alive():
        if _answers(server):
            return
        time.sleep(0.3)
    stop(home)
    raise GraphUnreachable("The local Neo4j did not start.", remedy=f"Its logs say why: {home / 'logs'}.")


def _answers(server: LocalNeo4j) -> bool:
    """GDS too: a server whose plugin failed to load starts all the same."""
    try:
        with GraphDatabase.driver(
            server.url, auth=(server.user, server.password), connection_timeout=2.0, max_transaction_retry_time=0
        ) as driver:
            driver.execute_query("RETURN gds.version() AS version", database_="neo4j")
        return True
    except (DriverError, Neo4jError):
        return False


def _running(home: Path) -> LocalNeo4j | None:
    card = _read_card(home)
    if card is None or not _is_ours(card[1], home):
        return None
    password = (home / "password").read_text(encoding="ascii").strip()
    server = LocalNeo4j(url=card[0], user=USER, password=password, pid=card[1])
    _wait_until_ready(server, home, lambda: _is_ours(server.pid, home))
    return server


def _card(home: Path) -> Path:
    return home / "server.json"


def _read_card(home: Path) -> tuple[str, int] | None:
    try:
        raw = json.loads(_card(home).read_text(encoding="utf-8"))
        return str(raw["url"]), int(raw["pid"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _is_ours(pid: int, home: Path) -> bool:
    """Whether `pid` still is our server of this home, not a stranger who got its number."""
    with contextlib.suppress(OSError):  # our own child that ended stays in the table until it is waited for
        os.waitpid(pid, os.WNOHANG)
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.exists():
        command = proc.read_bytes().decode(errors="replace")
    elif Path("/proc/self").exists():
        return False
    else:  # macOS
        command = subprocess.run(  # noqa: S603
            ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        ).stdout
    return f"--home-dir={home}" in command


def _gone(pid: int, home: Path, timeout: float) -> bool:
    end = time.monotonic() + timeout
    while _is_ours(pid, home):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
