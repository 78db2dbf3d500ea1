"""Evidence of the programme on the wire."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.schemas import Out, TimeOut
from app.domain.evidence import WINDOW_DAYS
from graph_algos.pilot_evidence import Grade

MOST_ASKED = 10**9
WindowDays = Annotated[
    int, Query(ge=1, le=WINDOW_DAYS, description="Business counts that began so many days after the decision.")
]
AskedCount = Annotated[
    int, Query(ge=0, le=MOST_ASKED, description="Parties who did business and answered your survey.")
]
AnywayCount = Annotated[
    int, Query(ge=0, le=MOST_ASKED, description="Those of them who would have done it without the introduction.")
]
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


class PowerOut(Out):
    """Of so many decided needs: with this hold-out, and with half of them held out."""

    count: int
    power: Chance
    power_even: Chance


class PlanOut(Out):
    """What more takes. `for_pi`: decided needs after which π is known to about ± .1; `for_effect`, `for_effect_even`:
    to show the effect with power .8 under this hold-out and under 50/50; null: no number would."""

    hold_out: Chance
    rate: Chance
    assumed: bool
    for_pi: int
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
    plan: PlanOut
    sentences: list[str]
