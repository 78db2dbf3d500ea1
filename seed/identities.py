"""`app.domain.ids.derived_id` for many keys at once: the same ids, about five times as fast."""

import hashlib
from collections.abc import Sequence

import numpy as np

from app.domain.ids import ALPHABET, LENGTH, PREFIXES

_ALPHABET = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_PLACES = np.array([16, 8, 4, 2, 1], dtype=np.uint8)


def derived_ids(kind: str, *columns: Sequence[str] | str) -> list[str]:
    """One id a row; a column that is one string stands for every row. At least one column is a sequence."""
    size = next(len(column) for column in columns if not isinstance(column, str))
    prefix = hashlib.sha256(_part(kind))
    constant = 0
    for column in columns:  # leading constants are hashed once
        if not isinstance(column, str):
            break
        prefix.update(_part(column))
        constant += 1
    rest = [[column] * size if isinstance(column, str) else column for column in columns[constant:]]
    raw = bytearray()
    for parts in zip(*rest, strict=True):
        digest = prefix.copy()
        digest.update(b"".join([_part(part) for part in parts]))
        raw += digest.digest()[:16]
    return _encoded(PREFIXES[kind], np.frombuffer(bytes(raw), dtype=np.uint8).reshape(size, 16))


def _part(part: str) -> bytes:
    raw = part.encode()
    return len(raw).to_bytes(8, "big") + raw


def _encoded(prefix: str, digests: np.ndarray) -> list[str]:
    """Base 32 of 128 bits each, two zero bits in front, as `derived_id` writes it."""
    out: list[str] = []
    for start in range(0, len(digests), 100_000):  # 130 bytes of bits a row: 13 MB at a time
        block = digests[start : start + 100_000]
        bits = np.zeros((len(block), LENGTH * 5), dtype=np.uint8)
        bits[:, 2:] = np.unpackbits(block, axis=1)
        digits = bits.reshape(len(block), LENGTH, 5) @ _PLACES
        text = _ALPHABET[digits].tobytes().decode()
        out += [f"{prefix}_{text[at : at + LENGTH]}" for at in range(0, len(text), LENGTH)]
    return out
