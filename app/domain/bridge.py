"""How the value of all outcomes came from one run's figure to another's, cause by cause, to the minor unit."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money

RECOMPUTED, CORRECTIONS, RATES, PI, TIME, DISCOUNT, METHOD, VOLUME = STEPS = (
    "code and erasures",
    "corrections",
    "exchange rates",
    "π",
    "time",
    "discount rate",
    "method",
    "volume",
)
"""In the order of substitution: what was known before is valued anew first, and what is new comes last, at the new
values."""


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    outcome_id: str
    change: Money


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """`change` of the value of all outcomes; `outcomes`: how many changed; `largest` of them, by size."""

    name: str
    change: Money
    outcomes: int
    largest: tuple[OutcomeChange, ...]


@dataclass(frozen=True, slots=True)
class RunEnd:
    run_id: str
    valuation_at: datetime
    known_at: datetime
    value: Money


@dataclass(frozen=True, slots=True)
class Bridge:
    """`before.value` + Σ `change` = `after.value`."""

    before: RunEnd
    after: RunEnd
    steps: tuple[BridgeStep, ...]
