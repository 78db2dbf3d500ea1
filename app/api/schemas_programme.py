"""The programme on the wire: evidence for π, and the report."""

from typing import Annotated

from pydantic import Field

from app.api.schemas import MoneyOut, Out, TimeOut
from app.api.schemas_value import AdvocatesOut
from app.domain.guardrail import GuardrailState
from app.domain.introduction import IntroductionStatus
from app.domain.referral import FlowKind
from graph_algos.pilot_evidence import Grade

MOST_ASKED = 10**9
Chance = Annotated[float, Field(ge=0, le=1)]


class SpanOut(Out):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class CountedOut(Out):
    """`rate` is null where nobody is in it. `count` of those not introduced is an effective one where strata had to be
    weighted."""

    count: float
    business: float
    rate: Chance | None


class EvidenceLineOut(Out):
    """One source. `waiting`: decided, but their window is not over. `enough`: π may rest on it."""

    source: str
    grade: Grade
    introduced: CountedOut
    without: CountedOut
    waiting: int
    enough: bool
    pi: SpanOut | None


class EffectOut(Out):
    """What showing suggestions added to a need's chance of business. `naive`: difference of the arms; `weighted`: by
    the inverse of the logged chances; `misleading`: the naive one is. `imbalance` is null where it is infinite."""

    naive: SpanOut
    weighted: SpanOut
    doubly_robust: SpanOut
    imbalance: float | None
    misleading: bool


class StayOut(Out):
    """Of `count` decided needs, how many seekers are still customers; `rate` is null where nobody is in it."""

    count: float
    stayed: float
    rate: Chance | None


class RetentionOut(Out):
    """`effect`: what showing suggestions added to the chance to stay; null while an arm is too small."""

    introduced: StayOut
    held_out: StayOut
    effect: SpanOut | None


class PowerOut(Out):
    """Of so many decided needs: with this hold-out, and with half of them held out."""

    count: int
    power: Chance
    power_even: Chance


class PlanOut(Out):
    """What more takes. `decided`: needs that are in, with their window over. `for_pi`: decided needs after which π is
    known to about ± .1; `for_effect`, `for_effect_even`: to show the effect with power .8 under this hold-out and under
    50/50; null: no number would."""

    hold_out: Chance
    rate: Chance
    assumed: bool
    for_pi: int
    decided: int
    for_effect: int | None
    for_effect_even: int | None
    sizes: list[PowerOut]


class EvidenceOut(Out):
    """π is the chance that business would have happened anyway. Grade A: randomised hold-out, B: matched pairs, C: a
    survey, D: the prior."""

    as_of: TimeOut
    window_days: int
    grade: Grade
    pi: SpanOut
    lines: list[EvidenceLineOut]
    asked: int
    anyway: int
    effect: EffectOut | None
    retention: RetentionOut
    plan: PlanOut
    sentences: list[str]


class MedianOut(Out):
    """Days with their 95 % interval; null where too many are not over to say."""

    value: float | None
    low: float | None
    high: float | None


class FunnelStageOut(Out):
    """`reached`: came as far. `here`: are in it now. `went_on`: came further. `lost`: ended here, by how. `days`: until
    it is left. `timed`: of how many the time of entering is known."""

    name: IntroductionStatus
    reached: int
    here: int
    went_on: int
    lost: dict[str, int]
    days: MedianOut
    timed: int


class FunnelOut(Out):
    total: int
    held_out: int
    disputed: int
    stages: list[FunnelStageOut]


class GuardrailOut(Out):
    """A figure with its 95 % interval beside its limit; null where nothing is known yet. Broken: the whole interval is
    beyond the limit."""

    name: str
    limit: float
    value: float | None
    low: float | None
    high: float | None
    state: GuardrailState
    sentence: str


class OutcomeCountOut(Out):
    kind: str
    count: int
    judged: int
    good: int


class PairsOut(Out):
    """Seekers and providers who did business after an introduction; `repeated`: more than once. `margin` is what the
    operator made or expects on all of them, `margin_each` on one; null before the first run of values."""

    count: int
    repeated: int
    margin: MoneyOut | None
    margin_each: MoneyOut | None


class WorthLineOut(Out):
    name: str
    realised: MoneyOut
    expected: MoneyOut
    total: MoneyOut


class RangeOut(Out):
    """5 %, 50 % and 95 % of the draws, from sums within each draw."""

    name: str
    low: MoneyOut
    median: MoneyOut
    high: MoneyOut


class ReturnOut(Out):
    """`on_costs`: value after costs for each unit of cost; null where nothing was spent. `cost_each`, `value_each`: of
    one introduction that came about. `advice`: whether to go on, by the interval of the value."""

    costs: MoneyOut
    on_costs: float | None
    low: float | None
    high: float | None
    cost_each: MoneyOut | None
    value_each: MoneyOut | None
    advice: str


class WorthOut(Out):
    """Of the run of values that readers saw. `owners` add up to `outcomes`, and so do `parts`. `grades`: shares of the
    credits by the evidence behind them, A to D."""

    run_id: str
    valuation_at: TimeOut
    known_at: TimeOut
    currency: str
    outcomes: MoneyOut
    owners: list[WorthLineOut]
    parts: list[WorthLineOut]
    ranges: list[RangeOut]
    grades: list[float]
    gain: ReturnOut
    assumptions: list[str]
    problems: list[str]


class CashTotalOut(Out):
    """Undiscounted, as recorded: realised until now, expected after it."""

    kind: FlowKind
    realised: MoneyOut
    expected: MoneyOut


class UnmetDemandOut(Out):
    """Needs of one category that nobody offers anything for. `budgets`: what was stated, by currency."""

    category_id: str
    name: str
    needs: int
    seekers: int
    oldest: TimeOut
    budgets: list[MoneyOut]
    unpriced: int


class DemandOut(Out):
    seeking: int
    uncategorised: int
    unmet: int
    clusters: list[UnmetDemandOut]


class ProgrammeOut(Out):
    """`worth` is null before the first run of values."""

    as_of: TimeOut
    funnel: FunnelOut
    guardrails: list[GuardrailOut] = Field(default=[])  # older reports have none
    outcomes: list[OutcomeCountOut]
    pairs: PairsOut
    worth: WorthOut | None
    cash: list[CashTotalOut]
    demand: DemandOut
    notes: list[str]


class ProgrammeReportOut(Out):
    id: str
    made_at: TimeOut
    programme: ProgrammeOut
    evidence: EvidenceOut
    advocates: AdvocatesOut | None


class SideOut(Out):
    """Introductions that came about with the customer on this side, deals that followed, with how many fellow
    customers, and what was paid so far, in each currency, by what was reported."""

    introduced: int
    deals: int
    partners: int
    paid: list[MoneyOut]


class EarnedOut(Out):
    """What the programme has brought one customer; may be shown to it. `brought`: customers who came by its word;
    `helped`: fellow customers whom it brought here or served."""

    customer_id: str
    as_of: TimeOut
    as_seeker: SideOut
    as_provider: SideOut
    brought: int
    helped: int
