"""What suggestions would have been worth on data of the past."""

from pathlib import Path
from typing import Any

from app.evaluate.figures import document
from app.evaluate.needs import judge
from app.evaluate.sources import SOURCES
from app.ports.outside import Progress


def evaluate(data: str, folder: Path, *, seed: int, progress: Progress) -> dict[str, Any]:
    """The document of one evaluation; `data` is a key of SOURCES. BadInput for a folder without such data."""
    return document(data, judge(SOURCES[data](folder), seed=seed, progress=progress), seed=seed)
