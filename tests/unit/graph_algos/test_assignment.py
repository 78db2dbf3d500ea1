"""Properties of the assignment: limits, newcomers, order of input, and what it is for."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.assignment import TEMPERATURE, _transferable, assign
from graph_algos.assignment_columns import Limits, Pairs
from graph_algos.exposure import gini, measure

POLICIES = ("transferable", "greedy")


def columns(*lists, kinds=(np.int32, np.int32, np.float64, np.float64)):
    return Pairs(*(np.array(values, dtype=kind) for values, kind in zip(lists, kinds, strict=True)))


def even(rows, providers, *, per_row=3, out=5, incoming=8, newcomers=()):
    newcomer = np.zeros(providers, dtype=bool)
    newcomer[list(newcomers)] = True
    return Limits(
        np.full(rows, per_row, dtype=np.int32),
        np.arange(rows, dtype=np.int32),
        np.full(rows, out, dtype=np.int32),
        np.full(providers, incoming, dtype=np.int32),
        np.full(providers, np.inf),
        newcomer,
    )


@st.composite
def problems(draw):
    """Up to eight needs of four seekers and seven providers, any limits from 0, ties and impossible pairs included."""
    rows, providers, seekers = draw(st.integers(0, 8)), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    cells = [(row, provider) for row in range(rows) for provider in range(providers)]
    chosen = draw(st.lists(st.sampled_from(cells), unique=True)) if cells else []
    chance = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0.0, 1.0)
    chances = [draw(st.lists(chance, min_size=len(chosen), max_size=len(chosen))) for _ in range(2)]
    pairs = columns([row for row, _ in chosen], [provider for _, provider in chosen], *chances)

    def small(size, most):
        return np.array(draw(st.lists(st.integers(0, most), min_size=size, max_size=size)), dtype=np.int32)

    capacity = draw(st.lists(st.sampled_from([0.0, 0.4, 1.0, 2.5, np.inf]), min_size=providers, max_size=providers))
    newcomer = np.array(draw(st.lists(st.booleans(), min_size=providers, max_size=providers)), dtype=bool)
    limits = Limits(
        small(rows, 3),
        small(rows, seekers - 1),
        small(seekers, 5),
        small(providers, 3),
        np.array(capacity),
        newcomer,
        draw(st.integers(0, 2)),
    )
    return pairs, limits


def used(pairs, limits, lines):
    """Per row, seeker and provider, and what each provider is expected to accept."""
    seekers = limits.seeker[pairs.row[lines]]
    return (
        np.bincount(pairs.row[lines], minlength=len(limits.per_row)),
        np.bincount(seekers, minlength=len(limits.out)),
        np.bincount(pairs.provider[lines], minlength=len(limits.incoming)),
        np.bincount(pairs.provider[lines], pairs.surplus[lines], minlength=len(limits.incoming)),
    )


@given(problems(), st.sampled_from(POLICIES), st.sampled_from([1e-6, TEMPERATURE, 10.0]))
def test_no_limit_is_ever_broken(problem, policy, temperature):
    pairs, limits = problem
    lines = assign(pairs, limits, policy=policy, temperature=temperature).chosen
    row, out, incoming, accepted = used(pairs, limits, lines)
    assert (row <= limits.per_row).all()
    assert (out <= limits.out).all()
    assert (incoming <= limits.incoming).all()
    assert (accepted <= limits.capacity + 1e-9).all()
    assert (pairs.surplus[lines] > 0.0).all()
    couples = {(limits.seeker[pairs.row[line]], pairs.provider[line]) for line in lines}
    assert len(couples) == len(lines)


@given(problems(), st.sampled_from(POLICIES))
def test_nobody_is_left_out_while_every_limit_has_room(problem, policy):
    pairs, limits = problem
    lines = assign(pairs, limits, policy=policy).chosen
    row, out, incoming, accepted = used(pairs, limits, lines)
    couples = {(limits.seeker[pairs.row[line]], pairs.provider[line]) for line in lines}
    for line in set(np.flatnonzero(pairs.surplus > 0.0).tolist()) - set(lines.tolist()):
        need, provider = pairs.row[line], pairs.provider[line]
        full = row[need] >= limits.per_row[need] or out[limits.seeker[need]] >= limits.out[limits.seeker[need]]
        full = full or incoming[provider] >= limits.incoming[provider]
        full = full or accepted[provider] + pairs.surplus[line] > limits.capacity[provider] - 1e-9
        assert full or (limits.seeker[need], provider) in couples


@given(st.integers(1, 12), st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_a_newcomer_gets_its_minimum_while_a_need_of_its_has_given_no_slot_to_another(rows, providers, seed):
    rng = np.random.default_rng(seed)
    row, provider = np.nonzero(rng.random((rows, providers)) < 0.6)
    pairs = columns(row, provider, rng.random(len(row)) + 1e-9, rng.random(len(row)) + 1e-9)
    limits = even(rows, providers, newcomers=range(providers // 2))
    found = assign(pairs, limits)
    reserved = found.chosen[found.reserved]
    assert limits.newcomer[pairs.provider[reserved]].all()
    assert np.bincount(pairs.row[reserved], minlength=rows).max(initial=0) <= 1
    shown = set(pairs.provider[found.chosen].tolist())
    given_away = set(pairs.row[reserved].tolist())
    for newcomer in set(pairs.provider[limits.newcomer[pairs.provider]].tolist()) - shown:
        assert set(pairs.row[pairs.provider == newcomer].tolist()) <= given_away


def test_newcomers_whom_the_scores_would_never_show_are_shown():
    """Thirty needs, nine strong providers with room for all of them, three weak newcomers."""
    row, provider = (each.ravel() for each in np.indices((30, 12)))
    chance = np.where(provider < 9, 0.9, 0.1)
    pairs = columns(row, provider, chance, chance)
    without = assign(pairs, even(30, 12, incoming=30))
    found = assign(pairs, even(30, 12, incoming=30, newcomers=(9, 10, 11)))
    assert set(pairs.provider[without.chosen].tolist()).isdisjoint({9, 10, 11})
    assert np.bincount(pairs.provider[found.chosen])[9:].tolist() == [1, 1, 1]


@given(st.integers(1, 9), st.integers(1, 8), st.integers(0, 2**32 - 1), st.sampled_from(POLICIES))
def test_another_numbering_gives_the_same_pairs(rows, providers, seed, policy):
    rng = np.random.default_rng(seed)
    row, provider = np.nonzero(rng.random((rows, providers)) < 0.7)
    # Distinct surpluses: among equal ones the index decides, which another numbering changes.
    chance = rng.permutation(len(row)) / max(len(row), 1) * 0.9 + 0.05
    pairs, limits = columns(row, provider, chance, np.ones(len(row))), even(rows, providers, incoming=2)
    found = assign(pairs, limits, policy=policy).chosen
    lines, to_row, to_provider = rng.permutation(len(row)), rng.permutation(rows), rng.permutation(providers)
    other = columns(to_row[row][lines], to_provider[provider][lines], chance[lines], np.ones(len(row)))
    again = assign(other, limits, policy=policy).chosen
    assert sorted(lines[again].tolist()) == sorted(found.tolist())


@given(problems())
def test_the_same_input_gives_the_same_bytes(problem):
    first, second = (assign(*problem) for _ in range(2))
    assert [part.tobytes() for part in (first.chosen, first.reserved, first.strength)] == [
        part.tobytes() for part in (second.chosen, second.reserved, second.strength)
    ]


def test_masses_add_up_to_those_of_both_sides():
    """a_i² + Σ_j μ_ij = s_i with a_i = √(mass that stays alone), and so for providers."""
    rng = np.random.default_rng(5)
    row, provider = (each.ravel() for each in np.indices((40, 30)))
    pairs = columns(row, provider, rng.random(1200), rng.random(1200))
    limits = even(40, 30)
    flow = _transferable(pairs, limits, 1.0).reshape(40, 30)
    alone_row, alone_provider = 3 - flow.sum(axis=1), 8 - flow.sum(axis=0)
    assert (alone_row > 0).all()
    assert (alone_provider > 0).all()
    best = np.sort(pairs.surplus.reshape(40, 30).max(axis=1))
    scale = 2 * best.mean()
    expected = np.sqrt(np.outer(alone_row, alone_provider)) * np.exp(pairs.surplus.reshape(40, 30) / scale)
    assert flow == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_it_comes_close_to_the_largest_sum_that_the_limits_allow(seed):
    """networkx's minimum cost flow is the optimum; TU also spreads, and may cost 3 %."""
    rng = np.random.default_rng(seed)
    rows, providers = 30, 12
    row, provider = (each.ravel() for each in np.indices((rows, providers)))
    chance = np.clip(rng.random(len(row)) * 0.4 + rng.random(providers)[provider] * 0.6, 0.0, 1.0)
    pairs, limits = columns(row, provider, chance, np.ones(len(row))), even(rows, providers, incoming=7)
    flow = nx.DiGraph()
    for need in range(rows):
        flow.add_edge("from", f"r{need}", capacity=3, weight=0)
    for other in range(providers):
        flow.add_edge(f"p{other}", "to", capacity=7, weight=0)
    for need, other, gain in zip(row.tolist(), provider.tolist(), chance.tolist(), strict=True):
        flow.add_edge(f"r{need}", f"p{other}", capacity=1, weight=-round(gain * 1_000_000))
    best = -nx.cost_of_flow(flow, nx.max_flow_min_cost(flow, "from", "to")) / 1_000_000
    reached = pairs.surplus[assign(pairs, limits).chosen].sum()
    assert 0.97 * best <= reached <= best + 1e-4  # gains are whole millionths there


