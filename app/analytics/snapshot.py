"""A snapshot on disk: a folder of mapped arrays and a manifest, replaced as a whole.

    <data folder>/snapshots/<hash of the graph's URL>/
        current                 the name of the folder that readers open
        <watermark>-<random>/   manifest.json and one .npy file an array
        lock                    held by the one process that takes a snapshot

Invariant: a folder is complete before `current` names it, so a reader sees the old snapshot or the new one. A reader
that holds the old one keeps its mapped files.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Misconfigured, WrongVersion
from app.ports.analytics import SnapshotInfo

FORMAT = 3  # raised with each change of the arrays or their meaning
REMEDY = "Take a new one with `icrm snapshot rebuild`."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Arrays by name, mapped read-only, and the facts of the manifest that are no arrays."""

    folder: str
    info: SnapshotInfo
    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


def folder_of(data_folder: Path, graph_url: str) -> Path:
    """Where the snapshots of one graph lie: two graphs never share one."""
    return data_folder / "snapshots" / hashlib.sha256(graph_url.encode()).hexdigest()[:16]


def write(home: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any], *, watermark: int) -> None:
    """Writes a complete snapshot and lets `current` name it; on any failure the old one stays.

    Raises Misconfigured when the disk is full or the folder cannot be written.
    """
    name = f"{watermark}-{secrets.token_hex(4)}"
    folder = home / name
    try:
        folder.mkdir(parents=True)
        files = {key: _save(folder / f"{key}.npy", array) for key, array in sorted(arrays.items())}
        manifest = {
            "format": FORMAT,
            "watermark": watermark,
            "taken_at": datetime.now(UTC).isoformat(),
            "sizes": {kind: len(arrays[key]) for kind, key in _COUNTED.items()},
            "facts": dict(facts),
            "files": files,
        }
        replace_file(folder / "manifest.json", json.dumps(manifest, sort_keys=True, indent=1))
        replace_file(home / "current", name)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Misconfigured(
            "The snapshot could not be written; the one before stays in use.",
            remedy="Check the free space and the permissions of the data folder.",
        ) from error
    for old in home.iterdir():
        if old.is_dir() and old.name != name:
            shutil.rmtree(old, ignore_errors=True)  # Windows keeps mapped files: the next snapshot removes them


_COUNTED = {
    "customers": "customer_ids",
    "needs": "need_ids",
    "capabilities": "capability_ids",
    "relationships": "tie_indices",
}


def _save(path: Path, array: NDArray[Any]) -> dict[str, Any]:
    plain = np.ascontiguousarray(array)
    with path.open("wb") as file:
        np.save(file, plain, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return {
        "dtype": plain.dtype.str,
        "shape": list(plain.shape),
        "bytes": path.stat().st_size,
        "sha256": _digest(path),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_file(path: Path, text: str) -> None:
    """Whole or not at all, also when the machine stops."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def current_name(home: Path) -> str | None:
    """The folder that readers should open now, or None when no snapshot was ever taken."""
    try:
        return (home / "current").read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def open_current(home: Path) -> Snapshot:
    """The current snapshot, mapped. Misconfigured: none, or a damaged one; WrongVersion: one of another format."""
    name = current_name(home)
    if name is None:
        raise Misconfigured("There is no snapshot of the graph yet.", remedy=REMEDY)
    try:
        return _open(home / name)
    except FileNotFoundError as error:
        newer = current_name(home)
        if newer is not None and newer != name:  # replaced between reading its name and opening it
            return _open(home / newer)
        raise Misconfigured(f"The snapshot {name} lacks a file.", remedy=REMEDY) from error


def _open(folder: Path) -> Snapshot:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version = manifest["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured(f"The manifest of the snapshot {folder.name} is damaged.", remedy=REMEDY) from error
    if version != FORMAT:
        raise WrongVersion(f"The snapshot {folder.name} has another format than {FORMAT}.", remedy=REMEDY)
    arrays = {key: _map(folder, key, facts) for key, facts in manifest["files"].items()}
    sizes = manifest["sizes"]
    info = SnapshotInfo(
        watermark=int(manifest["watermark"]),
        taken_at=datetime.fromisoformat(manifest["taken_at"]),
        customers=sizes["customers"],
        needs=sizes["needs"],
        capabilities=sizes["capabilities"],
        relationships=sizes["relationships"] // 2,
        size_bytes=sum(facts["bytes"] for facts in manifest["files"].values()),
    )
    return Snapshot(folder.name, info, arrays, manifest["facts"])


def _map(folder: Path, key: str, facts: Mapping[str, Any]) -> NDArray[Any]:
    """One array; its hash is compared too, because a kernel trusts indexes (1 GB/s, so 0.1 s at 100 k customers)."""
    path = folder / f"{key}.npy"
    if path.stat().st_size != facts["bytes"] or _digest(path) != facts["sha256"]:
        raise Misconfigured(f"The file {key} of the snapshot {folder.name} is damaged.", remedy=REMEDY)
    array: NDArray[Any] = np.load(path, mmap_mode="r" if facts["shape"] != [0] else None, allow_pickle=False)
    if array.dtype.str != facts["dtype"] or list(array.shape) != facts["shape"]:
        raise Misconfigured(f"The file {key} of the snapshot {folder.name} is damaged.", remedy=REMEDY)
    return array
