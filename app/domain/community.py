"""Customers who deal with each other or are alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from types import MappingProxyType

from app.domain.errors import BadInput

COMBINED = "combined"
LAYERS = ("trade", "referral", "interest", "geography")
RUNS = (COMBINED, *LAYERS)  # each has a run of its own that readers see
# What customers did binds more than what they say, and that more than where they are. Not measured: a policy.
WEIGHTS: Mapping[str, float] = MappingProxyType({"trade": 1.0, "referral": 1.0, "interest": 0.5, "geography": 0.25})
LARGEST_RESOLUTION = 1_000.0  # everybody is alone long before
LARGEST_WEIGHT = 1_000.0
LONGEST_HALF_LIFE_DAYS = 36_500.0
SMALLEST = 2  # a customer without ties is in no community


@dataclass(frozen=True, slots=True)
class CommunityOptions:
    """`layer`: one of LAYERS, or COMBINED for the sum of all, each scaled to the same total and taken by its weight.
    `half_life_days`: dated ties halve with age. `max_size`: members at most, where a community can be split."""

    resolution: float = 2.0
    seed: int = 0
    layer: str = COMBINED
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    half_life_days: float | None = None
    max_size: int | None = None

    def check(self) -> None:
        """BadInput for what is out of range."""
        if not (isfinite(self.resolution) and 0.0 < self.resolution <= LARGEST_RESOLUTION):
            raise BadInput(f"A resolution is above 0 and at most {LARGEST_RESOLUTION:.0f}.", pointer="resolution")
        if self.layer not in RUNS:
            raise BadInput(f"A layer is one of {', '.join(RUNS)}.", pointer="layer")
        if not self.weights.keys() <= set(LAYERS):
            raise BadInput(f"Weights are those of {', '.join(LAYERS)}.", pointer="weights")
        if not all(isfinite(one) and 0.0 <= one <= LARGEST_WEIGHT for one in self.weights.values()):
            raise BadInput(f"A weight is 0 to {LARGEST_WEIGHT:.0f}.", pointer="weights")
        if not any(self.weight_of(layer) for layer in LAYERS):
            raise BadInput("One layer at least has a weight above 0.", pointer="weights")
        days = self.half_life_days
        if days is not None and not (isfinite(days) and 0.0 < days <= LONGEST_HALF_LIFE_DAYS):
            raise BadInput(
                f"A half-life is above 0 and at most {LONGEST_HALF_LIFE_DAYS:.0f} days.", pointer="half_life_days"
            )
        if self.max_size is not None and self.max_size < SMALLEST:
            raise BadInput(f"A community has {SMALLEST} members at least.", pointer="max_size")

    def weight_of(self, layer: str) -> float:
        """A layer that is not named keeps its usual weight."""
        return self.weights.get(layer, WEIGHTS[layer])


@dataclass(frozen=True, slots=True)
class Membership:
    """`strength`: what part of the customer's ties goes into the community; `layers`: the same by layer. `is_member`:
    the one community of the run that the customer is counted in; to others it only leans."""

    customer_id: str
    community_id: str
    strength: float
    layers: Mapping[str, float] = field(default_factory=dict)
    is_member: bool = True


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A customer's share in a community of the run that readers see of a layer."""

    run_layer: str
    label: str
    membership: Membership


@dataclass(frozen=True, slots=True)
class Community:
    """`id` stays the same from run to run. `density`: share of the pairs inside that deal with or refer each other.
    `binding`: share of its members' ties that stays inside. `freshness`: share of the weight of the dated ties inside
    that their age has left, by the half-life of the run, else a year's. `label`: what stands out in it."""

    id: str
    run_id: str
    size: int
    label: str
    density: float
    member_ids: tuple[str, ...] = ()
    binding: float | None = None
    freshness: float | None = None


@dataclass(frozen=True, slots=True)
class CommunityRun:
    """`stability`: share of the members of the run before who stayed; None for the first. `oversized`: communities
    larger than asked for, which could not be split."""

    id: str
    method: str
    resolution: float
    seed: int
    modularity: float
    community_count: int
    customer_count: int
    snapshot_watermark: int
    finished_at: datetime
    layer: str = COMBINED
    stability: float | None = None
    half_life_days: float | None = None
    max_size: int | None = None
    oversized: int = 0
