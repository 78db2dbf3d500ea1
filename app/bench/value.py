"""How long a whole scoring run takes in memory, without and with draws, beside plain Python Decimal."""

import resource
import sys
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from graph_algos.referral_value import (
    OPERATOR,
    Acquisitions,
    Book,
    Contributions,
    FlowKind,
    Flows,
    OutcomeKind,
    Outcomes,
    Parameters,
    ValueTable,
    score,
)
from graph_algos.value_columns import LAST_DAY, Ties
from graph_algos.value_draws import Chances, Spread, draw
from graph_algos.value_intervals import Intervals, intervals
from graph_algos.value_retention import retention_uplift

VALUATION = date(2026, 1, 1)
PARAMETERS = Parameters(annual_rate=0.12, valuation_day=VALUATION.toordinal(), hazard_ratio=0.8)
GOAL_SECONDS = 3.0
GOAL_DRAWN_SECONDS = 120.0  # scoring included
SPREAD = Spread(seed=1, draws=200, ratio_sigma=0.2, model_sigma=0.1)
GOAL_MEGABYTES = 3_000.0
PEER_OUTCOMES = 500  # Decimal needs about 0.1 ms a flow
SEED = 20_260_101
PEER = "plain Python Decimal, present values and β only, {} of {} outcomes, scaled"


@dataclass(frozen=True, slots=True)
class Size:
    customers: int
    outcomes: int
    flows: int


