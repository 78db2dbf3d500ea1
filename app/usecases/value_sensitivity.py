"""How much the value of a customer, or of all outcomes, moves with what it assumes; and its break-even π.

Everything is scored again under each assumption alone (one at a time), from the same facts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from app.domain.access import Caller, Scope
from app.domain.money import Money
from app.domain.sensitivity import BreakEven, Sensitivity, Swing
from app.ports.outside import Clock, Progress, silent
from app.ports.store import Store
from app.usecases.reading import current_run
from app.usecases.value_book import Prepared, prepare
from app.usecases.value_cash import Bookkeeping
from app.usecases.value_facts import Facts, read_facts
from app.usecases.value_scoring import ScoreParameters, parameters_of
from app.usecases.value_statement import read_around
from app.usecases.value_ties import scored
from graph_algos import referral_value as engine

PI_STEP = 0.1  # π of every outcome by so much; about what a hold-out of the advised size leaves open (docs/pilot.md)
RATE_STEP = 0.05
SHARE = 0.1  # of margins, of costs, of exchange rates
MONTHS = 12
_COSTS = (int(engine.FlowKind.SERVING), int(engine.FlowKind.COST))

Total = Callable[[engine.ValueTable], int]
Rules = engine.Parameters


def of_portfolio(table: engine.ValueTable) -> int:
    return int(table.outcomes.value_minor.sum())


def of_row(row: int) -> Total:
    return lambda table: int((table.crv_referral + table.crv_introduction)[row].sum())


@dataclass(frozen=True, slots=True)
class PortfolioSensitivity:
    """Of all outcomes, by the parameters of the run that readers see. Reads all facts: for a job."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller, progress: Progress = silent) -> Sensitivity:
        caller.require(Scope.RUN)
        run = self.store.read(caller, current_run)
        progress("reading facts", 0, 0)
        facts = self.store.read(caller, read_facts, patient=True)
        progress("scoring", 0, 0)
        found = Sensitivities(facts, parameters_of(run), run.valuation_at, run.known_at)
        return found.of(of_portfolio, None)


