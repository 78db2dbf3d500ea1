from collections import Counter
from dataclasses import fields, replace
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos import text as module
from graph_algos.text import TextIndex, build_text_index, search, shared_terms, similarity
from graph_algos.text_features import GAP, SIGN, UNBROKEN, character_class, count_grams, normalise

WORDS = [
    "bridge",
    "bridges",
    "Brücke",
    "repair",
    "straße",
    "橋梁点検",
    "橋梁",
    "ซ่อมสะพาน",
    "of",
    "AI点検",
    "a",
    "é",
    "1",
    "-",
    "!",
]
TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(max_size=12), min_size=1, max_size=12
)


def grams(text):
    """The n-grams by plain Python, as readable keys."""
    found, before = Counter(), None
    for kind, letters in groupby(normalise(text), key=character_class):
        if kind == GAP:
            continue
        word = "".join(letters)
        if kind == SIGN and len(word) > 2:
            found.update(("c", word[i : i + 2]) for i in range(len(word) - 1))
            before = None
            continue
        found["w", word] += 1
        if before is not None:
            found["b", before, word] += 1
        before = word
        padded = f" {word} "
        for size in (3, 4, 5):
            found.update(("c", padded[i : i + size]) for i in range(len(padded) - size + 1))
        if kind in UNBROKEN:
            found.update(("c", word[i : i + 2]) for i in range(len(word) - 1))
    return found


def cosine(texts, query):
    """TF-IDF cosine by plain Python."""
    counted = [grams(text) for text in texts]
    frequency = Counter(gram for found in counted for gram in found)

    def vector(found):
        raw = {
            g: (1 + np.log(min(255, n))) * (np.log((1 + len(texts)) / (1 + frequency[g])) + 1) for g, n in found.items()
        }
        length = np.sqrt(sum(weight**2 for weight in raw.values()))
        return {gram: weight / length for gram, weight in raw.items()}

    asked = vector(grams(query))
    return [sum(weight * asked.get(gram, 0.0) for gram, weight in vector(found).items()) for found in counted]


@given(TEXTS, st.sampled_from(WORDS) | st.text(max_size=8), st.integers(0, 5))
def test_search_and_similarity_equal_plain_python(texts, query, count):
    index = build_text_index(texts)
    expected = np.array(cosine(texts, query))
    scores = similarity(index, query, np.arange(len(texts)))
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    docs, found = search(index, query, count=count)
    assert (docs.dtype, found.dtype) == (np.int32, np.float32)
    assert docs.size == min(count, int((expected > 0).sum()))
    assert (found == scores[docs]).all()
    assert sorted(zip(-found, docs, strict=True)) == list(zip(-found, docs, strict=True))
    assert all(scores[other] <= found[-1] for other in range(len(texts)) if docs.size and other not in docs)


@given(TEXTS)
def test_both_halves_of_an_index_hold_the_same_entries(texts):
    index = build_text_index(texts)
    by_doc = {
        (doc, int(index.doc_terms[entry]), int(index.doc_counts[entry]))
        for doc in range(len(texts))
        for entry in range(index.doc_indptr[doc], index.doc_indptr[doc + 1])
    }
    terms = np.repeat(np.arange(index.idf.size), np.diff(index.term_indptr))
    by_term = set(zip(index.posting_docs.tolist(), terms.tolist(), index.posting_counts.tolist(), strict=True))
    assert by_doc == by_term
    assert len(by_doc) == index.doc_terms.size
    assert sum(index.doc_counts.tolist()) == sum(sum(grams(text).values()) for text in texts)


def test_buckets_never_change():
    """Held against plain integers, for indexes on disk outlive the code that wrote them."""

    def bucket(letters, value):
        for letter in letters:
            value = ((value ^ ord(letter)) * 0x100000001B3) % 2**64
        return (value ^ value >> 20 ^ value >> 40) % 2**20

    _, buckets, _ = count_grams(*module._read_only(["ab"]))
    expected = [bucket(gram, 0xCBF29CE484222325) for gram in (" ab", "ab ", " ab ")] + [
        bucket("ab", 0x9AE16A3B2F90404F)
    ]
    assert buckets.tolist() == sorted(expected) == [331325, 468855, 477705, 924514]


