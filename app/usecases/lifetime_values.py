"""EstimateLifetimeValues: what customers are still expected to bring, where the operator brings no figure of its own.

On a contract: sBG, one fit for each length of period. Without one: BG/NBD with Gamma-Gamma. All customers with facts
are fitted, also those whose value was imported; an imported value is never replaced. What the facts cannot tell gives
no figure and a sentence.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log1p

import numpy as np

from app.domain.customer import Customer, Standing
from app.domain.money import LARGEST, Money
from app.domain.packed import canonical
from app.domain.value import LifetimeValue
from graph_algos import clv, clv_bg_nbd, clv_gamma_gamma, clv_sbg
from graph_algos.clv_fit import Fit, Unidentified
from graph_algos.clv_history import LARGEST_COUNT, compress, histories
from graph_algos.clv_sbg import LARGEST_TENURE
from graph_algos.value_columns import Bools, Floats

REVISION = 1  # of the models' code: another revision may give other figures from the same facts
DAYS_A_YEAR = 365.0  # ACT/365F, as referral value discounts
MONTHS_A_YEAR = 12  # the period of a contract that does not say
LONGEST_PERIOD = 1200  # months: a century
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Estimates:
    """`values` by customer id, without those whose value was imported; sentences for the run's answer."""

    values: Mapping[str, LifetimeValue]
    assumptions: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EstimateLifetimeValues:
    """`annual_rate` r > 0, effective a year; `at`: the date of the estimate."""

    currency: str
    annual_rate: float
    at: datetime

    def __call__(self, customers: Sequence[Customer]) -> Estimates:
        """The same facts in the same order give the same figures. O(customers) and some dozens of likelihoods."""
        contracts = [one for one in customers if one.contract_renewals is not None]
        buyers = [one for one in customers if one.contract_renewals is None and one.purchases_repeated is not None]
        if not contracts and not buyers:
            return Estimates({}, (), ())
        if self.annual_rate == 0:
            return Estimates({}, (), ("No lifetime value is modelled at a rate of 0: without an end it is infinite.",))
        values: dict[str, LifetimeValue] = {}
        assumptions: list[str] = []
        problems: list[str] = []
        groups = [self._of_buyers(buyers, problems)] if buyers else []
        sound = [one for one in contracts if _is_contract(one)]
        if len(sound) < len(contracts):
            problems.append(f"{len(contracts) - len(sound)} contracts have renewals or months that cannot be.")
        groups += [self._of_contracts(*group, problems) for group in sorted(_by_period(sound).items())]
        for modelled, sentence in filter(None, groups):
            values |= modelled
            assumptions.append(sentence)
        return Estimates(values, tuple(assumptions), tuple(problems))

    def _of_buyers(self, buyers: Sequence[Customer], problems: list[str]) -> "_Modelled | None":
        known = [one for one in buyers if _is_history(one)]
        if len(known) < len(buyers):
            problems.append(f"{len(buyers) - len(known)} purchase histories lack a time or contradict themselves.")
        margins = {one.id: self._margin(one) for one in known}
        spenders = [one for one in known if one.purchases_repeated and margins[one.id] > 0]
        silent = sum(1 for one in known if one.purchases_repeated) - len(spenders)
        if silent:
            problems.append(
                f"{silent} customers who bought again have no mean margin above 0 in {self.currency}: no lifetime "
                "value of theirs is modelled."
            )
        data = compress(histories(*_columns(known)))
        try:
            purchases = clv_bg_nbd.fit(data)
            repeated = _floats(one.purchases_repeated or 0 for one in spenders)
            spend = clv_gamma_gamma.fit(clv_gamma_gamma.spend(repeated, _floats(margins[one.id] for one in spenders)))
            means = _floats(margins[one.id] for one in known)
            fitted = clv.Repeated(clv.BG_NBD, purchases, spend)
            found = clv.of_repeated(fitted, data, means, log1p(self.annual_rate) / DAYS_A_YEAR)
        except Unidentified as reason:
            problems.append(f"No lifetime value is modelled from purchases. {reason}")
            return None
        has = [
            one.standing is not Standing.LEFT and (not one.purchases_repeated or margins[one.id] > 0) for one in known
        ]
        source = f"modelled by bg_nbd and gamma_gamma, {self._hash(purchases, spend)}"
        return self._answer(known, found, np.array(has), source), (
            f"Lifetime value without an imported one is an estimate from {purchases.customers} purchase histories: "
            f"bg_nbd ({_said(purchases)}), gamma_gamma ({_said(spend)}), days, without an end."
        )

    def _of_contracts(self, months: int, group: Sequence[Customer], problems: list[str]) -> "_Modelled | None":
        ended = [one.contract_ended is True or one.standing is Standing.LEFT for one in group]
        renewals = _floats(one.contract_renewals or 0 for one in group)
        try:
            fit = clv_sbg.fit(clv_sbg.tenures(renewals, ended))
        except Unidentified as reason:
            problems.append(f"No lifetime value is modelled from contracts of {months} months. {reason}")
            return None
        margins = _floats(self._margin(one) for one in group)
        discount = (1.0 + self.annual_rate) ** (months / MONTHS_A_YEAR) - 1.0
        found = clv.of_contract(fit, renewals, margins, discount)
        has = np.array([not gone and self._has_margin(one) for one, gone in zip(group, ended, strict=True)])
        lacking = int((~has & ~np.array(ended)).sum())
        if lacking:
            problems.append(
                f"{lacking} contracts of {months} months have no mean margin in {self.currency}: no lifetime value of "
                "theirs is modelled."
            )
        return self._answer(group, found, has, f"modelled by sbg, {self._hash(fit)}"), (
            f"Lifetime value without an imported one is an estimate from {fit.customers} contracts of {months} months: "
            f"sbg ({_said(fit)}), without an end."
        )

    def _has_margin(self, one: Customer) -> bool:
        return one.mean_margin is not None and one.mean_margin.currency == self.currency

    def _margin(self, one: Customer) -> float:
        """In minor units; 0 where none is known in the run's currency."""
        money = one.mean_margin
        return 0.0 if money is None or money.currency != self.currency else float(money.minor)

    def _answer(
        self, customers: Sequence[Customer], found: clv.Lifetimes, has: Bools, source: str
    ) -> dict[str, LifetimeValue]:
        values = {}
        for row in np.flatnonzero(has).tolist():
            one = customers[row]
            ends = [self._money(float(column[row])) for column in (found.value, found.low, found.high)]
            if one.lifetime_value is None:
                values[one.id] = LifetimeValue(ends[0], source, self.at, low=ends[1], high=ends[2])
        return values

    def _money(self, minor: float) -> Money:
        return Money(round(max(-float(LARGEST), min(minor, float(LARGEST)))), self.currency)

    def _hash(self, *fits: Fit) -> str:
        """Twelve digits that name revision, parameters and rate: equal ones mean the same model."""
        parts = [[*fit.names, *(f"{value:.6g}" for value in fit.parameters), fit.customers] for fit in fits]
        text = canonical([REVISION, self.annual_rate, self.currency, parts])
        return hashlib.sha256(text.encode()).hexdigest()[:12]


