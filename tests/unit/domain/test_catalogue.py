"""The catalogue says of every feature what candidates really hold."""

from pathlib import Path

import pytest

from app.analytics.candidates import ask, best_candidates
from app.domain.catalogue import catalogue
from app.domain.ranking import WEIGHTS
from app.domain.sentences import SOURCES, explain
from app.domain.suggestion import NeedQuery
from seed.portfolio import combined
from seed.story import story
from seed.synthetic import synthetic
from tests.unit.analytics.rows import topology_of


def test_every_signal_is_in_the_catalogue_once_and_nothing_else_is() -> None:
    names = [one.name for one in catalogue()]
    assert names == list(WEIGHTS)
    assert set(names) == set(SOURCES)


def test_the_sentences_are_those_that_suggestions_say() -> None:
    for one in catalogue():
        assert explain(one.name, "") in one.sentences
        said = explain(one.name, "FACT")
        assert said in [sentence.format("FACT") for sentence in one.sentences]


def test_values_lie_in_their_range_and_ranks_follow_the_direction(tmp_path: Path) -> None:
    records = combined(story(), synthetic(80))
    topology = topology_of(records, tmp_path)
    facts, seen = {one.name: one for one in catalogue()}, set()
    for need in records.needs:
        ranked: dict[str, list[tuple[int, float]]] = {}
        for candidate in best_candidates(topology, ask(topology, NeedQuery(need_id=need.id), need), count=50):
            for feature in candidate.features:
                fact = facts[feature.name]
                assert fact.low <= feature.value <= (float("inf") if fact.high is None else fact.high + 1e-9)
                ranked.setdefault(feature.name, []).append((feature.rank, feature.value))
        for name, pairs in ranked.items():
            seen.add(name)
            if name in ("text_history", "place"):  # ranked by a key of its own: votes, whole kilometres
                continue
            best = [value for _, value in sorted(pairs)]
            assert best == sorted(best, reverse=facts[name].higher_is_better), name
    assert seen == set(facts), "a feature that no need brings up is not tested"
    assert pytest.approx(sum(WEIGHTS.values())) == sum(one.weight for one in facts.values())
