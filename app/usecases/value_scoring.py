"""From facts to a run and everybody's values: pure, so that a run can be repeated to the byte.

The definition is VALUE.md's; `graph_algos` computes it. What a run depends on stands in its manifest; what had to be
assumed or left out stands beside its figures.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import BadInput
from app.domain.money import Money
from app.domain.packed import canonical
from app.domain.quadrant import Cuts, cuts_of, quadrant_of
from app.domain.referral import OPERATOR, UNATTRIBUTED
from app.domain.value import CUSTOMERS, GRADES, CustomerValue, LifetimeValue, ValueRun
from app.usecases.lifetime_values import EstimateLifetimeValues, imported
from app.usecases.value_advocacy import Advocacies, nearest
from app.usecases.value_book import Prepared, day, prepare
from app.usecases.value_cash import Bookkeeping
from app.usecases.value_facts import Facts
from app.usecases.value_ties import uplift_of
from graph_algos import referral_value as engine
from graph_algos.value_columns import Floats
from graph_algos.value_draws import Spread, draw
from graph_algos.value_intervals import Intervals, intervals

MOST_DRAWS = 1_000
MOST_NEAR = 50  # advocates in the making that a run names
NO_MARGIN = (
    "No operator margin recorded: payments between customers are not the operator's margin. Import margin flows, or "
    "state a rate with `--margin-rate` to see figures under that assumption."
)


@dataclass(frozen=True, slots=True)
class ScoreParameters:
    """`annual_rate` is effective a year. `margin_rate`: the operator's margin on payments, as an assumption, where no
    margin is recorded. `valuation_at`, `known_at`: now when absent. `strict`: Kumar's formula to the letter. `policy`:
    shapley, direct or geometric, of which `rho` is the ratio. `draws`: 0 for no intervals. `model_sigma`: by how much
    expected margins may be off, as a standard deviation of the logarithm. `hazard_ratio`: what a tie to a fellow
    customer multiplies a party's chance to leave by, estimated on your own data; 1 claims nothing. `hazard_sigma`: of
    its logarithm. Cuts of the 2×2: medians when absent.
    `signed_off`: by which two people have signed the others."""

    currency: str
    annual_rate: float
    margin_rate: float | None = None
    valuation_at: datetime | None = None
    known_at: datetime | None = None
    strict: bool = False
    horizon_months: int = 36
    window_months: int = 12
    policy: str = "shapley"
    rho: float = 0.5
    depth: int = 8
    draws: int = 200
    seed: int = 0
    model_sigma: float = 0.0
    hazard_ratio: float = 1.0
    hazard_sigma: float = 0.0
    clv_cut_minor: int | None = None
    crv_cut_minor: int | None = None
    signed_off: str | None = None

    def check(self) -> None:
        """BadInput that names the first one out of range."""
        Money(0, self.currency)  # refuses what is no currency
        if not (isfinite(self.annual_rate) and 0.0 <= self.annual_rate <= 10.0):
            raise BadInput("A rate a year is 0 to 10 (0.15 is 15 %).", pointer="annual_rate")
        if self.margin_rate is not None and not 0.0 <= self.margin_rate <= 1.0:
            raise BadInput("A margin rate is 0 to 1 (0.02 is 2 %).", pointer="margin_rate")
        for name, at in (("valuation_at", self.valuation_at), ("known_at", self.known_at)):
            if at is not None and at.tzinfo is None:
                raise BadInput("A time has a zone, such as 2026-01-01T00:00:00Z.", pointer=name)
        if self.policy not in set(engine.PolicyName):
            raise BadInput(f"A policy is one of {', '.join(engine.PolicyName)}.", pointer="policy")
        if not 0.0 < self.rho <= 1.0:
            raise BadInput("The ratio rho is above 0 and at most 1.", pointer="rho")
        ranges = (("horizon_months", 1, 1200), ("window_months", 0, 1200), ("depth", 1, 64), ("draws", 0, MOST_DRAWS))
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadInput(f"Expected {low} to {high}.", pointer=name)
        for name in ("model_sigma", "hazard_sigma"):
            if not 0.0 <= getattr(self, name) <= 3.0:
                raise BadInput("A spread is 0 to 3.", pointer=name)
        if not 0.0 <= self.hazard_ratio <= 100.0:
            raise BadInput("A ratio of hazards is 0 to 100.", pointer="hazard_ratio")
        if self.strict and self.hazard_ratio != 1.0:
            raise BadInput("Kumar's formula knows no uplift: the ratio is 1.", pointer="hazard_ratio")

    def rules(self, valuation_at: datetime) -> engine.Parameters:
        return engine.Parameters(
            annual_rate=self.annual_rate,
            valuation_day=day(valuation_at),
            horizon_months=self.horizon_months,
            window_months=self.window_months,
            strict_kumar=self.strict,
            charge_incentive_to_type_two=not self.strict,
            policy=engine.Policy(engine.PolicyName(self.policy), self.rho),
            depth=self.depth,
            hazard_ratio=self.hazard_ratio,
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """The book, its values and, unless there are no draws, their intervals. `uplift`: ΣU of each outcome."""

    prepared: Prepared
    table: engine.ValueTable
    uplift: Floats
    intervals: Intervals | None


def score_facts(facts: Facts, parameters: ScoreParameters, valuation_at: datetime, known_at: datetime) -> Scored:
    """Additive over outcomes: any part of the facts that holds all of a customer's gives the same figures of it."""
    prepared = prepare(facts, Bookkeeping(parameters.currency, known_at, valuation_at, parameters.margin_rate))
    rules = parameters.rules(valuation_at)
    uplift = uplift_of(prepared.ties, prepared.book.outcomes, rules)
    table = engine.score(prepared.book, rules, uplift=uplift)
    if not parameters.draws:
        return Scored(prepared, table, uplift, None)
    spread = Spread(parameters.seed, parameters.draws, parameters.hazard_sigma, parameters.model_sigma)
    drawn = draw(prepared.book, rules, prepared.chances(), spread, ties=prepared.ties)
    return Scored(prepared, table, uplift, intervals(table, prepared.book, drawn))


