"""What there is too little of, or far too much: a sensible answer, always a number, and no time that runs away."""

import time
from itertools import product
from math import isfinite
from pathlib import Path

import pytest

from app.analytics.candidates import ask, best_candidates, candidate_pool
from app.analytics.communities import MEASURES, alike, detect, measure
from app.analytics.peers import similar
from app.analytics.topology import Topology
from app.domain.capability import Category
from app.domain.community import CommunityOptions
from app.domain.need import NeedStatus
from app.domain.relationship import RelationshipKind
from app.domain.suggestion import NeedQuery
from app.ports.analytics import SnapshotInfo
from app.usecases.suggestions import TEXT_HEARD
from seed.portfolio import Portfolio
from tests.contract.portfolio import NOW, capability, customer, need, outcome, tie
from tests.unit.analytics.rows import topology_of

INFO = SnapshotInfo(1, NOW, 0, 0, 0, 0, 0)
TRADE = (Category("a", "A"),)
FIVE = tuple(map(customer, range(5)))
MET = {"category_id": "a", "met_by": "cus_0000", "status": NeedStatus.MET, "met_at": NOW}
THIN = {
    "an empty graph": Portfolio(),
    "one customer": Portfolio(customers=(customer(0),)),
    "one customer who meets its own need": Portfolio(
        categories=TRADE,
        customers=(customer(0),),
        capabilities=(capability(0, 0, category_id="a"),),
        needs=(need(0, 0, **MET),),
    ),
    "no text": Portfolio(
        categories=TRADE,
        customers=FIVE,
        capabilities=tuple(capability(one, one, category_id="a", text="") for one in range(3)),
        needs=(need(0, 4, **MET | {"text": " … "}), need(1, 3, category_id="a", text="")),
    ),
    "no history": Portfolio(
        categories=TRADE,
        customers=FIVE,
        capabilities=tuple(capability(one, one, category_id="a", text="Bridge inspection") for one in range(3)),
    ),
    "unknown categories": Portfolio(
        customers=FIVE,
        capabilities=tuple(capability(one, one, category_id="gone", text="Bridge inspection") for one in range(3)),
        needs=(need(0, 4, category_id="also gone", text="Bridge inspection"),),
    ),
}
LEAVES = 100_000


@pytest.mark.parametrize("case", THIN)
def test_candidates_are_finite_whatever_is_missing(case: str, tmp_path: Path) -> None:
    topology = topology_of(THIN[case], tmp_path)
    texts, seekers = ("bridge inspection", "", "…", "橋"), ("cus_0000", "cus_0004", "cus_gone", None)
    for text, seeker, category, place in product(texts, seekers, ("a", "gone", None), (None, 1.0)):
        query = NeedQuery(text=text, seeker_id=seeker, category_id=category, latitude=place, longitude=place)
        for rank in (best_candidates, candidate_pool):
            for found in rank(topology, ask(topology, query, None), count=300):
                assert 0.0 <= found.score <= 1.0
                assert found.provider_id != seeker
                assert all(isfinite(one.value) and "nan" not in one.detail for one in found.features)


@pytest.mark.parametrize("case", THIN)
def test_communities_and_measures_are_finite_whatever_is_missing(case: str, tmp_path: Path) -> None:
    records = THIN[case]
    topology = topology_of(records, tmp_path)
    found = detect(topology, INFO, CommunityOptions())
    assert len(found.labels) == len(records.customers)
    assert isfinite(found.modularity)
    assert all(map(isfinite, (*found.densities, *found.bindings)))
    assert all(isfinite(value) for name in MEASURES for value in measure(topology, name))
    assert set(map(len, alike(topology, 3).values())) <= {0}
    for one in records.customers:
        assert all(0.0 < peer.score <= 1.0 for peer in similar(topology, one.id, count=5))


def test_without_history_what_a_provider_says_of_itself_is_enough(tmp_path: Path) -> None:
    topology = topology_of(THIN["no history"], tmp_path)
    found = best_candidates(topology, ask(topology, NeedQuery(text="inspection of a bridge"), None), count=9)
    assert [one.provider_id for one in found] == ["cus_0000", "cus_0001", "cus_0002"]


