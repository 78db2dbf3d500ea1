"""What the programme of introductions and referrals has come to, on one page."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.funnel import Funnel
from app.domain.guardrail import Guardrail
from app.domain.money import Money
from app.domain.referral import FlowKind
from app.domain.unmet import Demand


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Of one kind: `judged` of them with a yes or no of whether it went well, `good` with a yes."""

    kind: str
    count: int
    judged: int
    good: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Of seekers and providers who did business after an introduction: `repeated` of them did so more than once, and
    `margin` is what the operator made or expects on all of them, as a present value; None before the first run."""

    count: int
    repeated: int
    margin: Money | None
    margin_each: Money | None


@dataclass(frozen=True, slots=True)
class WorthLine:
    """Of one owner or of one part; realised and expected are present values."""

    name: str
    realised: Money
    expected: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Range:
    """5 %, 50 % and 95 % of the draws, from sums within each draw."""

    name: str
    low: Money
    median: Money
    high: Money


@dataclass(frozen=True, slots=True)
class Return:
    """`on_costs`: value for each unit of cost, both as present values; None where nothing was spent. `low`, `high`:
    with the ends of the value's interval. `cost_each`, `value_each`: of one introduction that came about. `advice`: by
    the rule that a programme goes on while the high end of its value is not below 0."""

    costs: Money
    on_costs: float | None
    low: float | None
    high: float | None
    cost_each: Money | None
    value_each: Money | None
    advice: str


@dataclass(frozen=True, slots=True)
class Worth:
    """Of the run that readers see. `owners` add up to all outcomes, and so do `parts`. `grades`: the share of credits
    by the evidence behind them, A to D."""

    run_id: str
    valuation_at: datetime
    known_at: datetime
    currency: str
    outcomes: Money
    owners: tuple[WorthLine, ...]
    parts: tuple[WorthLine, ...]
    ranges: tuple[Range, ...]
    grades: tuple[float, ...]
    gain: Return
    assumptions: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CashTotal:
    """Undiscounted, as recorded: `realised` dated up to now, `expected` after it."""

    kind: FlowKind
    realised: Money
    expected: Money


@dataclass(frozen=True, slots=True)
class Programme:
    """`worth` is None before the first run of values."""

    as_of: datetime
    funnel: Funnel
    guardrails: tuple[Guardrail, ...]
    outcomes: tuple[OutcomeCount, ...]
    pairs: Pairs
    worth: Worth | None
    cash: tuple[CashTotal, ...]
    demand: Demand
    notes: tuple[str, ...]