def scored_run(
    facts: Facts, parameters: ScoreParameters, run_id: str, now: datetime
) -> tuple[ValueRun, list[CustomerValue]]:
    """The run and everybody's values: customers in the order of ids, then the totals."""
    valuation_at, known_at = parameters.valuation_at or now, parameters.known_at or now
    scored = score_facts(facts, parameters, valuation_at, known_at)
    prepared, table = scored.prepared, scored.table
    estimates = EstimateLifetimeValues(parameters.currency, parameters.annual_rate, valuation_at)(facts.customers)
    lifetimes = {one.id: own for one in facts.customers if (own := imported(one)) is not None}
    lifetimes |= estimates.values
    cuts = _cuts(parameters, table, lifetimes)
    run = ValueRun(
        id=run_id,
        valuation_at=valuation_at,
        known_at=known_at,
        currency=parameters.currency,
        manifest=_manifest(parameters, facts.watermark, scored, (valuation_at, known_at)),
        assumptions=assumptions_of(parameters, prepared) + estimates.assumptions,
        customer_count=len(facts.customers),
        outcome_count=len(table.outcomes.value_minor),
        problems=_problems(parameters, prepared) + estimates.problems,
        finished_at=now,
        outcomes_minor=int(table.outcomes.value_minor.sum()),
        quantiles=() if scored.intervals is None else tuple(scored.intervals.portfolio.ravel().tolist()),
        clv_cut_minor=cuts.clv_minor,
        crv_cut_minor=cuts.crv_minor,
    )
    rows = ValueRows(scored, run_id, parameters, valuation_at)
    values = rows.of_customers(facts, lifetimes, cuts)
    near = tuple(one.customer_id for one in nearest(values, MOST_NEAR))
    run = replace(run, advocacy_counts=rows.advocacy.counts(), near_advocates=near)
    return run, [*values, *rows.totals()]


