"""Ranking is pure: the same for every order, name and engine; it rests on stored facts and keeps secrets."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.analytics.candidates import NEWCOMERS_FROM, ask, best_candidates, candidate_pool
from app.analytics.columns import ABSENT, NEVER, find, to_bytes
from app.analytics.communities import detect, measure
from app.analytics.topology import Topology
from app.domain.community import CommunityOptions
from app.domain.place import distance_km
from app.domain.ranking import share
from app.domain.suggestion import NeedQuery
from app.ports.analytics import Candidate, SnapshotInfo
from seed.portfolio import Portfolio, combined
from seed.story import customer_id, need_id, story
from seed.synthetic import synthetic
from tests.unit.analytics.rows import topology_of

RECORDS = combined(story(), synthetic(80))
NEEDS = {need.id: need for need in RECORDS.needs}
LIGHTING, INVESTOR, ADDITION = (need_id(key) for key in ("S02-lighting", "S03-investor", "S01-home-addition"))


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Topology:
    return topology_of(RECORDS, tmp_path_factory.mktemp("snapshot"))


def candidates(topology: Topology, key: str, *, count: int = 50) -> list[Candidate]:
    return list(best_candidates(topology, ask(topology, NeedQuery(need_id=key), NEEDS[key]), count=count))


def feature(candidate: Candidate, name: str) -> float | None:
    return next((one.value for one in candidate.features if one.name == name), None)


def changed(seed: int) -> Portfolio:
    """The same records in another order and under other names."""
    order = random.Random(seed)
    columns = {name: list(rows) for name, rows in RECORDS.kinds()}
    for rows in columns.values():
        order.shuffle(rows)
    columns["customers"] = [replace(one, name=f"Renamed {order.random()}") for one in columns["customers"]]
    return Portfolio(**{name: tuple(rows) for name, rows in columns.items()})


def test_neither_order_nor_names_change_a_candidate(topology: Topology, tmp_path: Path):
    for seed in range(3):
        other = topology_of(changed(seed), tmp_path / str(seed))
        for key in (LIGHTING, INVESTOR, ADDITION):
            assert candidates(other, key) == candidates(topology, key)


def test_a_score_is_the_sum_of_its_features_shares(topology: Topology):
    for candidate in candidates(topology, LIGHTING):
        assert candidate.score == pytest.approx(sum(share(one.name, one.rank) for one in candidate.features))
        assert 0.0 <= candidate.score <= 1.0


def test_candidates_come_best_first_and_ties_by_id(topology: Topology):
    found = candidates(topology, ADDITION, count=300)
    assert found == sorted(found, key=lambda one: (-one.score, one.provider_id))
    assert found[:50] == candidates(topology, ADDITION)


def test_a_ranker_is_given_newcomers_whom_fusion_leaves_far_behind(topology: Topology):
    asked = ask(topology, NeedQuery(need_id=ADDITION), NEEDS[ADDITION])
    pool = [one.provider_id for one in candidate_pool(topology, asked, count=100)]
    fused = [one.provider_id for one in candidates(topology, ADDITION, count=300)]
    met = {need.met_by for need in RECORDS.needs if need.met_by}
    assert pool[:NEWCOMERS_FROM] == fused[:NEWCOMERS_FROM]
    brought = pool[NEWCOMERS_FROM : NEWCOMERS_FROM + 5]
    assert not met.intersection(brought)
    assert brought != fused[NEWCOMERS_FROM : NEWCOMERS_FROM + 5]
    assert len(set(pool)) == len(pool) <= 100


def test_the_seeker_is_never_its_own_provider(topology: Topology):
    for need in RECORDS.needs[:200]:
        asked = ask(topology, NeedQuery(need_id=need.id), need)
        assert need.seeker_id not in {one.provider_id for one in best_candidates(topology, asked, count=300)}


def test_many_good_outcomes_come_before_a_few(topology: Topology):
    names = [one.provider_id for one in candidates(topology, LIGHTING)]
    assert (
        names.index(customer_id("fixtures")) < names.index(customer_id("lamps")) < names.index(customer_id("electrics"))
    )


def test_no_word_of_a_signal_or_of_anothers_need_is_in_a_feature(topology: Topology):
    offered = " ".join(one.text.lower() for one in RECORDS.capabilities)
    names = " ".join(one.name.lower() for one in RECORDS.categories)
    secret = {word for one in (*RECORDS.signals, *RECORDS.needs) for word in one.text.lower().split() if len(word) > 5}
    secret -= {word for word in secret if word in offered or word in names}
    assert len(secret) > 20
    for key in (LIGHTING, INVESTOR, ADDITION):
        said = " ".join(one.detail.lower() for candidate in candidates(topology, key) for one in candidate.features)
        assert not {word for word in secret if word in said.split()}


def test_what_only_the_operator_knows_helps_and_has_no_detail(topology: Topology, tmp_path: Path):
    equity = customer_id("equity")
    with_it = {one.provider_id: one for one in candidates(topology, INVESTOR)}[equity]
    assert [one.detail for one in with_it.features if one.name == "signal"] == [""]
    without = topology_of(replace(RECORDS, signals=()), tmp_path)
    assert {one.provider_id: one for one in candidates(without, INVESTOR)}[equity].score < with_it.score


def test_a_met_need_is_no_precedent_for_itself(tmp_path: Path):
    met = next(need for need in RECORDS.needs if need.met_by == customer_id("fixtures"))
    alone = topology_of(replace(RECORDS, needs=(met,)), tmp_path)
    as_text = NeedQuery(text=met.text, seeker_id=met.seeker_id, category_id=met.category_id)
    for query, need, similarity in ((NeedQuery(need_id=met.id), met, None), (as_text, None, pytest.approx(1.0))):
        found = best_candidates(alone, ask(alone, query, need), count=50)
        provider = next(one for one in found if one.provider_id == customer_id("fixtures"))
        assert feature(provider, "text_history") == similarity


def test_payments_and_fees_change_no_candidate(topology: Topology, tmp_path: Path):
    other = topology_of(replace(RECORDS, flows=()), tmp_path)
    for key in (LIGHTING, ADDITION):
        assert candidates(other, key) == candidates(topology, key)


def test_distances_agree_with_the_gates(topology: Topology):
    need, places = NEEDS[ADDITION], {one.id: (one.latitude, one.longitude) for one in RECORDS.customers}
    checked = 0
    for candidate in candidates(topology, ADDITION):
        latitude, longitude = places[candidate.provider_id]
        if latitude is not None and longitude is not None:
            away = distance_km((need.latitude or 0.0, need.longitude or 0.0), (latitude, longitude))
            assert feature(candidate, "place") == pytest.approx(away, abs=1e-6)
            checked += 1
    assert checked > 5


def test_words_that_nobody_uses_bring_nobody_up(topology: Topology):
    assert not best_candidates(topology, ask(topology, NeedQuery(text="ⵣⵥⵥⵣ"), None), count=50)


def test_an_empty_portfolio_has_no_candidates(tmp_path: Path):
    empty = topology_of(Portfolio(), tmp_path)
    assert not best_candidates(empty, ask(empty, NeedQuery(text="anything", seeker_id="cus_1"), None), count=50)
    assert list(measure(empty, "pagerank")) == []


def test_an_unknown_id_is_found_nowhere():
    ids = to_bytes(["a", "b", "bb"])
    assert [find(ids, one) for one in ("a", "bb", "c", "bbb", "", None)] == [0, 2, ABSENT, ABSENT, ABSENT, ABSENT]


def test_categories_around_one_have_their_distance(topology: Topology):
    def place(key: str) -> int:
        return find(topology.category_ids, key)

    near = dict(topology.categories_near(place("construction.lighting.fixtures")))
    assert near[place("construction.lighting.fixtures")] == 0
    assert near[place("construction.lighting")] == 1
    assert near[place("construction.lighting.commercial_electrics")] == 2
    assert place("construction.home_addition") not in near


def test_communities_are_numbered_by_size_and_named_by_what_stands_out(topology: Topology):
    info = SnapshotInfo(1, datetime(2026, 1, 1, tzinfo=UTC), 0, 0, 0, 0, 0)
    found = detect(topology, info, CommunityOptions(2.0))
    sizes = np.bincount(found.labels)
    assert list(sizes) == sorted(sizes, reverse=True)
    assert found == detect(topology, info, CommunityOptions(2.0))
    where = dict(zip(found.customer_ids, found.labels, strict=True))
    assert "Watches" in found.names[where[customer_id("watchmaker")]]
    assert len(found.names) == len(found.densities) == len(sizes)


def test_among_attendees_nobody_else_is_a_candidate_and_no_depth_hides_one(topology: Topology):
    everybody = [one.id for one in RECORDS.customers]
    need = NEEDS[LIGHTING]
    some = tuple(one for place, one in enumerate(everybody) if place % 3 == 0)

    def among(ids: tuple[str, ...]) -> list[Candidate]:
        query = NeedQuery(need_id=need.id, among=ids)
        return list(best_candidates(topology, ask(topology, query, need), count=len(everybody)))

    assert {one.provider_id for one in among(some)} == set(some) - {need.seeker_id}
    assert among(tuple(reversed(some))) == among(some)
    first = candidates(topology, LIGHTING, count=1)[0].provider_id
    assert among((first, "cus_unknown"))[0].features
    assert among(("cus_unknown",)) == among(()) == []


def test_needs_met_of_late_count_more_and_bring_nobody_up(topology: Topology):
    by, at = topology.need_met_by, topology.need_met_at
    met = (by >= 0) & (at > NEVER)
    days = (at[met].max() - at[met]) / 86_400
    for one in np.unique(by[met]):
        own = by[met] == one
        assert topology.activity[one] == pytest.approx((1 / np.sqrt(1 + days[own])).sum())
        assert topology.last_met[one] == at[met][own].max()
    assert topology.activity[np.setdiff1d(np.arange(len(topology.customer_ids)), by)].sum() == 0.0
    found = [{feature.name: feature for feature in one.features} for one in candidates(topology, ADDITION)]
    active = [one["activity"] for one in found if "activity" in one]
    assert len(active) > 5
    assert [one.rank for one in sorted(active, key=lambda one: -one.value)] == sorted(one.rank for one in active)
    assert all("latest" in one and "20" in one["latest"].detail for one in found if "activity" in one)
