"""π, the chance that business would have happened anyway: by the best evidence at hand, and what would make it better.

Invariant: only sums leave; no need and no customer is named.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.domain.access import Caller
from app.domain.errors import BadInput
from app.domain.evidence import WINDOW_DAYS, Begun, Unit, logged_units, paired_units, ripe
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from graph_algos.pilot import LEAST_OF_AN_ARM, Estimate, compare, pilot_log
from graph_algos.pilot_evidence import (
    ENOUGH_UNITS,
    Compared,
    Evidence,
    Grade,
    Survey,
    best_evidence,
    introductions_needed,
    matched_arms,
    ratio,
)
from graph_algos.pilot_power import Design, design, needed, power

ADVISED_HOLD_OUT = 0.1  # share that the programme is advised to withhold (VALUE.md)
ASSUMED_RATE = 0.1  # of the introduced who do business, until it is known: 12 to 14 % brought a customer (Kumar 2010)
SIZES = (1_000, 4_000, 12_000, 40_000)


@dataclass(frozen=True, slots=True)
class Asked:
    """`window_days`: business counts that began so long after the decision. `survey`: answers of parties who did
    business."""

    window_days: int = WINDOW_DAYS
    survey: Survey = field(default_factory=lambda: Survey(0, 0))

    def check(self) -> None:
        if not 0 <= self.survey.anyway <= self.survey.asked:
            raise BadInput("Of those asked, none to all can say that they would have anyway.", pointer="anyway")


@dataclass(frozen=True, slots=True)
class Span:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Counted:
    """`rate` is None where nobody is in it. `count` of those not introduced is an effective one where strata had to be
    weighted."""

    count: float
    business: float
    rate: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One source of evidence. `waiting`: decided, but their window is not over. `enough`: that π may rest on it."""

    source: str
    grade: Grade
    introduced: Counted
    without: Counted
    waiting: int
    enough: bool
    pi: Span | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What showing suggestions added to a need's chance of business, by the decision log. `imbalance` is None where it
    is infinite: a stratum is wholly in one arm."""

    naive: Span
    weighted: Span
    doubly_robust: Span
    imbalance: float | None
    misleading: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Of `count` decided needs those whose seeker is still a customer. `rate` is None where nobody is in it."""

    count: float
    stayed: float
    rate: float | None


@dataclass(frozen=True, slots=True)
class Retention:
    """Of needs whose window is over, by the draw. `effect`: what showing added to the chance to stay, doubly robust;
    None while an arm is too small."""

    introduced: Stay
    held_out: Stay
    effect: Span | None


