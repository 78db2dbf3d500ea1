"""S14: a confounded pilot misleads naively, is repaired from its log, and its power is known before it starts."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_algos.pilot import Comparison, Estimate, compare, pilot_log
from graph_algos.pilot_power import design, draw, drawn_power, needed, power

# VALUE.md, worked example 6: half of the introductions are hard.
SKEWED = design([0.5, 0.5], [0.06, 0.20], [0.09, 0.24], [0.8, 0.1])
SEEDS = range(300)
SIZES = (1_000, 4_000, 12_000, 40_000)


@cache
def runs(even: bool, count: int, seeds: range = SEEDS) -> tuple[Comparison, ...]:
    return tuple(compare(draw(SKEWED.even() if even else SKEWED, count, seed)) for seed in seeds)


def covers(one: Estimate, truth: float) -> bool:
    return one.low <= truth <= one.high


@pytest.mark.parametrize("count", [4_000, 12_000])
def test_the_doubly_robust_interval_covers_the_truth_and_the_naive_one_does_not(count: int) -> None:
    found = runs(False, count)
    assert SKEWED.effect == pytest.approx(0.035)
    assert np.mean([one.naive.effect for one in found]) == pytest.approx(-0.068, abs=0.003)
    assert np.mean([one.doubly_robust.effect for one in found]) == pytest.approx(0.035, abs=0.004)
    assert np.mean([covers(one.doubly_robust, 0.035) for one in found]) >= 0.90
    assert np.mean([covers(one.weighted, 0.035) for one in found]) >= 0.90
    assert not any(covers(one.naive, 0.035) for one in found)
    assert all(one.misleading for one in found)


def test_a_coin_toss_misleads_no_more_often_than_chance() -> None:
    found = runs(True, 12_000)
    assert np.mean([one.misleading for one in found]) <= 0.10
    assert np.mean([covers(one.naive, 0.035) for one in found]) >= 0.90
    gaps = np.std([one.gap.effect for one in found])
    assert np.mean([one.gap.standard_error for one in found]) == pytest.approx(gaps, rel=0.13)


def test_arms_that_look_alike_mislead_where_the_gap_is_more_than_chance() -> None:
    slight = design([0.5, 0.5], [0.05, 0.95], [0.05, 0.95], [0.48, 0.52])
    found = compare(draw(slight, 40_000, 0))
    assert found.imbalance < 0.1
    assert found.misleading
    assert not compare(draw(slight.even(), 40_000, 0)).misleading


@pytest.mark.parametrize(("even", "told"), [(False, (0.14, 0.44, 0.94, 1.00)), (True, (0.35, 0.88, 1.00, 1.00))])
def test_power_before_the_start_is_what_the_worked_example_says(even: bool, told: tuple[float, ...]) -> None:
    planned = SKEWED.even() if even else SKEWED
    found = [drawn_power(planned, count) for count in SIZES]
    assert found == pytest.approx(told, abs=0.03)  # one standard error of 300 draws
    if even:
        assert [power(planned, count) for count in SIZES] == pytest.approx(told, abs=0.012)


def test_the_introductions_needed_by_the_formula_have_the_power_in_draws() -> None:
    for planned in (SKEWED, SKEWED.even()):
        count = needed(planned)
        assert count is not None
        assert drawn_power(planned, count, runs=600) == pytest.approx(0.8, abs=0.05)


def test_a_pilot_too_small_to_compare_shows_nothing() -> None:
    assert drawn_power(design([1.0], [0.0], [1.0], [0.5]), 3, runs=50) == 0.0
    assert drawn_power(design([1.0], [0.2], [0.2], [0.5]), 400) == pytest.approx(0.05, abs=0.03)


@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("count", [4_000, 12_000])
def test_power_by_the_formula_is_the_share_of_draws_that_find_the_effect(even: bool, count: int) -> None:
    found = np.mean([not covers(one.doubly_robust, 0.0) for one in runs(even, count)])
    told = power(SKEWED.even() if even else SKEWED, count)
    noise = np.sqrt(told * (1 - told) / len(SEEDS))
    assert found == pytest.approx(told, abs=3.3 * noise + 0.01)


def test_the_formula_is_the_variance_of_the_estimate() -> None:
    found = runs(False, 4_000, range(1_000, 1_600))
    spread = np.std([one.doubly_robust.effect for one in found])
    assert spread == pytest.approx(np.sqrt(SKEWED.variance / 4_000), rel=0.10)  # three standard errors of 600 draws
    assert np.mean([one.doubly_robust.standard_error for one in found]) == pytest.approx(spread, rel=0.10)


@given(st.floats(0.02, 0.6), st.floats(0.02, 0.6), st.floats(0.05, 0.95), st.floats(0.3, 0.95))
def test_the_introductions_needed_are_the_fewest_that_reach_the_power(
    held: float, introduced: float, chance: float, wanted: float
) -> None:
    planned = design([1.0], [held], [introduced], [chance])
    count = needed(planned, wanted)
    if count is None:
        assert abs(held - introduced) < 1e-4
        return
    assert power(planned, count) >= wanted
    assert count == 1 or power(planned, count - 1) < wanted


def test_without_an_effect_no_pilot_is_large_enough() -> None:
    planned = design([1.0], [0.2], [0.2], [0.5])
    assert power(planned, 10**9) == pytest.approx(0.05)
    assert needed(planned) is None


@dataclass(frozen=True)
class Rows:
    treated: list[int]
    probability: list[float]
    success: list[int]
    stratum: list[int]


@st.composite
def logs(draw: st.DrawFn) -> Rows:
    size = draw(st.integers(8, 40))
    column = st.lists(st.integers(0, 1), min_size=size - 4, max_size=size - 4)
    strata = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    chance = st.lists(st.floats(0.05, 0.95), min_size=size, max_size=size)
    success = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    return Rows([1, 1, 0, 0, *draw(column)], draw(chance), success, draw(strata))


def slow_robust(rows: Rows) -> float:
    """φ of `compare`, row by row in plain Python."""

    def predicted(row: int, arm: int) -> float:
        others = [at for at in range(len(rows.treated)) if at != row and rows.treated[at] == arm]
        near = [at for at in others if rows.stratum[at] == rows.stratum[row]] or others
        return sum(rows.success[at] for at in near) / len(near)

    scores = []
    for row, (t, p, y) in enumerate(zip(rows.treated, rows.probability, rows.success, strict=True)):
        one, other = predicted(row, 1), predicted(row, 0)
        scores.append(one - other + t / p * (y - one) - (1 - t) / (1 - p) * (y - other))
    return sum(scores) / len(scores)


@settings(max_examples=60)
@given(logs())
def test_the_estimate_is_the_formula_and_the_order_of_rows_does_not_matter(rows: Rows) -> None:
    columns = (rows.treated, rows.probability, rows.success, rows.stratum)
    found = compare(pilot_log(*columns))
    assert found.doubly_robust.effect == pytest.approx(slow_robust(rows))
    again = compare(pilot_log(*(list(reversed(one)) for one in columns)))
    assert again.doubly_robust.effect == pytest.approx(found.doubly_robust.effect)
    assert again.gap.standard_error == pytest.approx(found.gap.standard_error)
    assert found.gap.effect == pytest.approx(found.naive.effect - found.doubly_robust.effect)


def test_arms_of_different_strata_mislead_even_where_the_estimates_agree() -> None:
    apart = pilot_log([1, 1, 1, 0, 0, 0], [0.5] * 6, [1, 0, 1, 1, 0, 1], ["a", "a", "b", "b", "b", "a"])
    assert compare(apart).imbalance > 0.1
    assert compare(apart).misleading
    alone = pilot_log([1, 1, 0, 0], [0.5] * 4, [1, 0, 1, 0], ["a", "a", "b", "b"])
    assert compare(alone).imbalance == np.inf


def test_rows_that_say_nothing_of_a_pilot_are_refused() -> None:
    good = ([1, 1, 0, 0], [0.5] * 4, [1, 0, 1, 0], [0, 0, 0, 0])
    bad = [
        ([1, 1, 0], *good[1:]),
        ([1, 1, 0, 2], *good[1:]),
        ([1, 1, 1, 0], *good[1:]),
        (good[0], [0.5, 0.5, 0.5, 1.0], *good[2:]),
        (good[0], [0.5, 0.5, 0.5, np.nan], *good[2:]),
        (*good[:2], [1, 0, 1, 0.5], good[3]),
    ]
    for columns in bad:
        with pytest.raises(ValueError):
            pilot_log(*columns)
    for columns in (
        ([0.5, 0.4], [0.1, 0.1], [0.2, 0.2], [0.5, 0.5]),
        ([1.0], [1.1], [0.2], [0.5]),
        ([1.0], [0.1], [0.2], [0.0]),
        ([1.0], [0.1, 0.2], [0.2], [0.5]),
    ):
        with pytest.raises(ValueError):
            design(*columns)
    with pytest.raises(ValueError):
        power(SKEWED, 0)
    with pytest.raises(ValueError):
        needed(SKEWED, 1.0)
