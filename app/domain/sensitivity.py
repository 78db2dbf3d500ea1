"""How much a value depends on what it assumes, and at which π nothing would be left of it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Swing:
    """The value under a lower and a higher assumption, everything else as it is."""

    name: str
    low: str
    high: str
    value_low: Money
    value_high: Money


@dataclass(frozen=True, slots=True)
class BreakEven:
    """If every outcome had the same π: `at_none`, the value at π = 0, and `at_certain`, at 1; between them it is
    linear. `pi_now`: the one π at which it would be what it is. `pi`: at which it would be 0; None where no π between
    0 and 1 is: `sentence` says which side."""

    at_none: Money
    at_certain: Money
    pi_now: float | None
    pi: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """`customer_id` is None for all outcomes together. `swings`: the widest first."""

    customer_id: str | None
    valuation_at: datetime
    known_at: datetime
    value: Money
    break_even: BreakEven
    swings: tuple[Swing, ...]
