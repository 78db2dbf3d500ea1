"""Invariant 14 of VALUE.md: foreign money at dated rates; Decimal is the oracle."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.referral_value import BadRecord, Flows, score
from graph_algos.value_exchange import Rates, Terms, converted, unconvertible
from tests.unit.graph_algos.value_books import DAY, parameters, quick, random_book, same, shapes

USD, JPY, KWD = range(3)
EXPONENTS = np.array([2, 0, 3])
TERMS = Terms(EXPONENTS, USD, valuation_day=DAY, spot_day=DAY + 3)


def flows_of(*rows: tuple[int, int]) -> Flows:
    """(amount, day) of margin of outcome 0."""
    zeros = np.zeros(len(rows), np.int64)
    return Flows(zeros, zeros, *(np.array(column, np.int64) for column in zip(*rows, strict=True)))


def rates_of(*rows: tuple[int, int, float]) -> Rates:
    currency, day, rate = zip(*rows, strict=True) if rows else ((), (), ())
    return Rates(np.array(currency, np.int64), np.array(day, np.int64), np.array(rate, np.float64))


amounts = st.one_of(st.integers(-(10**6), 10**6), st.integers(-(2**53), 2**53))
decimals = st.decimals(min_value="0.00001", max_value="90000", places=6)


@quick
@given(amounts, decimals, st.integers(0, 4), st.integers(0, 4))
def test_14_conversion_is_the_decimal_product_half_even(amount, rate, have, want):
    terms = Terms(np.array([want, have]), 0, valuation_day=DAY, spot_day=DAY)
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(amount) * Decimal(str(float(rate))) * Decimal(10) ** (want - have)
        expected = int(exact.to_integral_value(ROUND_HALF_EVEN))
    flows, rates = flows_of((amount, DAY)), rates_of((1, DAY, float(rate)))
    if abs(expected) <= 2**53:
        assert converted(flows, np.array([1]), rates, terms).amount_minor.tolist() == [expected]
    else:
        with pytest.raises(BadRecord, match=r"^flows\[0\]\.amount_minor"):
            converted(flows, np.array([1]), rates, terms)


@pytest.mark.parametrize(("amount", "cents"), [(5, 2), (15, 8), (-5, -2), (25, 12)])
def test_14_halves_go_to_the_even_unit(amount, cents):
    got = converted(flows_of((amount, DAY)), np.array([JPY]), rates_of((JPY, DAY, 0.005)), TERMS)
    assert got.amount_minor.tolist() == [cents]


def test_14_realised_takes_the_rate_of_its_day_and_expected_the_spot_known():
    rates = rates_of((KWD, DAY - 9, 3.0), (KWD, DAY - 2, 3.25), (KWD, DAY + 3, 3.5), (KWD, DAY + 9, 4.0))
    flows = flows_of((1000, DAY - 3), (1000, DAY - 2), (1000, DAY), (1000, DAY + 1), (1000, DAY + 900))
    got = converted(flows, np.full(5, KWD), rates, TERMS)
    assert got.amount_minor.tolist() == [300, 325, 325, 350, 350]


@pytest.mark.parametrize(
    "rates",
    [rates_of(), rates_of((KWD, DAY, 3.0)), rates_of((JPY, DAY - 8, 1.0)), rates_of((JPY, DAY + 1, 1.0))],
)
def test_14_a_missing_or_old_rate_is_an_error_that_names_the_flow(rates):
    flows = flows_of((77, DAY), (77_777, DAY))
    with pytest.raises(BadRecord, match=r"^flows\[1\]\.currency: expected a rate at most 7 days older") as caught:
        converted(flows, np.array([USD, JPY]), rates, TERMS)
    assert "77777" not in str(caught.value)


def test_14_all_flows_without_a_rate_can_be_listed():
    found = unconvertible(flows_of((1, DAY), (1, DAY), (1, DAY)), np.array([JPY, USD, KWD]), rates_of(), TERMS)
    assert [(bad.index, bad.field) for bad in found] == [(0, "currency"), (2, "currency")]


@quick
@given(shapes, parameters)
def test_14_one_currency_does_not_depend_on_the_table(shape, given_parameters):
    book = random_book(shape)
    codes = np.full(len(book.flows.day), USD)
    same_flows = converted(book.flows, codes, rates_of((USD, DAY, 17.0), (JPY, DAY, 3.0)), TERMS)
    assert np.array_equal(same_flows.amount_minor, book.flows.amount_minor)
    assert same(score(book, given_parameters), score(replace(book, flows=same_flows), given_parameters))


@pytest.mark.parametrize(
    ("rates", "index", "field"),
    [
        (rates_of((3, DAY, 1.0)), 0, "currency"),
        (rates_of((JPY, 0, 1.0)), 0, "day"),
        (rates_of((JPY, DAY, 0.0)), 0, "rate"),
        (rates_of((JPY, DAY, float("nan"))), 0, "rate"),
        (rates_of((JPY, DAY, 1.0), (JPY, DAY, 2.0)), 1, "day"),
    ],
)
def test_a_bad_rate_is_named(rates, index, field):
    with pytest.raises(BadRecord, match=rf"^rates\[{index}\]\.{field}: expected "):
        converted(flows_of((1, DAY)), np.array([USD]), rates, TERMS)
