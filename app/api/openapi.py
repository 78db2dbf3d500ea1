"""`python -m app.api.openapi` writes docs/openapi.json anew; `--print` shows it."""

import json
import sys
from pathlib import Path

from app.api.app import openapi_document

PLACE = Path("docs/openapi.json")


def text() -> str:
    return json.dumps(openapi_document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    if "--print" in sys.argv:
        sys.stdout.write(text())
    else:
        PLACE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