def test_an_equal_choice_goes_to_the_smaller_number():
    pairs = columns([0, 0, 0, 0], [3, 1, 2, 0], [0.5] * 4, [0.5] * 4)
    for policy in ("transferable", "greedy", "reciprocal"):
        chosen = assign(pairs, even(1, 4, per_row=2), policy=policy).chosen
        assert pairs.provider[chosen].tolist() == [0, 1]


def test_every_need_gets_one_before_any_gets_a_second():
    pairs = columns([0, 0, 1], [0, 1, 1], [0.9, 0.9, 0.2], [1.0, 1.0, 1.0])
    chosen = assign(pairs, even(2, 2, incoming=1), policy="greedy").chosen
    assert [(pairs.row[line], pairs.provider[line]) for line in chosen] == [(0, 0), (1, 1)]


def test_nobody_and_one_customer_are_answered():
    nothing = columns([], [], [], [])
    for policy in ("transferable", "greedy", "reciprocal"):
        empty = assign(nothing, even(0, 0), policy=policy)
        assert len(empty.chosen) == 0
        figures = measure(nothing, even(0, 0), empty)
        assert (figures.introductions, figures.gini, figures.never_shown, figures.mutual_top) == (0, 0.0, 0.0, 0)
        one = assign(columns([0], [0], [0.3], [0.4]), even(1, 1), policy=policy)
        assert one.chosen.tolist() == [0]


