"""What lies in a data folder: the engine's files, the format they have, the password and the running server's card.

format.json    engine and package version that wrote the files; another version is refused
password       of the server, random, 0600
start.lock     held while somebody starts a server; owner.lock: held by the server as long as it lives
server.json    the running server's pid and ports
server.log     of this run; server.log.1 of the one before
engine/        ArcadeDB's own root folder
"""

import importlib.metadata
import json
import os
import secrets
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from app.domain.errors import Misconfigured, PlatformUnsupported, WrongVersion

USER = "root"  # ArcadeDB's only built-in user
_ROOM = 16 * 2**20  # bytes; a WAL file and a page of each bucket need about that
_OURS = ("format.json", "password", "start.lock", "owner.lock", "server.", "engine", "load")
DATABASE = "neo4j"  # so that the same database name works on both engines


@dataclass(frozen=True, slots=True)
class ServerCard:
    pid: int
    bolt_port: int
    control_port: int


@dataclass(frozen=True, slots=True)
class DataFolder:
    path: Path

    @property
    def engine(self) -> Path:
        return self.path / "engine"

    @property
    def start_lock(self) -> Path:
        return self.path / "start.lock"

    @property
    def owner_lock(self) -> Path:
        return self.path / "owner.lock"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def card_file(self) -> Path:
        return self.path / "server.json"

    @property
    def password_file(self) -> Path:
        return self.path / "password"

    @property
    def format_file(self) -> Path:
        return self.path / "format.json"

    def has_data(self) -> bool:
        return (self.engine / "databases" / DATABASE).is_dir()

    def claim(self) -> None:
        """Create the folder; Misconfigured when it holds other things. The rest is done under the start lock."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            strangers = [name for name in os.listdir(self.path) if not name.startswith(_OURS)]
        except OSError as exc:
            raise self._unusable(exc) from exc
        if strangers:
            raise Misconfigured(
                f"The folder {self.path} holds other files.", remedy="Name an empty or a new folder for the graph."
            )

    def prepare(self) -> None:
        """Create what is missing; WrongVersion for another version's files, Misconfigured for other contents."""
        try:
            self._check_format()
            self._ensure_password()
        except OSError as exc:
            raise self._unusable(exc) from exc

    def _unusable(self, exc: OSError) -> Misconfigured:
        return Misconfigured(
            f"The data folder {self.path} cannot be used: {exc.strerror or 'input/output error'}.",
            remedy="Name a folder on a local disk with free space that this user may write to.",
        )

    def format(self) -> str | None:
        """The package version that wrote the folder, or None for a new one."""
        try:
            return str(json.loads(self.format_file.read_text(encoding="utf-8"))["version"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as exc:
            raise Misconfigured(
                f"{self.format_file} is damaged.", remedy="Restore the folder from a backup or import into a new one."
            ) from exc

    def _check_format(self) -> None:
        found, ours = self.format(), package_version()
        if found is None:
            _write(self.format_file, json.dumps({"engine": "arcadedb", "version": ours}), mode=0o644)
        elif found != ours:
            raise WrongVersion(
                f"The data folder {self.path} was written by arcadedb {found}; installed is {ours}.",
                remedy=f"Install arcadedb=={found}, run `icrm export`, then import into a new folder with {ours}.",
            )

    def _ensure_password(self) -> None:
        if not self.password_file.exists():
            _write(self.password_file, secrets.token_urlsafe(32), mode=0o600)

    def password(self) -> str:
        return self.password_file.read_text(encoding="ascii").strip()

    def card(self) -> ServerCard | None:
        try:
            raw = json.loads(self.card_file.read_text(encoding="utf-8"))
            return ServerCard(**raw)
        except (FileNotFoundError, ValueError, TypeError):  # none, or half-written by a killed server
            return None

    def write_card(self, card: ServerCard) -> None:
        _write(self.card_file, json.dumps(asdict(card)), mode=0o600)

    def size_bytes(self) -> int:
        return sum(file.stat().st_size for file in self.engine.rglob("*") if file.is_file())

    def full_disk(self) -> Misconfigured | None:
        """What to say when the disk has no room left for a write-ahead log; None while it has."""
        if shutil.disk_usage(self.path).free > _ROOM:
            return None
        return Misconfigured(
            f"The disk of {self.path} is full.",
            remedy="Free some space, run `icrm stop`, and start again: the log recovers what was acknowledged.",
        )

    def rotate_log(self) -> None:
        if self.log.exists():
            os.replace(self.log, self.log.with_suffix(".log.1"))

    def log_tail(self, *, lines: int = 3) -> str:
        try:
            return " | ".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def package_version() -> str:
    """Version of the installed engine; PlatformUnsupported where there is none."""
    try:
        return importlib.metadata.version("arcadedb")
    except importlib.metadata.PackageNotFoundError as exc:
        raise PlatformUnsupported(
            f"The embedded graph does not run here (no arcadedb package for {sys.platform}).",
            remedy="Use Neo4j: set ICRM_GRAPH_URL=neo4j://host:7687, or start one with `icrm neo4j start`.",
        ) from exc


def _write(path: Path, text: str, *, mode: int) -> None:
    """Whole or not at all, never readable by others in between."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)
