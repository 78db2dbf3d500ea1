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
from app.domain.money import Money
from app.domain.programme import CashTotal, OutcomeCount, Programme, Range, Return, Worth, WorthLine
from app.domain.referral import FlowKind, OutcomeKind
from app.domain.report import ReportKind
from app.domain.unmet import Demand, Supply, demand
from app.domain.value import KINDS, CustomerValue, ValueTotals
from app.ports.outside import Clock, Progress, silent
from app.ports.store import Store, Transaction
from app.usecases.cash_book import CashLine, cash_lines
from app.usecases.evidence import Asked, EvidenceReport, ReadEvidence
from app.usecases.reading import ReadTotals
from graph_algos.pilot_evidence import Survey

_COSTS = KINDS.index("costs")
_RANGES = ("referrals", "introductions", "both")
MOST_CLUSTERS = 50  # categories of unmet demand that are listed


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    programme: Programme
    evidence: EvidenceReport


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
        outcomes = self.store.read(caller, _outcomes, patient=True)
        progress("reading cash", 0, 0)
        cash = self.store.read(caller, lambda tx: cash_lines(tx, now), patient=True)
        progress("reading needs", 0, 0)
        unmet = self.store.read(caller, lambda tx: _demand(tx, now), patient=True)
        worth = self._worth(caller)
        notes = tuple(_notes(found, worth, unmet))
        programme = Programme(now, found, outcomes, worth, _totals(cash), _shortened(unmet), notes)
        return ProgrammeReport(programme, evidence)

    def _worth(self, caller: Caller) -> Worth | None:
        try:
            return worth_of(ReadTotals(self.store)(caller))
        except NotFound:
            return None


def _outcomes(tx: Transaction) -> tuple[OutcomeCount, ...]:
    every: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for one in chain.from_iterable(tx.outcomes.stream()):
        every[one.kind] += 1
        judged[one.kind] += one.good is not None
        good[one.kind] += one.good is True
    return tuple(OutcomeCount(str(kind), every[kind], judged[kind], good[kind]) for kind in OutcomeKind)


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


def worth_of(totals: ValueTotals) -> Worth:
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
        gain=_gain(totals, sum(sums[_COSTS]), ranges),
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


def _gain(totals: ValueTotals, costs: int, ranges: Sequence[Range]) -> Return:
    """Value is after costs: what is left for each unit that was spent."""
    spent, currency = Money(-costs, totals.run.currency), totals.run.currency
    if costs >= 0:
        return Return(Money(max(0, -costs), currency), None, None, None)
    both = next((one for one in ranges if one.name == _RANGES[-1]), None)
    ends = (None, None) if both is None else (both.low.minor / spent.minor, both.high.minor / spent.minor)
    return Return(spent, totals.outcomes.minor / spent.minor, *ends)


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
