"""Invariants 4 and 18 of VALUE.md: retention uplift, with the formula term by term as its oracle."""

from dataclasses import replace
from datetime import date
from math import exp

import numpy as np
import pytest
from hypothesis import given

from graph_algos.referral_value import BadRecord, Outcomes, Parameters
from graph_algos.value_columns import LAST_DAY, Ties
from graph_algos.value_present import add_months
from graph_algos.value_retention import retention_uplift
from tests.unit.graph_algos.value_books import DAY, HR, PLAIN, parameters, quick, random_book, random_ties, shapes


def by_the_formula(ties: Ties, outcomes: Outcomes, rules: Parameters, k: int) -> float:
    start, hazard, slowed, other, uplift = int(outcomes.start_day[ties.outcome[k]]), 0.0, 0.0, 0.0, 0.0
    for t in range(rules.horizon_months):
        end = int(add_months(np.array([start]), t + 1)[0])
        leaving = ties.hazard[k, min(t, ties.hazard.shape[1] - 1)]
        other += ties.other_hazard[k, min(t, ties.other_hazard.shape[1] - 1)]
        there = exp(-other) if end < ties.other_end_day[k] else 0.0
        hazard += leaving
        slowed += leaving * (1 - there * (1 - rules.hazard_ratio))
        discount = (1 + rules.annual_rate) ** (-(end - rules.valuation_day) / 365)
        uplift += ties.margin[k, min(t, ties.margin.shape[1] - 1)] * (exp(-slowed) - exp(-hazard)) * discount
    return uplift


@quick
@given(shapes, parameters)
def test_18_uplift_is_the_formula_summed_over_parties(shape, given_parameters):
    rules = replace(given_parameters, hazard_ratio=HR, horizon_months=18, window_months=1200)
    book = random_book(shape)
    ties = random_ties(shape, 18)
    got = retention_uplift(ties, book.outcomes, rules)
    expected = np.zeros(shape.outcomes)
    for k, outcome in enumerate(ties.outcome):
        if book.outcomes.start_day[outcome] >= book.outcomes.origin_day[outcome]:
            expected[outcome] += by_the_formula(ties, book.outcomes, rules, k)
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-6)


@quick
@given(shapes, parameters)
def test_4_no_effect_on_the_hazard_is_exactly_no_uplift(shape, given_parameters):
    ties = random_ties(shape, given_parameters.horizon_months)
    assert not retention_uplift(ties, random_book(shape).outcomes, given_parameters).any()


@quick
@given(shapes, parameters)
def test_18_uplift_is_at_most_perfect_survival_less_the_baseline(shape, given_parameters):
    book, ties = random_book(shape), random_ties(shape, 36)
    p = len(ties.outcome)
    harmless = replace(ties, other_hazard=np.zeros((p, 1)), other_end_day=np.full(p, LAST_DAY))
    most = retention_uplift(harmless, book.outcomes, replace(given_parameters, hazard_ratio=0.0))
    got = retention_uplift(ties, book.outcomes, replace(given_parameters, hazard_ratio=HR))
    assert (got >= 0).all()
    assert (got <= most + 1e-6 * np.abs(most) + 1e-6).all()


@quick
@given(shapes, parameters)
def test_18_a_counterparty_that_has_left_protects_nobody(shape, given_parameters):
    book, ties = random_book(shape), random_ties(shape, 36)
    gone = replace(ties, other_end_day=book.outcomes.start_day[ties.outcome])
    assert not retention_uplift(gone, book.outcomes, replace(given_parameters, hazard_ratio=HR)).any()


@quick
@given(shapes, parameters)
def test_5_order_of_ties_changes_no_bit(shape, given_parameters):
    book, ties, rules = random_book(shape), random_ties(shape, 36), replace(given_parameters, hazard_ratio=HR)
    back = Ties(*(np.asarray(getattr(ties, name))[::-1] for name in Ties.__dataclass_fields__))
    assert np.array_equal(retention_uplift(ties, book.outcomes, rules), retention_uplift(back, book.outcomes, rules))


def one_tie(**changes) -> tuple[Ties, Outcomes]:
    tie = Ties(np.array([0]), np.array([[1000.0]]), np.array([[0.1]]), np.array([[0.0]]), np.array([LAST_DAY]))
    outcome = Outcomes(*(np.array([x]) for x in (1, 0.0, DAY, DAY, 0)))
    return replace(tie, **changes), outcome


def test_months_before_and_after_the_valuation_day_are_all_modelled():
    rules = replace(PLAIN, hazard_ratio=HR, horizon_months=2, valuation_day=date(2025, 2, 1).toordinal())
    gained = [1000 * (exp(-months * 0.1 * HR) - exp(-months * 0.1)) for months in (1, 2)]
    assert retention_uplift(*one_tie(), rules) == pytest.approx([sum(gained)], abs=1e-6)


def test_who_stayed_thanks_to_a_counterparty_that_then_leaves_is_still_a_customer():
    rules = replace(PLAIN, hazard_ratio=HR, horizon_months=3)
    gone_in_march = one_tie(other_end_day=np.array([date(2025, 3, 15).toordinal()]))
    slowed = [0.1 * HR, 0.2 * HR, 0.2 * HR + 0.1]  # the third month at the full hazard, from what was reached
    expected = sum(1000 * (exp(-after) - exp(-0.1 * (t + 1))) for t, after in enumerate(slowed))
    assert retention_uplift(*gone_in_march, rules) == pytest.approx([expected], abs=1e-6)


@quick
@given(shapes, parameters)
def test_9_a_higher_rate_never_helps_future_uplift(shape, given_parameters):
    book, ties = random_book(shape), random_ties(shape, 36)
    ahead = replace(given_parameters, hazard_ratio=HR, valuation_day=DAY - 650)  # before every start
    low, high = (retention_uplift(ties, book.outcomes, replace(ahead, annual_rate=r)) for r in (0.05, 0.2))
    assert (low >= high).all()


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("outcome", np.array([1])),
        ("margin", np.array([[np.nan]])),
        ("hazard", np.array([[-0.1]])),
        ("other_hazard", np.array([[np.inf]])),
        ("other_end_day", np.array([0])),
    ],
)
def test_a_bad_tie_is_named(field, column):
    with pytest.raises(BadRecord, match=rf"^ties\[0\]\.{field}: expected "):
        retention_uplift(*one_tie(**{field: column}), PLAIN)


def test_columns_of_another_number_of_months_are_refused():
    with pytest.raises(ValueError, match=r"ties\.hazard"):
        retention_uplift(*one_tie(hazard=np.ones((1, 5))), PLAIN)
