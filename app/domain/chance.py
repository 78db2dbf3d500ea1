"""How likely an introduction becomes good, lasting business: a product of stages, or what is known instead.

A stage is a share of past introductions: of those offered both accepted, of those introduced a deal followed, of the
deals judged good. Each is read at the score that the introduction had. No figure is shown of a stage that too few
introductions have passed; what is counted is said then, and how much the signals agree.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.introduction import IntroductionStatus

_S = IntroductionStatus
# What the words say: the first is the name in answers, the second what happened of what.
ACCEPTANCE = "accepted"
STAGES = (
    (ACCEPTANCE, "offered introductions were accepted by both"),
    ("deal", "introductions led to a deal"),
    ("good", "judged deals were good"),
)
# A status does not say whether an introduction that expired had been offered: it counts as not accepted, the cautious
# reading. Withdrawn, cancelled and rejected ones were ended by the operator and say nothing of the two.
ACCEPTED = frozenset({_S.ACCEPTED, _S.INTRODUCED, _S.COMPLETED, _S.DISPUTED})
NOT_ACCEPTED = frozenset({_S.DECLINED, _S.EXPIRED})
MET = frozenset({_S.INTRODUCED, _S.COMPLETED, _S.DISPUTED})
RIPE_DAYS = 180  # an introduction without a deal counts as such only after half a year
BANDS = ((0.5, "strong"), (0.25, "fair"), (0.0, "weak"))  # by score: half of what leading every signal would give


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured probability with its 95 % interval; `evidence`: trials that it was calibrated on."""

    value: float
    low: float
    high: float
    evidence: int


@dataclass(frozen=True, slots=True)
class Stage:
    """`successes` of `trials` in all; `estimate` at this score, None where too few carry one."""

    name: str
    successes: int
    trials: int
    estimate: Estimate | None

    @property
    def sentence(self) -> str:
        return f"{self.successes:,} of {self.trials:,} {dict(STAGES)[self.name]}."


@dataclass(frozen=True, slots=True)
class Chance:
    """`beneficial`: P(accepted) · P(deal) · P(good), None as long as one of them is not calibrated. `band` says how
    much the signals agree and is no probability. `fit`: the share of suggestions standing out like this one whose
    provider then met the need, of the ranker's history; None where none was calibrated."""

    band: str
    stages: tuple[Stage, ...]
    beneficial: Estimate | None
    fit: Estimate | None

    @property
    def sentence(self) -> str:
        found = self.beneficial
        if found is None:
            return f"There is too little evidence for a chance; the signals agree {_ADVERBS[self.band]}."
        about, low, high = (_percent(one) for one in (found.value, found.low, found.high))
        return f"About {about} % of such introductions become good business (95 %: {low} to {high} %)."

    @property
    def fit_sentence(self) -> str:
        found = self.fit
        if found is None:
            return "How often such a provider met the need is not known: no learned ranker serves."
        about, low, high = (_percent(one) for one in (found.value, found.low, found.high))
        return f"Of past needs, {about} % were met by a provider that stood out like this (95 %: {low} to {high} %)."


_ADVERBS = {"strong": "strongly", "fair": "fairly well", "weak": "weakly"}


def chance(score: float, stages: Sequence[Stage], fit: Estimate | None) -> Chance:
    band = next(name for least, name in BANDS if score >= least)
    found = [stage.estimate for stage in stages if stage.estimate is not None]
    whole = product(found) if stages and len(found) == len(stages) else None
    return Chance(band, tuple(stages), whole, fit)


def product(parts: Sequence[Estimate]) -> Estimate:
    """Of independent estimates. The interval recovers each part's distance to its ends on the logarithmic scale (Zou &
    Donner, MOVER, 2008); the evidence is that of the thinnest part.

    >>> round(product([Estimate(0.5, 0.4, 0.6, 100), Estimate(0.2, 0.1, 0.3, 50)]).low, 3)
    0.048
    """
    value = math.prod(part.value for part in parts)
    evidence = min(part.evidence for part in parts)
    if value <= 0.0:
        return Estimate(0.0, 0.0, min(part.high for part in parts if part.value <= 0.0), evidence)
    below = math.sqrt(sum(math.log(part.value / max(part.low, part.value * _LEAST)) ** 2 for part in parts))
    above = math.sqrt(sum(math.log(max(part.high, part.value) / part.value) ** 2 for part in parts))
    return Estimate(value, value * math.exp(-below), min(1.0, value * math.exp(above)), evidence)


_LEAST = 1e-3  # of its value a low end counts at least, because a logarithm cannot read zero


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.095 else f"{100 * share:.1f}"
