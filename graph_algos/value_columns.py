"""Columns in and out of the value engine: one frozen dataclass of parallel arrays for each kind of record.

Customers are numbered 0 … n − 1 in the order of their ids, so that "the smaller id" is "the smaller index". Dates are
proleptic Gregorian ordinals (`datetime.date.toordinal`). Money is int64 minor units of one currency: the caller
converts or refuses others. Kumar, Petersen & Leone (HBR 2007; J. Marketing 74(5) 2010) name the flows.
"""

import math
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Minor = NDArray[np.int64]

OPERATOR = -1  # contributor, referrer or owner beside customers; row n of a table
UNATTRIBUTED = -2  # "not known"; row n + 1 of a table
LARGEST_AMOUNT = 2**53  # minor units: the largest integer that float64 and JSON readers keep exactly


class FlowKind(IntEnum):
    """Amounts are positive as their kind names them (a cost of 5 is +5); a reversal is negative."""

    MARGIN = 0
    SERVING = 1  # serving and marketing cost: Kumar's M
    ACQUISITION_SAVED = 2  # ACQ1: on someone who would not have joined
    ACQUISITION_SAVED_ANYWAY = 3  # ACQ2: on someone who would have joined
    FEE = 4
    COST = 5  # incentive (Kumar's a), vetting, banker time, compensation


class OutcomeKind(IntEnum):
    REFERRAL = 0
    INTRODUCTION = 1


class Part(IntEnum):
    """Parts of V, signed. `MARGIN`, `SERVING` and `RETENTION` are in somebody's CLV, the others in nobody's."""

    MARGIN = 0
    SAVINGS = 1
    RETENTION = 2
    FEES = 3
    SERVING = 4
    PROGRAMME = 5


KINDS = ("margin", "savings", "retention", "fees", "costs")  # of a customer's matrix; costs = SERVING + PROGRAMME
KIND_OF_PART = np.array([0, 1, 2, 3, 4, 4])  # Part → column of KINDS
TIMES = ("realised", "expected")  # realised is observed cash; whatever is modelled is expected, past months included
REALISED, EXPECTED = 0, 1
OWN_PARTS = (Part.MARGIN, Part.RETENTION, Part.SERVING)


class PolicyName(StrEnum):
    SHAPLEY = "shapley"  # effective chain: what each link's being there was worth (Rahwan et al., arXiv 1404.0542)
    DIRECT = "direct"  # all to who acted
    GEOMETRIC = "geometric"  # ρ^(k−1), normalised to 1 along each path; a link with d = 0 ends the path


@dataclass(frozen=True, slots=True)
class Policy:
    """How credit passes up a chain of referrals. `rho` in (0, 1] is read by `geometric` only."""

    name: PolicyName = PolicyName.SHAPLEY
    rho: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.rho <= 1.0:
            raise ValueError("policy.rho: expected a number above 0 and at most 1")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that a result depends on besides facts; store it with the result.

    `annual_rate` is effective a year (0.12 = 12 %). `valuation_day` is an ordinal. `strict_kumar` forces types: π > ½
    becomes 1, else 0, and charges no incentive to type two. `depth` counts the links of a path, who acted included.
    `hazard_ratio` (HR): by how much a tie to a fellow customer multiplies the hazard of leaving; 1 claims no uplift.
    """

    annual_rate: float
    valuation_day: int
    horizon_months: int = 36
    window_months: int = 12
    strict_kumar: bool = False
    charge_incentive_to_type_two: bool = True
    policy: Policy = field(default_factory=Policy)
    depth: int = 8
    hazard_ratio: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.annual_rate) and self.annual_rate > -1.0):
            raise ValueError("parameters.annual_rate: expected a finite number above -1")
        if not FIRST_DAY <= self.valuation_day <= LAST_DAY:
            raise ValueError("parameters.valuation_day: expected a date's ordinal")
        if not 0.0 <= self.hazard_ratio <= LARGEST_RATIO:
            raise ValueError(f"parameters.hazard_ratio: expected 0 to {LARGEST_RATIO:.0f}")
        if not 1 <= self.depth <= LONGEST_CHAIN:
            raise ValueError(f"parameters.depth: expected 1 to {LONGEST_CHAIN}")
        for name, months in (("horizon_months", self.horizon_months), ("window_months", self.window_months)):
            if not 0 <= months <= LONGEST_MONTHS:
                raise ValueError(f"parameters.{name}: expected 0 to {LONGEST_MONTHS}")


FIRST_DAY, LAST_DAY = 1, 3_652_059  # datetime.date.min and .max
LONGEST_CHAIN = 64  # a path is kept on a fixed stack
LARGEST_RATIO = 100.0  # of hazards; published ones are between 0.3 and 1
LONGEST_MONTHS = 1_200  # a century: month arithmetic stays within int32 days


@dataclass(frozen=True, slots=True)
class Outcomes:
    """m outcomes. `origin_day`: the referral or introduction; `start_day`: its business began (valid_at). `owner`: the
    customer in whose own value the margin is (the referred one), OPERATOR or UNATTRIBUTED when nobody's. `pi`: P(this
    business would have happened anyway)."""

    kind: Ints
    pi: Floats
    origin_day: Ints
    start_day: Ints
    owner: Ints


@dataclass(frozen=True, slots=True)
class Contributions:
    """β ≥ 0 of each contributor (customer, OPERATOR, UNATTRIBUTED); Σβ = 1 for each outcome."""

    outcome: Ints
    contributor: Ints
    beta: Floats


@dataclass(frozen=True, slots=True)
class Flows:
    """Dated cash of the operator's ledger, each row owned by exactly one outcome."""

    outcome: Ints
    kind: Ints
    amount_minor: Ints
    day: Ints