# An offer in a script that writes no gaps, and a need that means the same in other words.
UNBROKEN = (
    ("橋の点検と補修", "点検してほしい橋がある"),
    ("夜間の冷蔵輸送", "冷蔵品を夜間に輸送"),
    ("事務所の清掃", "清掃を頼みたい事務所"),
    ("桥梁检测与维修", "我们需要检测一座旧桥梁"),
    ("夜间冷藏运输", "夜间运输冷藏货物"),
    ("ตรวจสอบสะพานและซ่อมแซม", "ต้องการคนตรวจสอบสะพานเก่า"),
    ("ทำความสะอาดสำนักงาน", "หาคนทำความสะอาดห้องสำนักงาน"),
    ("ដឹកជញ្ជូនត្រជាក់ពេលយប់", "ដឹកជញ្ជូនទំនិញត្រជាក់យប់"),
)


def test_texts_without_word_breaks_find_each_other_and_are_heard(tmp_path: Path) -> None:
    """Nearest is the own one, near enough to be suggested without any category, and in words that both hold."""
    offers = tuple(capability(one, one, text=offer) for one, (offer, _) in enumerate(UNBROKEN))
    records = Portfolio(customers=tuple(map(customer, range(len(UNBROKEN)))), capabilities=offers)
    topology = topology_of(records, tmp_path)
    for number, (_, wanted) in enumerate(UNBROKEN):
        first, *others = best_candidates(topology, ask(topology, NeedQuery(text=wanted), None), count=9)
        [text] = [one for one in first.features if one.name == "text_capability"]
        assert (first.provider_id, text.value >= TEXT_HEARD) == (f"cus_{number:04}", True), wanted
        assert text.detail
        assert all(one.value < TEXT_HEARD for other in others for one in other.features if one.name == text.name)


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Topology:
    """One provider for a hundred thousand customers, each of which says that it offers the same."""
    leaves = range(1, LEAVES + 1)
    records = Portfolio(
        categories=TRADE,
        customers=tuple(map(customer, (0, *leaves))),
        capabilities=tuple(capability(one, one, category_id="a", text="Bridge inspection") for one in (0, *leaves)),
        needs=tuple(need(one, one, text="Inspection of a bridge", **MET) for one in leaves),
        relationships=tuple(tie(RelationshipKind.DEALS_WITH, one, 0) for one in leaves),
        outcomes=tuple(
            outcome(one, seeker_id=f"cus_{one:04}", provider_id="cus_0000", good=one % 2 == 0) for one in leaves
        ),
    )
    return topology_of(records, tmp_path_factory.mktemp("star"))


@pytest.mark.parametrize("seeker", ["cus_0000", "cus_0007", None])
@pytest.mark.parametrize("category", ["a", None])
def test_candidates_of_a_star_take_a_moment(star: Topology, seeker: str | None, category: str | None) -> None:
    query = NeedQuery(text="bridge inspection", seeker_id=seeker, category_id=category)
    began = time.perf_counter()
    found = best_candidates(star, ask(star, query, None), count=300)
    assert time.perf_counter() - began < 2.0
    assert all(0.0 <= one.score <= 1.0 for one in found)
    if seeker is not None and seeker != "cus_0000":
        assert found[0].provider_id == "cus_0000"


def test_communities_measures_and_likeness_of_a_star_take_seconds(star: Topology) -> None:
    """Read by each other all leaves would be ten billion pairs, which is minutes."""
    began = time.perf_counter()
    found = detect(star, INFO, CommunityOptions(resolution=1.0))
    values = [value for name in MEASURES for value in measure(star, name)]
    peers = alike(star, 3)
    one_leaf = similar(star, "cus_0007", count=5)
    assert time.perf_counter() - began < 60.0
    assert set(found.labels) == {0}
    assert all(map(isfinite, (*values, found.modularity, *found.bindings)))
    assert len(peers) == LEAVES + 1
    assert [one.score for one in one_leaf] == [1.0] * 5
