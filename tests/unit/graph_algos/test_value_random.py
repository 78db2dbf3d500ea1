"""Counter-based randomness: Random123's known answers, and scipy's distributions by Kolmogorov and Smirnov's test."""

import numpy as np
import pytest
from scipy import stats

from graph_algos.value_random import beta_draw, normal, philox

SEED, KEY = np.uint64(1), np.uint64(2)
UNLIKELY = 1e-3  # the draws are fixed: a distribution that is right passes for good


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, words):
    got = philox(tuple(np.uint64(c) for c in counter), *(np.uint64(k) for k in key))
    assert " ".join(f"{int(word):08x}" for word in got) == words


@pytest.mark.parametrize(("a", "b"), [(2.0, 2.0), (0.5, 0.5), (30.0, 70.0), (0.01, 3.0), (1.0, 4.0)])
def test_beta_draws_follow_the_distribution(a, b):
    got = np.array([beta_draw(a, b, SEED, KEY, np.uint64(d)) for d in range(20_000)])
    assert stats.kstest(got, stats.beta(a, b).cdf).pvalue > UNLIKELY


def test_normal_draws_follow_the_distribution():
    got = np.array([normal(SEED, KEY, np.uint64(d), np.uint64(0)) for d in range(20_000)])
    assert stats.kstest(got, stats.norm.cdf).pvalue > UNLIKELY


@pytest.mark.parametrize("change", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_another_seed_key_or_draw_is_independent(change):
    def draws(seed, key, draw):
        words = (SEED + np.uint64(seed), KEY + np.uint64(key))
        return [beta_draw(2.0, 2.0, *words, np.uint64(d + 10_000 * draw)) for d in range(4_000)]

    assert abs(np.corrcoef(draws(0, 0, 0), draws(*change))[0, 1]) < 4 / 4_000**0.5
