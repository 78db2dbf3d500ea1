"""Which texts resemble a text, in any language: TF-IDF on hashed n-grams, cosine, and the words they share.

weight(t, d) = (1 + ln tf) · idf(t), idf(t) = ln((1 + n) / (1 + df(t))) + 1, scaled to unit length, with t a word, a
pair of words, 3 to 5 characters within a word, or a pair of signs where no gaps are written. Salton, Buckley:
Term-weighting approaches (1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import groupby

import numba
import numpy as np
from numpy.typing import ArrayLike

from graph_algos.csr import Float32, Float64, Int32, Int64, frozen
from graph_algos.select import offer, unheap
from graph_algos.text_features import (
    BUCKETS,
    GAP,
    MOST,
    UNBROKEN,
    UInt8,
    character_class,
    count_grams,
    encode,
    normalise,
    word_bucket,
)
from graph_algos.workspace import WORKSPACES

# Postings one search reads: about 1.5 ms. The rarest n-grams come first, so what is left out says least.
POSTING_BUDGET = 250_000
# So many candidates of the postings are scored exactly, at about 1 µs each.
POOL = 200
# Words in more than this share of the texts explain nothing ("of", "services").
COMMON_SHARE = 0.2
# Characters of each text that an explanation reads.
EXPLAINED = 2_000
_LOG_COUNTS = frozen(1.0 + np.log(np.maximum(1, np.arange(MOST + 1))), np.float64)
_TYPES: dict[str, type[np.generic]] = {
    "doc_indptr": np.int64,
    "doc_terms": np.int32,
    "doc_counts": np.uint8,
    "term_indptr": np.int64,
    "posting_docs": np.int32,
    "posting_counts": np.uint8,
    "idf": np.float32,
    "norms": np.float32,
}


@dataclass(frozen=True, slots=True)
class TextIndex:
    """Plain arrays, 10 bytes an entry in all, fit to be saved and mapped.

    By text (`doc_indptr` int64[n + 1], `doc_terms` int32 ascending, `doc_counts` uint8), by n-gram (`term_indptr`
    int64[2**20 + 1], `posting_docs` int32 ascending, `posting_counts` uint8), `idf` float32[2**20], `norms`
    float32[n].
    """

    doc_indptr: Int64
    doc_terms: Int32
    doc_counts: UInt8
    term_indptr: Int64
    posting_docs: Int32
    posting_counts: UInt8
    idf: Float32
    norms: Float32

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, frozen(getattr(self, field.name), _TYPES[field.name]))
        entries = self.doc_terms.size
        if self.doc_indptr.size != self.norms.size + 1 or self.term_indptr.size != BUCKETS + 1:
            raise ValueError("the arrays of a text index do not fit together")
        if not (self.doc_counts.size == self.posting_docs.size == self.posting_counts.size == entries):
            raise ValueError("the arrays of a text index do not fit together")

    @property
    def doc_count(self) -> int:
        return self.norms.size


def build_text_index(texts: Sequence[str]) -> TextIndex:
    """The index of these texts, numbered as they come; O(characters).

    >>> build_text_index(["bridge repair", ""]).doc_count
    2
    """
    indptr, terms, counts = count_grams(*_read_only(texts))
    term_indptr, docs, posted = _postings(indptr, terms, counts)
    idf = (np.log((1.0 + len(texts)) / (1.0 + np.diff(term_indptr))) + 1.0).astype(np.float32)
    norms = _norms(indptr, terms, counts, (idf, _LOG_COUNTS))
    return TextIndex(indptr, terms, counts, term_indptr, docs, posted, idf, norms)


Found = tuple[Int32, Float32]


def search(index: TextIndex, text: str, *, count: int, posting_budget: int = POSTING_BUDGET) -> Found:
    """The texts most like this one by cosine: (int32[≤ count], float32[≤ count]), best first, ties by number.

    Reads the postings of the query's n-grams, highest idf first (then smaller bucket), until the next would exceed
    `posting_budget`; the best max(200, 4 · count) of what they reach are scored exactly. O(budget + n).

    >>> index = build_text_index(["bridge repair", "paper supplies", "inspection of bridges"])
    >>> search(index, "bridge inspection", count=2)[0].tolist()
    [2, 0]
    """
    nobody = np.zeros(index.doc_count, dtype=np.bool_)
    return search_both(index, text, apart=nobody, counts=(count, 0), posting_budget=posting_budget)[0]


def search_both(
    index: TextIndex, text: str, *, apart: ArrayLike, counts: tuple[int, int], posting_budget: int = POSTING_BUDGET
) -> tuple[Found, Found]:
    """`search` among all texts, and among those set `apart` (bool[n]) alone: both from one reading of the postings.

    >>> index = build_text_index(["bridge repair", "paper supplies", "inspection of bridges"])
    >>> of_all, of_some = search_both(index, "bridge inspection", apart=[True, True, False], counts=(1, 1))
    >>> of_all[0].tolist(), of_some[0].tolist()
    ([2], [0])
    """
    if min(counts) < 0 or posting_budget < 0:
        raise ValueError("counts and posting_budget must not be negative")
    marked = frozen(np.asarray(apart), np.bool_)
    if marked.shape != (index.doc_count,):
        raise ValueError("apart must say of each text whether it is")
    terms, weights = _query(index, text)
    frequency = _frequency(index, terms)
    order = np.lexsort((terms, -index.idf[terms]))
    order = order[frequency[order] > 0]
    order = order[: int(np.searchsorted(np.cumsum(frequency[order]), posting_budget, side="right"))]
    pools = [min(index.doc_count, max(POOL, 4 * count)) for count in counts]
    pools[1] = pools[1] if counts[1] else 0
    with WORKSPACES.borrow(index.doc_count) as (sums, _):
        postings = (index.term_indptr, index.posting_docs, index.posting_counts)
        chosen = (frozen(terms[order], np.int32), frozen((weights * index.idf[terms])[order], np.float64))
        reached = _candidates(postings, chosen, (index.norms, _LOG_COUNTS), (sums, marked), (pools[0], pools[1]))
    one, other = (_best(index, (terms, weights), docs, count) for docs, count in zip(reached, counts, strict=True))
    return one, other


def _best(index: TextIndex, query: tuple[Int32, Float64], candidates: Int32, count: int) -> Found:
    candidates.sort()
    scores = _cosines(index, *query, candidates)
    best = np.lexsort((candidates, -scores))[:count]
    return candidates[best], scores[best]


def similarity(index: TextIndex, text: str, docs: ArrayLike) -> Float32:
    """Cosine of this text with each of these: float32[k]; O(n-grams) each. Raises ValueError out of range.

    >>> similarity(build_text_index(["bridge repair", "paper"]), "Bridge  repair", [0, 1]).round(5).tolist()
    [1.0, 0.0]
    """
    wanted = np.asarray(docs)
    wanted = wanted.astype(np.int32) if wanted.size == 0 else wanted
    if wanted.ndim != 1 or wanted.dtype.kind not in "iu":
        raise ValueError("docs must be a one-dimensional array of integers")
    if wanted.size and (wanted.min() < 0 or wanted.max() >= index.doc_count):
        raise ValueError(f"docs must lie in 0 … {index.doc_count - 1}")
    terms, weights = _query(index, text)
    return _cosines(index, terms, weights, wanted.astype(np.int32))


def shared_terms(index: TextIndex | None, a: str, b: str, *, count: int = 5) -> list[str]:
    """Readable words that both texts contain, the rarest first (by the index, else the longest), then by alphabet.

    In scripts without gaps between words: the longest common strings of two characters or more. Words of one or
    two letters and words found in more than a fifth of the index's texts are left out.

    >>> shared_terms(None, "Inspection of the bridge", "bridge inspection, yearly")
    ['inspection', 'bridge']
    """
    ours, theirs = _words(a), _words(b)
    plain = [{word for word, kind in words if kind not in UNBROKEN} for words in (ours, theirs)]
    shared = plain[0] & plain[1]
    shared = {word for word in shared if len(word) > 2 or any(letter.isdigit() for letter in word)}
    ranked = {word: float(len(word)) for word in shared}
    if index is not None and index.doc_count:
        seen = {word: _document_frequency(index, word) for word in shared}
        limit = max(10.0, COMMON_SHARE * index.doc_count)
        ranked = {word: -float(times) for word, times in seen.items() if times <= limit}
    runs = _common_runs(ours, theirs)
    words = sorted(ranked, key=lambda word: (-ranked[word], word))
    return (words + sorted(runs - ranked.keys(), key=lambda run: (-len(run), run)))[:count]


def _read_only(texts: Sequence[str]) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint32]], UInt8, Int64]:
    codes, classes, starts = encode(texts)
    return frozen(codes, np.uint32), frozen(classes, np.uint8), frozen(starts, np.int64)


def _query(index: TextIndex, text: str) -> tuple[Int32, Float64]:
    """The query's buckets, ascending, and its weights at unit length."""
    _, terms, counts = count_grams(*_read_only([text]))
    weights = _LOG_COUNTS[counts] * index.idf[terms]
    length = float(np.sqrt(np.sum(weights * weights)))
    return terms, weights / length if length else weights


