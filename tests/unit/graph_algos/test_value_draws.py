"""Invariants 1, 4 and 5 of VALUE.md in each draw, and what intervals mean; the formula per draw is the oracle."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from graph_algos import value_threads
from graph_algos.referral_value import (
    Acquisitions,
    BadRecord,
    Book,
    Contributions,
    FlowKind,
    Flows,
    Outcomes,
    score,
)
from graph_algos.value_allocation import round_parts
from graph_algos.value_columns import KIND_OF_PART, LAST_DAY, Part, Ties
from graph_algos.value_draws import Chances, Spread, beta_of_counts, beta_of_interval, draw, keys_of
from graph_algos.value_intervals import intervals, summed_draws
from graph_algos.value_present import value_parts
from tests.unit.graph_algos.test_referral_value import introduction_of_example_2
from tests.unit.graph_algos.value_books import DAY, HR, PLAIN, cases, pieces, quick, take

WIDE = Spread(seed=7, draws=25, ratio_sigma=0.3, model_sigma=0.2)
MODELLED = [Part.MARGIN, Part.SERVING, Part.RETENTION]


def prior(m: int) -> Chances:
    return Chances(np.arange(m, dtype=np.uint64) * np.uint64(2**33 + 5), np.full(m, 2.0), np.full(m, 2.0))


def drawn(case, spread=WIDE):
    return draw(case.book, case.rules, prior(case.shape.outcomes), spread, ties=case.ties)


def parts_of_draw(case, draws, d):
    """float64[m, 6, 2] by VALUE.md's formula, with what draw d says of π, HR and the model."""
    uplift = np.zeros(case.shape.outcomes)
    uplift[draws.tied >= 0] = draws.uplift[draws.tied[draws.tied >= 0], d]
    parts = value_parts(draws.values, draws.pi[:, d], case.rules, uplift=uplift)
    parts[:, MODELLED, 1] *= draws.model[d]
    return parts


@quick
@given(cases)
def test_1_every_draw_conserves_in_minor_units(case):
    draws, kinds = drawn(case), np.asarray(case.book.outcomes.kind)
    everybody = np.ones(case.shape.customers + 2, np.bool_)
    got = summed_draws(case.table, case.book, draws, everybody).sum(axis=(1, 2))
    for d in range(WIDE.draws):
        value, _ = round_parts(parts_of_draw(case, draws, d + 1))
        assert got[:, d].tolist() == [value[kinds == kind].sum() for kind in (0, 1)]


@quick
@given(cases)
def test_1_a_customer_gets_its_share_of_each_kind_and_time_in_each_draw(case):
    draws, table = drawn(case), case.table
    d = 3
    parts = parts_of_draw(case, draws, d + 1)
    cells = np.zeros((case.shape.outcomes, 5, 2))
    np.add.at(cells, (slice(None), KIND_OF_PART), parts)
    for who in range(case.shape.customers):
        own = table.credits.contributor == who
        expected = np.zeros((2, 5, 2))
        for outcome, weight in zip(table.credits.outcome[own], table.credits.weight[own], strict=True):
            expected[case.book.outcomes.kind[outcome]] += weight * cells[outcome]
        got = summed_draws(table, case.book, draws, np.arange(case.shape.customers + 2) == who)[..., d]
        assert np.abs(got - expected).max() <= 4 * own.sum() + 1e-6


@quick
@given(cases)
def test_4_draws_without_spread_are_the_scored_values(case):
    m = case.shape.outcomes
    known = replace(prior(m), a=np.zeros(m), b=np.zeros(m))
    draws = draw(case.book, case.rules, known, Spread(3, draws=4), ties=case.ties)
    found, table = intervals(case.table, case.book, draws), case.table
    for kind, crv in enumerate((table.crv_referral, table.crv_introduction)):
        for quantile in range(3):
            assert np.array_equal(found.cells[:, kind, quantile], crv[found.row])
            assert np.array_equal(found.total[:, kind, quantile], crv[found.row].sum(axis=(1, 2)))
        assert not np.delete(crv, found.row, axis=0).any()
        assert (found.portfolio[kind] == crv.sum()).all()


@quick
@given(cases)
def test_5_a_draw_depends_on_its_outcomes_key_only(case):
    draws, chosen = drawn(case), np.arange(case.shape.outcomes)[::-2]
    book, ties = pieces(case, chosen)
    piece = draw(book, case.rules, take(prior(case.shape.outcomes), chosen), WIDE, ties=ties)
    assert np.array_equal(piece.pi, draws.pi[chosen])
    assert np.array_equal(piece.model, draws.model)
    for at, outcome in enumerate(chosen):
        assert (piece.tied[at] < 0) == (draws.tied[outcome] < 0)
        if piece.tied[at] >= 0:
            assert np.array_equal(piece.uplift[piece.tied[at]], draws.uplift[draws.tied[outcome]])


