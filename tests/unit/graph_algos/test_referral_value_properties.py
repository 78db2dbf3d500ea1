"""VALUE.md's invariants 1, 4–9, 11, 12, 14, 15 and 17, in one currency and with HR = .344 and three currencies; Decimal
is the oracle of present values."""

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
from graph_algos.value_retention import retention_uplift
from tests.unit.graph_algos.value_books import DAY, PLAIN, cases, pieces, quick, same, take, total

# --- 1 conservation, 17 network value ---------------------------------------------------------------------------


@quick
@given(cases)
def test_1_credits_parts_and_links_sum_exactly(case):
    book, table = case.book, case.table
    value, m = table.outcomes.value_minor, case.shape.outcomes
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
@given(cases)
def test_17_network_values_sum_to_lifetime_values_and_what_is_in_none(case):
    table = case.table
    clv = np.arange(case.shape.customers) * 1_000
    expected = table.outcomes.parts_minor[:, :, 1].sum(axis=0)
    in_no_clv = expected[Part.SAVINGS] + expected[Part.FEES] + expected[Part.PROGRAMME]
    crv = table.crv_referral + table.crv_introduction
    rows_of_nobody = crv[-2:, :, 1].sum() - table.attributed_away[-2:, 1].sum()
    assert table.network_value(clv).sum() + rows_of_nobody == clv.sum() + in_no_clv


# --- 4 zero cases, 5 additive, 6 linear, 7 monotone -----------------------------------------------------------------


@quick
@given(cases)
def test_4_business_that_would_have_come_anyway_is_worth_only_what_it_spares_and_uplift(case):
    book = replace(case.book, outcomes=replace(case.book.outcomes, pi=np.ones(case.shape.outcomes)))
    only = np.isin(book.flows.kind, (FlowKind.MARGIN, FlowKind.SERVING, FlowKind.ACQUISITION_SAVED))
    table = case.scored(replace(book, flows=take(book.flows, only)))
    assert np.array_equal(table.outcomes.value_minor, np.rint(case.uplift))
    assert np.array_equal(table.outcomes.parts_minor[:, Part.RETENTION, 1], table.outcomes.value_minor)
    if case.rules.hazard_ratio == 1.0:
        assert not any(column.any() for column in (table.crv_referral, table.crv_introduction, table.attributed_away))


@quick
@given(cases, st.randoms(use_true_random=False))
def test_5_order_of_records_changes_nothing(case, random):
    book = case.book

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
    uplift = retention_uplift(shuffled(case.ties), book.outcomes, case.rules)
    assert same(case.table, score(mixed, case.rules, uplift=uplift))


@quick
@given(cases)
def test_5_values_add_over_any_partition_of_outcomes(case):
    crv, away = np.zeros_like(case.table.crv_referral), np.zeros_like(case.table.attributed_away)
    for part in (0, 1):
        book, ties = pieces(case, np.arange(part, case.shape.outcomes, 2))
        table = score(book, case.rules, uplift=retention_uplift(ties, book.outcomes, case.rules))
        crv += table.crv_referral + table.crv_introduction
        away += table.attributed_away
    assert np.array_equal(crv, case.table.crv_referral + case.table.crv_introduction)
    assert np.array_equal(away, case.table.attributed_away)


@quick
@given(cases)
def test_6_value_is_linear_in_pi(case):
    honest, m = replace(case.rules, strict_kumar=False), case.shape.outcomes
    values = present_values(case.book.flows, case.book.outcomes, honest)
    at = [value_parts(values, np.full(m, pi), honest, uplift=case.uplift).sum(axis=(1, 2)) for pi in (0.0, 0.25, 1.0)]
    assert at[1] == pytest.approx(0.75 * at[0] + 0.25 * at[2], rel=1e-9, abs=1e-6)


