"""VALUE.md's invariants 1, 4–9, 11, 15 and 17 for one currency; Decimal is the oracle of present values."""

from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.referral_value import (
    OPERATOR,
    UNATTRIBUTED,
    Acquisitions,
    Book,
    Contributions,
    FlowKind,
    Flows,
    Outcomes,
    Part,
    score,
)
from graph_algos.value_present import present_values, value_parts
from tests.unit.graph_algos.value_books import DAY, PLAIN, parameters, quick, random_book, same, shapes, take, total

# --- 1 conservation, 17 network value ---------------------------------------------------------------------------


@quick
@given(shapes, parameters)
def test_1_credits_parts_and_links_sum_exactly(shape, given_parameters):
    book = random_book(shape)
    table = score(book, given_parameters)
    value, m = table.outcomes.value_minor, shape.outcomes
    assert total(table) == value.sum()
    assert np.array_equal(table.outcomes.parts_minor.sum(axis=(1, 2)), value)
    by_outcome, by_pair = np.zeros(m, np.int64), {}
    np.add.at(by_outcome, table.credits.outcome, table.credits.amount_minor)
    assert np.array_equal(by_outcome, value)
    for o, c, amount in zip(table.links.outcome, table.links.contributor, table.links.amount_minor, strict=True):
        by_pair[o, c] = by_pair.get((o, c), 0) + amount
    credited = zip(table.credits.outcome, table.credits.contributor, table.credits.amount_minor, strict=True)
    assert by_pair == {(o, c): amount for o, c, amount in credited}
    for kind, crv in enumerate((table.crv_referral, table.crv_introduction)):
        parts = table.outcomes.parts_minor[np.asarray(book.outcomes.kind) == kind].sum(axis=0)
        parts[Part.SERVING] += parts[Part.PROGRAMME]
        assert np.array_equal(crv.sum(axis=0), parts[: Part.PROGRAMME])


@quick
@given(shapes, parameters)
def test_17_network_values_sum_to_lifetime_values_and_what_is_in_none(shape, given_parameters):
    book = random_book(shape)
    table = score(book, given_parameters)
    clv = np.arange(shape.customers) * 1_000
    expected = table.outcomes.parts_minor[:, :, 1].sum(axis=0)
    in_no_clv = expected[Part.SAVINGS] + expected[Part.FEES] + expected[Part.PROGRAMME]
    crv = table.crv_referral + table.crv_introduction
    rows_of_nobody = crv[-2:, :, 1].sum() - table.attributed_away[-2:, 1].sum()
    assert table.network_value(clv).sum() + rows_of_nobody == clv.sum() + in_no_clv


# --- 4 zero cases, 5 additive, 6 linear, 7 monotone -----------------------------------------------------------------


@quick
@given(shapes, parameters)
def test_4_business_that_would_have_come_anyway_is_worth_only_savings_and_certain_cash(shape, given_parameters):
    book = random_book(shape)
    book = replace(book, outcomes=replace(book.outcomes, pi=np.ones(shape.outcomes)))
    only = np.isin(book.flows.kind, (FlowKind.MARGIN, FlowKind.SERVING, FlowKind.ACQUISITION_SAVED))
    table = score(replace(book, flows=take(book.flows, only)), given_parameters)
    assert not any(column.any() for column in (table.crv_referral, table.crv_introduction, table.attributed_away))


@quick
@given(shapes, parameters, st.randoms(use_true_random=False))
def test_5_order_of_records_changes_nothing(shape, given_parameters, random):
    book = random_book(shape)

    def shuffled(table):
        order = list(range(len(getattr(table, next(iter(type(table).__dataclass_fields__))))))
        random.shuffle(order)
        return take(table, np.array(order, np.int64))

    mixed = replace(
        book,
        contributions=shuffled(book.contributions),
        flows=shuffled(book.flows),
        acquisitions=shuffled(book.acquisitions),
    )
    assert same(score(book, given_parameters), score(mixed, given_parameters))