@quick
@given(cases)
def test_5_partitions_of_outcomes_add_in_each_draw(case):
    everybody, draws = np.ones(case.shape.customers + 2, np.bool_), drawn(case)
    parts = np.zeros((2, 5, 2, WIDE.draws), np.int64)
    for at in (0, 1):
        chosen = np.arange(at, case.shape.outcomes, 2)
        book, ties = pieces(case, chosen)
        piece = draw(book, case.rules, take(prior(case.shape.outcomes), chosen), WIDE, ties=ties)
        uplift = np.array([piece.uplift[row, 0] if row >= 0 else 0.0 for row in piece.tied])
        parts += summed_draws(score(book, case.rules, uplift=uplift), book, piece, everybody)
    assert np.array_equal(parts, summed_draws(case.table, case.book, draws, everybody))


def arrays_of(value):
    """Every array of nested dataclasses and tuples."""
    if isinstance(value, np.ndarray):
        return [value]
    if hasattr(value, "__dataclass_fields__"):
        value = [getattr(value, name) for name in value.__dataclass_fields__]
    return [array for one in value for array in arrays_of(one)] if isinstance(value, list | tuple) else []


@quick
@given(cases)
def test_5_and_10_threads_and_replay_change_no_byte(case):
    def run():
        table, draws = score(case.book, case.rules, uplift=case.uplift), drawn(case)
        return [array.tobytes() for array in arrays_of([table, draws, intervals(table, case.book, draws)])]

    alone, usual = run(), value_threads.WORTH_A_THREAD
    try:
        value_threads.WORTH_A_THREAD = 1
        shared = run()
    finally:
        value_threads.WORTH_A_THREAD = usual
    assert len(alone) > 20
    assert alone == shared == run()


@quick
@given(cases)
def test_a_portfolios_interval_is_of_summed_draws(case):
    draws = drawn(case)
    found = intervals(case.table, case.book, draws, level=0.8)
    values = np.array([round_parts(parts_of_draw(case, draws, d + 1))[0].sum() for d in range(WIDE.draws)])
    assert found.portfolio[2].tolist() == np.sort(values)[[2, 12, 22]].tolist()  # ⌈.1 · 25⌉, ⌈.5 · 25⌉, ⌈.9 · 25⌉
    assert (np.diff(found.cells, axis=2) >= 0).all()
    assert (np.diff(found.total, axis=2) >= 0).all()


# --- what is drawn -----------------------------------------------------------------------------------------------


def two_introductions() -> tuple[Book, Ties]:
    """Margin of 1,000.00 tomorrow each, all of it credited to customer 0; one party of each tied to a fellow."""
    days, zeros, one = np.full(2, DAY), np.zeros(2, int), np.ones(2)
    book = Book(
        2,
        Outcomes(np.ones(2, int), one / 2, days, days, np.ones(2, int)),
        Contributions(np.arange(2), zeros, one),
        Flows(np.arange(2), zeros + FlowKind.MARGIN, np.full(2, 100_000), days + 1),
        Acquisitions.none(),
    )
    column = np.ones((2, 1))
    return book, Ties(np.arange(2), 1_000 * column, 0.1 * column, 0.01 * column, np.full(2, LAST_DAY))


def test_an_interval_of_one_outcome_is_that_of_its_beta():
    book, _ = two_introductions()
    odds = Chances(keys_of(["out_1", "out_2"]), np.array([2.0, 0.0]), np.array([2.0, 0.0]))
    draws = draw(book, PLAIN, odds, Spread(5, draws=4_000))
    found = intervals(score(book, PLAIN), book, draws)
    expected = 100_000 * (1 - stats.beta(2, 2).ppf([0.95, 0.5, 0.05])) + 50_000  # the second is known
    assert found.row.tolist() == [0]
    assert found.total[0, 1] == pytest.approx(expected, abs=2_000)
    assert found.cells[0, 1, :, 0, 1].tolist() == found.total[0, 1].tolist()


def test_each_outcome_has_its_own_pi_unless_they_rest_on_one_estimate():
    book, _ = two_introductions()
    twos = np.full(2, 2.0)
    apart = draw(book, PLAIN, Chances(keys_of(["out_1", "out_2"]), twos, twos), WIDE)
    together = draw(book, PLAIN, Chances(keys_of(["survey_1"] * 2), twos, twos), WIDE)
    assert (apart.pi[0, 1:] != apart.pi[1, 1:]).all()
    assert np.array_equal(together.pi[0], together.pi[1])
    assert apart.pi[:, 0].tolist() == [0.5, 0.5]


def test_the_hazard_ratio_is_drawn_once_for_all_outcomes_around_its_median():
    book, ties = two_introductions()
    rules = replace(PLAIN, hazard_ratio=HR)
    draws = draw(book, rules, prior(2), Spread(1, draws=4_000, ratio_sigma=0.3), ties=ties)
    assert np.array_equal(draws.uplift[0], draws.uplift[1])
    for z in (-1.645, 0.0, 1.645):  # a larger ratio is a smaller uplift
        at = draw(book, replace(rules, hazard_ratio=HR * np.exp(0.3 * z)), prior(2), Spread(1, draws=1), ties=ties)
        rank = np.mean(draws.uplift[0, 1:] > at.uplift[0, 0])
        assert rank == pytest.approx(stats.norm.cdf(z), abs=0.02)


