"""Invariant 15 of VALUE.md: a legal group is one contributor; splitting oneself into companies gains nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph_algos.referral_value import Acquisitions, Book, Contributions, FlowKind, Flows, Outcomes, check, score
from graph_algos.value_groups import collapse
from tests.unit.graph_algos.value_books import DAY, PLAIN, cases, policies, quick, same, total


@quick
@given(cases, st.integers(1, 3))
def test_15_collapsing_legal_groups_keeps_totals(case, groups):
    group = np.arange(case.shape.customers) % groups
    book = collapse(case.book, group)
    check(book)
    table = case.scored(book)
    assert np.array_equal(table.outcomes.value_minor, case.table.outcomes.value_minor)
    assert total(table) == total(case.table)
    assert np.array_equal(table.attributed_away, case.table.attributed_away)
    spoken_for = np.arange(case.shape.customers) >= groups
    assert not table.crv_referral[:-2][spoken_for].any()
    assert not table.crv_introduction[:-2][spoken_for].any()


@quick
@given(cases)
def test_customers_of_no_group_are_left_as_they_are(case):
    assume((np.asarray(case.book.acquisitions.customer) != case.book.acquisitions.referrer).all())
    assert same(case.scored(collapse(case.book, np.arange(case.shape.customers)[::-1])), case.table)


def chain(*links):
    """Customer 0 acted for 100.00; links are (customer, referrer, d)."""
    customer, referrer, dependence = zip(*links, strict=True)
    outcome = Outcomes(*(np.array([x]) for x in (0, 0.0, DAY, DAY, 3)))
    flows = Flows(*(np.array([x]) for x in (0, FlowKind.MARGIN, 10_000, DAY)))
    acquired = Acquisitions(np.array(customer), np.array(referrer), np.ones(len(customer)), np.array(dependence))
    return Book(4, outcome, Contributions(np.array([0]), np.array([0]), np.array([1.0])), flows, acquired)


@pytest.mark.parametrize("shell_dependence", [0.25, 1.0])
@given(policies)
def test_a_shell_company_between_oneself_and_ones_referrer_gains_nothing(shell_dependence, policy):
    rules, group = replace(PLAIN, policy=policy), np.array([0, 0, 2, 3])  # 1 is a shell of 0
    honest = score(collapse(chain((0, 2, 0.5)), group), rules)
    sly = score(collapse(chain((0, 1, shell_dependence), (1, 2, 0.5)), group), rules)
    assert same(honest, sly)


def test_acquisitions_of_several_members_by_others_count_alike():
    rows = collapse(chain((0, 2, 0.5), (1, 3, 1.0), (2, 0, 1.0)), np.array([0, 0, 2, 3])).acquisitions
    assert list(zip(rows.customer, rows.referrer, rows.beta, rows.dependence, strict=True)) == [
        (0, 2, 0.5, 0.5),
        (0, 3, 0.5, 1.0),
        (2, 0, 1.0, 1.0),
    ]


def test_a_group_for_each_customer_is_needed():
    with pytest.raises(ValueError, match="one number a customer"):
        collapse(chain((0, 2, 0.5)), np.array([0, 0]))
