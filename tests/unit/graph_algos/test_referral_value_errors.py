"""What the value engine refuses, each record named by table, index and field and never by its value."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from graph_algos.referral_value import (
    OPERATOR,
    UNATTRIBUTED,
    Acquisitions,
    BadRecord,
    Book,
    Contributions,
    FlowKind,
    Flows,
    OutcomeKind,
    Outcomes,
    Parameters,
    Policy,
    PolicyName,
    check,
    score,
)
from graph_algos.value_checks import bad_records

REFERRAL, INTRODUCTION = OutcomeKind.REFERRAL, OutcomeKind.INTRODUCTION
START = date(2025, 1, 1)


def columns(rows, width):
    return [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.empty(0, np.int64)] * width


def make_book(customers, outcomes, contributions, flows, acquisitions=()):
    """Rows in the order of the dataclasses' fields; an outcome is (kind, pi, origin, start, owner)."""
    acquired = Acquisitions(*columns(acquisitions, 4)) if acquisitions else Acquisitions.none()
    return Book(
        customers,
        Outcomes(*columns(outcomes, 5)),
        Contributions(*columns(contributions, 3)),
        Flows(*columns(flows, 4)),
        acquired,
    )


def one_outcome(flows, *, pi=0.0, origin=START.toordinal(), start=START.toordinal(), kind=REFERRAL):
    """Customer 0 brought customer 1; flows are (kind, amount, day)."""
    return make_book(
        2, [(kind, float(pi), origin, start, 1)], [(0, 0, 1.0)], [(0, *flow) for flow in flows] or [(0, 0, 0, start)]
    )


def plain(**changes) -> Parameters:
    return replace(Parameters(annual_rate=0.0, valuation_day=START.toordinal()), **changes)


GOOD = {
    "outcomes": {"kind": 0, "pi": 0.5, "origin_day": 739_252, "start_day": 739_252, "owner": 1},
    "contributions": {"outcome": 0, "contributor": 0, "beta": 1.0},
    "flows": {"outcome": 0, "kind": 0, "amount_minor": 100, "day": 739_252},
    "acquisitions": {"customer": 0, "referrer": OPERATOR, "beta": 1.0, "dependence": 0.5},
}
TYPES = {"outcomes": Outcomes, "contributions": Contributions, "flows": Flows, "acquisitions": Acquisitions}


def book_with(table=None, field=None, value=None) -> Book:
    """Two good rows of everything; then row 1 of one column is replaced."""
    made = {}
    for name, good in GOOD.items():
        cells = {column: [cell, cell] for column, cell in good.items()}
        if name in ("contributions", "acquisitions"):
            cells["outcome" if name == "contributions" else "customer"][1] = 1
        if name == table:
            cells[field][1] = value
        made[name] = TYPES[name](**{column: np.array(cell) for column, cell in cells.items()})
    return Book(customer_count=2, **made)


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        ("outcomes", "kind", 7),
        ("outcomes", "pi", 1.5),
        ("outcomes", "pi", -0.25),
        ("outcomes", "pi", float("nan")),
        ("outcomes", "owner", 2),
        ("outcomes", "start_day", 0),
        ("outcomes", "origin_day", 4_000_000),
        ("contributions", "outcome", 2),
        ("contributions", "outcome", -1),
        ("contributions", "contributor", 2),
        ("contributions", "contributor", -3),
        ("contributions", "beta", -0.5),
        ("contributions", "beta", float("inf")),
        ("flows", "outcome", 2),
        ("flows", "kind", 6),
        ("flows", "amount_minor", float("nan")),
        ("flows", "amount_minor", float("inf")),
        ("flows", "amount_minor", 0.5),
        ("flows", "amount_minor", 2**53 + 1),
        ("flows", "day", 0),
        ("acquisitions", "customer", -1),
        ("acquisitions", "referrer", 2),
        ("acquisitions", "beta", float("nan")),
        ("acquisitions", "dependence", 1.5),
    ],
)
def test_a_bad_record_is_named_by_table_index_and_field_without_its_value(table, field, value):
    check(book_with())
    with pytest.raises(BadRecord) as caught:
        score(book_with(table, field, value), plain())
    assert (caught.value.table, caught.value.index, caught.value.field) == (table, 1, field)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(f"{table}[1].{field}: expected ")


def test_a_message_never_tells_the_value():
    with pytest.raises(BadRecord) as caught:
        score(book_with("flows", "amount_minor", 12_345.5), plain())
    assert "12345" not in str(caught.value)


def test_betas_that_do_not_sum_to_one_are_named_by_their_outcome_or_customer():
    with pytest.raises(ValueError, match=r"^outcomes\[1\]\.beta: expected contributions that sum to 1$"):
        score(book_with("contributions", "beta", 0.75), plain())
    with pytest.raises(ValueError, match=r"^customers\[1\]\.beta: expected acquisitions that sum to 1$"):
        score(book_with("acquisitions", "beta", 0.75), plain())


def test_an_outcome_without_contributors_is_refused():
    book = replace(book_with(), contributions=Contributions(np.array([0]), np.array([UNATTRIBUTED]), np.array([1.0])))
    assert [(bad.table, bad.index) for bad in bad_records(book)] == [("outcomes", 1)]


def test_every_bad_record_can_be_listed():
    book = replace(book_with(), flows=Flows(*(np.array(c) for c in ([0, 9, 8], [0, 0, 0], [1, 1, 1], [739_252] * 3))))
    assert [(bad.index, bad.field) for bad in bad_records(book)] == [(1, "outcome"), (2, "outcome")]


def test_columns_of_unequal_length_are_refused():
    flows = Flows(np.array([0]), np.array([0, 0]), np.array([1]), np.array([739_252]))
    with pytest.raises(ValueError, match="flows: expected"):
        check(replace(book_with(), flows=flows))


def test_values_too_large_for_money_are_refused():
    start = START.toordinal()
    old = one_outcome([(FlowKind.MARGIN, 100, 1)])
    with pytest.raises(BadRecord, match=r"flows\[0\]\.amount_minor"):
        score(old, plain(annual_rate=1e6))
    with pytest.raises(BadRecord, match=r"outcomes\[0\]\.value"):
        score(one_outcome([(FlowKind.MARGIN, 2**53, start)] * 2), plain())


@pytest.mark.parametrize(
    "wrong",
    [
        {"annual_rate": -1.0},
        {"annual_rate": float("nan")},
        {"valuation_day": 0},
        {"horizon_months": -1},
        {"window_months": 9_999},
        {"depth": 0},
    ],
)
def test_parameters_are_checked(wrong):
    with pytest.raises(ValueError, match=f"parameters.{next(iter(wrong))}"):
        plain(**wrong)


@pytest.mark.parametrize("rho", [0.0, 1.5, float("nan")])
def test_rho_is_checked(rho):
    with pytest.raises(ValueError, match=r"policy\.rho"):
        Policy(PolicyName.GEOMETRIC, rho)