@dataclass(frozen=True, slots=True)
class Size:
    """Power of so many decided needs: with this hold-out and with half of them held out."""

    count: int
    power: float
    power_even: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What more evidence takes. `rate` of business among the introduced and whether it is `assumed`; `for_pi`: decided
    needs after which π is known to about ± .1; `for_effect`: to show the effect with power .8 (None: none would);
    `decided`: those that are in, with their window over."""

    hold_out: float
    rate: float
    assumed: bool
    for_pi: int
    decided: int
    for_effect: int | None
    for_effect_even: int | None
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    as_of: datetime
    window_days: int
    grade: Grade
    pi: Span
    lines: tuple[Line, ...]
    asked: int
    anyway: int
    effect: Effect | None
    retention: Retention
    plan: Plan
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadEvidence:
    """Reads the whole decision log: for a job. `hold_out`: share of needs that the policy withholds now."""

    store: Store
    clock: Clock
    hold_out: float

    def __call__(self, caller: Caller, asked: Asked) -> EvidenceReport:
        asked.check()
        now, window = self.clock(), timedelta(days=asked.window_days)

        def work(tx: Transaction) -> tuple[list[Unit], list[Unit], Begun, set[str]]:
            needs, pairs = logged_units(tx.pilots.decisions()), paired_units(tx.pilots.pairs())
            seekers = sorted({one.seeker_id for one in (*needs, *pairs)})
            begun = Begun.of(tx.pilots.business(seekers, until=now), window)
            return needs, pairs, begun, tx.pilots.left(seekers)

        needs, pairs, begun, gone = self.store.read(caller, work, patient=True)
        drawn = [one for one in needs if 0.0 < one.hold_out < 1.0]
        withheld = pairs if any(one.held_out for one in pairs) else []

        def old(units: Sequence[Unit]) -> list[Unit]:
            return ripe(units, now=now, window=window)

        held = (
            _line("needs held out", Grade.HOLD_OUT, drawn, old, lambda some: _rows(some, begun)),
            _line("introductions held out", Grade.HOLD_OUT, withheld, old, lambda some: _rows(some, begun)),
        )
        shown = [one for one in needs if not one.held_out and one.next_ids]
        matched = _line("pairs not shown", Grade.MATCHED, shown, old, lambda some: _matched(some, begun))
        found = best_evidence(_best(held), matched[1], asked.survey)
        lines = tuple(line for line, _ in (*held, matched))
        decided = old(drawn)
        effect, plan = _effect(_rows(decided, begun)), _plan(found, lines, self.hold_out, len(decided))
        return EvidenceReport(
            as_of=now,
            window_days=asked.window_days,
            grade=found.grade,
            pi=Span(found.pi, found.low, found.high),
            lines=lines,
            asked=asked.survey.asked,
            anyway=asked.survey.anyway,
            effect=effect,
            retention=_retention([(not one.held_out, one.seeker_id not in gone, one.hold_out) for one in decided]),
            plan=plan,
            sentences=tuple(_sentences(found, lines, effect, plan, self.hold_out)),
        )


Row = tuple[bool, bool, Any]  # introduced, what came of it, stratum
Compare = tuple[Line, Compared | None]


def _rows(units: Sequence[Unit], begun: Begun) -> list[Row]:
    """Strata are the shares held out: within one, chance alone decided."""
    return [(not one.held_out, begun.any(one, one.provider_ids), one.hold_out) for one in units]


def _matched(units: Sequence[Unit], begun: Begun) -> list[Row]:
    """Who was shown for a need beside who came next in line for the same need and was not."""
    return [
        (introduced, begun.any(one, [provider]), one.key)
        for one in units
        for introduced, providers in ((True, one.provider_ids), (False, one.next_ids))
        for provider in providers
    ]


def _line(
    source: str,
    grade: Grade,
    units: Sequence[Unit],
    old: Callable[[Sequence[Unit]], list[Unit]],
    rows_of: Callable[[Sequence[Unit]], list[Row]],
) -> Compare:
    counted = old(units)
    columns = tuple(zip(*rows_of(counted), strict=True)) or ((), (), ())
    compared = matched_arms(*columns)
    waiting = len(units) - len(counted)
    if compared is None:
        return Line(source, grade, Counted(0, 0, None), Counted(0, 0, None), waiting, False, None), None
    introduced, without = (
        Counted(one.count, one.business, one.rate) for one in (compared.introduced, compared.without)
    )
    return Line(source, grade, introduced, without, waiting, compared.enough, Span(*ratio(compared))), compared


def _best(held: Sequence[Compare]) -> Compared | None:
    """Of two hold-outs that are enough the one whose π is known better."""
    enough = [(line.pi.high - line.pi.low, compared) for line, compared in held if line.enough and line.pi is not None]
    return min(enough, key=lambda one: one[0])[1] if enough else None


def _effect(rows: Sequence[Row]) -> Effect | None:
    """None while an arm is too small to compare. Strata of the rows are the shares held out."""
    shown = sum(introduced for introduced, _, _ in rows)
    if min(shown, len(rows) - shown) < LEAST_OF_AN_ARM:
        return None
    introduced, result, share = zip(*rows, strict=True)
    found = compare(pilot_log(introduced, [1.0 - one for one in share], result, share))
    return Effect(
        _span(found.naive),
        _span(found.weighted),
        _span(found.doubly_robust),
        found.imbalance if math.isfinite(found.imbalance) else None,
        found.misleading,
    )


def _retention(rows: Sequence[Row]) -> Retention:
    """Arms as they are; the effect by the logged chances."""
    effect = _effect(rows)
    return Retention(_stay(rows, True), _stay(rows, False), None if effect is None else effect.doubly_robust)


def _stay(rows: Sequence[Row], introduced: bool) -> Stay:
    stayed = [stays for arm, stays, _ in rows if arm is introduced]
    return Stay(len(stayed), sum(stayed), sum(stayed) / len(stayed) if stayed else None)


def _span(one: Estimate) -> Span:
    return Span(one.effect, one.low, one.high)


def _plan(found: Evidence, lines: Sequence[Line], hold_out: float, decided: int) -> Plan:
    used = hold_out if 0.0 < hold_out < 1.0 else ADVISED_HOLD_OUT
    known = next((one.introduced.rate for one in lines if one.introduced.rate), None)
    rate = ASSUMED_RATE if known is None else known
    planned = design([1.0], [found.pi * rate], [rate], [1.0 - used])
    sizes = tuple(Size(count, *(_rounded(one, count) for one in (planned, planned.even()))) for count in SIZES)
    return Plan(
        hold_out=used,
        rate=rate,
        assumed=known is None,
        for_pi=introductions_needed(rate, found.pi, used),
        decided=decided,
        for_effect=needed(planned),
        for_effect_even=needed(planned.even()),
        sizes=sizes,
    )


def _rounded(planned: Design, count: int) -> float:
    return round(power(planned, count), 3)


_FROM = {
    Grade.HOLD_OUT: "measured beside a randomised hold-out",
    Grade.MATCHED: "from pairs that were next in line and not shown: chance did not choose them, so they may differ",
    Grade.SURVEY: "from what parties say in a survey",
    Grade.PRIOR: "a prior: nothing of your own says anything yet",
}


def _sentences(found: Evidence, lines: Sequence[Line], effect: Effect | None, plan: Plan, hold_out: float) -> list[str]:
    said = [f"π is {found.pi:.2f} ({found.low:.2f} to {found.high:.2f}), grade {found.grade}: {_FROM[found.grade]}."]
    if not 0.0 < hold_out < 1.0:
        said.append(f"Nothing is held out now: set ICRM_HOLD_OUT={ADVISED_HOLD_OUT:g} for evidence of grade A.")
    about = "assumed" if plan.assumed else "as measured"
    said.append(
        f"With {plan.hold_out:.0%} held out and business after {plan.rate:.1%} of introductions ({about}), "
        f"{plan.for_pi:,} decided needs show π to about ± .1."
    )
    if found.grade is Grade.PRIOR:
        said.append(f"Until then {ENOUGH_UNITS} answers of parties who did business make it grade C.")
    if plan.for_effect is not None and effect is not None:
        done = "enough: stop and decide" if plan.decided >= plan.for_effect else "go on"
        said.append(
            f"{plan.decided:,} of the {plan.for_effect:,} decided needs that would show this effect are in: {done}."
        )
    waiting = sum(one.waiting for one in lines if one.grade is Grade.HOLD_OUT)
    if waiting:
        said.append(f"{waiting:,} decided ones wait for the end of their window and are not counted yet.")
    if effect is not None and effect.misleading:
        said.append(
            f"Comparing the two arms as they are misleads: {effect.naive.value:+.3f}, where the logged chances say "
            f"{effect.doubly_robust.value:+.3f}."
        )
    return said
