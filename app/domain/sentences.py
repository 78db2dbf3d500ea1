"""The sentence of each feature, written for the customer who reads it.

Made from stored values alone, and neutral where nothing is stored. `detail` of a feature is a fact that any party may
read (a category's name, a count, a month, words of the provider's own description), never text of another's need.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

UNKNOWN = "unknown"
OPERATOR_ONLY = "signal"  # the operator's own knowledge: no word and no figure of it leaves
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "text_capability": "capabilities",
        "text_history": "past needs",
        "graph": "past needs",
        "category": "taxonomy",
        "quality": "outcomes",
        "recency": "past needs",
        "activity": "past needs",
        "latest": "past needs",
        "popularity": "past needs",
        "ties": "relationships",
        "newcomer": "capabilities",
        "signal": "operator",
        "place": "places",
    }
)
_WITH_DETAIL: Mapping[str, str] = MappingProxyType(
    {
        "text_capability": "Its own description shares these words with what is asked for: {}.",
        "text_history": "It has met {}.",
        "category": "It works in {}.",
        "quality": "Of the recorded outcomes of its work, {} were good.",
        "recency": "It last met a need of this category in {}.",
        "latest": "It last met a need in {}.",
        "popularity": "It has met {} of this category.",
        "ties": "The two know each other: {}.",
        "place": "It is {} away.",
    }
)
_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "text_capability": "Its own description reads much like what is asked for.",
        "text_history": "It has met needs that read much like this one.",
        "graph": "Customers with needs like this one have worked with it.",
        "category": "It works in the category asked for.",
        "recency": "It has met a need of this category.",
        "activity": "It has been meeting needs of other customers.",
        "latest": "It has met a need.",
        "popularity": "It has met needs of this category.",
        "ties": "The two know each other.",
        "newcomer": "It has met no need here yet.",
        "signal": "The operator knows of a reason that it may not share.",
    }
)
_ABSENT: Mapping[str, str] = MappingProxyType(
    {"quality": "Fewer than five outcomes of its work are recorded.", "place": "How far away it is is not known."}
)


def explain(feature: str, detail: str) -> str:
    """The sentence of a feature; a neutral one where nothing is stored."""
    if is_unknown(feature, detail):
        return _ABSENT[feature]
    if detail and feature in _WITH_DETAIL:
        return _WITH_DETAIL[feature].format(detail)
    return _PLAIN[feature]


def sentences_of(feature: str) -> tuple[str, ...]:
    """Every sentence that a feature may say: with a fact ({}), without one, and where nothing is known."""
    return tuple(kind[feature] for kind in (_WITH_DETAIL, _PLAIN, _ABSENT) if feature in kind)


def is_unknown(feature: str, detail: str) -> bool:
    """Whether a reader should hear that nothing is known; a feature without a fact is otherwise just not there."""
    return not detail and feature in _ABSENT


def explain_nobody(codes: Sequence[str], no_consent: int) -> str:
    """Why no provider of those considered remains. `codes`: the first reason of each that may be named."""
    if not codes and not no_consent:
        return "No customer is known to offer this."
    parts = []
    if codes:
        counts = {code: codes.count(code) for code in sorted(set(codes))}
        listed = ", ".join(f"{count} by {_GATES.get(code, code)}" for code, count in counts.items())
        parts.append(f"Nobody fits; left out: {listed}.")
    if no_consent:
        parts.append(f"For {no_consent} who could fit no consent is recorded.")
    return " ".join(parts)


_GATES: Mapping[str, str] = MappingProxyType(
    {
        "complaint_open": "an open complaint",
        "held": "a dispute",
        "left": "having left",
        "vetting": "vetting",
        "vetting_expired": "vetting that has ended",
        "capacity": "capacity",
        "place": "distance",
        "licence": "licence",
        "ticket_below": "too small a deal",
        "ticket_above": "too large a deal",
        "other_category": "another category",
        "not_offered": "no longer offering it",
        "conflict": "a conflict of interest",
        "competitor": "competition",
        "same_group": "the same legal group",
        "self": "being the seeker",
        "open_introduction": "an introduction under way",
        "recent_introduction": "a recent introduction",
    }
)
