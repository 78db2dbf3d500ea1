"""VALUE.md's invariants where nothing is switched off: HR = .344 and three currencies; and 12, forecasts come true."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.referral_value import FlowKind, Flows, Outcomes, Part, score
from graph_algos.value_exchange import Rates, Terms, converted
from graph_algos.value_present import present_values
from graph_algos.value_retention import retention_uplift
from tests.unit.graph_algos.value_books import (
    DAY,
    PLAIN,
    parameters,
    quick,
    random_book,
    random_ties,
    shapes,
    take,
    total,
)

ONE = Outcomes(*(np.array([x]) for x in (0, 0.0, DAY, DAY, 0)))
RATES = Rates(np.array([1, 2]), np.array([DAY - 2_000] * 2), np.array([0.0067, 3.2541]))


def whole(shape, rules):
    """A book converted from three currencies, and its uplift."""
    book = random_book(shape)
    currency = np.random.default_rng(shape.seed + 2).integers(0, 3, len(book.flows.day))
    terms = Terms(np.array([2, 0, 3]), 0, rules.valuation_day, DAY, oldest_days=3_660)
    flows = converted(book.flows, currency, RATES, terms)
    return replace(book, flows=flows), retention_uplift(random_ties(shape, 36), book.outcomes, rules)


@quick
@given(shapes, parameters)
def test_1_and_17_conservation_and_network_value(shape, given_parameters):
    rules = replace(given_parameters, hazard_ratio=0.344)
    book, uplift = whole(shape, rules)
    table = score(book, rules, uplift=uplift)
    assert total(table) == table.outcomes.value_minor.sum()
    crv = table.crv_referral + table.crv_introduction
    assert crv[:, 2].sum() == table.outcomes.parts_minor[:, Part.RETENTION].sum()
    expected = table.outcomes.parts_minor[:, :, 1].sum(axis=0)
    nobody = crv[-2:, :, 1].sum() - table.attributed_away[-2:, 1].sum()
    clv = np.arange(shape.customers) * 1_000
    in_none = expected[Part.SAVINGS] + expected[Part.FEES] + expected[Part.PROGRAMME]
    assert table.network_value(clv).sum() + nobody == clv.sum() + in_none


@quick
@given(shapes, parameters)
def test_5_order_of_flows_changes_nothing(shape, given_parameters):
    rules = replace(given_parameters, hazard_ratio=0.344)
    book, uplift = whole(shape, rules)
    back = replace(book, flows=take(book.flows, np.arange(len(book.flows.day))[::-1]))
    one, other = score(book, rules, uplift=uplift), score(back, rules, uplift=uplift)
    assert np.array_equal(one.outcomes.parts_minor, other.outcomes.parts_minor)


@quick
@given(shapes, parameters)
def test_11_reversals_leave_the_uplift_alone(shape, given_parameters):
    rules = replace(given_parameters, hazard_ratio=0.344)
    book, uplift = whole(shape, rules)
    columns = (book.flows.outcome, book.flows.kind, book.flows.amount_minor, book.flows.day)
    twice = [np.concatenate([np.asarray(column)] * 2) for column in columns]
    twice[2][len(book.flows.day) :] *= -1
    got = score(replace(book, flows=Flows(*twice)), rules, uplift=uplift)
    assert got.outcomes.value_minor == pytest.approx(uplift.sum(axis=1), abs=0.51)


@quick
@given(shapes, parameters, st.integers(-300, 300))
def test_12_what_comes_true_moves_from_expected_to_realised_and_keeps_the_sum(shape, given_parameters, later):
    book = random_book(shape)
    moved = replace(given_parameters, valuation_day=given_parameters.valuation_day + later)
    before, after = (present_values(book.flows, book.outcomes, rules) for rules in (given_parameters, moved))
    growth = (1 + moved.annual_rate) ** (later / 365)
    assert after.sum(axis=2) == pytest.approx(before.sum(axis=2) * growth, rel=1e-9, abs=1e-3)


@quick
@given(st.integers(1, 10**9), st.integers(1, 900), st.integers(0, 10**9))
def test_12_a_forecast_that_arrives_in_instalments_is_worth_the_same(amount, offset, first):
    def value(*amounts):
        zeros = np.zeros(len(amounts), np.int64)
        flows = Flows(zeros, zeros + FlowKind.FEE, np.array(amounts), zeros + DAY + offset)
        return present_values(flows, ONE, replace(PLAIN, annual_rate=0.12)).sum()

    assert value(first, amount - first) == pytest.approx(value(amount), abs=1e-6)


@pytest.mark.parametrize("day", [1, 719_162, 738_945])  # the first day, the last of 1969, 2024-02-29
def test_old_days_and_a_leap_day_count_like_any_other(day):
    outcomes = replace(ONE, origin_day=np.array([day]), start_day=np.array([day]))
    flows = Flows(*(np.array([x]) for x in (0, FlowKind.MARGIN, 500, day)))
    assert present_values(flows, outcomes, PLAIN)[0, FlowKind.MARGIN].sum() == 500


def test_a_refund_larger_than_its_flow_makes_the_value_negative():
    flows = Flows(np.zeros(2, int), np.zeros(2, int), np.array([100, -250]), np.array([DAY, DAY]))
    assert present_values(flows, ONE, PLAIN)[0, FlowKind.MARGIN].sum() == -150
