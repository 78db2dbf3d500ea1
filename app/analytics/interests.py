"""What customers are about: the categories of their needs and offers, and the words of their own descriptions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.analytics.columns import ABSENT, Int64, to_text
from app.analytics.topology import Topology
from graph_algos.text_features import UNBROKEN, character_class, normalise

# Words held by more of the customers than this explain nothing ("of", "services"); those of one bind nobody.
COMMON_SHARE = 0.2
# Shorter ones hold a sentence together ("and", "und", "les"); scripts without gaps say much in two signs.
SHORTEST_WORD, SHORTEST_RUN = 4, 2
WORDS_AT_MOST = 50  # of one customer: a catalogue of a thousand words is about everything
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Interests:
    """Distinct pairs (customer, term), sorted; categories are the terms below `category_count`, words the others."""

    customer: Int64
    term: Int64
    names: Sequence[str]
    category_count: int


def interests_of(topology: Topology) -> Interests:
    """Categories of needs and capabilities, and words of capabilities; need texts, and all of a confidential
    need, are nobody else's business and stay out."""
    count = len(topology.category_ids)
    pairs = [
        np.stack((topology.capability_provider, topology.capability_category), axis=1).astype(np.int64),
        np.stack((topology.need_seeker, topology.need_category), axis=1).astype(np.int64)[topology.need_known],
    ]
    held = _words(topology)
    words = sorted({word for some in held.values() for word in some})
    place = {word: count + number for number, word in enumerate(words)}
    spoken = [(customer, place[word]) for customer, some in held.items() for word in some]
    pairs.append(np.array(spoken, dtype=np.int64).reshape(-1, 2))
    both = np.concatenate(pairs)
    both = np.unique(both[(both != ABSENT).all(axis=1)], axis=0)
    holders = np.bincount(both[:, 1], minlength=count + len(words))
    usual = (holders > 1) & (holders <= max(2.0, COMMON_SHARE * len(topology.customer_ids)))
    both = both[(both[:, 1] < count) | usual[both[:, 1]]]
    names = [*(to_text(raw) for raw in topology.category_names), *words]
    return Interests(both[:, 0], both[:, 1], names, count)


def _words(topology: Topology) -> dict[int, list[str]]:
    """The different words of each provider, in the order in which it uses them."""
    texts, held = topology.capability_texts, dict[int, dict[str, None]]()
    for row, provider in enumerate(topology.capability_provider.tolist()):
        words = held.setdefault(provider, {})
        raw = bytes(texts.blob[texts.starts[row] : texts.starts[row + 1]])
        for word in _WORD.findall(normalise(raw.decode())):
            least = SHORTEST_RUN if character_class(word[0]) in UNBROKEN else SHORTEST_WORD
            if len(word) >= least and len(words) < WORDS_AT_MOST:
                words[word] = None
    return {provider: list(words) for provider, words in held.items() if provider != ABSENT}
