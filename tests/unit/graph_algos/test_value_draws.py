"""Invariants 1, 4 and 5 of VALUE.md in each draw; Random123's answers and moments are the oracles of randomness."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from graph_algos import value_threads
from graph_algos.referral_value import score
from graph_algos.value_draws import Chances, Spread, beta_of_interval, draw_values
from graph_algos.value_intervals import intervals, summed_draws
from graph_algos.value_random import beta_draw, normal, philox
from graph_algos.value_retention import retention_uplift
from tests.unit.graph_algos.value_books import parameters, quick, random_book, random_ties, shapes, take

HR = 0.344
WIDE = Spread(seed=7, draws=25, ratio_sigma=0.3, margin_sigma=0.4, model_sigma=0.2)


def prior(m: int) -> Chances:
    return Chances(np.arange(m, dtype=np.uint64) * np.uint64(2**33 + 5), np.full(m, 2.0), np.full(m, 2.0))


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


@pytest.mark.parametrize(("a", "b"), [(2.0, 2.0), (0.5, 0.5), (30.0, 70.0), (0.01, 3.0)])
def test_beta_draws_have_its_mean_and_variance(a, b):
    seed, key = np.uint64(1), np.uint64(2)
    got = np.array([beta_draw(a, b, seed, key, np.uint64(d)) for d in range(20_000)])
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    assert got.mean() == pytest.approx(mean, abs=5 * (variance / len(got)) ** 0.5)
    assert got.var() == pytest.approx(variance, rel=0.1)


def test_normal_draws_are_standard():
    got = np.array([normal(np.uint64(1), np.uint64(2), np.uint64(d), np.uint64(0)) for d in range(20_000)])
    assert abs(got.mean()) < 0.04
    assert got.std() == pytest.approx(1, abs=0.03)


@quick
@given(shapes, parameters)
def test_1_every_draw_conserves_in_minor_units(shape, given_parameters):
    book, rules = random_book(shape), replace(given_parameters, hazard_ratio=HR)
    values = draw_values(book, rules, prior(shape.outcomes), WIDE, ties=random_ties(shape, 36))
    table = score(book, rules)
    everybody = summed_draws(table, book, values, np.ones(shape.customers + 2, np.bool_))
    kinds = np.asarray(book.outcomes.kind)
    assert everybody.tolist() == [values[kinds == kind].sum(axis=0).tolist() for kind in (0, 1)]


@quick
@given(shapes, parameters)
def test_1_draws_without_spread_are_the_scored_values(shape, given_parameters):
    book, rules = random_book(shape), replace(given_parameters, hazard_ratio=HR)
    ties, none = random_ties(shape, 36), np.zeros(shape.outcomes)
    values = draw_values(book, rules, replace(prior(shape.outcomes), a=none, b=none), Spread(3, draws=4), ties=ties)
    table = score(book, rules, uplift=retention_uplift(ties, book.outcomes, rules))
    assert (values == table.outcomes.value_minor[:, None]).all()
    found = intervals(table, book, values)
    for kind, crv in enumerate((table.crv_referral, table.crv_introduction)):
        expected = crv.sum(axis=(1, 2))
        assert (found.crv[:, kind, :] == expected[found.row][:, None]).all()
        assert not np.delete(expected, found.row).any()


@quick
@given(shapes, parameters)
def test_5_a_draw_depends_on_its_outcomes_key_only(shape, given_parameters):
    book, rules = random_book(shape), given_parameters
    values = draw_values(book, rules, prior(shape.outcomes), WIDE)
    chosen = np.arange(shape.outcomes)[::-2]
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
    assert np.array_equal(draw_values(piece, rules, take(prior(shape.outcomes), chosen), WIDE), values[chosen])


@quick
@given(shapes, parameters)
def test_5_the_number_of_threads_changes_nothing(shape, given_parameters):
    book, one = random_book(shape), value_threads.WORTH_A_THREAD
    alone = (score(book, given_parameters), draw_values(book, given_parameters, prior(shape.outcomes), WIDE))
    try:
        value_threads.WORTH_A_THREAD = 1
        shared = (score(book, given_parameters), draw_values(book, given_parameters, prior(shape.outcomes), WIDE))
    finally:
        value_threads.WORTH_A_THREAD = one
    assert np.array_equal(alone[1], shared[1])
    for name in ("credits", "links"):
        before, after = getattr(alone[0], name), getattr(shared[0], name)
        assert all(np.array_equal(getattr(before, c), getattr(after, c)) for c in type(before).__dataclass_fields__)
    assert np.array_equal(alone[0].crv_referral, shared[0].crv_referral)
    assert np.array_equal(alone[0].crv_introduction, shared[0].crv_introduction)


@quick
@given(shapes, parameters)
def test_a_portfolios_interval_is_of_summed_draws(shape, given_parameters):
    book = random_book(shape)
    values = draw_values(book, given_parameters, prior(shape.outcomes), WIDE)
    found = intervals(score(book, given_parameters), book, values, level=0.8)
    ordered = np.sort(values.sum(axis=0))
    assert found.portfolio[2].tolist() == [ordered[2], ordered[12], ordered[22]]  # ⌈.1 · 25⌉, ⌈.5 · 25⌉, ⌈.9 · 25⌉


def test_an_interval_of_pi_keeps_its_mean_and_no_width_is_as_given():
    a, b = beta_of_interval(np.array([0.3, 0.3, 1.0]), np.array([0.2, 0.3, 0.9]), np.array([0.4, 0.3, 1.0]))
    assert (a[0] / (a[0] + b[0]), a[1:].tolist(), b[1:].tolist()) == (pytest.approx(0.3), [0.0, 0.0], [0.0, 0.0])
