"""Communities of several layers from records: who deals, who refers, who is about the same, who is near."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from app.analytics.communities import NO_LABEL, detect
from app.analytics.peers import similar
from app.domain.capability import Capability, Category
from app.domain.community import COMBINED, LAYERS, RUNS, CommunityOptions
from app.domain.customer import Customer
from app.domain.errors import BadInput, NotFound
from app.domain.need import Need
from app.domain.peer import Peer
from app.domain.referral import Referral
from app.domain.relationship import Relationship, RelationshipKind
from app.ports.analytics import CommunityAssignment, SnapshotInfo
from seed.portfolio import Portfolio
from tests.unit.analytics.rows import topology_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INFO = SnapshotInfo(1, NOW, 0, 0, 0, 0, 0)
CATEGORIES = tuple(Category(one, one.title()) for one in ("law", "roofs", "wine"))
# Two groups of four for each layer; each layer divides the eight in another way.
DIVIDED = {
    "trade": ((0, 1, 2, 3), (4, 5, 6, 7)),
    "referral": ((0, 1, 4, 5), (2, 3, 6, 7)),
    "interest": ((0, 2, 4, 6), (1, 3, 5, 7)),
    "geography": ((0, 3, 5, 6), (1, 2, 4, 7)),
}


def customer(number: int, **facts: Any) -> Customer:
    return Customer(f"cus_{number}", f"Customer {number}", "t", str(number), **facts)


def deal(one: int, other: int, **facts: Any) -> Relationship:
    key = f"rel_{one}_{other}"
    return Relationship(key, RelationshipKind.DEALS_WITH, f"cus_{one}", f"cus_{other}", "t", **facts)


def offer(number: int, category: str | None, text: str = "") -> Capability:
    return Capability(f"cap_{number}_{category}", f"cus_{number}", text, "t", f"{number} {category}", category)


def need(number: int, category: str, text: str = "", **facts: Any) -> Need:
    key = f"{number} {category}"
    return Need(f"need_{key}", f"cus_{number}", text, "t", key, NOW, category_id=category, **facts)


def divided() -> Portfolio:
    place = {member: group for group, members in enumerate(DIVIDED["geography"]) for member in members}
    customers = [customer(n, latitude=40.0 + 5 * place[n] + n / 100, longitude=8.0) for n in range(8)]
    pairs = {layer: [pair for group in DIVIDED[layer] for pair in combinations(group, 2)] for layer in LAYERS}
    return Portfolio(
        categories=CATEGORIES,
        customers=tuple(customers),
        capabilities=tuple(
            offer(n, category)
            for category, group in zip(("law", "wine"), DIVIDED["interest"], strict=True)
            for n in group
        ),
        relationships=tuple(deal(*pair) for pair in pairs["trade"]),
        referrals=tuple(Referral(f"ref_{a}_{b}", f"cus_{a}", f"cus_{b}", NOW) for a, b in pairs["referral"]),
    )


def found(portfolio: Portfolio, folder: Path, **options: Any) -> CommunityAssignment:
    return detect(topology_of(portfolio, folder / "s"), INFO, CommunityOptions(**{"resolution": 1.0} | options))


def groups(one: CommunityAssignment) -> set[tuple[int, ...]]:
    members: dict[int, list[int]] = {}
    for customer_id, label in zip(one.customer_ids, one.labels, strict=True):
        members.setdefault(label, []).append(int(customer_id.removeprefix("cus_")))
    return {tuple(sorted(some)) for some in members.values() if len(some) > 1}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_alone_divides_by_its_own_records(layer: str, tmp_path: Path) -> None:
    assert groups(found(divided(), tmp_path, layer=layer)) == set(DIVIDED[layer])


@pytest.mark.parametrize("layer", LAYERS)
def test_the_weights_say_which_layer_binds(layer: str, tmp_path: Path) -> None:
    weights = {one: 1.0 if one == layer else 0.01 for one in LAYERS}
    assert groups(found(divided(), tmp_path, weights=weights)) == set(DIVIDED[layer])


def test_a_weight_of_nothing_takes_a_layer_out(tmp_path: Path) -> None:
    one = found(divided(), tmp_path, weights={"interest": 0.0, "geography": 0.0, "referral": 0.0})
    assert groups(one) == set(DIVIDED["trade"])
    assert {name for share in one.memberships for name in share.layers} == {"trade"}


def test_shares_say_by_layer_where_a_customers_ties_go(tmp_path: Path) -> None:
    one = found(divided(), tmp_path, weights={"trade": 1.0, "referral": 0.2, "interest": 0.1, "geography": 0.1})
    own = [share for share in one.memberships if share.community == one.labels[share.customer]]
    assert [share.customer for share in own] == list(range(8))
    assert all(share.layers["trade"] == 1.0 and share.strength > 0.7 for share in own)
    assert all(share.layers["referral"] == pytest.approx(1 / 3, abs=1e-6) for share in own)
    assert all(0.0 < share.layers["geography"] < 1.0 for share in own)


def test_who_stands_between_two_groups_belongs_to_one_and_leans_to_the_other(tmp_path: Path) -> None:
    deals = [pair for group in ((0, 1, 2, 3), (4, 5, 6, 7)) for pair in combinations(group, 2)]
    bridge = [(8, 0), (8, 1), (8, 2), (8, 4), (8, 5)]
    portfolio = Portfolio(
        customers=tuple(customer(n) for n in range(9)), relationships=tuple(deal(*pair) for pair in deals + bridge)
    )
    one = found(portfolio, tmp_path)
    assert groups(one) == {(0, 1, 2, 3, 8), (4, 5, 6, 7)}
    shares = [share for share in one.memberships if share.customer == 8]
    assert [(share.community, share.strength) for share in shares] == [(0, 0.6), (1, 0.4)]
    leaning = [share.customer for share in one.memberships if share.community != one.labels[share.customer]]
    assert leaning == [4, 5, 8]  # two whom it deals with over there give it a quarter of their ties
    assert one.bindings == pytest.approx([18 / 20, 12 / 14])


def test_a_tie_of_long_ago_lets_go_only_when_ties_halve(tmp_path: Path) -> None:
    old, new = NOW - timedelta(days=3650), NOW
    deals = [deal(*pair, last_at=new) for group in ((0, 1, 2), (3, 4, 5)) for pair in combinations(group, 2)]
    deals += [deal(6, n, last_at=old) for n in (0, 1, 2)] + [deal(6, n, last_at=new) for n in (3, 4)]
    portfolio = Portfolio(customers=tuple(customer(n) for n in range(7)), relationships=tuple(deals))
    assert groups(found(portfolio, tmp_path)) == {(0, 1, 2, 6), (3, 4, 5)}
    assert groups(found(portfolio, tmp_path, half_life_days=365.0)) == {(0, 1, 2), (3, 4, 5, 6)}


def test_freshness_is_what_age_has_left_of_the_dated_ties_inside(tmp_path: Path) -> None:
    year, undated = NOW - timedelta(days=365), deal(4, 5)
    deals = (deal(0, 1, last_at=NOW), deal(2, 3, last_at=year), undated)
    portfolio = Portfolio(customers=tuple(customer(n) for n in range(6)), relationships=deals)
    for half_life, left in ((None, 0.5), (182.5, 0.25)):
        one = found(portfolio, tmp_path, half_life_days=half_life)
        fresh = {one.customer_ids.index(key): key for key in ("cus_0", "cus_2", "cus_4")}
        assert [one.freshness[one.labels[place]] for place in fresh] == [1.0, left, None]


def test_a_limit_splits_what_can_be_split_and_nothing_else(tmp_path: Path) -> None:
    chain = [pair for start in range(0, 24, 4) for pair in combinations(range(start, start + 4), 2)]
    chain += [(start, start + 4) for start in range(0, 20, 4)]
    star = [(30, other) for other in range(31, 45)]
    portfolio = Portfolio(
        customers=tuple(customer(n) for n in range(45)), relationships=tuple(deal(*pair) for pair in chain + star)
    )
    whole = found(portfolio, tmp_path, resolution=0.05)
    assert sorted(map(len, groups(whole))) == [15, 24]
    limited = found(portfolio, tmp_path, resolution=0.05, max_size=4)
    assert sorted(map(len, groups(limited))) == [4] * 6 + [15]
    assert list(limited.labels) == list(found(portfolio, tmp_path, resolution=0.05, max_size=4).labels)


def test_a_label_prefers_categories_and_fills_up_with_words_of_offers(tmp_path: Path) -> None:
    texts = {0: "slates and roofs", 1: "slates and roofs", 4: "the 葡萄", 5: "the 葡萄"}
    portfolio = replace(
        divided(),
        capabilities=tuple(offer(n, "roofs" if n < 4 else None, texts.get(n, "")) for n in range(8)),
        needs=(need(0, "law", "divorce in secret"), need(1, "law", "divorce in secret")),
    )
    one = found(portfolio, tmp_path, layer="trade")
    assert [one.names[one.labels[place]] for place in (0, 4)] == ["Roofs, Law, slates", "葡萄"]


def test_a_confidential_need_binds_names_and_likens_nobody(tmp_path: Path) -> None:
    customers = tuple(customer(n) for n in range(6))
    open_needs = tuple(need(n, "law") for n in (0, 1))
    hidden = tuple(replace(one, confidential=True) for one in open_needs)
    known = Portfolio(categories=CATEGORIES, customers=customers, needs=open_needs)
    silent = replace(known, needs=hidden)
    assert groups(found(known, tmp_path, layer="interest")) == {(0, 1)}
    assert "Law" in found(known, tmp_path, layer="interest").names
    assert peers(known, tmp_path, 0) == [("cus_1", (), ("Law",))]
    assert groups(found(silent, tmp_path, layer="interest")) == set()
    assert set(found(silent, tmp_path, layer="interest").names) == {NO_LABEL}
    assert peers(silent, tmp_path, 0) == []


@pytest.mark.parametrize("layer", RUNS)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_to_go_by_leaves_everybody_alone(layer: str, count: int, tmp_path: Path) -> None:
    one = found(Portfolio(customers=tuple(customer(n) for n in range(count))), tmp_path, layer=layer, max_size=2)
    assert (groups(one), len(one.labels), one.modularity) == (set(), count, 0.0)
    assert [share.strength for share in one.memberships] == [0.0] * count
    assert list(one.freshness) == [None] * count


@pytest.mark.parametrize(
    ("pointer", "options"),
    [
        ("resolution", {"resolution": 0.0}),
        ("resolution", {"resolution": float("nan")}),
        ("layer", {"layer": "gossip"}),
        ("weights", {"weights": {"gossip": 1.0}}),
        ("weights", {"weights": {"trade": -1.0}}),
        ("weights", {"weights": {"trade": float("inf")}}),
        ("weights", {"weights": dict.fromkeys(LAYERS, 0.0)}),
        ("half_life_days", {"half_life_days": 0.0}),
        ("max_size", {"max_size": 1}),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(pointer: str, options: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        CommunityOptions(**options).check()
    assert caught.value.pointer == pointer
    assert "gossip" not in str(caught.value)


def test_a_layer_that_is_not_named_keeps_its_weight() -> None:
    options = CommunityOptions(weights={"trade": 3.0})
    options.check()
    assert [options.weight_of(layer) for layer in LAYERS] == [3.0, 1.0, 0.5, 0.25]
    assert CommunityOptions().layer == COMBINED


def peers(portfolio: Portfolio, folder: Path, number: int, *, count: int = 10) -> list[tuple[Any, ...]]:
    return [
        (one.customer_id, one.partner_ids, one.categories)
        for one in asked(portfolio, folder, f"cus_{number}", count=count)
    ]


def asked(portfolio: Portfolio, folder: Path, customer_id: str, *, count: int = 10) -> Sequence[Peer]:
    return similar(topology_of(portfolio, folder / "p"), customer_id, count=count)


def test_a_peer_shares_partners_and_categories_and_says_which(tmp_path: Path) -> None:
    portfolio = Portfolio(
        categories=CATEGORIES,
        customers=tuple(customer(n) for n in range(6)),
        capabilities=(offer(0, "law"), offer(1, "law"), offer(1, "wine"), offer(5, "wine")),
        relationships=(deal(0, 4), deal(1, 4), deal(2, 4), deal(0, 3)),
    )
    assert peers(portfolio, tmp_path, 0) == [("cus_1", ("cus_4",), ("Law",)), ("cus_2", ("cus_4",), ())]
    assert peers(portfolio, tmp_path, 5) == [("cus_1", (), ("Wine",))]
    assert peers(portfolio, tmp_path, 0, count=1) == peers(portfolio, tmp_path, 0)[:1]
    best = asked(portfolio, tmp_path, "cus_0")[0]
    assert best.reason == "Shares 1 partner and the category Law."
    assert 0.0 < best.score < 1.0


def test_a_rare_partner_makes_more_of_a_peer_than_one_whom_all_have(tmp_path: Path) -> None:
    everybody = [deal(n, 9) for n in range(9)]
    portfolio = Portfolio(
        customers=tuple(customer(n) for n in range(11)),
        relationships=(*everybody, deal(0, 10), deal(1, 10)),
    )
    shown = asked(portfolio, tmp_path, "cus_0")
    assert shown[0].customer_id == "cus_1"
    assert shown[0].partner_ids == ("cus_10", "cus_9")
    assert shown[0].score > 5 * shown[1].score


def test_who_has_nothing_has_no_peers_and_who_is_not_in_the_snapshot_is_not_found(tmp_path: Path) -> None:
    portfolio = Portfolio(customers=(customer(0), customer(1)))
    assert asked(portfolio, tmp_path, "cus_0") == []
    with pytest.raises(NotFound):
        asked(portfolio, tmp_path, "cus_sesame")


def test_a_reason_counts_what_it_does_not_name() -> None:
    peer = Peer("cus_1", 0.5, 2, 7, ("cus_2",), ("A", "B"))
    assert peer.reason == "Shares 2 partners and the categories A, B, …."