def _frequency(index: TextIndex, terms: Int32) -> Int64:
    return index.term_indptr[terms + 1] - index.term_indptr[terms]


def _document_frequency(index: TextIndex, word: str) -> int:
    codes = frozen(np.array([ord(letter) for letter in word]), np.uint32)
    bucket = int(word_bucket(codes))
    return int(index.term_indptr[bucket + 1] - index.term_indptr[bucket])


def _cosines(index: TextIndex, terms: Int32, weights: Float64, docs: Int32) -> Float32:
    texts = (index.doc_indptr, index.doc_terms, index.doc_counts)
    query = (frozen(terms, np.int32), frozen(weights, np.float64))
    scores: Float64 = _score(texts, query, frozen(docs, np.int32), (index.idf, index.norms, _LOG_COUNTS))
    return scores.astype(np.float32)


def _words(text: str) -> list[tuple[str, int]]:
    parts = groupby(normalise(text[:EXPLAINED]), key=character_class)
    return [("".join(letters), kind) for kind, letters in parts if kind != GAP]


def _common_runs(ours: list[tuple[str, int]], theirs: list[tuple[str, int]]) -> set[str]:
    text = "\n".join(word for word, kind in theirs if kind in UNBROKEN)
    found = set()
    for run in (word for word, kind in ours if kind in UNBROKEN):
        start = 0
        while start < len(run):
            end = start + 1
            while end <= len(run) and run[start:end] in text:
                end += 1
            if end - 1 - start >= 2:
                found.add(run[start : end - 1])
            start = max(start + 1, end - 1)
    return found


