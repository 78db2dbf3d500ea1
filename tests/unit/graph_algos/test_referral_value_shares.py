"""Invariants 2, 3 and 13 of VALUE.md: shares along chains and whole units; Fraction and brute force are oracles."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_algos.referral_value import (
    Acquisitions,
    Contributions,
    Parameters,
    Policy,
    PolicyName,
)
from graph_algos.value_allocation import allocate, new_scratch, split_cells
from graph_algos.value_chain import chain_shares, walk_chains

DAY = 739_252  # 2025-01-01
PLAIN = Parameters(annual_rate=0.0, valuation_day=DAY)
quick = settings(max_examples=60, deadline=None)
policies = st.sampled_from([Policy(), Policy(PolicyName.DIRECT), Policy(PolicyName.GEOMETRIC, 0.4)])
# --- 2, 3 shares ------------------------------------------------------------------------------------------------


@quick
@given(st.lists(st.floats(0, 1), max_size=12), policies)
def test_2_shares_are_a_split_that_does_not_rise_up_the_chain(dependence, policy):
    shares = chain_shares(np.array(dependence), policy)
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    assert (np.diff(shares) <= 1e-15).all()


def paired(customer):
    """β of at most two rows for each customer, sorted: 1, or ¼ and ¾."""
    first = np.concatenate([[True], customer[1:] != customer[:-1]])[: len(customer)]
    alone = np.bincount(customer)[customer] == 1 if len(customer) else first
    return np.where(alone, 1.0, np.where(first, 0.25, 0.75))


def stops(acquired, customer, depth, mass=Fraction(1), path=()):
    """(path, probability that exactly these were needed), read from the definition by recursion."""
    path = (*path, customer)
    rest = mass
    if len(path) < depth:
        for referrer, beta, d in acquired.get(customer, ()):
            if referrer not in path and d:
                rest -= mass * beta * d
                yield from stops(acquired, referrer, depth, mass * beta * d, path)
    if rest:
        yield path, rest


def brute_force_shapley(unanimities):
    """Mean marginal contribution over every order of the players of v(S) = Σ P(path) [path ⊆ S]."""
    players = sorted({who for path, _ in unanimities for who in path})
    share = dict.fromkeys(players, Fraction(0))
    for order in permutations(players):
        present, before = set(), Fraction(0)
        for who in order:
            present.add(who)
            now = sum((mass for path, mass in unanimities if present.issuperset(path)), Fraction(0))
            share[who] += now - before
            before = now
    return {who: value / factorial(len(players)) for who, value in share.items()}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 5))
def test_3_equals_brute_force_shapley_on_branching_chains_with_cycles(seed, n, depth):
    rng = np.random.default_rng(seed)
    customer = np.repeat(np.arange(n), rng.integers(0, 3, n))
    shares = paired(customer)
    referrer = rng.integers(-2, n, len(customer))
    rows = Acquisitions(customer, referrer, shares, rng.integers(0, 5, len(customer)) / 4)
    contributions = Contributions(np.array([0]), np.array([0]), np.array([1.0]))
    acquired = {}
    for c, r, beta, d in zip(rows.customer, rows.referrer, rows.beta, rows.dependence, strict=True):
        acquired.setdefault(int(c), []).append((int(r), Fraction(beta), Fraction(d)))
    # OPERATOR and UNATTRIBUTED are met on several paths, yet never have acquisitions of their own
    expected = brute_force_shapley(list(stops(acquired, 0, depth)))
    walks = walk_chains(contributions, rows, n, replace(PLAIN, depth=depth))
    got = dict.fromkeys(expected, 0.0)
    for who, weight in zip(walks.contributor.tolist(), walks.weight.tolist(), strict=True):
        got[who] = got.get(who, 0.0) + weight
    assert got == pytest.approx({who: float(share) for who, share in expected.items()}, abs=1e-12)


@quick
@given(st.lists(st.sampled_from([Fraction(i, 8) for i in range(9)]), max_size=4))
def test_3_equals_brute_force_shapley_on_a_simple_chain(dependence):
    acquired = {i: [(i + 1, Fraction(1), d)] for i, d in enumerate(dependence)}
    expected = brute_force_shapley(list(stops(acquired, 0, 5)))
    shares = chain_shares(np.array([float(d) for d in dependence]))
    assert shares.tolist() == pytest.approx([float(expected.get(i, 0)) for i in range(len(shares))], abs=1e-12)


# --- 13 allocation


def exact_allocation(exact, units):
    """The same rule in Fractions: truncate, then one unit to the largest remainders, ties to the smaller index."""
    whole = [int(x) for x in exact]
    left = units - sum(whole)
    sign = 1 if left > 0 else -1
    order = sorted(range(len(exact)), key=lambda i: (-sign * (exact[i] - whole[i]), i))
    for i in order[: abs(left)]:
        whole[i] += sign
    return whole


parts_of = st.lists(st.integers(0, 24), min_size=1, max_size=90).filter(any)


@quick
@given(parts_of, st.integers(-(10**9), 10**9))
def test_13_allocation_is_the_largest_remainder_of_exact_fractions(parts, units):
    exact = [Fraction(units * part, sum(parts)) for part in parts]
    got = allocate(np.array([units * (part / sum(parts)) for part in parts]), units)
    assert got.tolist() == exact_allocation(exact, units)


@quick
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=90))
def test_13_allocation_sums_within_one_unit_and_is_sign_symmetric(exact):
    units = round(sum(Fraction(x) for x in exact))
    got = allocate(np.array(exact), units)
    assert got.sum() == units
    assert (np.abs(got - np.array(exact)) < 1 + 1e-6).all()
    assert np.array_equal(allocate(-np.array(exact), -units), -got)


@quick
@given(parts_of, st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=12))
def test_13_a_split_keeps_rows_and_columns(parts, cells):
    weights = np.array(parts) / sum(parts)
    out = np.empty((len(parts), len(cells)), np.int64)
    split_cells(np.array(cells, np.int64), weights, out, new_scratch(len(parts)))
    assert out.sum(axis=0).tolist() == cells
    assert out.sum(axis=1).tolist() == allocate(sum(cells) * weights, sum(cells)).tolist()
    assert (np.abs(out - np.outer(weights, cells)) < 2 + 1e-6).all()
