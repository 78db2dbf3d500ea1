"""A community keeps its id from run to run, whatever the new run numbers it."""

from datetime import UTC, datetime

from app.ports.analytics import CommunityAssignment, SnapshotInfo
from app.usecases.communities import _batches, _communities, _named

IDS = [f"cus_{number}" for number in range(7)]


def assignment(labels: list[int]) -> CommunityAssignment:
    count = max(labels) + 1
    info = SnapshotInfo(1, datetime(2026, 1, 1, tzinfo=UTC), 7, 0, 0, 0, 0)
    rest = {"bindings": [0.0] * count, "freshness": [None] * count}
    return CommunityAssignment(IDS, labels, [0.0] * count, [""] * count, 0.0, "leiden", info, **rest)  # type: ignore[arg-type]


def test_the_first_run_has_new_ids_and_the_next_carries_them_on() -> None:
    first = assignment([0, 0, 0, 1, 1, 1, 2])
    ids, _ = _named("run_1", first, {})
    assert len(set(ids)) == 3
    former = {member: ids[label] for member, label in zip(IDS, first.labels, strict=True) if label < 2}
    turned = assignment([1, 1, 1, 0, 0, 0, 2])
    again, stability = _named("run_2", turned, former)
    assert (again[:2], stability) == ([ids[1], ids[0]], 1.0)
    assert again[2] not in ids


def test_who_moved_lowers_the_stability_and_a_part_that_broke_off_has_a_new_id() -> None:
    former = dict.fromkeys(IDS[:6], "com_old")
    ids, stability = _named("run_2", assignment([0, 0, 0, 0, 1, 1, 2]), former)
    assert ids[0] == "com_old"
    assert len(set(ids)) == 3
    assert stability == 4 / 6


def test_a_former_member_who_left_the_portfolio_counts_as_nobody() -> None:
    ids, stability = _named("run_2", assignment([0, 0, 0, 1, 1, 1, 2]), {"cus_gone": "com_x", "cus_0": "com_a"})
    assert ids[0] == "com_a"
    assert stability == 1.0


def test_nobodys_community_of_one_is_not_written() -> None:
    found = assignment([0, 0, 0, 1, 1, 1, 2])
    written = _communities("run_1", found, ["com_a", "com_b", "com_c"])
    assert [one.id for one in written] == ["com_a", "com_b"]
    assert [part.member_ids for batch in _batches(written) for part in batch] == [tuple(IDS[:3]), tuple(IDS[3:6])]