@numba.njit(cache=True, nogil=True)
def _postings(indptr: Int64, terms: Int32, counts: UInt8) -> tuple[Int64, Int32, UInt8]:
    """Turn the text-major rows round: counting sort by bucket."""
    starts = np.zeros(BUCKETS + 1, dtype=np.int64)
    for term in terms:
        starts[term + 1] += 1
    for term in range(BUCKETS):
        starts[term + 1] += starts[term]
    place = starts[:-1].copy()
    docs, posted = np.empty(terms.size, dtype=np.int32), np.empty(terms.size, dtype=np.uint8)
    for doc in range(indptr.size - 1):
        for entry in range(indptr[doc], indptr[doc + 1]):
            slot = place[terms[entry]]
            place[terms[entry]] = slot + 1
            docs[slot], posted[slot] = doc, counts[entry]
    return starts, docs, posted


@numba.njit(cache=True, nogil=True)
def _norms(indptr, terms, counts, tables):  # type: ignore[no-untyped-def]
    idf, log_counts = tables
    norms = np.zeros(indptr.size - 1, dtype=np.float32)
    for doc in range(norms.size):
        total = 0.0
        for entry in range(indptr[doc], indptr[doc + 1]):
            total += (log_counts[counts[entry]] * idf[terms[entry]]) ** 2
        norms[doc] = np.sqrt(total)
    return norms


@numba.njit(cache=True, nogil=True)
def _candidates(postings, query, tables, state, pools):  # type: ignore[no-untyped-def]
    indptr, docs, counts = postings
    terms, weights = query
    norms, log_counts = tables
    sums, apart = state
    for position in range(terms.size):
        weight = weights[position]
        for entry in range(indptr[terms[position]], indptr[terms[position] + 1]):
            sums[docs[entry]] += weight * log_counts[counts[entry]]
    best, scores, held, bar = np.empty(pools[0], dtype=np.int32), np.empty(pools[0]), 0, 0.0
    some, their, kept, line = np.empty(pools[1], dtype=np.int32), np.empty(pools[1]), 0, 0.0
    for doc in range(norms.size):
        if sums[doc] > 0.0:
            score = sums[doc] / norms[doc]
            sums[doc] = 0.0
            if score >= bar:
                held = offer(best, scores, held, doc, score)
                bar = scores[0] if held == pools[0] else 0.0
            if pools[1] > 0 and apart[doc] and score >= line:
                kept = offer(some, their, kept, doc, score)
                line = their[0] if kept == pools[1] else 0.0
    unheap(best, scores, held)
    unheap(some, their, kept)
    return best[:held], some[:kept]


@numba.njit(cache=True, nogil=True)
def _score(texts, query, docs, tables):  # type: ignore[no-untyped-def]
    """Merge the query's buckets with each text's."""
    indptr, terms, counts = texts
    wanted, weights = query
    idf, norms, log_counts = tables
    scores = np.zeros(docs.size)
    for position in range(docs.size):
        entry, end, term = indptr[docs[position]], indptr[docs[position] + 1], 0
        total = 0.0
        while entry < end and term < wanted.size:
            if terms[entry] < wanted[term]:
                entry += 1
            elif terms[entry] > wanted[term]:
                term += 1
            else:
                total += weights[term] * log_counts[counts[entry]] * idf[terms[entry]]
                entry += 1
                term += 1
        if total > 0.0:
            scores[position] = total / norms[docs[position]]
    return scores
