"""The catalogue of features: what each signal is, in which unit and range, which way is better, and what it says.

Weights come from `ranking`, sentences and sources from `sentences`; a test fails on a feature that one of the three
lacks. No feature knows of any payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.ranking import WEIGHTS
from app.domain.sentences import SOURCES, sentences_of


@dataclass(frozen=True, slots=True)
class FeatureFact:
    """`low` and `high` bound the value (None: no bound). `higher_is_better` orders it; equal values share a rank.
    `sentences`: what a customer may read, with {} for the fact behind it, then without, then where nothing is known."""

    name: str
    weight: float
    unit: str
    low: float
    high: float | None
    higher_is_better: bool
    about: str
    source: str
    sentences: tuple[str, ...]


# (unit, low, high, higher is better, what it is)
_ABOUT: Mapping[str, tuple[str, float, float | None, bool, str]] = MappingProxyType(
    {
        "text_capability": (
            *("cosine", 0.0, 1.0, True),
            "How alike the provider's own description and the need read.",
        ),
        "text_history": (
            *("cosine of the nearest; ranked by the sum of squares", 0.0, 1.0, True),
            "How alike the needs that the provider has met and this one read; those outside the seeker's "
            "segment count as no more than three.",
        ),
        "graph": (
            *("mass of the walks, discounted by degree", 0.0, None, True),
            "Walks from the seeker and the category through past needs to the provider.",
        ),
        "category": (
            *("steps", 0.0, 2.0, False),
            "Distance between the need's and the capability's place in the taxonomy.",
        ),
        "quality": (
            *("probability", 0.0, 1.0, True),
            "Posterior mean of outcomes that the operator itself has seen: in full those of customers in the seeker's "
            "segment, as no more than three all others.",
        ),
        "recency": (
            *("seconds since 1970; shown as a month", -(2.0**63), None, True),
            "When the provider last met a need of the category.",
        ),
        "activity": (
            *("needs, each divided by √(1 + days since)", 0.0, None, True),
            "How many needs of any category the provider has met, of late above all.",
        ),
        "latest": (
            *("seconds since 1970; shown as a month", -(2.0**63), None, True),
            "When the provider last met a need of any category.",
        ),
        "popularity": ("needs", 1.0, None, True, "How many needs of the category the provider has met."),
        "ties": ("deals and referrals", 0.0, None, True, "Deals and referrals between the two."),
        "signal": (
            *("cosine; shown as on file", 0.0, 1.0, True),
            "What the operator alone knows; no word of it is shown to a party.",
        ),
        "newcomer": (
            *("cosine, among newcomers", 0.0, 1.0, True),
            "How alike the description of a provider who has met no need yet and the need read; brings it up.",
        ),
        "place": ("km", 0.0, 20_038.0, False, "How near the provider is to the place of the need."),
    }
)


def catalogue() -> tuple[FeatureFact, ...]:
    """Every feature that ranks, heaviest first as `ranking` lists them."""
    return tuple(
        FeatureFact(name, weight, *_ABOUT[name], source=SOURCES[name], sentences=sentences_of(name))
        for name, weight in WEIGHTS.items()
    )