def test_a_count_stops_at_255():
    assert build_text_index(["x " * 1000]).doc_counts.max() == 255


def test_an_index_survives_the_disk(tmp_path):
    index = build_text_index(["bridge repair", "橋梁の点検", ""])
    arrays = {}
    for field in fields(index):
        np.save(tmp_path / f"{field.name}.npy", getattr(index, field.name))
        arrays[field.name] = np.load(tmp_path / f"{field.name}.npy", mmap_mode="r")
    mapped = TextIndex(**arrays)
    assert np.shares_memory(mapped.idf, arrays["idf"])
    for query in ("bridges", "点検"):
        assert [a.tolist() for a in search(mapped, query, count=2)] == [
            a.tolist() for a in search(index, query, count=2)
        ]
    with pytest.raises(ValueError, match="fit"):
        replace(index, norms=index.norms[:1])


@pytest.mark.parametrize(
    ("query", "expected"),
    [("点検", 0), ("สะพาน", 1), ("BRÜCKEN", 2), ("ｂｒｉｄｇｅ", 3), ("पुल", 4), ("τη γέφυρα", 5)],
)
def test_every_script_finds_its_own(query, expected):
    texts = ["橋梁の点検業務", "งานซ่อมสะพานข้ามแม่น้ำ", "Prüfung der Brücke", "bridge inspection", "पुल की मरम्मत", "ΓΈΦΥΡΑ"]
    assert search(build_text_index(texts), query, count=1)[0].tolist() == [expected]


def test_a_posting_budget_drops_the_common_words_first():
    texts = ["common"] * 50 + ["common rare"]
    index = build_text_index(texts)
    assert search(index, "common rare", count=60, posting_budget=40)[0].tolist() == [50]
    assert search(index, "common rare", count=60)[0].tolist() == [50, *range(50)]
    assert search(index, "rare", count=3, posting_budget=1)[0].tolist() == [50]
    assert search(index, "common rare", count=3, posting_budget=0)[0].size == 0


def test_nothing_to_find_is_an_empty_answer():
    assert search(build_text_index([]), "x", count=3)[0].size == 0
    assert search(build_text_index(["", "  "]), "x", count=3)[0].size == 0
    index = build_text_index(["bridge"])
    assert search(index, "", count=3)[0].size == 0
    assert similarity(index, "", [0]).tolist() == [0.0]
    assert similarity(index, "bridge", []).size == 0
    for call in (
        lambda: similarity(index, "x", [1]),
        lambda: similarity(index, "x", [-1]),
        lambda: search(index, "x", count=-1),
    ):
        with pytest.raises(ValueError):
            call()


def test_many_code_points_are_classified_like_few():
    texts = ["".join(map(chr, range(0x20, 0x3400)))] * 2
    large, small = build_text_index(texts), build_text_index([texts[0][:200]])
    assert large.doc_counts.sum() == 2 * sum(min(255, n) for n in Counter(grams(texts[0])).values())
    assert small.doc_terms.size == len(grams(texts[0][:200]))


def test_shared_words_are_readable_and_rare_first():
    index = build_text_index(
        ["structural inspection of bridges", *["inspection of paper"] * 3, *["services of paper"] * 20]
    )
    shared = shared_terms(
        index, "Structural INSPECTION services of a bridge", "inspection of a structural services beam"
    )
    assert shared == ["structural", "inspection"]
    assert shared_terms(None, "bridge, bridge 42", "42 bridge") == ["bridge", "42"]
    assert shared_terms(None, "橋梁の点検業務", "点検と橋梁") == ["橋梁", "点検"]
    assert shared_terms(index, "", "x") == []
    assert shared_terms(None, "one two six", "six two one", count=2) == ["one", "six"]
