"""Text to hashed n-grams for every language: words, pairs of words, characters within words; pairs of signs.

Invariant: the bucket of an n-gram is a fixed function of its code points (FNV-1a), on any machine and any run, for
indexes outlive the process that built them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from graph_algos.csr import Int32, Int64

UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]

BUCKETS = 2**20
GAP, WORD, RUN, SIGN = range(4)
UNBROKEN = (RUN, SIGN)
SHORTEST, LONGEST = 3, 5
# An n-gram occurs at most this often for the index: counts are stored in a byte.
MOST = 255
_SPACE = np.uint64(32)
_PRIME = np.uint64(0x100000001B3)
_OFFSET = np.uint64(0xCBF29CE484222325)
_WORD_OFFSET = np.uint64(0x9AE16A3B2F90404F)
# Scripts written without gaps between words, by the first word of the character's Unicode name: letters in a run, and
# signs that are a syllable or a word each.
_CLASSES = dict.fromkeys(("THAI", "LAO", "KHMER", "MYANMAR"), RUN) | dict.fromkeys(
    ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "YI"), SIGN
)


def normalise(text: str) -> str:
    """Compatible forms and cases made one: NFKC, case folded, NFKC again.

    >>> normalise("Ｓtraße")
    'strasse'
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=200_000)
def character_class(character: str) -> int:
    """GAP between words, WORD within one; in scripts that write no gaps RUN, where pairs of characters count too, or
    SIGN, where from three in a row on nothing but pairs counts."""
    if not (character.isalnum() or unicodedata.category(character).startswith("M")):
        return GAP
    return _CLASSES.get(unicodedata.name(character, "").split(" ", 1)[0], WORD)


def encode(texts: Sequence[str]) -> tuple[UInt32, UInt8, Int64]:
    """Code points of the normalised texts end to end, their classes, and int64[k + 1] where each text starts."""
    folded = [normalise(text) for text in texts]
    codes = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    starts = np.zeros(len(folded) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in folded], out=starts[1:])
    if codes.size < 10_000:
        return codes, np.array([character_class(c) for text in folded for c in text], dtype=np.uint8), starts
    table = np.zeros(0x110000, dtype=np.uint8)
    table[codes] = 1
    for code in np.flatnonzero(table):
        table[code] = character_class(chr(code))
    return codes, table[codes], starts


@numba.njit(cache=True, nogil=True)
def _bucket(value: np.uint64) -> np.int64:
    folded = value ^ (value >> np.uint64(20)) ^ (value >> np.uint64(40))
    return np.int64(folded & np.uint64(BUCKETS - 1))


@numba.njit(cache=True, nogil=True)
def word_hash(codes: UInt32, start: int, end: int) -> np.uint64:
    """FNV-1a over the code points of one word."""
    value = _WORD_OFFSET
    for place in range(start, end):
        value = (value ^ np.uint64(codes[place])) * _PRIME
    return value


@numba.njit(cache=True, nogil=True)
def word_bucket(codes: UInt32) -> np.int64:
    """The bucket of one word, given as its code points."""
    return _bucket(word_hash(codes, 0, codes.size))


@numba.njit(cache=True, nogil=True)
def _characters(codes, span, run, out, found):  # type: ignore[no-untyped-def]
    """Buckets of the n-grams of one word between two spaces, and of its pairs in an unbroken script."""
    start, end = span
    for first in range(start - 1, end + 1):
        value = _OFFSET
        for length in range(1, LONGEST + 1):
            place = first + length - 1
            if place > end:
                break
            inside = start <= place < end
            value = (value ^ (np.uint64(codes[place]) if inside else _SPACE)) * _PRIME
            pair = run and length == 2 and inside and first >= start
            if length >= SHORTEST or pair:
                out[found] = _bucket(value)
                found += 1
    return found


@numba.njit(cache=True, nogil=True)
def _signs(codes, span, out, found):  # type: ignore[no-untyped-def]
    """Buckets of the pairs of a run of three signs or more; one or two alone are a word like any other.

    A clause of Japanese or Chinese is one run: as a word, or by three to five signs, it recurs hardly anywhere, and
    what never matches makes every cosine small ("a bridge to be inspected" and "inspection of bridges": .03, now .11).
    """
    start, end = span
    for first in range(start, end - 1):
        value = (_OFFSET ^ np.uint64(codes[first])) * _PRIME
        out[found] = _bucket((value ^ np.uint64(codes[first + 1])) * _PRIME)
        found += 1
    return found


@numba.njit(cache=True, nogil=True)
def _grams(codes, classes, span, out):  # type: ignore[no-untyped-def]
    """Buckets of every n-gram of one text, repeated as often as it occurs; returns how many."""
    found, place, end = 0, span[0], span[1]
    before, follows = np.uint64(0), False
    while place < end:
        if classes[place] == GAP:
            place += 1
            continue
        start = place
        while place < end and classes[place] == classes[start]:
            place += 1
        if classes[start] == SIGN and place - start > 2:
            found, follows = _signs(codes, (start, place), out, found), False
            continue
        word = word_hash(codes, start, place)
        out[found] = _bucket(word)
        found += 1
        if follows:
            out[found] = _bucket((((_WORD_OFFSET ^ before) * _PRIME) ^ word) * _PRIME)
            found += 1
        before, follows = word, True
        found = _characters(codes, (start, place), classes[start] in UNBROKEN, out, found)
    return found


@numba.njit(cache=True, nogil=True)
def count_grams(codes: UInt32, classes: UInt8, starts: Int64) -> tuple[Int64, Int32, UInt8]:
    """Of each text its buckets, ascending, and how often each occurs: (indptr, int32 buckets, uint8 counts)."""
    texts = starts.size - 1
    longest = 0
    for text in range(texts):
        longest = max(longest, starts[text + 1] - starts[text])
    # A text of c code points has at most 5 c + 2 n-grams; pages that are never written cost nothing.
    scratch = np.empty(6 * longest + 8, dtype=np.int32)
    capacity = 5 * codes.size + 2 * texts + 8
    buckets, counts = np.empty(capacity, dtype=np.int32), np.empty(capacity, dtype=np.uint8)
    indptr, slot = np.zeros(texts + 1, dtype=np.int64), 0
    for text in range(texts):
        found = _grams(codes, classes, (starts[text], starts[text + 1]), scratch)
        scratch[:found].sort()
        for position in range(found):
            if position and scratch[position] == scratch[position - 1]:
                counts[slot - 1] = min(MOST, counts[slot - 1] + 1)
            else:
                buckets[slot], counts[slot] = scratch[position], 1
                slot += 1
        indptr[text + 1] = slot
    return indptr, buckets[:slot].copy(), counts[:slot].copy()
