"""Chances are drawn from what was shown, and not from too little of it."""

import numpy as np
import pytest

from app.analytics.calibration import calibrate, calibrated, is_enough
from graph_algos.evaluation import calibration_error


def shown(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Strengths twice as confident as what comes to pass."""
    draw = np.random.default_rng(seed)
    strength = draw.random(count)
    return strength, (draw.random(count) < strength / 2).astype(np.float64)


@pytest.mark.parametrize("count", [600, 20_000])  # a sigmoid, then steps
def test_a_curve_of_one_half_says_of_another_what_comes_to_pass(count: int) -> None:
    axes = calibrate(*shown(count))
    strength, hit = shown(20_000, seed=1)
    assert calibration_error(strength, hit) > 0.2
    assert calibration_error(calibrated(strength, axes), hit) < (0.05 if count < 1_000 else 0.015)
    said = calibrated(np.linspace(0, 1, 50), axes)
    assert (np.diff(said) >= 0).all()
    assert 0 <= said[0] <= said[-1] <= 1


def test_few_shown_or_few_right_are_not_enough() -> None:
    assert not is_enough(np.ones(199))
    assert not is_enough(np.r_[np.ones(49), np.zeros(1_000)])
    assert is_enough(np.r_[np.ones(50), np.zeros(150)])


def test_all_wrong_is_a_constant() -> None:
    assert calibrated(np.array([0.0, 1.0]), calibrate(np.array([0.2, 0.9]), np.zeros(2))).tolist() == [0.0, 0.0]