def run(*, customers: int = 1_000_000, outcomes: int = 300_000, flows: int = 5_000_000) -> list[dict[str, object]]:
    """Rows {what, value, unit, peer, ratio, goal, holds} of one run; inputs are random with a fixed seed.

    Generating inputs and compiling kernels are not timed. The peer does less than the run (no chains, no allocation).
    """
    size = Size(max(customers, 10), max(outcomes, 1), max(flows, 1))
    _with_draws(_scored(synthetic_book(Size(10, 4, 8)))[0])
    scored, spent = _scored(synthetic_book(size))
    found, drawing = _with_draws(scored)
    table = scored.table
    credited = int(table.crv_referral.sum() + table.crv_introduction.sum())
    difference = abs(credited - int(table.outcomes.value_minor.sum()))
    sample = min(PEER_OUTCOMES, size.outcomes)
    peer = decimal_seconds(scored.book, sample) * size.outcomes / sample
    name = PEER.format(sample, size.outcomes)
    what = f"score {size.customers:,} customers, {size.outcomes:,} outcomes, {size.flows:,} flows"
    seconds, drawn, megabytes = spent.wall, spent.wall + drawing.wall, peak_megabytes()
    draws = f"the same with {SPREAD.draws} draws and intervals of all kinds and times"
    return [
        _row(what, seconds, "s", peer=name, ratio=peer / seconds, goal="≤ 3 s", holds=seconds <= GOAL_SECONDS),
        _row("of it processor time, all cores", spent.processor, "s"),
        _row(draws, drawn, "s", goal="≤ 120 s", holds=drawn <= GOAL_DRAWN_SECONDS),
        _row("of it processor time, all cores, draws included", spent.processor + drawing.processor, "s"),
        _row("flows a second", size.flows / seconds, "1/s"),
        _row("credits written", len(table.credits.outcome), "rows"),
        _row("credits − values", difference, "minor units", goal="= 0", holds=difference == 0),
        _row("rows with intervals", len(found.row), "rows"),
        _row("peak memory of the process", megabytes, "MB", goal="≤ 3,000 MB", holds=megabytes <= GOAL_MEGABYTES),
    ]


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds by the clock and of all cores."""

    wall: float
    processor: float

    @classmethod
    def since(cls, began: tuple[float, float]) -> "_Spent":
        return cls(time.perf_counter() - began[0], time.process_time() - began[1])


@dataclass(frozen=True, slots=True)
class _Scored:
    book: Book
    ties: Ties
    table: ValueTable


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _scored(book: Book) -> tuple[_Scored, _Spent]:
    """Uplift of both parties of every introduction included."""
    ties = _ties(book.outcomes)
    began = _now()
    table = score(book, PARAMETERS, uplift=retention_uplift(ties, book.outcomes, PARAMETERS))
    return _Scored(book, ties, table), _Spent.since(began)


def _with_draws(scored: _Scored) -> tuple[Intervals, _Spent]:
    """Under the prior Beta(2, 2) of every π."""
    m = len(scored.book.outcomes.kind)
    chances = Chances(np.arange(m, dtype=np.uint64), np.full(m, 2.0), np.full(m, 2.0))
    began = _now()
    draws = draw(scored.book, PARAMETERS, chances, SPREAD, ties=scored.ties)
    found = intervals(scored.table, scored.book, draws)
    return found, _Spent.since(began)


def _ties(outcomes: Outcomes) -> Ties:
    """Two parties of each introduction, with the same margin and hazards in every month."""
    rng = np.random.default_rng(SEED + 1)
    outcome = np.repeat(np.flatnonzero(np.asarray(outcomes.kind) == OutcomeKind.INTRODUCTION), 2)
    p = len(outcome)
    margin, hazard, other = (rng.random((p, 1)) * most for most in (50_000.0, 0.05, 0.05))
    return Ties(outcome, margin, hazard, other, np.full(p, LAST_DAY))


def _row(what: str, value: float, unit: str, **rest: object) -> dict[str, object]:
    return {"what": what, "value": value, "unit": unit, "peer": None, "ratio": None, "goal": None, "holds": None} | rest


def synthetic_book(size: Size) -> Book:
    """Four contributors an outcome, half of the customers referred, one acquisition in ten with two referrers."""
    rng = np.random.default_rng(SEED)
    n, m = size.customers, size.outcomes
    start = VALUATION.toordinal() + rng.integers(-720, 180, m, dtype=np.int32)
    return Book(
        n,
        Outcomes(
            rng.integers(0, 2, m, dtype=np.int8),
            rng.random(m),
            start - rng.integers(0, 400, m, dtype=np.int32),
            start,
            rng.integers(0, n, m, dtype=np.int32),
        ),
        _contributions(rng, size),
        _flows(rng, size, start),
        _acquisitions(rng, n),
    )


def _contributions(rng: np.random.Generator, size: Size) -> Contributions:
    outcome = np.repeat(np.arange(size.outcomes, dtype=np.int32), 4)
    contributor = rng.integers(0, size.customers, len(outcome), dtype=np.int32)
    contributor[3::4] = OPERATOR
    return Contributions(outcome, contributor, np.tile(np.array([0.4, 0.2, 0.2, 0.2]), size.outcomes))


def _flows(rng: np.random.Generator, size: Size, start: NDArray[np.int32]) -> Flows:
    outcome = rng.integers(0, size.outcomes, size.flows, dtype=np.int32)
    kinds = np.array([FlowKind.MARGIN] * 12 + [FlowKind.SERVING] * 5 + [FlowKind.FEE, FlowKind.COST] * 2, np.int8)
    kind = kinds[rng.integers(0, len(kinds), size.flows)]
    amount = rng.integers(100, 500_000, size.flows, dtype=np.int64)
    return Flows(outcome, kind, amount, start[outcome] + rng.integers(0, 1_200, size.flows, dtype=np.int32))


def _acquisitions(rng: np.random.Generator, n: int) -> Acquisitions:
    referred = np.flatnonzero(rng.random(n) < 0.5).astype(np.int32)
    second = referred[rng.random(len(referred)) < 0.1]
    customer = np.concatenate([referred, second])
    beta = np.where(np.isin(customer, second), 0.5, 1.0)
    return Acquisitions(customer, rng.integers(0, n, len(customer), dtype=np.int32), beta, rng.random(len(customer)))


def decimal_seconds(book: Book, sample: int) -> float:
    """Seconds for the flows of the first `sample` outcomes: x · (1 + r)^(−(d − v)/365) in 28 digits, then β."""
    flows, rows = book.flows, book.contributions
    chosen = flows.outcome < sample
    triples = list(zip(*(c[chosen].tolist() for c in (flows.outcome, flows.amount_minor, flows.day)), strict=True))
    shares = list(zip(*(c[rows.outcome < sample].tolist() for c in (rows.outcome, rows.beta)), strict=True))
    began = time.perf_counter()
    with localcontext() as context:
        context.prec = 28
        growth = 1 + Decimal(str(PARAMETERS.annual_rate))
        sums = [Decimal(0)] * sample
        for outcome, amount, day in triples:
            sums[outcome] += amount * growth ** (Decimal(PARAMETERS.valuation_day - day) / 365)
        for outcome, beta in shares:
            round(sums[outcome] * Decimal(beta))
    return time.perf_counter() - began


def peak_megabytes() -> float:
    """Largest resident size of this process so far; Linux counts kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
