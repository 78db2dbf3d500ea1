"""Chances are drawn from what was shown, and not from too little of it."""

import numpy as np
import pytest

from app.analytics.calibration import LEAST_FOR_STEPS, Curve, calibrate, curve_of, is_enough
from app.domain.chance import Estimate, product
from graph_algos.evaluation import calibration_error


def shown(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Strengths twice as confident as what comes to pass."""
    draw = np.random.default_rng(seed)
    strength = draw.random(count)
    return strength, (draw.random(count) < strength / 2).astype(np.float64)


@pytest.mark.parametrize("count", [600, 20_000])  # a sigmoid, then steps
def test_a_curve_of_one_half_says_of_another_what_comes_to_pass(count: int) -> None:
    curve = calibrate(*shown(count))
    strength, hit = shown(20_000, seed=1)
    assert calibration_error(strength, hit) > 0.2
    assert calibration_error(curve.at(strength)[0], hit) < (0.05 if count < 1_000 else 0.015)
    said = curve.at(np.linspace(0, 1, 50))[0]
    assert (np.diff(said) >= 0).all()
    assert 0 <= said[0] <= said[-1] <= 1


def test_few_shown_or_few_right_are_not_enough() -> None:
    assert not is_enough(np.ones(199))
    assert not is_enough(np.r_[np.ones(49), np.zeros(1_000)])
    assert is_enough(np.r_[np.ones(50), np.zeros(150)])


def test_all_wrong_or_all_right_is_a_constant_that_is_not_sure() -> None:
    for hits in (0.0, 1.0):
        value, low, high = calibrate(np.array([0.2, 0.9]), np.full(2, hits)).at([0.0, 0.5, 1.0])
        assert value.tolist() == [hits] * 3
        assert (high - low).min() > 0.6


def test_a_curve_that_would_fall_is_the_plain_share() -> None:
    strength, hit = shown(400)
    value = calibrate(1 - strength, hit).at([0.01, 0.5, 0.99])[0]
    assert value.tolist() == pytest.approx([hit.mean()] * 3)


@pytest.mark.parametrize("count", [600, 20_000])
def test_a_curve_equals_scikit_learns(count: int) -> None:
    isotonic = pytest.importorskip("sklearn.isotonic").IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    logistic = pytest.importorskip("sklearn.linear_model").LogisticRegression(C=1e6, tol=1e-8)
    strength, hit = shown(count)
    strength = strength.round(3)  # with ties
    figures = np.linspace(0.02, 0.98, 97)
    if hit.sum() >= LEAST_FOR_STEPS:
        expected = isotonic.fit(strength, hit).predict(figures)
    else:
        odds = np.log(np.clip(strength, 1e-6, 1 - 1e-6) / (1 - np.clip(strength, 1e-6, 1 - 1e-6))).reshape(-1, 1)
        logistic.fit(odds, hit)
        expected = logistic.predict_proba(np.log(figures / (1 - figures)).reshape(-1, 1))[:, 1]
    assert calibrate(strength, hit).at(figures)[0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("count", [600, 2_500])
def test_intervals_hold_the_truth_as_often_as_they_say(count: int) -> None:
    """95 % for a sigmoid; of steps a little less, for the data choose where a step is."""

    def truth(strength: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return strength / (strength + 3 * (1 - strength))  # log-odds moved by a constant

    figures, inside = np.array([0.3, 0.5, 0.7]), []
    for seed in range(200):
        draw = np.random.default_rng(seed)
        strength = draw.random(count)
        hit = (draw.random(count) < truth(strength)).astype(np.float64)
        _, low, high = calibrate(strength, hit).at(figures)
        inside.append((low <= truth(figures)) & (truth(figures) <= high))
    assert np.mean(inside) > (0.9 if count < LEAST_FOR_STEPS * 2 else 0.85)


def test_a_product_holds_the_truth_as_often_as_it_says() -> None:
    draw, inside = np.random.default_rng(3), 0
    shares, trials = (0.6, 0.3, 0.8), 300
    for _ in range(400):
        parts = []
        for share in shares:
            hit = (draw.random(trials) < share).astype(np.float64)
            value, low, high = (float(one[0]) for one in calibrate(np.full(trials, 0.5), hit).at([0.5]))
            parts.append(Estimate(value, low, high, trials))
        whole = product(parts)
        inside += whole.low <= 0.6 * 0.3 * 0.8 <= whole.high
    assert 0.92 <= inside / 400 <= 0.98


def test_a_curve_survives_its_way_through_a_file() -> None:
    curve = calibrate(*shown(600))
    assert curve_of(curve.plain()) == curve
    for damaged in (None, {}, curve.plain() | {"low": None}):
        with pytest.raises((KeyError, TypeError)):
            curve_of(damaged)
    assert isinstance(curve, Curve)