@quick
@given(cases, st.sampled_from([FlowKind.MARGIN, FlowKind.FEE, FlowKind.ACQUISITION_SAVED]), st.integers(1, 10_000))
def test_7_a_larger_positive_flow_never_lowers_a_value(case, kind, more):
    flows = case.book.flows
    raised = replace(flows, amount_minor=flows.amount_minor + more * (np.asarray(flows.kind) == kind))
    after = case.scored(replace(case.book, flows=raised))
    assert (after.outcomes.value_minor >= case.table.outcomes.value_minor).all()
    assert (after.credits.amount_minor >= case.table.credits.amount_minor - 1).all()


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
    st.sampled_from([0, 1_234]),
)
def test_8_reduces_to_kumar_and_what_retention_adds(pis, raw, uplift):
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
    table = score(book, replace(PLAIN, annual_rate=0.15, strict_kumar=True), uplift=np.full(m, float(uplift)))
    periods = [(o, year, a - cost - m_ + acq1, acq2) for o, year, a, cost, m_, acq1, acq2 in rows]
    expected = kumar([pi > 0.5 for pi in pis], periods, Decimal("0.15")) + m * uplift
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


# --- 11 reversal, 12 forecasts, 14 scale, 15 renaming -----------------------------------------------------------


@quick
@given(cases)
def test_11_a_reversal_cancels_exactly(case):
    flows = case.book.flows
    columns = (flows.outcome, flows.kind, flows.amount_minor, flows.day)
    twice = [np.concatenate([np.asarray(column)] * 2) for column in columns]
    twice[2][len(flows.day) :] *= -1
    parts = case.scored(replace(case.book, flows=Flows(*twice))).outcomes.parts_minor
    assert not np.delete(parts, Part.RETENTION, axis=1).any()
    assert np.array_equal(parts[:, Part.RETENTION, 1], np.rint(case.uplift))


@quick
@given(cases, st.integers(-300, 300))
def test_12_what_comes_true_moves_from_expected_to_realised_and_keeps_the_sum(case, later):
    moved = replace(case.rules, valuation_day=case.rules.valuation_day + later)
    before, after = (present_values(case.book.flows, case.book.outcomes, rules) for rules in (case.rules, moved))
    growth = (1 + moved.annual_rate) ** (later / 365)
    assert after.sum(axis=2) == pytest.approx(before.sum(axis=2) * growth, rel=1e-9, abs=1e-3)


@quick
@given(st.integers(1, 10**9), st.integers(1, 900), st.integers(0, 10**9))
def test_12_a_forecast_that_arrives_in_instalments_is_worth_the_same(amount, offset, first):
    def value(*amounts):
        book = one_book([(FlowKind.FEE, one, DAY + offset) for one in amounts])
        return present_values(book.flows, book.outcomes, replace(PLAIN, annual_rate=0.12)).sum()

    assert value(first, amount - first) == pytest.approx(value(amount), abs=1e-6)


@quick
@given(cases, st.integers(2, 50))
def test_14_scaling_amounts_scales_values(case, factor):
    flows = replace(case.book.flows, amount_minor=case.book.flows.amount_minor * factor)
    ties = replace(case.ties, margin=case.ties.margin * factor)
    uplift = retention_uplift(ties, case.book.outcomes, case.rules)
    many = score(replace(case.book, flows=flows), case.rules, uplift=uplift).outcomes.value_minor
    assert (np.abs(many - factor * case.table.outcomes.value_minor) <= factor / 2 + 1).all()


@quick
@given(cases, st.randoms(use_true_random=False))
def test_15_renaming_customers_moves_at_most_units(case, random):
    book, names = case.book, list(range(case.shape.customers))
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
    before, after = case.table, case.scored(renamed)
    assert np.array_equal(before.outcomes.parts_minor, after.outcomes.parts_minor)
    assert total(before) == total(after)
    one, two = credits_by_pair(before.credits, name), credits_by_pair(after.credits, np.array([*range(7), -2, -1]))
    assert one.keys() == two.keys()
    assert all(abs(one[key] - two[key]) <= 1 for key in one)


def credits_by_pair(rows, name):
    return dict(zip(zip(rows.outcome, name[rows.contributor], strict=True), rows.amount_minor, strict=True))
