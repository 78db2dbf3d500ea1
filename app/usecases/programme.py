"""MakeProgrammeReport: introductions, outcomes, value, evidence, cost and unmet demand as one document."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from app.domain.access import Caller, Scope
from app.domain.errors import NotFound
from app.domain.evidence import WINDOW_DAYS
from app.domain.funnel import Funnel, funnel
from app.domain.guardrail import Limits, guardrails
from app.domain.introduction import IntroductionStatus
from app.domain.money import Money
from app.domain.programme import CashTotal, OutcomeCount, Pairs, Programme, Range, Return, Worth, WorthLine
from app.domain.referral import FlowKind, OutcomeKind
from app.domain.report import ReportKind
from app.domain.unmet import Demand, Supply, demand
from app.domain.value import KINDS, CustomerValue, ValueTotals
from app.ports.outside import Clock, Progress, silent
from app.ports.store import Store, Transaction
from app.usecases.advocates import Advocates, ReadAdvocates
from app.usecases.cash_book import CashLine, cash_lines
from app.usecases.evidence import Asked, EvidenceReport, ReadEvidence
from app.usecases.reading import ReadTotals
from graph_algos.pilot_evidence import Survey

_COSTS = KINDS.index("costs")
_RANGES = ("referrals", "introductions", "both")
MOST_CLUSTERS = 50  # categories of unmet demand that are listed


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    """`advocates` is None before the first run of values."""

    programme: Programme
    evidence: EvidenceReport
    advocates: Advocates | None


def asked_as_before(
    store: Store, caller: Caller, window_days: int | None, asked: int | None, anyway: int | None
) -> Asked:
    """What is not stated is as in the latest report: a nightly one keeps the survey that somebody has stated once."""
    found = store.read(caller, lambda tx: tx.reports.latest(ReportKind.PROGRAMME))
    before = found[0].document["evidence"] if found else {}
    survey = Survey(asked or 0, anyway or 0)
    if asked is None and anyway is None:
        survey = Survey(before.get("asked", 0), before.get("anyway", 0))
    return Asked(before.get("window_days", WINDOW_DAYS) if window_days is None else window_days, survey)


@dataclass(frozen=True, slots=True)
class MakeProgrammeReport:
    """Reads every introduction, outcome, need and flow once: for a job. `hold_out`: share that the policy withholds."""

    store: Store
    clock: Clock
    hold_out: float
    limits: Limits

    def __call__(self, caller: Caller, asked: Asked, progress: Progress = silent) -> ProgrammeReport:
        caller.require(Scope.RUN)
        now = self.clock()
        progress("reading evidence", 0, 0)
        evidence = ReadEvidence(self.store, lambda: now, self.hold_out)(caller, asked)
        progress("reading introductions", 0, 0)
        found = self.store.read(
            caller, lambda tx: funnel(chain.from_iterable(tx.introductions.stream()), now), patient=True
        )
        progress("reading outcomes", 0, 0)
        outcomes, pairs = self.store.read(caller, _outcomes, patient=True)
        progress("reading cash", 0, 0)
        cash = self.store.read(caller, lambda tx: cash_lines(tx, now), patient=True)
        progress("reading needs", 0, 0)
        unmet = self.store.read(caller, lambda tx: _demand(tx, now), patient=True)
        totals, advocates = self._valued(caller)
        worth = None if totals is None else worth_of(totals, found.reached(IntroductionStatus.INTRODUCED))
        notes = tuple(_notes(found, worth, unmet))
        told = _pairs(pairs, totals)
        effect = evidence.retention.effect
        rails = guardrails(found, None if effect is None else (effect.value, effect.low, effect.high), self.limits)
        programme = Programme(now, found, rails, outcomes, told, worth, _totals(cash), _shortened(unmet), notes)
        return ProgrammeReport(programme, evidence, advocates)

    def _valued(self, caller: Caller) -> tuple[ValueTotals, Advocates] | tuple[None, None]:
        try:
            return ReadTotals(self.store)(caller), ReadAdvocates(self.store)(caller)
        except NotFound:
            return None, None


def _outcomes(tx: Transaction) -> tuple[tuple[OutcomeCount, ...], Counter[tuple[str, str]]]:
    """And how often each pair that was introduced did business."""
    every: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    judged: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for one in chain.from_iterable(tx.outcomes.stream()):
        every[one.kind] += 1
        judged[one.kind] += one.good is not None
        good[one.kind] += one.good is True
        if one.kind is OutcomeKind.INTRODUCTION and one.seeker_id is not None and one.provider_id is not None:
            pairs[one.seeker_id, one.provider_id] += 1
    counts = tuple(OutcomeCount(str(kind), every[kind], judged[kind], good[kind]) for kind in OutcomeKind)
    return counts, pairs


def _pairs(found: Counter[tuple[str, str]], totals: ValueTotals | None) -> Pairs:
    repeated = sum(times > 1 for times in found.values())
    if totals is None or not found:
        return Pairs(len(found), repeated, None, None)
    rows, place = (totals.customers, totals.operator, totals.unattributed), 2 * KINDS.index("margin")
    minor = sum(sum(row.crv_introduction[place : place + 2]) for row in rows)
    margin, each = (Money(one, totals.run.currency) for one in (minor, round(minor / len(found))))
    return Pairs(len(found), repeated, margin, each)


def _demand(tx: Transaction, now: datetime) -> Demand:
    categories = list(chain.from_iterable(tx.categories.stream()))
    supply = Supply(categories, chain.from_iterable(tx.capabilities.stream()), now)
    names = {one.id: one.name for one in categories}
    return demand(chain.from_iterable(tx.needs.stream()), supply, names, now)


def _shortened(found: Demand) -> Demand:
    return Demand(found.seeking, found.uncategorised, found.unmet, found.clusters[:MOST_CLUSTERS])


def _totals(lines: Sequence[CashLine]) -> tuple[CashTotal, ...]:
    """By kind and currency."""
    sums: Mapping[tuple[FlowKind, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        sums[line.kind, line.money.currency][not line.realised] += line.money.minor
    return tuple(
        CashTotal(kind, *(Money(minor, currency) for minor in both))
        for (kind, currency), both in sorted(sums.items(), key=lambda one: (list(FlowKind).index(one[0][0]), one[0][1]))
    )


def worth_of(totals: ValueTotals, introduced: int) -> Worth:
    """`introduced`: introductions that came about."""
    run = totals.run
    rows = {"customers": totals.customers, "operator": totals.operator, "nobody known": totals.unattributed}
    parts = [[_cell(row, kind) for row in rows.values()] for kind in range(len(KINDS))]
    sums = [(sum(one[0] for one in part), sum(one[1] for one in part)) for part in parts]
    intervals = [(name, run.interval(place)) for place, name in enumerate(_RANGES)]
    ranges = [Range(name, one.low, one.median, one.high) for name, one in intervals if one is not None]
    return Worth(
        run_id=run.id,
        valuation_at=run.valuation_at,
        known_at=run.known_at,
        currency=run.currency,
        outcomes=totals.outcomes,
        owners=tuple(_line(name, _both(row), run.currency) for name, row in rows.items()),
        parts=tuple(_line(name, both, run.currency) for name, both in zip(KINDS, sums, strict=True)),
        ranges=tuple(ranges),
        grades=_shares(list(rows.values())),
        gain=_gain(totals, sum(sums[_COSTS]), ranges, introduced),
        assumptions=run.assumptions,
        problems=run.problems,
    )


def _cell(row: CustomerValue, kind: int) -> tuple[int, int]:
    """Realised and expected of one part, referrals and introductions together."""
    both = [one + other for one, other in zip(row.crv_referral, row.crv_introduction, strict=True)]
    return both[2 * kind], both[2 * kind + 1]


def _both(row: CustomerValue) -> tuple[int, int]:
    """Realised and expected of all parts."""
    cells = [_cell(row, kind) for kind in range(len(KINDS))]
    return sum(one[0] for one in cells), sum(one[1] for one in cells)


def _line(name: str, both: tuple[int, int], currency: str) -> WorthLine:
    return WorthLine(name, *(Money(minor, currency) for minor in (*both, sum(both))))


def _shares(rows: Sequence[CustomerValue]) -> tuple[float, ...]:
    sums = [sum(parts) for parts in zip(*(row.credit_by_grade for row in rows if row.credit_by_grade), strict=True)]
    return tuple(one / sum(sums) for one in sums) if sum(sums) else ()


def _gain(totals: ValueTotals, costs: int, ranges: Sequence[Range], introduced: int) -> Return:
    """Value is after costs: what is left for each unit that was spent."""
    value, currency = totals.outcomes.minor, totals.run.currency
    both = next((one for one in ranges if one.name == _RANGES[-1]), None)
    spent = max(0, -costs)
    low, high = (None, None) if both is None or not spent else (both.low.minor / spent, both.high.minor / spent)

    def each(minor: int) -> Money | None:
        return Money(round(minor / introduced), currency) if introduced else None

    on_costs = value / spent if spent else None
    return Return(Money(spent, currency), on_costs, low, high, each(spent), each(value), _advice(both))


def _advice(both: Range | None) -> str:
    if both is None:
        return "Without draws there is no interval to decide by."
    if both.low.minor > 0:
        return "Go on: also the low end of its value is above 0."
    if both.high.minor < 0:
        return "Stop, or change it: even the high end of its value is below 0."
    return "Go on and measure: its value may be on either side of 0."


def _notes(found: Funnel, worth: Worth | None, unmet: Demand) -> Iterator[str]:
    if worth is None:
        yield "No values have been scored yet: run the job score_value, or `icrm value score`."
    elif worth.gain.on_costs is None:
        yield "No cost is recorded, so there is no return on it: import cost flows (incentives, vetting, time)."
    untimed = found.total - found.held_out - found.stages[0].timed
    if untimed > 0:
        yield f"Of {untimed} introductions the times of their moves are not known; median days leave them out."
    if unmet.uncategorised:
        yield f"{unmet.uncategorised} needs that seek a provider have no category; whether they are met is not known."
    if len(unmet.clusters) > MOST_CLUSTERS:
        yield f"Unmet demand lists the {MOST_CLUSTERS} largest of {len(unmet.clusters)} categories."
