"""Random books of the value engine, drawn by numpy from a seed so that examples stay small and quick to shrink."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from graph_algos.referral_value import (
    Acquisitions,
    Book,
    Contributions,
    Flows,
    Outcomes,
    Parameters,
    Policy,
    PolicyName,
    ValueTable,
    score,
)
from graph_algos.value_columns import LAST_DAY, Floats, Ties
from graph_algos.value_exchange import Rates, Terms, converted
from graph_algos.value_retention import retention_uplift

DAY = 739_252  # 2025-01-01
HR = 0.344
RATES = Rates(np.array([1, 2]), np.array([DAY - 2_000] * 2), np.array([0.0067, 3.2541]))
PLAIN = Parameters(annual_rate=0.0, valuation_day=DAY)
quick = settings(max_examples=60, deadline=None)
policies = st.sampled_from([Policy(), Policy(PolicyName.DIRECT), Policy(PolicyName.GEOMETRIC, 0.4)])
parameters = st.builds(
    Parameters,
    annual_rate=st.sampled_from([0.0, 0.05, 0.15, 0.4]),
    valuation_day=st.integers(DAY - 400, DAY + 400),
    strict_kumar=st.booleans(),
    charge_incentive_to_type_two=st.booleans(),
    policy=policies,
    depth=st.integers(1, 8),
)


@dataclass(frozen=True)
class Shape:
    """Sizes and a seed: numpy draws the columns, so that examples stay small and quick to shrink."""

    customers: int
    outcomes: int
    flows: int
    seed: int


shapes = st.builds(Shape, st.integers(1, 7), st.integers(0, 6), st.integers(0, 25), st.integers(0, 2**32 - 1))


def betas(rng, groups):
    """Dyadic shares of each group's rows: their sums are exact in float64."""
    out = np.zeros(len(groups))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        cuts = np.sort(rng.integers(0, 65, len(rows) - 1))
        out[rows] = np.diff(np.concatenate([[0], cuts, [64]])) / 64
    return out


def random_book(shape: Shape) -> Book:
    rng = np.random.default_rng(shape.seed)
    n, m = shape.customers, shape.outcomes
    start = DAY + rng.integers(-600, 300, m)
    outcomes = Outcomes(
        rng.integers(0, 2, m),
        rng.integers(0, 9, m) / 8,
        start - rng.integers(-5, 430, m),
        start,
        rng.integers(-2, n, m),
    )
    outcome = np.repeat(np.arange(m), rng.integers(1, 5, m))
    contributions = Contributions(outcome, rng.integers(-2, n, len(outcome)), betas(rng, outcome))
    customer = np.repeat(np.arange(n), rng.integers(0, 3, n))
    referrer = rng.integers(-2, n, len(customer))
    acquisitions = Acquisitions(customer, referrer, betas(rng, customer), rng.integers(0, 5, len(customer)) / 4)
    k = shape.flows if m else 0
    owner = rng.integers(0, max(m, 1), k)
    flows = Flows(
        owner,
        rng.integers(0, 6, k),
        rng.integers(-5_000, 200_000, k),
        (start[owner] if m else owner) + rng.integers(-50, 1_300, k),
    )
    return Book(n, outcomes, contributions, flows, acquisitions)


def random_ties(shape: Shape, months: int) -> Ties:
    """At most two parties an outcome; half of the counterparties have left some day."""
    rng = np.random.default_rng(shape.seed + 1)
    outcome = np.repeat(np.arange(shape.outcomes), rng.integers(0, 3, shape.outcomes))
    p = len(outcome)
    left = np.where(rng.random(p) < 0.5, DAY + rng.integers(-900, 900, p), LAST_DAY)
    margin, hazard, other = rng.integers(0, 20_000, (p, months)), rng.random((p, months)) / 5, rng.random((p, 1)) / 5
    return Ties(outcome, margin.astype(float), hazard, other, left)


@dataclass(frozen=True)
class Case:
    """A book with its parameters and ties; `whole` has HR = .344 and money of three currencies, else one and HR = 1."""

    shape: Shape
    rules: Parameters
    book: Book
    ties: Ties

    @cached_property
    def uplift(self) -> Floats:
        return retention_uplift(self.ties, self.book.outcomes, self.rules)

    @cached_property
    def table(self) -> ValueTable:
        return score(self.book, self.rules, uplift=self.uplift)

    def scored(self, book: Book) -> ValueTable:
        """Another book under the same uplift."""
        return score(book, self.rules, uplift=self.uplift)


def make_case(shape: Shape, rules: Parameters, whole: bool) -> Case:
    book, ties = random_book(shape), random_ties(shape, rules.horizon_months)
    if not whole:
        return Case(shape, rules, book, ties)
    currency = np.random.default_rng(shape.seed + 2).integers(0, 3, len(book.flows.day))
    terms = Terms(np.array([2, 0, 3]), 0, rules.valuation_day, DAY, oldest_days=3_660)
    flows = converted(book.flows, currency, RATES, terms)
    return Case(shape, replace(rules, hazard_ratio=HR), replace(book, flows=flows), ties)


cases = st.builds(make_case, shapes, parameters, st.booleans())


def take(table, order):
    return type(table)(*(np.asarray(getattr(table, name))[order] for name in type(table).__dataclass_fields__))


def pieces(case: Case, chosen) -> tuple[Book, Ties]:
    """Some outcomes of a case and all that belongs to them, numbered anew."""
    book, number = case.book, np.full(case.shape.outcomes, -1)
    number[chosen] = np.arange(len(chosen))

    def own(table):
        rows = take(table, np.isin(table.outcome, chosen))
        return replace(rows, outcome=number[rows.outcome])

    outcomes = take(book.outcomes, chosen)
    part = replace(book, outcomes=outcomes, contributions=own(book.contributions), flows=own(book.flows))
    return part, own(case.ties)


def same(one, other) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("crv_referral", "crv_introduction", "attributed_away")
    )


def total(table) -> int:
    return int(table.crv_referral.sum() + table.crv_introduction.sum())
