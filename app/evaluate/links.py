"""Evaluations of links, trust and communities by name; one runs by `python -m app.evaluate.links NAME DATA`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from app.evaluate import bitcoin, email_eu, seal, uci

EVALUATIONS: dict[str, Callable[[Path, int], dict[str, object]]] = {
    "seal": seal.run,
    "uci": uci.run,
    "bitcoin": bitcoin.run,
    "email-eu": email_eu.run,
}


def document(result: dict[str, object]) -> str:
    """The result file: the same bytes for the same result."""
    return json.dumps(result, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.evaluate.links", description=__doc__)
    parser.add_argument("name", choices=sorted(EVALUATIONS))
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    text = document(EVALUATIONS[given.name](given.data, given.seed))
    if given.json is None:
        sys.stdout.write(text)
    else:
        given.json.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
