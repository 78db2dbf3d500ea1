"""π by the best evidence at hand: intervals that cover, counts of zero, and which grade is taken when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.pilot_evidence import (
    Arm,
    Compared,
    Evidence,
    Grade,
    Survey,
    best_evidence,
    introductions_needed,
    matched_arms,
    ratio,
)

ENOUGH = Compared(Arm(200, 40), Arm(100, 10))
FEW = Compared(Arm(29, 20), Arm(100, 10))
RARE = Compared(Arm(200, 4), Arm(100, 1))


def test_the_best_grade_with_enough_evidence_is_taken() -> None:
    asked = Survey(40, 10)
    assert best_evidence(ENOUGH, ENOUGH, asked).grade is Grade.HOLD_OUT
    assert best_evidence(FEW, ENOUGH, asked).grade is Grade.MATCHED
    assert best_evidence(RARE, None, asked).grade is Grade.SURVEY
    assert best_evidence(FEW, RARE, Survey(29, 10)).grade is Grade.PRIOR
    assert best_evidence(ENOUGH, None, None).pi == pytest.approx(0.5)
    found = best_evidence(None, None, asked)
    assert found.pi == pytest.approx(12 / 44)  # Beta(2 + 10, 2 + 30)
    prior = best_evidence(None, None, None)
    assert (prior.pi, round(prior.low, 3), round(prior.high, 3)) == (0.5, 0.094, 0.906)


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_pi_lies_in_its_interval_and_that_in_zero_to_one(many: int, few: int, data: st.DataObject) -> None:
    compared = Compared(
        Arm(many, data.draw(st.integers(0, many))),
        Arm(few, data.draw(st.integers(0, few))),
    )
    pi, low, high = ratio(compared)
    assert 0.0 <= low <= pi <= high <= 1.0
    assert low < high or pi == low == high == 1.0


def test_nothing_in_the_hold_out_is_zero_with_an_interval_above_it() -> None:
    pi, low, high = ratio(Compared(Arm(300, 60), Arm(60, 0)))
    assert (pi, low) == (0.0, pytest.approx(0.0, abs=0.001))
    assert 0.02 < high < 0.5
    more = ratio(Compared(Arm(300, 60), Arm(600, 0)))
    assert more[2] < high / 5


def test_more_business_without_than_with_is_one_and_not_more() -> None:
    pi, low, high = ratio(Compared(Arm(100, 10), Arm(100, 30)))
    assert (pi, high) == (1.0, 1.0)
    assert low > 0.9


@pytest.mark.parametrize(("held", "introduced"), [(0.10, 0.20), (0.02, 0.25), (0.20, 0.20)])
def test_the_interval_covers_the_true_ratio(held: float, introduced: float) -> None:
    """600 programmes with 10 % of 1,000 introductions held out."""
    rng = np.random.default_rng(7)
    draws = zip(rng.binomial(900, introduced, 600), rng.binomial(100, held, 600), strict=True)
    found = [ratio(Compared(Arm(900, int(one)), Arm(100, int(other)))) for one, other in draws]
    assert np.mean([low <= held / introduced <= high for _, low, high in found]) >= 0.93


def test_matched_pairs_are_weighted_to_the_strata_of_the_introduced() -> None:
    introduced = [1] * 30 + [1] * 10 + [0] * 20 + [0] * 40
    business = [1] * 15 + [0] * 15 + [1] * 5 + [0] * 5 + [1] * 10 + [0] * 10 + [0] * 40
    stratum = ["a"] * 30 + ["b"] * 10 + ["a"] * 20 + ["b"] * 40
    found = matched_arms(introduced, business, stratum)
    assert found is not None
    assert found.introduced == Arm(40, 20)
    assert found.without.rate == pytest.approx(0.75 * 0.5)  # three quarters of the introduced are in a; raw: 10 / 60
    assert found.without.count == pytest.approx(1 / (0.75**2 / 20 + 0.25**2 / 40))
    assert matched_arms([1, 0], [1, 1], ["a", "b"]) is None
    assert matched_arms([], [], []) is None


@given(st.floats(0.02, 0.9), st.floats(0.05, 1.0), st.floats(0.05, 0.5))
def test_more_withheld_needs_fewer_introductions(rate: float, pi: float, hold_out: float) -> None:
    assert introductions_needed(rate, pi, hold_out) >= introductions_needed(rate, pi, 0.5)


def test_after_the_introductions_needed_the_interval_is_about_a_tenth_wide_to_either_side() -> None:
    count = introductions_needed(0.2, 0.5, 0.1)
    held = count // 10
    found = best_evidence(Compared(Arm(count - held, 0.2 * (count - held)), Arm(held, 0.1 * held)), None, None)
    assert isinstance(found, Evidence)
    assert (found.high - found.low) / 2 == pytest.approx(0.1, rel=0.1)


def test_counts_that_cannot_be_are_refused() -> None:
    good = Arm(10, 1)
    for wrong in (Arm(0, 0), Arm(10, 11), Arm(9, -1)):
        compared = Compared(wrong, good)
        with pytest.raises(ValueError):
            ratio(compared)
    with pytest.raises(ValueError):
        best_evidence(None, None, Survey(40, 41))
    with pytest.raises(ValueError):
        matched_arms([1, 0], [1, 2], ["a", "a"])
    with pytest.raises(ValueError):
        introductions_needed(0.0, 0.5, 0.1)
