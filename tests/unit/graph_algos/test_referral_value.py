"""VALUE.md's worked examples to the cent, zero cases, windows, strict Kumar and roundings."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from graph_algos.referral_value import (
    OPERATOR,
    Acquisitions,
    Book,
    Contributions,
    FlowKind,
    Flows,
    OutcomeKind,
    Outcomes,
    Parameters,
    Part,
    Policy,
    PolicyName,
    ValueTable,
    score,
)
from graph_algos.value_allocation import allocate
from graph_algos.value_chain import chain_shares
from graph_algos.value_columns import EXPECTED, KINDS, REALISED
from graph_algos.value_present import add_months, present_values

REFERRAL, INTRODUCTION = OutcomeKind.REFERRAL, OutcomeKind.INTRODUCTION
COLUMN = {name: i for i, name in enumerate(KINDS)}
START = date(2025, 1, 1)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


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


def credit_of(table: ValueTable, customer: int) -> int:
    rows = table.credits.contributor == customer
    return int(table.credits.amount_minor[rows].sum())


def total(table: ValueTable) -> int:
    return int(table.crv_referral.sum() + table.crv_introduction.sum())


# --- worked examples ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dependence", "shares"),
    [([0.5], [3 / 4, 1 / 4]), ([0.5, 0.5], [17 / 24, 5 / 24, 1 / 12]), ([0.5, 1.0], [2 / 3, 1 / 6, 1 / 6])],
)
def test_example_1_shares(dependence, shares):
    assert chain_shares(np.array(dependence)) == pytest.approx(shares, abs=1e-15)


def introduction_of_example_2() -> tuple[Book, Parameters]:
    g, j, k, p, s = range(5)
    start = day("2026-01-01")
    flows = [
        (0, FlowKind.MARGIN, 100_000, day("2026-07-01")),
        (0, FlowKind.MARGIN, 200_000, day("2027-01-01")),
        (0, FlowKind.SERVING, 15_000, day("2026-07-01")),
        (0, FlowKind.COST, 12_000, day("2026-02-01")),
    ]
    contributions = [(0, k, 0.4), (0, p, 0.2), (0, s, 0.2), (0, OPERATOR, 0.2)]
    acquisitions = [(k, j, 1.0, 0.5), (j, g, 1.0, 1.0)]
    book = make_book(5, [(INTRODUCTION, 0.25, start, start, s)], contributions, flows, acquisitions)
    return book, Parameters(annual_rate=0.12, valuation_day=start)


def test_example_2_one_introduction_with_a_chain_behind_one_voucher():
    table = score(*introduction_of_example_2())
    assert table.outcomes.value_minor.tolist() == [182_310]
    assert [credit_of(table, who) for who in (2, 1, 0, 3, 4, OPERATOR)] == [48_616, 12_154, 12_154, *[36_462] * 3]
    assert table.crv_introduction.sum(axis=(1, 2)).tolist() == [12_154, 12_154, 48_616, 36_462, 36_462, 36_462, 0]
    assert not table.crv_referral.any()


def test_example_2_lists_the_path_behind_each_credit():
    links = score(*introduction_of_example_2()).links
    path = [
        (int(c), int(p), int(a)) for c, p, a in zip(links.contributor, links.position, links.amount_minor, strict=True)
    ]
    assert path == [
        (OPERATOR, 1, 36_462),
        (2, 1, 48_616),
        (1, 2, 12_154),
        (0, 3, 12_154),
        (3, 1, 36_462),
        (4, 1, 36_462),
    ]
    assert links.parent.tolist() == [-1, -1, 1, 2, -1, -1]
    assert links.contribution.tolist() == [3, 0, 0, 0, 1, 2]


def referrals_of_example_3(pi: tuple[float, float, float]) -> Book:
    start = START.toordinal()
    margins = [(0, 45_000, (1, 2, 3)), (1, 81_000, (2, 3)), (2, 40_500, (1, 2, 3))]
    flows = [(o, FlowKind.MARGIN, amount, start + 365 * year) for o, amount, years in margins for year in years]
    for o, year in ((0, 1), (1, 2), (2, 1)):
        flows += [
            (o, FlowKind.ACQUISITION_SAVED, 10_000, start + 365 * year),
            (o, FlowKind.ACQUISITION_SAVED_ANYWAY, 10_000, start + 365 * year),
            (o, FlowKind.COST, 2_000, start + 365 * year),
        ]
    outcomes = [(REFERRAL, p, start, start, 1 + o) for o, p in enumerate(pi)]
    return make_book(4, outcomes, [(o, 0, 1.0) for o in range(3)], flows)


@pytest.mark.parametrize(
    ("pi", "strict", "values", "total_minor"),
    [
        ((0.2, 0.5, 1.0), False, [96_799, 70_511, 7_273], 174_583),
        ((0.0, 0.0, 1.0), False, None, 260_864),
        ((0.2, 0.5, 1.0), True, None, 262_682),
    ],
)
def test_example_3_three_referrals(pi, strict, values, total_minor):
    table = score(referrals_of_example_3(pi), plain(annual_rate=0.1, strict_kumar=strict))
    assert total(table) == total_minor
    assert credit_of(table, 0) == total_minor
    if values:
        assert table.outcomes.value_minor.tolist() == values


def test_example_4_a_chain_that_conserves():
    root, later = 10, START.toordinal() + 30
    b, c = range(10), range(11, 17)
    worth = [20_000] * 10 + [16_667] * 4 + [16_666] * 2
    owners = [*b, *c]
    outcomes = [(REFERRAL, 0.0, later, later, owner) for owner in owners]
    contributions = [(o, root, 1.0) for o in b] + [(10 + i, i, 1.0) for i in range(6)]
    flows = [(o, FlowKind.MARGIN, amount, later) for o, amount in enumerate(worth)]
    book = make_book(17, outcomes, contributions, flows, [(i, root, 1.0, 0.5) for i in b])
    table = score(book, plain())
    assert credit_of(table, root) == 225_000
    assert [credit_of(table, i) for i in b] == [12_500] * 6 + [0] * 4
    assert total(table) == 300_000
    clv = np.array([20_000] * 11 + worth[10:])
    assert int(table.network_value(clv).sum()) == 320_000
    assert int(clv.sum() + total(table)) - 320_000 == 300_000  # what naive adding would count twice


# --- zero cases, time, windows, modes --------------------------------------------------------------------------------


def test_no_outcomes_are_worth_nothing():
    table = score(make_book(3, [], [], []), plain())
    assert (total(table), table.crv_referral.shape, len(table.credits.outcome)) == (0, (5, 5, 2), 0)


def test_business_that_would_have_come_anyway_and_saves_nothing_is_worth_nothing():
    table = score(one_outcome([(FlowKind.MARGIN, 100_000, day("2025-06-01"))], pi=1.0), plain(annual_rate=0.1))
    assert total(table) == 0


def test_without_an_uplift_nothing_is_claimed_for_retention():
    table = score(*introduction_of_example_2())
    assert not table.crv_introduction[:, COLUMN["retention"]].any()


def test_an_uplift_adds_to_value_and_to_what_is_credited_away():
    book = one_outcome([(FlowKind.MARGIN, 100, START.toordinal())])
    table = score(book, plain(), uplift=np.array([50.0]))
    assert table.crv_referral[0].tolist() == [[100, 0], [0, 0], [0, 50], [0, 0], [0, 0]]
    assert table.attributed_away[1].tolist() == [100, 50]


def test_an_uplift_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="one amount an outcome"):
        score(one_outcome([]), plain(), uplift=np.zeros((1, 2)))


def test_ancestors_of_an_independent_customer_get_nothing():
    book = replace(one_outcome([(FlowKind.MARGIN, 100, START.toordinal())]), customer_count=3)
    chain = Acquisitions(np.array([0]), np.array([2]), np.array([1.0]), np.array([0.0]))
    for name in PolicyName:
        table = score(replace(book, acquisitions=chain), plain(policy=Policy(name)))
        assert (credit_of(table, 0), credit_of(table, 2)) == (100, 0)


def test_each_part_lands_in_its_kind_and_time():
    today, later = START.toordinal(), START.toordinal() + 1
    flows = [(kind, 100 * 2**kind, d) for kind in FlowKind for d in (today, later)]
    table = score(one_outcome(flows, pi=0.25), plain())
    #                                 margin    savings       retention  fees    costs = serving + programme
    assert table.crv_referral[0, :, 0].tolist() == [75, 300 + 200, 0, 1600, -150 - 3200]
    assert table.crv_referral[0, :, REALISED].tolist() == table.crv_referral[0, :, EXPECTED].tolist()
    assert table.attributed_away[1].tolist() == [75 - 150, 75 - 150]
    assert table.outcomes.parts_minor[0, Part.PROGRAMME].tolist() == [-3200, -3200]


@pytest.mark.parametrize(
    ("origin", "start", "flow", "counts"),
    [
        ("2024-01-15", "2025-01-15", "2025-02-01", True),
        ("2024-01-15", "2025-01-16", "2025-02-01", False),
        ("2024-02-29", "2025-02-28", "2025-02-28", True),
        ("2024-02-29", "2025-03-01", "2025-03-01", False),
        ("2025-01-15", "2025-01-14", "2025-02-01", False),
        ("2025-01-15", "2025-01-15", "2028-01-15", True),
        ("2025-01-15", "2025-01-15", "2028-01-16", False),
    ],
)
def test_business_counts_within_window_and_horizon(origin, start, flow, counts):
    book = one_outcome([(FlowKind.MARGIN, 100, day(flow))], origin=day(origin), start=day(start))
    assert total(score(book, plain())) == (100 if counts else 0)


def test_programme_costs_of_late_business_stay_certain_cash():
    flows = [(FlowKind.MARGIN, 100, day("2026-06-01")), (FlowKind.COST, 30, day("2025-06-01"))]
    table = score(one_outcome(flows, start=day("2026-06-01")), plain())
    assert (total(table), table.outcomes.counts.tolist()) == (-30, [False])


def test_months_end_on_the_last_day_of_a_shorter_month():
    days = np.array([day("2024-01-31"), day("2024-02-29"), day("2023-12-31"), day("0001-01-01")])
    expected = [day("2024-02-29"), day("2024-03-29"), day("2024-01-31"), day("0001-02-01")]
    assert add_months(days, 1).tolist() == expected


def test_incentives_of_type_two_are_charged_unless_told_otherwise():
    book = one_outcome([(FlowKind.COST, 40, START.toordinal())], pi=1.0)
    assert total(score(book, plain())) == -40
    assert total(score(book, plain(charge_incentive_to_type_two=False))) == 0
    assert total(score(book, plain(strict_kumar=True))) == 0


def test_a_cycle_is_cut_at_the_first_repeat():
    book = one_outcome([(FlowKind.MARGIN, 400, START.toordinal())])
    ring = Acquisitions(np.array([0, 1]), np.array([1, 0]), np.ones(2), np.array([0.5, 0.5]))
    table = score(replace(book, acquisitions=ring), plain())
    assert (credit_of(table, 0), credit_of(table, 1)) == (300, 100)


def test_several_referrers_branch_and_operator_ends_a_path():
    book = replace(one_outcome([(FlowKind.MARGIN, 800, START.toordinal())]), customer_count=4)
    rows = [(0, OPERATOR, 0.5, 1.0), (0, 2, 0.25, 1.0), (0, 3, 0.25, 1.0)]
    table = score(replace(book, acquisitions=Acquisitions(*columns(rows, 4))), plain())
    assert [credit_of(table, who) for who in (0, OPERATOR, 2, 3)] == [400, 200, 100, 100]
    assert table.crv_referral[4].sum() == 200


def test_depth_cuts_a_chain_and_conserves():
    n = 12
    links = np.arange(n - 1)
    acquisitions = Acquisitions(links, links + 1, np.ones(n - 1), np.ones(n - 1))
    book = replace(
        one_outcome([(FlowKind.MARGIN, 800, START.toordinal())]), customer_count=n, acquisitions=acquisitions
    )
    table = score(book, plain())
    assert [credit_of(table, i) for i in range(n)] == [100] * 8 + [0] * 4


def test_direct_and_geometric_policies_sum_to_the_value():
    book = replace(one_outcome([(FlowKind.MARGIN, 700, START.toordinal())]), customer_count=4)
    rows = [(0, 2, 1.0, 0.5), (2, 3, 1.0, 0.5)]
    book = replace(book, acquisitions=Acquisitions(*columns(rows, 4)))
    direct = score(book, plain(policy=Policy(PolicyName.DIRECT)))
    assert [credit_of(direct, who) for who in (0, 2, 3)] == [700, 0, 0]
    geometric = score(book, plain(policy=Policy(PolicyName.GEOMETRIC, 0.5)))
    assert [credit_of(geometric, who) for who in (0, 2, 3)] == [400, 200, 100]


def test_one_customer_on_several_paths_has_one_credit_and_its_earliest_position():
    rows = [(0, 0, 0.5), (0, 2, 0.5)]
    start = START.toordinal()
    book = make_book(3, [(INTRODUCTION, 0.0, start, start, 1)], rows, [(0, 0, 100, start)], [(0, 2, 1.0, 1.0)])
    table = score(book, plain())
    assert table.credits.contributor.tolist() == [0, 2]
    assert table.credits.amount_minor.tolist() == [25, 75]
    assert table.credits.position.tolist() == [1, 1]
    assert table.links.amount_minor.tolist() == [25, 25, 50]


# --- roundings that the worked examples do not reach ---------------------------------------------------------------


@pytest.mark.parametrize(("amount", "rounded"), [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2)])
def test_a_value_is_rounded_half_even(amount, rounded):
    table = score(one_outcome([(FlowKind.MARGIN, amount, START.toordinal())], pi=0.5), plain())
    assert table.outcomes.value_minor.tolist() == [rounded]


def test_typed_shares_that_miss_one_by_little_are_normalised():
    start = START.toordinal()
    thirds = [(0, who, 0.3333332) for who in range(3)]
    book = make_book(3, [(REFERRAL, 0.0, start, start, 1)], thirds, [(0, 0, 300, start)])
    assert score(book, plain()).credits.weight.tolist() == pytest.approx([1 / 3] * 3, abs=1e-15)


def test_equal_remainders_tie_although_float64_tells_them_apart():
    weights = np.array([0.3, 0.1 + 0.2, 0.4])
    assert weights[0] != weights[1]
    assert allocate(1_000_000_005 * weights, 1_000_000_005).tolist() == [300_000_002, 300_000_001, 400_000_002]


@pytest.mark.parametrize("sign", [1, -1])
def test_many_contributors_are_served_by_the_same_rule(sign):
    exact = sign * np.array([0.25] * 40 + [0.75] * 40)
    assert allocate(exact, sign * 40).tolist() == [0] * 40 + [sign] * 40


def test_a_reversal_cancels_in_every_bit():
    flows = [(FlowKind.FEE, sign * amount, START.toordinal() + 77) for amount in (12_345, 67_891) for sign in (1, -1)]
    book = one_outcome(flows)
    assert not present_values(book.flows, book.outcomes, plain(annual_rate=0.07)).any()


@pytest.mark.parametrize("start", [1, 719_162, 738_945])  # the first day, the last of 1969, 2024-02-29
def test_old_days_and_a_leap_day_count_like_any_other(start):
    book = one_outcome([(FlowKind.MARGIN, 500, start)], origin=start, start=start)
    assert total(score(book, plain())) == 500


def test_a_refund_larger_than_its_flow_makes_the_value_negative():
    flows = [(FlowKind.MARGIN, amount, START.toordinal()) for amount in (100, -250)]
    assert total(score(one_outcome(flows), plain())) == -150


def test_a_contributor_who_also_stands_up_a_chain_keeps_the_earliest_position():
    start = START.toordinal()
    book = make_book(
        3,
        [(INTRODUCTION, 0.0, start, start, 0)],
        [(0, 1, 0.5), (0, 2, 0.5)],
        [(0, 0, 100, start)],
        [(2, 1, 1.0, 1.0)],
    )
    table = score(book, plain())
    assert table.credits.position.tolist() == [1, 1]
    assert table.links.position.tolist() == [1, 1, 2]
