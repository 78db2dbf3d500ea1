"""Versions of the ranker on disk; one pointer says which of them serves.

    <data folder>/rankers/<hash of the graph's URL>/
        current            the version in use; absent or empty: rank fusion
        <version>/         manifest.json and model.txt

A version is complete before `current` names it. A damaged one, or one of another format, is refused by its name and
rank fusion serves.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.analytics.calibration import Curve, curve_of
from app.analytics.ranker import COLUMNS, Model
from app.analytics.snapshot import replace_file
from app.domain.errors import IcrmError, Misconfigured, NotFound, WrongVersion
from app.domain.ranker import BlockResult, Ranker

FORMAT = 3  # raised with each change of the columns or their meaning
KEPT = 10  # versions; older ones are removed
REMEDY = "Train another: `icrm train`."


@dataclass(frozen=True, slots=True)
class Trained:
    """What training made. `calibration`: from how clearly a shown candidate stands out to the share of such that were
    right; None where too few were."""

    facts: Ranker
    model: str
    calibration: Curve | None


@dataclass(frozen=True, slots=True)
class Serving:
    facts: Ranker
    model: Model
    calibration: Curve | None


class Registry:
    def __init__(self, home: Path) -> None:
        self.home = home

    def save(self, trained: Trained) -> None:
        """Stores the version; it serves from now on when its gate says so. Misconfigured when the disk refuses."""
        folder = self.home / trained.facts.version
        try:
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(folder / "model.txt", trained.model)
            document = {
                "format": FORMAT,
                "columns": list(COLUMNS),
                "sha256": _digest(trained.model),
                "facts": _plain(trained.facts),
                "calibration": None if trained.calibration is None else trained.calibration.plain(),
            }
            replace_file(folder / "manifest.json", json.dumps(document, sort_keys=True, indent=1))
            if trained.facts.serves:
                replace_file(self.home / "current", trained.facts.version)
        except OSError as error:
            raise Misconfigured(
                "The ranker could not be written.",
                remedy="Check the free space and the permissions of the data folder.",
            ) from error
        for old in [one for one in self.versions() if one.version != self.current()][KEPT:]:
            shutil.rmtree(self.home / old.version, ignore_errors=True)

    def versions(self) -> list[Ranker]:
        """Readable ones, the latest first."""
        found = []
        for folder in self.home.iterdir() if self.home.is_dir() else ():
            try:
                found.append(_facts(self._manifest(folder.name)["facts"]))
            except IcrmError:
                continue
        return sorted(found, key=lambda one: (one.trained_at, one.version), reverse=True)

    def current(self) -> str | None:
        try:
            return (self.home / "current").read_text(encoding="utf-8").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def use(self, version: str | None) -> None:
        """Lets a version serve, or rank fusion. NotFound for an unknown one; Misconfigured for a damaged one."""
        if version is not None:
            if version not in {one.version for one in self.versions()}:
                raise NotFound("There is no such version of the ranker.", remedy="List them with `icrm ranker list`.")
            self.load(version)
        self.home.mkdir(parents=True, exist_ok=True)
        replace_file(self.home / "current", version or "")

    def roll_back(self) -> str | None:
        """The version trained before the current one that passed its gate serves again, else rank fusion."""
        now, versions = self.current(), self.versions()
        if now is None:
            raise NotFound("Rank fusion serves already.", remedy="Choose a version with `icrm ranker use`.")
        places = [place for place, one in enumerate(versions) if one.version == now]
        older = [one.version for one in versions[places[0] + 1 :] if one.serves] if places else []
        chosen = older[0] if older else None
        self.use(chosen)
        return chosen

    def load(self, version: str) -> Serving:
        """A version ready to rank. Misconfigured or WrongVersion, which name it, when it cannot be used."""
        manifest = self._manifest(version)
        if manifest.get("format") != FORMAT or manifest.get("columns") != list(COLUMNS):
            raise WrongVersion(f"The ranker {version} was made by another version of icrm.", remedy=REMEDY)
        try:
            text = (self.home / version / "model.txt").read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise Misconfigured(f"The ranker {version} lacks its model.", remedy=REMEDY) from error
        if _digest(text) != manifest["sha256"]:
            raise Misconfigured(f"The model of the ranker {version} is damaged.", remedy=REMEDY)
        return Serving(_facts(manifest["facts"]), Model(text), _curve(manifest))

    def _manifest(self, version: str) -> Mapping[str, Any]:
        try:
            manifest = json.loads((self.home / version / "manifest.json").read_text(encoding="utf-8"))
            _facts(manifest["facts"])
            _curve(manifest)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"The manifest of the ranker {version} is damaged.", remedy=REMEDY) from error
        found: Mapping[str, Any] = manifest
        return found


def _curve(manifest: Mapping[str, Any]) -> Curve | None:
    document = manifest["calibration"] if manifest["format"] == FORMAT else None
    return None if document is None else curve_of(document)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(facts: Ranker) -> dict[str, Any]:
    document = asdict(facts) | {"trained_at": facts.trained_at.isoformat()}
    document["blocks"] = [asdict(one) | {"begins_at": one.begins_at.isoformat()} for one in facts.blocks]
    return document


def _facts(document: Mapping[str, Any]) -> Ranker:
    blocks = tuple(BlockResult(**_dated(one, "begins_at")) for one in document["blocks"])
    return Ranker(**_dated(document, "trained_at") | {"blocks": blocks})


def _dated(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    return dict(document) | {name: datetime.fromisoformat(document[name])}