@quick
@given(shapes, parameters)
def test_5_values_add_over_any_partition_of_outcomes(shape, given_parameters):
    book = random_book(shape)
    whole = score(book, given_parameters)
    crv, away = np.zeros_like(whole.crv_referral), np.zeros_like(whole.attributed_away)
    for part in (0, 1):
        chosen = np.arange(part, shape.outcomes, 2)
        number = np.full(shape.outcomes, -1)
        number[chosen] = np.arange(len(chosen))
        rows = take(book.contributions, np.isin(book.contributions.outcome, chosen))
        flows = take(book.flows, np.isin(book.flows.outcome, chosen))
        piece = replace(
            book,
            outcomes=take(book.outcomes, chosen),
            contributions=replace(rows, outcome=number[rows.outcome]),
            flows=replace(flows, outcome=number[flows.outcome]),
        )
        table = score(piece, given_parameters)
        crv += table.crv_referral + table.crv_introduction
        away += table.attributed_away
    assert np.array_equal(crv, whole.crv_referral + whole.crv_introduction)
    assert np.array_equal(away, whole.attributed_away)


@quick
@given(shapes, parameters)
def test_6_value_is_linear_in_pi(shape, given_parameters):
    book, honest = random_book(shape), replace(given_parameters, strict_kumar=False)
    values = present_values(book.flows, book.outcomes, honest)
    at = [value_parts(values, np.full(shape.outcomes, pi), honest).sum(axis=(1, 2)) for pi in (0.0, 0.25, 1.0)]
    assert at[1] == pytest.approx(0.75 * at[0] + 0.25 * at[2], rel=1e-9, abs=1e-6)


@quick
@given(shapes, parameters, st.integers(1, 10_000))
def test_7_a_larger_margin_never_lowers_a_value(shape, given_parameters, more):
    book = random_book(shape)
    raised = replace(
        book.flows, amount_minor=book.flows.amount_minor + more * (np.asarray(book.flows.kind) == FlowKind.MARGIN)
    )
    before, after = score(book, given_parameters), score(replace(book, flows=raised), given_parameters)
    assert (after.outcomes.value_minor >= before.outcomes.value_minor).all()
    assert (after.credits.amount_minor >= before.credits.amount_minor - 1).all()


# --- 8 Kumar, 9 present value ---------------------------------------------------------------------------------------


def kumar(types, periods, rate):
    """His formula, term by term: rows of (outcome, period, A − a − M + ACQ1, ACQ2), r for each period."""
    total_value = Decimal(0)
    for outcome, period, type_one, type_two in periods:
        total_value += Decimal(type_two if types[outcome] else type_one) / (1 + rate) ** period
    return total_value


@quick
@given(
    st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.75, 1.0]), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), *[st.integers(0, 10**6)] * 5), max_size=8),
)
def test_8_reduces_to_kumar(pis, raw):
    rows = [(o % len(pis), year, *amounts) for o, year, *amounts in raw]
    flows = [
        (o, kind, amount, DAY + 365 * year)
        for o, year, *amounts in rows
        for kind, amount in zip(
            (
                FlowKind.MARGIN,
                FlowKind.COST,
                FlowKind.SERVING,
                FlowKind.ACQUISITION_SAVED,
                FlowKind.ACQUISITION_SAVED_ANYWAY,
            ),
            amounts,
            strict=True,
        )
    ]
    m = len(pis)
    book = Book(
        1,
        Outcomes(np.zeros(m, int), np.array(pis), np.full(m, DAY), np.full(m, DAY), np.full(m, UNATTRIBUTED)),
        Contributions(np.arange(m), np.zeros(m, int), np.ones(m)),
        Flows(*np.array(flows, np.int64).reshape(-1, 4).T),
        Acquisitions.none(),
    )
    table = score(book, replace(PLAIN, annual_rate=0.15, strict_kumar=True))
    periods = [(o, year, a - cost - m_ + acq1, acq2) for o, year, a, cost, m_, acq1, acq2 in rows]
    expected = kumar([pi > 0.5 for pi in pis], periods, Decimal("0.15"))
    assert abs(total(table) - expected) <= Decimal(m) / 2 + Decimal("0.001")