_Modelled = tuple[dict[str, LifetimeValue], str]


def imported(customer: Customer) -> LifetimeValue | None:
    """What the operator brought, which comes before any model."""
    if customer.lifetime_value is None:
        return None
    return LifetimeValue(
        customer.lifetime_value, customer.lifetime_value_source or "imported", customer.lifetime_value_at
    )


def _by_period(contracts: Sequence[Customer]) -> Mapping[int, list[Customer]]:
    groups: dict[int, list[Customer]] = defaultdict(list)
    for one in contracts:
        groups[one.contract_months or MONTHS_A_YEAR].append(one)
    return groups


def _is_history(one: Customer) -> bool:
    first, last, until = one.first_purchase_at, one.last_purchase_at, one.observed_until
    if first is None or until is None or until <= first or one.purchases_repeated is None:
        return False
    if one.purchases_repeated == 0:
        return last is None or last == first
    return 0 < one.purchases_repeated <= LARGEST_COUNT and last is not None and first < last <= until


def _is_contract(one: Customer) -> bool:
    renewals, months = one.contract_renewals, one.contract_months
    return renewals is not None and 0 <= renewals <= LARGEST_TENURE and (months is None or 0 < months <= LONGEST_PERIOD)


def _columns(known: Sequence[Customer]) -> Iterator[list[float]]:
    """Purchases repeated, days to the last, days observed, of customers that `_is_history` let through."""
    yield [float(one.purchases_repeated or 0) for one in known]
    yield [_days(one.first_purchase_at, one.last_purchase_at) for one in known]
    yield [_days(one.first_purchase_at, one.observed_until) for one in known]


def _days(start: datetime | None, end: datetime | None) -> float:
    return 0.0 if start is None or end is None else (end - start) / DAY


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _said(fit: Fit) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(fit.names, fit.parameters, strict=True))