def _cuts(parameters: ScoreParameters, table: engine.ValueTable, lifetimes: Mapping[str, LifetimeValue]) -> Cuts:
    """As stated, else medians over the customers of the run."""
    crv = (table.crv_referral + table.crv_introduction)[:-2].sum(axis=(1, 2))
    own = (one.money.minor for one in lifetimes.values() if one.money.currency == parameters.currency)
    found = cuts_of(own, crv[crv != 0].tolist())
    stated = parameters.clv_cut_minor, parameters.crv_cut_minor
    return Cuts(
        *(
            given if given is not None else made
            for given, made in zip(stated, (found.clv_minor, found.crv_minor), strict=True)
        )
    )


class ValueRows:
    """Rows of a value table as records."""

    def __init__(self, scored: Scored, run_id: str, parameters: ScoreParameters, valuation_at: datetime) -> None:
        self.run_id = run_id
        self.currency = parameters.currency
        self.table = scored.table
        self.advocacy = Advocacies(scored.prepared, scored.table, day(valuation_at))
        self.size = scored.prepared.book.customer_count
        self.grades = _credit_by_grade(scored)
        self.intervals = scored.intervals
        drawn = () if scored.intervals is None else scored.intervals.row.tolist()
        self.drawn = {row: place for place, row in enumerate(drawn)}

    def of_customers(self, facts: Facts, lifetimes: Mapping[str, LifetimeValue], cuts: Cuts) -> list[CustomerValue]:
        """Those who have a value of any kind."""
        table = self.table
        some = (table.crv_referral != 0) | (table.crv_introduction != 0)
        has_any = some[:-2].any(axis=(1, 2)) | (table.attributed_away[:-2] != 0).any(axis=1)
        has_any |= np.array([one.id in lifetimes for one in facts.customers], dtype=np.bool_)
        return [
            self.row(row, facts.customers[row].id, lifetimes.get(facts.customers[row].id), cuts)
            for row in np.flatnonzero(has_any).tolist()
        ]

    def row(self, row: int, customer_id: str, own: LifetimeValue | None, cuts: Cuts) -> CustomerValue:
        referral = tuple(self.table.crv_referral[row].ravel().tolist())
        introduction = tuple(self.table.crv_introduction[row].ravel().tolist())
        away = self.table.attributed_away[row].tolist()
        in_currency = own is not None and own.money.currency == self.currency
        minor = own.money.minor if own is not None and in_currency else None
        return CustomerValue(
            customer_id=customer_id,
            run_id=self.run_id,
            currency=self.currency,
            crv_referral=referral,
            crv_introduction=introduction,
            attributed_away=sum(away),
            attributed_away_expected=away[1],
            quadrant=quadrant_of(minor, sum(referral) + sum(introduction), cuts),
            advocacy=self.advocacy.stages[row] if row < self.size else None,
            **self._credits(row),
            **_lifetime(own),
        )

    def totals(self) -> list[CustomerValue]:
        """All customers together, and what went to the operator or to nobody."""
        table, size = self.table, self.size
        together = CustomerValue(
            customer_id=CUSTOMERS,
            run_id=self.run_id,
            currency=self.currency,
            crv_referral=tuple(table.crv_referral[:-2].sum(axis=0).ravel().tolist()),
            crv_introduction=tuple(table.crv_introduction[:-2].sum(axis=0).ravel().tolist()),
            attributed_away=int(table.attributed_away[:-2].sum()),
            attributed_away_expected=int(table.attributed_away[:-2, 1].sum()),
            credit_by_grade=tuple(self.grades[:-2].sum(axis=0).tolist()),
            clv=None,
            clv_source=None,
        )
        nobody = Cuts(None, None)
        return [together, self.row(size, OPERATOR, None, nobody), self.row(size + 1, UNATTRIBUTED, None, nobody)]

    def _credits(self, row: int) -> dict[str, Any]:
        grades, place = self.grades[row].tolist(), self.drawn.get(row)
        found: dict[str, Any] = {"credit_by_grade": tuple(grades) if any(grades) else ()}
        if place is None or self.intervals is None:
            return found
        for kind, name in enumerate(("quantiles_referral", "quantiles_introduction")):
            total = self.intervals.total[place, kind]
            cells = self.intervals.cells[place, kind].reshape(len(total), -1)
            if total.any() or cells.any():
                found[name] = tuple(np.column_stack([total, cells]).ravel().tolist())
        return found


