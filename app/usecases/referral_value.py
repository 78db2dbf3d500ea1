"""ScoreValue: the referral value of every customer from dated outcomes, written as one run and switched at once.

The definition is VALUE.md's; `graph_algos.referral_value` computes it. What a run depends on stands in its manifest, so
that it can be repeated to the byte; what had to be assumed or left out stands beside its figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from math import isfinite
from typing import Any, Protocol, TypeVar

import numpy as np

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput
from app.domain.ids import derived_id
from app.domain.introduction import Introduction
from app.domain.job import Held
from app.domain.money import Money
from app.domain.packed import canonical
from app.domain.referral import OPERATOR, UNATTRIBUTED
from app.domain.value import CUSTOMERS, TOTALS, CustomerValue, LifetimeValue, ValueRun
from app.ports.outside import Clock, NewId, Progress, silent
from app.ports.store import Rows, Store, Transaction
from app.usecases.jobs import while_held
from app.usecases.lifetime_values import EstimateLifetimeValues, imported
from app.usecases.old_runs import forget_old_runs
from app.usecases.value_book import Bookkeeping, Facts, Prepared, day, prepare
from graph_algos import referral_value as engine

INTRODUCTIONS_AT_ONCE = 1_000
VALUES_AT_ONCE = 2_000  # in one transaction: under a second on either engine
NO_MARGIN = (
    "No operator margin recorded: payments between customers are not the operator's margin. Import margin flows, or "
    "state a rate with `--margin-rate` to see figures under that assumption."
)


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Record = TypeVar("Record", bound=_Named)


@dataclass(frozen=True, slots=True)
class ScoreParameters:
    """`annual_rate` is effective a year. `margin_rate`: the operator's margin on payments, as an assumption, where no
    margin is recorded. `valuation_at`, `known_at`: now when absent. `strict`: Kumar's formula to the letter."""

    currency: str
    annual_rate: float
    margin_rate: float | None = None
    valuation_at: datetime | None = None
    known_at: datetime | None = None
    strict: bool = False