@dataclass(frozen=True, slots=True)
class CustomerSensitivity:
    """Of one customer's referral value, as of now, from that customer's own facts."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller, customer_id: str) -> Sensitivity:
        """NotFound for an unknown customer and before the first run; TooLarge as `ExplainValue`."""
        caller.require(Scope.READ)
        now = self.clock()
        found = self.store.read(caller, lambda tx: read_around(tx, customer_id))
        ids = [one.id for one in found.facts.customers]
        asked = Sensitivities(found.facts, parameters_of(found.run), now, now)
        return asked.of(of_row(ids.index(customer_id)), customer_id)


class Sensitivities:
    def __init__(self, facts: Facts, parameters: ScoreParameters, valuation_at: datetime, known_at: datetime) -> None:
        self.facts, self.parameters = facts, parameters
        self.rules_of_cash = Bookkeeping(parameters.currency, known_at, valuation_at, parameters.margin_rate)
        self.rules = parameters.rules(valuation_at)
        self.prepared: Prepared = prepare(facts, self.rules_of_cash)
        self.book = self.prepared.book

    def of(self, total: Total, customer_id: str | None) -> Sensitivity:
        value = total(self._scored(self.book, self.rules))
        swings = sorted(self._swings(total), key=lambda one: (-_width(one), one.name))
        return Sensitivity(
            customer_id=customer_id,
            valuation_at=self.rules_of_cash.valuation_at,
            known_at=self.rules_of_cash.known_at,
            value=self._money(value),
            break_even=self._break_even(total, value),
            swings=tuple(swings),
        )

    def _scored(self, book: engine.Book, rules: Rules) -> engine.ValueTable:
        return scored(book, self.prepared.ties, rules)

    def _money(self, minor: int) -> Money:
        return Money(minor, self.parameters.currency)

    def _swings(self, total: Total) -> Iterator[Swing]:
        def worth(book: engine.Book, rules: Rules) -> Money:
            return self._money(total(self._scored(book, rules)))

        book, rules, pi = self.book, self.rules, np.asarray(self.book.outcomes.pi)
        yield Swing(
            "π of every outcome",
            f"−{PI_STEP:g}",
            f"+{PI_STEP:g}",
            *(worth(_with_pi(book, np.clip(pi + step, 0.0, 1.0)), rules) for step in (-PI_STEP, PI_STEP)),
        )
        for name, kinds in (("margins", (int(engine.FlowKind.MARGIN),)), ("costs", _COSTS)):
            ends = (worth(_scaled(book, kinds, 1.0 + step), rules) for step in (-SHARE, SHARE))
            yield Swing(name, f"−{SHARE:.0%}", f"+{SHARE:.0%}", *ends)
        rates = (max(0.0, rules.annual_rate - RATE_STEP), rules.annual_rate + RATE_STEP)
        ends = (worth(book, replace(rules, annual_rate=rate)) for rate in rates)
        yield Swing("discount rate a year", f"{rates[0]:.1%}", f"{rates[1]:.1%}", *ends)
        months = (max(1, rules.horizon_months - MONTHS), rules.horizon_months + MONTHS)
        ends = (worth(book, replace(rules, horizon_months=one)) for one in months)
        yield Swing("horizon", f"{months[0]} months", f"{months[1]} months", *ends)
        if rules.hazard_ratio != 1.0:
            ratios = (max(0.0, rules.hazard_ratio - PI_STEP), rules.hazard_ratio + PI_STEP)
            ends = (worth(book, replace(rules, hazard_ratio=ratio)) for ratio in ratios)
            yield Swing("hazard ratio", f"{ratios[0]:.3g}", f"{ratios[1]:.3g}", *ends)
        if self.facts.rates:
            ends = (worth(self._at_rates(1.0 + step), rules) for step in (-SHARE, SHARE))
            yield Swing("exchange rates", f"−{SHARE:.0%}", f"+{SHARE:.0%}", *ends)

    def _at_rates(self, factor: float) -> engine.Book:
        rates = [one._replace(rate=one.rate * factor) for one in self.facts.rates]
        return prepare(replace(self.facts, rates=rates), self.rules_of_cash).book

    def _break_even(self, total: Total, value: int) -> BreakEven:
        """V is linear in π (VALUE.md, invariant 6), so two scores give the line."""
        at_none, at_certain = (
            total(self._scored(_with_pi(self.book, np.full(len(self.book.outcomes.pi), pi)), self.rules))
            for pi in (0.0, 1.0)
        )
        fall = at_none - at_certain
        pi = at_none / fall if fall and not self.rules.strict_kumar else None
        known = pi if pi is not None and 0.0 <= pi <= 1.0 else None
        if known is not None:
            sentence = f"Nothing is left of it at a π of {known:.2f} for every outcome."
        elif self.rules.strict_kumar:
            sentence = "By the strict formula π is 0 or 1: there is nothing between."
        else:
            side = "more than 0" if at_none > 0 else "less than 0" if at_none < 0 or at_certain < 0 else "nothing"
            sentence = f"It is worth {side}, whatever π is."
        ends = self._money(at_none), self._money(at_certain)
        return BreakEven(*ends, _within(at_none - value, fall), known, sentence)


def _within(part: int, whole: int) -> float | None:
    return min(1.0, max(0.0, part / whole)) if whole else None


def _width(one: Swing) -> int:
    return abs(one.value_high.minor - one.value_low.minor)


def _with_pi(book: engine.Book, pi: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> engine.Book:
    return replace(book, outcomes=replace(book.outcomes, pi=pi))


def _scaled(book: engine.Book, kinds: tuple[int, ...], factor: float) -> engine.Book:
    """Amounts of these kinds times the factor, to the nearest minor unit."""
    flows = book.flows
    amount = np.array(flows.amount_minor, np.int64)
    chosen = np.isin(np.asarray(flows.kind), kinds)
    amount[chosen] = np.rint(amount[chosen] * factor).astype(np.int64)
    return replace(book, flows=replace(flows, amount_minor=amount))
