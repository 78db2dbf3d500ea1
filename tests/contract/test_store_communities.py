"""Communities of several layers, with stable ids and shares, on every engine."""

from dataclasses import replace

from app.domain.access import OPERATOR_CLI as ME
from app.domain.community import RUNS, Community, CommunityRun, MemberOf, Membership
from app.ports.store import PageOf
from app.store.store import GraphStore
from tests.contract.portfolio import NOW, customer, save_all

RUN = CommunityRun("run_1", "leiden", 2.0, 7, 0.5, 2, 3, 12, NOW)
FIRST = Community("com_a", "run_1", 2, "Roofs", 0.5, ("cus_0000", "cus_0001"), 0.75, 0.25)
SECOND = Community("com_b", "run_1", 1, "", 0.0, ("cus_0002",))


def written(store: GraphStore, run: CommunityRun, *parts: Community, shares: tuple[Membership, ...] = ()) -> None:
    own = [replace(part, run_id=run.id) for part in parts]
    store.write(ME, lambda tx: tx.communities.write_run(run, own, shares))


def switched(store: GraphStore, run: CommunityRun) -> None:
    store.write(ME, lambda tx: tx.communities.switch(run.id, NOW, layer=run.layer))


def members(store: GraphStore, community_id: str) -> list[str]:
    return store.read(ME, lambda tx: tx.communities.members(community_id, PageOf()))


def test_each_layer_has_a_run_of_its_own(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(number) for number in range(4)]})
    trade = replace(RUN, id="run_t", layer="trade", half_life_days=365.0, max_size=50, oversized=1, stability=0.5)
    for run, part in ((RUN, FIRST), (trade, replace(SECOND, id="com_t"))):
        written(store, run, part)
        switched(store, run)
    current = {layer: store.read(ME, lambda tx, at=layer: tx.communities.current(layer=at)) for layer in RUNS}  # type: ignore[misc]
    assert current == {"combined": RUN, "trade": trade, "referral": None, "interest": None, "geography": None}
    page = store.read(ME, lambda tx: tx.communities.page(PageOf(), layer="trade"))
    assert page == [replace(SECOND, id="com_t", run_id="run_t", member_ids=())]
    assert members(store, "com_t") == ["cus_0002"]
    assert store.read(ME, lambda tx: tx.communities.page(PageOf())) == [replace(FIRST, member_ids=())]


def test_a_community_keeps_its_id_while_two_runs_lie_in_the_graph(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(number) for number in range(4)]})
    written(store, RUN, FIRST, SECOND)
    switched(store, RUN)
    next_run, moved = replace(RUN, id="run_2"), replace(FIRST, member_ids=("cus_0001", "cus_0003"), label="Slates")
    written(store, next_run, moved)
    assert members(store, "com_a") == ["cus_0000", "cus_0001"]
    switched(store, next_run)
    assert members(store, "com_a") == ["cus_0001", "cus_0003"]
    assert members(store, "com_b") == []
    assert [store.write(ME, lambda tx: tx.communities.forget("run_1", limit=9)) for _ in range(3)] == [3, 2, 0]
    assert members(store, "com_a") == ["cus_0001", "cus_0003"]
    assert [one.label for one in store.read(ME, lambda tx: tx.communities.page(PageOf()))] == ["Slates"]
    found = store.read(ME, lambda tx: tx.customers.network("cus_0003", depth=1, limit=5))
    assert found.nodes[0].community_id == "com_a"


def test_a_run_of_another_layer_is_current_too_and_not_forgotten(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(0)]})
    for run in (RUN, replace(RUN, id="run_t", layer="trade")):
        written(store, run, replace(SECOND, id=f"com_{run.layer}", member_ids=("cus_0000",)))
        switched(store, run)
    for run_id in ("run_1", "run_t"):
        assert store.write(ME, lambda tx, run_id=run_id: tx.communities.forget(run_id, limit=9)) == 0  # type: ignore[misc]
    assert store.read(ME, lambda tx: tx.views.counts())["CommunityRun"] == 2


def test_a_customer_sees_its_own_community_before_those_it_leans_to_layer_by_layer(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(number) for number in range(3)]})
    own = Membership("cus_0000", "com_a", 0.5, {"interest": 0.25, "trade": 1.0})
    leaning = Membership("cus_0000", "com_b", 0.5, {"trade": 0.0}, is_member=False)
    written(store, RUN, FIRST, SECOND, shares=(own,))
    written(store, RUN, shares=(leaning,))
    trade = replace(RUN, id="run_t", layer="trade")
    written(store, trade, replace(FIRST, id="com_t"))
    assert store.read(ME, lambda tx: tx.communities.of_customer("cus_0000")) == []
    for run in (trade, RUN):
        switched(store, run)
    assert store.read(ME, lambda tx: tx.communities.of_customer("cus_0000")) == [
        MemberOf("combined", "Roofs", own),
        MemberOf("combined", "", leaning),
        MemberOf("trade", "Roofs", Membership("cus_0000", "com_t", 0.0)),
    ]
    assert members(store, "com_b") == ["cus_0002"]  # who only leans is no member
    assert store.read(ME, lambda tx: tx.communities.of_customer("cus_0009")) == []


def test_all_members_of_some_communities_come_at_once(store: GraphStore) -> None:
    save_all(store, {"customers": [customer(number) for number in range(3)]})
    written(store, RUN, FIRST, SECOND)
    assert store.read(ME, lambda tx: tx.communities.members_of([FIRST, SECOND])) == []
    switched(store, RUN)
    assert store.read(ME, lambda tx: tx.communities.members_of([FIRST, SECOND])) == [
        ("cus_0000", "com_a"),
        ("cus_0001", "com_a"),
        ("cus_0002", "com_b"),
    ]
    assert store.read(ME, lambda tx: tx.communities.members_of([])) == []
