"""What suggestions, links and communities would have been worth on data of the past, beside simple methods."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.analytics.gds import Server
from app.domain.errors import BadInput
from app.evaluate import bitcoin, email_eu, seal, uci
from app.evaluate.figures import document
from app.evaluate.gds_links import server_of
from app.evaluate.needs import judge
from app.evaluate.sources import SOURCES
from app.ports.outside import Progress

__all__ = ["LINKS", "evaluate", "server_of"]
LINKS: Mapping[str, Any] = MappingProxyType(
    {"seal": seal.run, "uci": uci.run, "bitcoin": bitcoin.run, "email-eu": email_eu.run}
)


def evaluate(data: str, folder: Path, *, seed: int, progress: Progress, server: Server | None = None) -> dict[str, Any]:
    """The document of one evaluation; `data` is a key of SOURCES or LINKS, `server` a Neo4j whose Graph Data Science is
    judged too. BadInput for a folder without such data."""
    if data in SOURCES:
        source = SOURCES[data]
        found = judge(source.read(folder), source.protocol, seed=seed, progress=progress)
        return document(data, found, protocol=str(source.protocol), seed=seed)
    progress(f"evaluating {data}", 0, 0)
    try:
        # Only static links fit the server's pipeline, which knows no time, sign or department.
        run = partial(LINKS[data], server=server, progress=progress) if data == "seal" else LINKS[data]
        links: dict[str, Any] = run(folder, seed)
    except FileNotFoundError as error:
        raise BadInput(
            "The folder does not hold these data.", pointer="DATA", remedy="docs/evaluation-links.md names the folders."
        ) from error
    except ValueError as error:
        raise BadInput("A file of these data cannot be read.", pointer="DATA", remedy="Fetch it again.") from error
    return links
