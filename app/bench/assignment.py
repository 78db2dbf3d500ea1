"""What assigning an event brings beside top-5 lists, and how long a large batch takes.

The event is simulated, and this is all of it: 300 attendees, each with one need, each a candidate for every other. The
log-odds that i would ask j are BASE + popularity of j + taste of the pair, those that j would say yes to i BASE +
appeal of i + taste of the pair; all normal and independent. The policies see a noisy score: of the variance of
popularity and appeal it knows 80 %, of taste 50 %, and it is the exact mean of the probability given what it knows, so
it is calibrated. People act by the truth: each asks those of its list whom it wants, a provider answers the first eight
asks that reach it, in random order (a line of its own: the eight it likes best), and says yes by its own probability.

The spread of popularity is set so that what is known resembles what was measured on real data before (MATCHING.md):
product of both sides' scores AUC .751, exposure Gini of lists by that product .72. Lines for half and for none of the
spread show what the advantage hangs on: without popular people there is nothing to share out, and the ratio is 1.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph_algos.assignment import Policy, assign
from graph_algos.assignment_columns import Assignment, Limits, Pairs
from graph_algos.exposure import Figures, measure

ATTENDEES, OUT, INCOMING, SEEDS = 300, 5, 8, 5
BASE, POPULARITY, TASTE = -1.0, 0.9, 1.0  # log-odds: a third says yes to anybody
KNOWN_OF_PERSON, KNOWN_OF_TASTE = 0.8, 0.5  # shares of variance that the score knows
EVENINGS = 40  # simulated for each policy and seed
FLOOR, GOAL_SECONDS = 1.15, 30.0
POLICIES: tuple[Policy, ...] = ("reciprocal", "greedy", "transferable")
Float64 = NDArray[np.float64]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Event:
    """Columns of the pairs: what is known, and the true probabilities."""

    pairs: Pairs
    asks: Float64
    agrees: Float64


@dataclass(frozen=True, slots=True)
class _Evening:
    """Means over the seeds; `broken` counts providers and seekers above a limit."""

    yeses: float
    yeses_best_first: float
    gini: float
    never_shown: float
    mutual_top: float
    broken: int


def run(*, seeds: int = SEEDS, needs: int = 10_000, candidates: int = 50) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds}; `peer` is top-5 lists by the product of both sides."""
    rows = []
    for spread, name in ((POPULARITY, "event"), (POPULARITY / 2, "half the popularity"), (0.0, "nobody popular")):
        rows += _event_rows(name, spread, seeds, is_goal=spread == POPULARITY)
    seconds, figures = _batch(needs, candidates)
    what = f"assign {needs:,} needs × {candidates} candidates"
    rows.append(_row(what, seconds, "s", goal="≤ 30 s", holds=seconds <= GOAL_SECONDS))
    rows.append(_row(f"… introductions, {figures.rows_without} needs without", figures.introductions, "pairs"))
    return rows


def _event_rows(name: str, spread: float, seeds: int, *, is_goal: bool) -> list[Row]:
    found = {policy: _mean([_evening(policy, spread, seed) for seed in range(seeds)]) for policy in POLICIES}
    lists, ours = found["reciprocal"], found["transferable"]
    goal: dict[str, object] = {}
    if is_goal:
        goal = {"goal": f"≥ {FLOOR} ×", "holds": ours.yeses >= FLOOR * lists.yeses and not ours.broken}
    peer = "reciprocal top-5"
    rows = [_against(f"{name}: mutual yeses", ours.yeses, lists.yeses, "pairs") | {"peer": peer} | goal]
    rows.append(_against("… greedy", found["greedy"].yeses, lists.yeses, "pairs"))
    rows.append(_against("… best asks answered first", ours.yeses_best_first, lists.yeses_best_first, "pairs"))
    for label, field in (("exposure Gini", "gini"), ("never shown", "never_shown"), ("mutual top 3", "mutual_top")):
        both = [float(getattr(one, field)) for one in (ours, lists, found["greedy"])]
        rows.append(_row(f"… {label}", both[0], "", peer=f"lists {both[1]:.3g}, greedy {both[2]:.3g}"))
    broken = ours.broken + found["greedy"].broken
    rows.append(_row("… limits broken", broken, "", peer=f"lists {lists.broken}", goal="= 0", holds=broken == 0))
    return rows


def _against(what: str, value: float, lists: float, unit: str) -> Row:
    return _row(what, value, unit, ratio=value / lists if lists else None)


def _row(what: str, value: float, unit: str, **rest: object) -> Row:
    return {"what": what, "value": value, "unit": unit, "peer": None, "ratio": None, "goal": None, "holds": None} | rest


def _evening(policy: Policy, spread: float, seed: int) -> _Evening:
    event, limits = _event(seed, spread), _limits(ATTENDEES, ATTENDEES, OUT)
    found = assign(event.pairs, limits, policy=policy)
    figures = measure(event.pairs, limits, found)
    return _Evening(
        _yeses(event, found, seed, best_first=False),
        _yeses(event, found, seed, best_first=True),
        figures.gini,
        figures.never_shown,
        figures.mutual_top,
        _broken(event.pairs, found),
    )


