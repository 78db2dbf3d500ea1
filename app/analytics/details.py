"""The fact behind a feature that any party may read: a category's name, a count, a month, the provider's own words.

Nothing here looks at the text of a past need or of a signal.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from app.analytics.columns import NEVER, to_month, to_text
from app.analytics.outcomes import outcomes_of
from app.analytics.topology import Topology

LEVELS = 8  # a row of `category` is category · LEVELS + distance
CUSTOMERS = 2**32  # a row of `quality` is (segment + 1) · CUSTOMERS + provider
MOST_WORDS = 4
LEAST_TOLD = 5  # outcomes: of fewer a reader could tell whose they were (DOMAIN.md, who sees feedback)
_RELATION = ("the category asked for", "a broader or narrower branch of it", "a neighbouring branch")


def of(topology: Topology, text: str, feature: str, row: int) -> str:
    """Empty where nothing can be said beyond the feature's own sentence."""
    if feature == "text_capability":
        words = topology.capability_texts.shared_words(text, row)[:MOST_WORDS]
        return ", ".join(f"“{word}”" for word in words)
    return _BY_ROW[feature](topology, row) if feature in _BY_ROW else ""


def _history(topology: Topology, row: int) -> str:
    need = int(topology.past_need[row])
    at = int(topology.need_met_at[need])
    return "a similar need" + (f" in {to_month(at)}" if at != NEVER else "")


def _category(topology: Topology, row: int) -> str:
    category, distance = divmod(row, LEVELS)
    return f"{to_text(topology.category_names[category])}, {_RELATION[min(distance, 2)]}"


def _quality(topology: Topology, row: int) -> str:
    segment, provider = divmod(row, CUSTOMERS)
    seen = outcomes_of(topology, np.array([provider]), segment - 1)
    good, total, others_good, others = (
        int(one[0]) for one in (seen.good, seen.total, seen.others_good, seen.others_total)
    )
    if max(total, others) < LEAST_TOLD:
        return f"{good + others_good} of {total + others}" if total + others >= LEAST_TOLD else ""
    parts = []
    if total >= LEAST_TOLD:
        parts.append(f"{good} of {total}" + (" for customers like the seeker" if segment else ""))
    if others >= LEAST_TOLD:
        parts.append(f"{others_good} of {others} for {'others' if parts else 'customers unlike the seeker'}")
    return " and ".join(parts)


def _popularity(topology: Topology, row: int) -> str:
    return counted(int(topology.cell_count[row]), "need")


def _recency(topology: Topology, row: int) -> str:
    return to_month(int(topology.cell_last[row]))


def _latest(topology: Topology, row: int) -> str:
    return to_month(int(topology.last_met[row]))


def _ties(topology: Topology, row: int) -> str:
    at = int(topology.tie_last[row])
    latest = f", the latest in {to_month(at)}" if at != NEVER else ""
    return (
        f"{counted(int(topology.tie_count[row]), 'dealing')}{latest}" if topology.tie_kind[row] == 0 else "a referral"
    )


def _place(_: Topology, row: int) -> str:
    return "" if row < 0 else f"{row} km" if row else "less than 1 km"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


_BY_ROW: Mapping[str, Callable[[Topology, int], str]] = MappingProxyType(
    {
        "text_history": _history,
        "category": _category,
        "quality": _quality,
        "popularity": _popularity,
        "recency": _recency,
        "latest": _latest,
        "ties": _ties,
        "place": _place,
    }
)
