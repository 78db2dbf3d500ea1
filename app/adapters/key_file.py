"""A secret of this installation that nobody states: made at random when first needed, and kept beside the data."""

import contextlib
import os
import secrets
from pathlib import Path

from app.domain.errors import Misconfigured

BYTES = 32


def kept_key(path: Path) -> bytes:
    """The key in the file, readable by its owner only; of two processes that make it at once, one does. Misconfigured
    where it cannot be written, or holds no key."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}.new")
        if not path.exists():
            file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(file, "w", encoding="ascii") as out:
                out.write(secrets.token_hex(BYTES))
                out.flush()
                os.fsync(out.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first, and its key is complete
                os.link(beside, path)
            beside.unlink()
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"The file {path.name} of the data folder cannot be used.",
            remedy="Let this user read and write ICRM_DATA_FOLDER, or put the file back from a backup.",
        ) from error
    if len(key) < BYTES:
        raise Misconfigured(f"The file {path.name} holds no key.", remedy="Put it back from a backup.")
    return key