@dataclass(frozen=True, slots=True)
class Acquisitions:
    """Who brought a customer: `referrer` (customer, OPERATOR, UNATTRIBUTED) with β, Σβ = 1 for each customer present,
    and `dependence` d = 1 − π of the customer's own acquisition."""

    customer: Ints
    referrer: Ints
    beta: Floats
    dependence: Floats

    @classmethod
    def none(cls) -> "Acquisitions":
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Ties:
    """p parties of outcomes, each tied to one fellow customer, month by month from the outcome's start.

    Of the party: `margin` float64[p, T] in undiscounted minor units of each month in which it is a customer, and
    `hazard` float64[p, T], ≥ 0 a month. Of the counterparty: its own `other_hazard` float64[p, T], and
    `other_end_day`, the day on which it left, LAST_DAY if it has not. T is `horizon_months`; a width of 1 stands for
    the same in every month.
    """

    outcome: Ints
    margin: Floats
    hazard: Floats
    other_hazard: Floats
    other_end_day: Ints


@dataclass(frozen=True, slots=True)
class Book:
    """All facts of one run, in one currency, known at one time."""

    customer_count: int
    outcomes: Outcomes
    contributions: Contributions
    flows: Flows
    acquisitions: Acquisitions


@dataclass(frozen=True, slots=True)
class OutcomeValues:
    """m outcomes: `value_minor` int64[m], `parts_minor` int64[m, 6, 2] (Part × time; they sum to the value), `counts`
    bool[m] (the business began within the window), `pi` float64[m] as used."""

    value_minor: Minor
    parts_minor: Minor
    counts: Bools
    pi: Floats


@dataclass(frozen=True, slots=True)
class Credits:
    """One row for each outcome and contributor, ordered so. `position` is the contributor's earliest place in a chain
    (1 = acted), `weight` its share of V, `amount_minor` its credit. Credits of an outcome sum to its value."""

    outcome: NDArray[np.int32]
    contributor: NDArray[np.int32]
    position: NDArray[np.int32]
    weight: Floats
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class Links:
    """The paths behind the credits. `contribution` is the row (of the input) whose contributor acted; `contributor`
    stands at `position` of its chain; `parent` is the link before it (−1 at position 1). Amounts of one outcome and
    contributor sum to its credit."""

    outcome: NDArray[np.int32]
    contribution: NDArray[np.int32]
    contributor: NDArray[np.int32]
    position: NDArray[np.int32]
    parent: NDArray[np.int32]
    weight: Floats
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class ValueTable:
    """n customers, then OPERATOR (row n) and UNATTRIBUTED (row n + 1).

    `crv_referral`, `crv_introduction` int64[n + 2, 5, 2] (KINDS × TIMES), never blurred; `attributed_away`
    int64[n + 2, 2] (TIMES): one's own value that was credited to anybody, oneself included. Σ crv = Σ outcomes'
    values, exactly.
    """

    crv_referral: Minor
    crv_introduction: Minor
    attributed_away: Minor
    outcomes: OutcomeValues
    credits: Credits
    links: Links

    def network_value(self, clv_minor: Minor) -> Minor:
        """clv + crv − attributed_away of the customers, expected flows only; int64[n]. `clv_minor` int64[n].

        Its sum with the rows of OPERATOR and UNATTRIBUTED is Σ clv + (savings, fees, programme costs): Däs et al. 2017.
        """
        crv = (self.crv_referral + self.crv_introduction)[:-2, :, EXPECTED].sum(axis=1)
        return np.asarray(clv_minor + crv - self.attributed_away[:-2, EXPECTED], np.int64)
