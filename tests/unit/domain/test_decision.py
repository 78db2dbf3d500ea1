"""Exploration and hold-out: rare enough, repeatable, inside the gates, and with the chance that the log says."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import (
    WINDOW,
    Decision,
    Inputs,
    Policy,
    candidates_hash,
    decided,
    gates_hash,
    record_bytes,
    replay,
)
from app.domain.errors import Misconfigured
from app.domain.ranking import WEIGHTS, fuse

AT = datetime(2026, 3, 1, tzinfo=UTC)
RANKED = [(f"cus_{number:03}", 1.0 / (number + 1)) for number in range(30)]
DRAFT = Decision(
    *("dec_1", "need_1", "cus_seeker", AT, "cli", "2026-03-01", "", "", "fusion", 0, False, 3, 0.0, 7, AT),
    *(gates_hash([]), "", False, False, (), (), (), (), (), ""),
)


def recorded(features: list[list[tuple[str, float, int]]], policy: Policy, limit: int = 3) -> Decision:
    scored = sorted(
        ((f"cus_{at:03}", fuse((name, rank) for name, _, rank in one), one) for at, one in enumerate(features)),
        key=lambda row: (-row[1], row[0]),
    )
    draft = replace(
        DRAFT, shown_limit=limit, candidates_hash=candidates_hash({provider: one for provider, _, one in scored})
    )
    made = decided(draft, policy, [(provider, score) for provider, score, _ in scored])
    return replace(made, inputs=Inputs([one for _, _, one in scored]).pack())


FEATURES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1), st.integers(1, 300)),
        min_size=1,
        max_size=8,
        unique_by=lambda one: one[0],
    ),
    max_size=25,
)


@given(FEATURES, st.integers(0, 2**40), st.sampled_from([0.0, 0.05, 1.0]), st.integers(1, 20))
def test_a_record_leads_to_itself_byte_for_byte(
    features: list[list[tuple[str, float, int]]], seed: int, exploration: float, limit: int
) -> None:
    kept = recorded(features, Policy(exploration, hold_out=0.2, seed=seed), limit)
    assert record_bytes(replay(kept)) == record_bytes(kept)


def test_a_changed_record_does_not_lead_to_itself() -> None:
    kept = recorded([[("quality", 0.5, 2)], [("quality", 0.9, 1)]], Policy())
    changes = (
        {"scores": (kept.scores[0] + 2**-52, *kept.scores[1:])},
        {"shown_ids": kept.shown_ids[::-1]},
        {"propensities": (0.5, 0.5)},
        {"held_out": True},
        {"seed": 9},
        {"inputs": Inputs([[("quality", 0.5, 2)], [("quality", 0.8, 1)]]).pack()},
    )
    for change in changes:
        changed = replace(kept, **change)  # type: ignore[arg-type]
        assert record_bytes(replay(changed)) != record_bytes(changed), change


def test_a_damaged_record_and_one_of_a_model_are_refused_by_name() -> None:
    kept = recorded([[("quality", 0.5, 1)]], Policy())
    for change in ({"inputs": "AAAA"}, {"inputs": Inputs([]).pack()}, {"policy": "[]"}, {"ranker": "model-1"}):
        with pytest.raises(Misconfigured, match="decision"):
            replay(replace(kept, **change))  # type: ignore[arg-type]


def test_one_need_in_twenty_is_explored_and_only_in_its_last_place() -> None:
    policy, explored = Policy(), 0
    for number in range(20_000):
        choice = policy.choose(RANKED, 3, f"need_{number}", "2026-03-01")
        assert choice.places[:2] == (0, 1)
        assert choice.propensities[:2] == (1.0, 1.0)
        assert (choice.places[2] == 2) is not choice.explored
        explored += choice.explored
    assert 0.045 < explored / 20_000 < 0.055


def test_the_logged_chance_is_the_share_of_needs_in_which_it_happens() -> None:
    policy, seen = Policy(exploration=0.5), Counter[tuple[int, float]]()
    for number in range(40_000):
        choice = policy.choose(RANKED, 3, f"need_{number}", "2026-03-01")
        seen[choice.places[2], choice.propensities[2]] += 1
    assert {place for place, _ in seen} == {2, *range(3, 3 + WINDOW)}
    assert sum(chance for _, chance in seen) == pytest.approx(1.0)
    for (_, chance), count in seen.items():
        assert count / 40_000 == pytest.approx(chance, abs=0.012)


def test_the_same_need_is_answered_alike_all_day_and_days_differ() -> None:
    policy = Policy(exploration=0.5)
    days = [f"2026-03-{day:02}" for day in range(1, 29)]
    drawn = [policy.choose(RANKED, 3, "need_1", day) for day in days]
    assert drawn == [policy.choose(RANKED, 3, "need_1", day) for day in days]
    assert len(set(drawn)) > 2


def test_a_hold_out_keeps_its_needs_shows_nothing_new_and_is_never_explored() -> None:
    policy = Policy(exploration=1.0, hold_out=0.1)
    held = [number for number in range(10_000) if policy.holds_out(f"need_{number}")]
    assert 900 < len(held) < 1100
    made = decided(replace(DRAFT, need_id=f"need_{held[0]}"), policy, RANKED)
    assert (made.held_out, made.explored) == (True, False)
    assert made.shown_ids == tuple(provider for provider, _ in RANKED[:3])
    senior = decided(replace(DRAFT, need_id=f"need_{held[0]}", exempt=True), policy, RANKED)
    assert (senior.held_out, senior.explored) == (False, False)


def test_nobody_to_explore_means_no_exploration_and_a_chance_of_one() -> None:
    for ranked in ([], RANKED[:2], RANKED[:3]):
        choice = Policy(exploration=1.0).choose(ranked, 3, "need_1", "2026-03-01")
        assert choice.explored is False
        assert set(choice.propensities) <= {1.0}