def _mean(evenings: list[_Evening]) -> _Evening:
    names = ("yeses", "yeses_best_first", "gini", "never_shown", "mutual_top")
    means = [float(np.mean([getattr(one, name) for one in evenings])) for name in names]
    return _Evening(means[0], means[1], means[2], means[3], means[4], sum(one.broken for one in evenings))


def _broken(pairs: Pairs, found: Assignment) -> int:
    asked = np.bincount(pairs.provider[found.chosen]) > INCOMING
    asking = np.bincount(pairs.row[found.chosen]) > OUT
    return int(asked.sum() + asking.sum())


def _yeses(event: _Event, found: Assignment, seed: int, *, best_first: bool) -> float:
    """Mean number of pairs in which both said yes, over EVENINGS."""
    rng = np.random.default_rng([seed, 1])
    lines, provider = found.chosen, event.pairs.provider[found.chosen]
    total = 0
    for _ in range(EVENINGS):
        asked = rng.random(len(lines)) < event.asks[lines]
        first = -event.agrees[lines] if best_first else rng.random(len(lines))
        order = np.lexsort((first, provider))[asked[np.lexsort((first, provider))]]
        place = np.arange(len(order)) - np.searchsorted(provider[order], provider[order], side="left")
        answered = order[place < INCOMING]
        total += int((rng.random(len(answered)) < event.agrees[lines[answered]]).sum())
    return total / EVENINGS


def _event(seed: int, spread: float) -> _Event:
    rng = np.random.default_rng([seed, 0])
    row, provider = np.nonzero(~np.eye(ATTENDEES, dtype=bool))
    seeker_knows, asks = _side(rng, spread)
    provider_knows, agrees = _side(rng, spread)  # its columns are the seekers
    known = Pairs(
        row.astype(np.int32), provider.astype(np.int32), seeker_knows[row, provider], provider_knows[provider, row]
    )
    return _Event(known, asks[row, provider], agrees[provider, row])


def _side(rng: np.random.Generator, spread: float) -> tuple[Float64, Float64]:
    """(calibrated score, truth) of one side, who judges × who is judged."""

    def draw(share: float, shape: tuple[int, ...]) -> Float64:
        return np.asarray(np.sqrt(share) * rng.normal(size=shape), dtype=np.float64)

    people, couples = (1, ATTENDEES), (ATTENDEES, ATTENDEES)
    known = BASE + spread * draw(KNOWN_OF_PERSON, people) + TASTE * draw(KNOWN_OF_TASTE, couples)
    hidden = spread * draw(1 - KNOWN_OF_PERSON, people) + TASTE * draw(1 - KNOWN_OF_TASTE, couples)
    deviation = np.sqrt((1 - KNOWN_OF_PERSON) * spread**2 + (1 - KNOWN_OF_TASTE) * TASTE**2)
    points, weights = np.polynomial.hermite_e.hermegauss(15)
    score = np.zeros(couples)
    for point, weight in zip(points, weights / weights.sum(), strict=True):  # ∫ σ(known + deviation · x) φ(x) dx
        score += weight * _probability(known + deviation * point)
    return np.asarray(score, dtype=np.float64), _probability(known + hidden)


def _probability(log_odds: Float64) -> Float64:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)), dtype=np.float64)


def _limits(needs: int, providers: int, per_row: int) -> Limits:
    return Limits(
        np.full(needs, per_row, dtype=np.int32),
        np.arange(needs, dtype=np.int32),
        np.full(needs, OUT, dtype=np.int32),
        np.full(providers, INCOMING, dtype=np.int32),
        np.full(providers, np.inf),
        np.zeros(providers, dtype=np.bool_),
    )


def _batch(needs: int, candidates: int) -> tuple[float, Figures]:
    """Half as many providers as needs, a tenth of them newcomers, each with room for four; compiling is not timed."""
    rng = np.random.default_rng(0)
    providers = max(needs // 2, candidates)
    row = np.repeat(np.arange(needs, dtype=np.int32), candidates)
    provider = np.concatenate([rng.choice(providers, candidates, replace=False) for _ in range(needs)])
    popularity = POPULARITY * rng.normal(size=providers)
    seeker = _probability(BASE + popularity[provider] + TASTE * rng.normal(size=len(row)))
    pairs = Pairs(row, provider.astype(np.int32), seeker, _probability(BASE + TASTE * rng.normal(size=len(row))))
    even = _limits(needs, providers, 3)
    newcomers = rng.random(providers) < 0.1
    limits = Limits(even.per_row, even.seeker, even.out, even.incoming, np.full(providers, 4.0), newcomers)
    few = np.flatnonzero(row < 10)
    assign(Pairs(row[few], pairs.provider[few], seeker[few], pairs.provider_yes[few]), limits)
    began = time.perf_counter()
    found = assign(pairs, limits)
    return time.perf_counter() - began, measure(pairs, limits, found)