class ScoreValue:
    def __init__(self, store: Store, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.clock = clock
        self.new_id = new_id

    def __call__(
        self, caller: Caller, parameters: ScoreParameters, progress: Progress = silent, *, held: Held | None = None
    ) -> ValueRun:
        """The finished run, which readers see from now on. A job that is run again goes on where it stood, or gives the
        run that it finished before. BadInput for parameters out of range, Conflict when another worker has taken the
        job over."""
        caller.require(Scope.RUN)
        _check(parameters)
        run_id, now = self.new_id("Run") if held is None else derived_id("Run", held.job_id), self.clock()
        current = self.store.read(caller, lambda tx: tx.values.current())
        if current is not None and current.id == run_id:
            return current
        progress("reading outcomes", 0, 0)
        facts = self.store.read(caller, _read, patient=True)
        progress("scoring", 0, 0)
        run, values = _scored(facts, parameters, run_id, now)
        run = self._write(caller, run, values, progress)
        switch = while_held(held, lambda tx: tx.values.switch(run.id, run.finished_at))
        self.store.write(caller, switch, patient=True)
        forget_old_runs(self.store, caller, lambda tx: tx.values, run, progress)
        return run

    def _write(self, caller: Caller, run: ValueRun, values: Sequence[CustomerValue], progress: Progress) -> ValueRun:
        """What an interrupted worker has written of the same run stays: equal manifests give equal values."""
        begun = self.store.read(caller, lambda tx: tx.values.begun(run.id), patient=True)
        done = 0
        if begun is not None and begun[0].manifest == run.manifest:
            run, last = begun
            done = sum(one.customer_id <= last for one in values if one.customer_id not in TOTALS)
        for start in range(done, max(done + 1, len(values)), VALUES_AT_ONCE):
            batch = values[start : start + VALUES_AT_ONCE]
            progress("writing values", start, len(values))
            self.store.write(caller, lambda tx, batch=batch: tx.values.write_run(run, batch), patient=True)  # type: ignore[misc]
        progress("writing values", len(values), len(values))
        return run


def _scored(
    facts: Facts, parameters: ScoreParameters, run_id: str, now: datetime
) -> tuple[ValueRun, list[CustomerValue]]:
    """The run and everybody's values: customers in the order of ids, then the totals."""
    valuation_at, known_at = parameters.valuation_at or now, parameters.known_at or now
    prepared = prepare(facts, Bookkeeping(parameters.currency, known_at, parameters.margin_rate))
    rules = engine.Parameters(
        annual_rate=parameters.annual_rate,
        valuation_day=day(valuation_at),
        strict_kumar=parameters.strict,
        charge_incentive_to_type_two=not parameters.strict,
    )
    table = engine.score(prepared.book, rules)
    estimates = EstimateLifetimeValues(parameters.currency, parameters.annual_rate, valuation_at)(facts.customers)
    run = ValueRun(
        id=run_id,
        valuation_at=valuation_at,
        known_at=known_at,
        currency=parameters.currency,
        manifest=_manifest(parameters, rules, facts.watermark, known_at),
        assumptions=_assumptions(parameters, prepared) + estimates.assumptions,
        customer_count=len(facts.customers),
        outcome_count=len(table.outcomes.value_minor),
        problems=_problems(parameters, prepared) + estimates.problems,
        finished_at=now,
        outcomes_minor=int(table.outcomes.value_minor.sum()),
    )
    lifetimes = {one.id: own for one in facts.customers if (own := imported(one)) is not None}
    lifetimes |= estimates.values
    return run, _values(facts, table, _RunOf(run_id, parameters.currency), lifetimes)


def _check(parameters: ScoreParameters) -> None:
    Money(0, parameters.currency)  # refuses what is no currency
    if not (isfinite(parameters.annual_rate) and 0.0 <= parameters.annual_rate <= 10.0):
        raise BadInput("A rate a year is 0 to 10 (0.15 is 15 %).", pointer="annual_rate")
    if parameters.margin_rate is not None and not 0.0 <= parameters.margin_rate <= 1.0:
        raise BadInput("A margin rate is 0 to 1 (0.02 is 2 %).", pointer="margin_rate")
    for name, at in (("valuation_at", parameters.valuation_at), ("known_at", parameters.known_at)):
        if at is not None and at.tzinfo is None:
            raise BadInput("A time has a zone, such as 2026-01-01T00:00:00Z.", pointer=name)


def _read(tx: Transaction) -> Facts:
    """Everything, each kind sorted by id. The watermark comes first: what changes meanwhile is newer than it says."""
    watermark = tx.views.watermark()
    outcomes = _all(tx.outcomes)
    linked = sorted({one.introduction_id for one in outcomes if one.introduction_id is not None})
    introductions: dict[str, Introduction] = {}
    for start in range(0, len(linked), INTRODUCTIONS_AT_ONCE):
        found = tx.introductions.get(linked[start : start + INTRODUCTIONS_AT_ONCE])
        introductions |= {one.id: one for one in found}
    return Facts(
        customers=_all(tx.customers),
        referrals=_all(tx.referrals),
        outcomes=outcomes,
        flows=_all(tx.flows),
        introductions=introductions,
        watermark=watermark,
    )


def _all(rows: Rows[Record]) -> list[Record]:
    """Sorted here, so that no engine's order of texts decides anything."""
    return sorted((row for batch in rows.stream() for row in batch), key=lambda row: row.id)


@dataclass(frozen=True, slots=True)
class _RunOf:
    id: str
    currency: str


def _values(
    facts: Facts, table: engine.ValueTable, run: _RunOf, lifetimes: Mapping[str, LifetimeValue]
) -> list[CustomerValue]:
    """One row for each customer who has a value of any kind, then the run's totals."""
    customers = len(facts.customers)
    referral = table.crv_referral[:customers].reshape(customers, -1)
    introduction = table.crv_introduction[:customers].reshape(customers, -1)
    away = table.attributed_away[:customers].sum(axis=1)
    has_any = referral.any(axis=1) | introduction.any(axis=1) | (away != 0)
    has_any |= np.array([one.id in lifetimes for one in facts.customers], dtype=np.bool_)
    values = [
        CustomerValue(
            customer_id=facts.customers[row].id,
            run_id=run.id,
            currency=run.currency,
            crv_referral=tuple(referral[row].tolist()),
            crv_introduction=tuple(introduction[row].tolist()),
            attributed_away=int(away[row]),
            **_lifetime(lifetimes.get(facts.customers[row].id)),
        )
        for row in np.flatnonzero(has_any).tolist()
    ]
    return values + _totals(table, run.id, run.currency)


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


def _totals(table: engine.ValueTable, run_id: str, currency: str) -> list[CustomerValue]:
    """All customers together, and what went to the operator or to nobody."""
    parts = {CUSTOMERS: slice(None, -2), OPERATOR: slice(-2, -1), UNATTRIBUTED: slice(-1, None)}
    return [
        CustomerValue(
            customer_id=who,
            run_id=run_id,
            currency=currency,
            crv_referral=tuple(table.crv_referral[rows].sum(axis=0).ravel().tolist()),
            crv_introduction=tuple(table.crv_introduction[rows].sum(axis=0).ravel().tolist()),
            attributed_away=int(table.attributed_away[rows].sum()),
            clv=None,
            clv_source=None,
        )
        for who, rows in parts.items()
    ]


def _manifest(parameters: ScoreParameters, rules: engine.Parameters, watermark: int, known_at: datetime) -> str:
    """Canonical JSON: sorted keys, no spaces. The day of valuation is what discounting depends on, not its hour."""
    return canonical(
        {
            "code_version": _code_version(),
            "watermark": watermark,
            "parameters": {
                "currency": parameters.currency,
                "annual_rate": rules.annual_rate,
                "margin_rate": parameters.margin_rate,
                "valuation_day": rules.valuation_day,
                "known_at": known_at.isoformat(),
                "strict_kumar": rules.strict_kumar,
                "charge_incentive_to_type_two": rules.charge_incentive_to_type_two,
                "horizon_months": rules.horizon_months,
                "window_months": rules.window_months,
                "policy": rules.policy.name,
                "depth": rules.depth,
            },
        },
    )


def _code_version() -> str:
    try:
        return metadata.version("icrm")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "source"


def _assumptions(parameters: ScoreParameters, prepared: Prepared) -> tuple[str, ...]:
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
    return tuple(sentences)


def _problems(parameters: ScoreParameters, prepared: Prepared) -> tuple[str, ...]:
    missing = not prepared.margins and parameters.margin_rate is None
    return (*((NO_MARGIN,) if missing else ()), *prepared.problems)