def _credit_by_grade(scored: Scored) -> NDArray[np.int64]:
    """int64[n + 2, grades]: credits without their signs, by the evidence of their outcome."""
    size, credited = scored.prepared.book.customer_count, scored.table.credits
    grade = np.array([GRADES.index(one.grade) for one in scored.prepared.influence], np.int64)
    who = credited.contributor.astype(np.int64)
    out = np.zeros((size + 2, len(GRADES)), np.int64)
    np.add.at(out, (np.where(who >= 0, who, size - 1 - who), grade[credited.outcome]), np.abs(credited.amount_minor))
    return out


def _lifetime(found: LifetimeValue | None) -> dict[str, Any]:
    """The fields of CustomerValue that say it."""
    if found is None:
        return {"clv": None, "clv_source": None}
    return {
        "clv": found.money,
        "clv_source": found.source,
        "clv_at": found.at,
        "clv_low": found.low,
        "clv_high": found.high,
    }


def _manifest(parameters: ScoreParameters, watermark: int, scored: Scored, times: tuple[datetime, datetime]) -> str:
    """Canonical JSON: sorted keys, no spaces. The day of valuation is what discounting depends on, not its hour."""
    stated = {name: getattr(parameters, name) for name in ScoreParameters.__slots__ if not name.endswith("_at")}
    return canonical(
        {
            "code_version": _code_version(),
            "watermark": watermark,
            "left_out": dict(scored.prepared.left_out),
            "parameters": stated | {"valuation_day": day(times[0]), "known_at": times[1].isoformat()},
        },
    )


def parameters_of(run: ValueRun) -> ScoreParameters:
    """What a run was made with, as its manifest says; a run of before keeps the defaults for what it does not say."""
    stated = json.loads(run.manifest)["parameters"]
    known = {name: stated[name] for name in ScoreParameters.__slots__ if name in stated and not name.endswith("_at")}
    return ScoreParameters(**known | {"currency": run.currency}, valuation_at=run.valuation_at, known_at=run.known_at)


def _code_version() -> str:
    try:
        return metadata.version("icrm")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "source"


def assumptions_of(parameters: ScoreParameters, prepared: Prepared) -> tuple[str, ...]:
    sentences = [f"Discounted at {parameters.annual_rate:.4g} a year; a score, not a payout."]
    if prepared.assumed:
        sentences.append(
            f"Margin of {prepared.assumed} outcomes is assumed to be {parameters.margin_rate:.4g} of their payments."
        )
    if prepared.shared:
        sentences.append(
            f"Influence on {prepared.shared} introductions is split evenly between provider, seeker and operator, "
            "for no other split is recorded."
        )
    if parameters.hazard_ratio != 1.0:
        sentences.append(
            f"A tie to a fellow customer is taken to multiply the chance to leave by {parameters.hazard_ratio:.4g}; of "
            f"{len(prepared.ties.outcome)} parties of introductions it is known what they bring and how likely they "
            "leave."
        )
    opinions = sum(one.grade == GRADES[-1] for one in prepared.influence)
    if opinions:
        sentences.append(
            f"π of {opinions} outcomes rests on no evidence (grade D): it weighs as much as Beta(2, 2), and so wide is "
            "the interval."
        )
    return tuple(sentences)


def _problems(parameters: ScoreParameters, prepared: Prepared) -> tuple[str, ...]:
    missing = not prepared.margins and parameters.margin_rate is None
    return (*((NO_MARGIN,) if missing else ()), *prepared.problems)