@quick
@given(
    st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(-1_000, 1_000)), min_size=1, max_size=12),
    st.sampled_from(["0", "0.05", "0.12", "0.4", "-0.02"]),
)
def test_9_present_values_equal_decimal(flows, rate):
    book = one_book([(FlowKind.FEE, amount, DAY + offset) for amount, offset in flows])
    given_parameters = replace(PLAIN, annual_rate=float(rate), horizon_months=60)
    got = present_values(book.flows, book.outcomes, given_parameters)[0, FlowKind.FEE]
    with localcontext() as context:
        context.prec = 40
        growth = 1 + Decimal(rate)
        for time in (0, 1):
            chosen = [(x, d) for x, d in flows if (d > 0) == bool(time)]
            expected = sum((x * growth ** (Decimal(-d) / 365) for x, d in chosen), Decimal(0))
            size = sum((abs(x) * growth ** (Decimal(-d) / 365) for x, d in chosen), Decimal(1))
            assert abs(Decimal(float(got[time])) - expected) <= size * Decimal("1e-14") + Decimal("1e-8")


def one_book(flows, *, customers=1, beta=((0, 1.0),)):
    outcome, kind, amount, day = np.array([(0, *flow) for flow in flows], np.int64).reshape(-1, 4).T
    who, shares = zip(*beta, strict=True)
    return Book(
        customers,
        Outcomes(np.array([1]), np.array([0.0]), np.array([DAY]), np.array([DAY]), np.array([UNATTRIBUTED])),
        Contributions(np.zeros(len(who), int), np.array(who), np.array(shares)),
        Flows(outcome, kind, amount, day),
        Acquisitions.none(),
    )


@quick
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 1_000)), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_9_no_rate_is_a_plain_sum_and_a_higher_rate_never_helps_future_inflows(flows, one, other):
    book = one_book([(FlowKind.FEE, amount, DAY + offset) for amount, offset in flows])
    low, high = sorted((one, other))
    sums = [
        float(present_values(book.flows, book.outcomes, replace(PLAIN, annual_rate=rate)).sum())
        for rate in (0.0, low, high)
    ]
    assert sums[0] == sum(amount for amount, _ in flows)
    assert sums[0] >= sums[1] - 1e-6 >= sums[2] - 2e-6


# --- 11 reversal, 15 renaming ------------------------------------------------------------------------


@quick
@given(shapes, parameters)
def test_11_a_reversal_cancels_exactly(shape, given_parameters):
    book = random_book(shape)
    flows = book.flows
    both = Flows(
        *(
            np.concatenate([np.asarray(c), np.asarray(c)])
            for c in (flows.outcome, flows.kind, flows.amount_minor, flows.day)
        )
    )
    k = len(flows.outcome)
    both.amount_minor[k:] *= -1
    table = score(replace(book, flows=both), given_parameters)
    assert not any(a.any() for a in (table.crv_referral, table.crv_introduction, table.outcomes.parts_minor))


@quick
@given(shapes, parameters, st.randoms(use_true_random=False))
def test_15_renaming_customers_moves_at_most_units(shape, given_parameters, random):
    book = random_book(shape)
    names = list(range(shape.customers))
    random.shuffle(names)
    name = np.array([*names, UNATTRIBUTED, OPERATOR])  # index −1 and −2 read the last two
    renamed = replace(
        book,
        outcomes=replace(book.outcomes, owner=name[book.outcomes.owner]),
        contributions=replace(book.contributions, contributor=name[book.contributions.contributor]),
        acquisitions=replace(
            book.acquisitions, customer=name[book.acquisitions.customer], referrer=name[book.acquisitions.referrer]
        ),
    )
    before, after = score(book, given_parameters), score(renamed, given_parameters)
    assert np.array_equal(before.outcomes.parts_minor, after.outcomes.parts_minor)
    assert total(before) == total(after)
    one = dict(
        zip(
            zip(before.credits.outcome, name[before.credits.contributor], strict=True),
            before.credits.amount_minor,
            strict=True,
        )
    )
    two = dict(
        zip(zip(after.credits.outcome, after.credits.contributor, strict=True), after.credits.amount_minor, strict=True)
    )
    assert one.keys() == two.keys()
    assert all(abs(one[key] - two[key]) <= 1 for key in one)


@quick
@given(shapes, parameters)
def test_15_collapsing_a_legal_group_keeps_totals(shape, given_parameters):
    book = random_book(shape)
    group = np.array([*(np.arange(shape.customers) // 2 * 2), UNATTRIBUTED, OPERATOR])
    collapsed = replace(
        book, contributions=replace(book.contributions, contributor=group[book.contributions.contributor])
    )
    before, after = score(book, given_parameters), score(collapsed, given_parameters)
    assert np.array_equal(before.outcomes.value_minor, after.outcomes.value_minor)
    assert total(before) == total(after)