def test_the_margin_models_error_is_shared_has_mean_one_and_leaves_realised_cash_alone():
    book, _ = two_introductions()
    known = Chances(prior(2).key, np.zeros(2), np.zeros(2))
    draws = draw(book, PLAIN, known, Spread(1, draws=4_000, model_sigma=0.2))
    assert draws.model[1:].mean() == pytest.approx(1, abs=0.01)
    assert np.log(draws.model[1:]).std() == pytest.approx(0.2, abs=0.01)
    customer = summed_draws(score(book, PLAIN), book, draws, np.array([True, False, False, False]))
    assert customer[1, 0, 1] == pytest.approx(100_000 * draws.model[1:], abs=2)
    later = replace(PLAIN, valuation_day=DAY + 1)
    draws = draw(book, later, known, Spread(1, draws=50, model_sigma=0.2))
    customer = summed_draws(score(book, later), book, draws, np.array([True, False, False, False]))
    assert (customer[1, 0] == [[100_000] * 50, [0] * 50]).all()


def test_strict_kumar_draws_types():
    book, _ = two_introductions()
    draws = draw(book, replace(PLAIN, strict_kumar=True), prior(2), WIDE)
    assert set(np.unique(draws.pi)) == {0.0, 1.0}


def test_the_example_of_docs_value_has_its_interval():
    book, rules = introduction_of_example_2()
    odds = Chances(keys_of(["out_1"]), *beta_of_interval(*(np.array([x]) for x in (0.25, 0.10, 0.40))))
    draws = draw(book, rules, odds, Spread(1, draws=200, model_sigma=0.2))
    found = intervals(score(book, rules), book, draws)
    k = found.row.tolist().index(2)
    assert found.portfolio[2] == pytest.approx([121_047, 179_649, 264_066], abs=1)
    assert found.total[k, 1] == pytest.approx([32_280, 47_906, 70_418], abs=1)


# --- evidence and refusals ---------------------------------------------------------------------------------------


def test_an_interval_of_pi_keeps_its_mean_and_no_width_is_as_given():
    a, b = beta_of_interval(np.array([0.3, 0.3, 1.0]), np.array([0.2, 0.3, 0.9]), np.array([0.4, 0.3, 1.0]))
    assert (a[0] / (a[0] + b[0]), a[1:].tolist(), b[1:].tolist()) == (pytest.approx(0.3), [0.0, 0.0], [0.0, 0.0])
    low, high = stats.beta(a[0], b[0]).ppf([0.025, 0.975])
    assert (low, high) == (pytest.approx(0.2, abs=0.01), pytest.approx(0.4, abs=0.01))


def test_counts_of_a_survey_give_jeffreys_posterior():
    a, b = beta_of_counts(np.array([3]), np.array([7]))
    assert (a.tolist(), b.tolist()) == ([3.5], [7.5])


def test_keys_are_the_ids_own_on_every_machine():
    assert keys_of(["a", "b", "a"]).tolist() == [3405396810240292928, 8453121595177857668, 3405396810240292928]


@pytest.mark.parametrize(("a", "b"), [(-1.0, 1.0), (np.nan, 1.0), (0.0, 1.0), (1.0, np.inf)])
def test_a_bad_chance_is_named(a, b):
    book, _ = two_introductions()
    with pytest.raises(BadRecord, match=r"^chances\[1\]\.a: expected "):
        draw(book, PLAIN, Chances(prior(2).key, np.array([2.0, a]), np.array([2.0, b])), WIDE)


def test_a_value_that_some_draw_could_carry_beyond_money_is_refused():
    book, _ = two_introductions()
    huge = replace(book, flows=replace(book.flows, amount_minor=np.array([1, 2**53])))
    with pytest.raises(BadRecord, match=r"^outcomes\[1\]\.value: expected "):
        draw(huge, PLAIN, prior(2), WIDE)


def test_draws_of_another_book_are_refused():
    book, _ = two_introductions()
    draws = draw(book, PLAIN, prior(2), WIDE)
    with pytest.raises(ValueError, match="the same book"):
        intervals(score(book, PLAIN), book, draws._replace(pi=draws.pi[:1]))


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan")])
def test_a_level_is_between_0_and_1(level):
    book, _ = two_introductions()
    with pytest.raises(ValueError, match=r"^level: "):
        intervals(score(book, PLAIN), book, draw(book, PLAIN, prior(2), WIDE), level=level)


@pytest.mark.parametrize("bad", [{"seed": -1}, {"draws": 0}, {"ratio_sigma": 4.0}, {"model_sigma": float("nan")}])
def test_a_spread_out_of_range_is_refused(bad):
    with pytest.raises(ValueError, match=r"^spread\."):
        replace(WIDE, **bad)