def test_figures_count_what_is_shown_and_what_is_answered():
    pairs = columns([0, 1, 2, 2], [0, 0, 0, 1], [1.0, 1.0, 1.0, 1.0], [0.5, 0.5, 0.5, 0.25])
    limits = even(3, 2, per_row=1, incoming=2)
    lists = measure(pairs, limits, assign(pairs, limits, policy="reciprocal"))
    assert (lists.introductions, lists.never_shown, lists.gini) == (3, 0.5, 0.5)
    assert lists.expected_yeses == pytest.approx(1.0)  # three asks of 0.5 each, two of them answered
    assigned = measure(pairs, limits, assign(pairs, limits, policy="greedy"))
    assert assigned.expected_yeses == pytest.approx(1.25)
    assert (assigned.never_shown, assigned.rows_without) == (0.0, 0)


def test_gini_is_that_of_the_pairwise_differences():
    counts = np.array([3, 0, 7, 1, 1])
    differences = np.abs(counts[:, None] - counts).sum() / (2 * len(counts) * counts.sum())
    assert gini(counts) == pytest.approx(differences)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (columns([0], [9], [0.5], [0.5]), "range"),
        (columns([0], [0], [1.5], [0.5]), "probability"),
        (columns([0], [0], [np.nan], [0.5]), "probability"),
        (columns([0, 0], [0, 0], [0.5, 0.5], [0.5, 0.5]), "twice"),
        (columns([0], [0], [0.5, 0.5], [0.5]), "length"),
    ],
)
def test_bad_columns_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        assign(changed, even(1, 2))


def test_bad_choices_are_refused():
    pairs = columns([0], [0], [0.5], [0.5])
    with pytest.raises(ValueError, match="policy"):
        assign(pairs, even(1, 1), policy="best")
    with pytest.raises(ValueError, match="temperature"):
        assign(pairs, even(1, 1), temperature=0.0)
    with pytest.raises(ValueError, match="negative"):
        assign(pairs, even(1, 1, incoming=-1))
