"""How far introductions come, where they are lost, and how long each stage takes."""

from datetime import UTC, datetime, timedelta

from app.domain.funnel import STAGES, Funnel, Stage, funnel
from app.domain.introduction import Introduction, IntroductionStatus, Move, move

S = IntroductionStatus
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = START + 100 * DAY


def taken(*steps: tuple[IntroductionStatus, int]) -> Introduction:
    """Proposed on day 0, then each state on its day."""
    made = Introduction("int_1", None, "cus_a", "cus_b", S.PROPOSED, START, START, moves=(Move(S.PROPOSED, START),))
    for status, day in steps:
        made = move(made, status, at=START + day * DAY, reason=None)
    return made


def bare(status: IntroductionStatus) -> Introduction:
    """Of which only the state is known."""
    return Introduction("int_2", None, "cus_a", "cus_b", status, START, START + DAY)


def stage(found: Funnel, name: IntroductionStatus) -> Stage:
    return found.stages[STAGES.index(name)]


def test_everybody_is_counted_once_in_each_stage_that_it_came_to() -> None:
    found = funnel(
        [
            taken((S.APPROVED, 1), (S.OFFERED, 3), (S.DECLINED, 8)),
            taken((S.APPROVED, 2), (S.OFFERED, 4), (S.ACCEPTED_BY_ONE, 5), (S.ACCEPTED, 6), (S.INTRODUCED, 9)),
            taken((S.REJECTED, 3)),
            taken(),
            taken((S.HELD_OUT, 1)),
            bare(S.DECLINED),
            bare(S.COMPLETED),
            bare(S.DISPUTED),
        ],
        NOW,
    )
    assert (found.total, found.held_out, found.disputed) == (8, 1, 1)
    assert [one.reached for one in found.stages] == [7, 5, 5, 3, 3, 3, 1]
    for one in found.stages:
        assert one.reached == one.here + one.went_on + sum(one.lost.values())
    assert stage(found, S.PROPOSED).lost == {"rejected": 1}
    assert stage(found, S.OFFERED).lost == {"declined": 2}
    assert stage(found, S.INTRODUCED).here == 2


def test_days_are_of_known_moves_and_count_those_that_are_not_over() -> None:
    found = funnel(
        [
            taken((S.APPROVED, 1), (S.OFFERED, 3), (S.DECLINED, 8)),
            taken((S.APPROVED, 2), (S.OFFERED, 4)),
            taken((S.REJECTED, 3)),
            taken(),
            bare(S.DECLINED),
        ],
        NOW,
    )
    proposed, offered = stage(found, S.PROPOSED), stage(found, S.OFFERED)
    assert (proposed.timed, proposed.days.value) == (4, 2.0)  # 1, 2, 3 days, and one that lasts since 100
    assert (offered.timed, offered.days.value) == (2, 5.0)  # 5 days, and one that lasts since 96
    assert (stage(found, S.ACCEPTED).timed, stage(found, S.ACCEPTED).days.value) == (0, None)


def test_a_move_that_is_missing_between_two_leaves_the_span_out() -> None:
    found = funnel([move(bare(S.OFFERED), S.ACCEPTED_BY_ONE, at=NOW, reason=None)], NOW)
    assert [one.timed for one in found.stages] == [0, 0, 1, 1, 0, 0, 0]


def test_an_introduction_without_moves_keeps_what_is_known_when_it_moves_on() -> None:
    moved = move(bare(S.APPROVED), S.OFFERED, at=NOW, reason=None)
    assert moved.moves == (Move(S.PROPOSED, START), Move(S.APPROVED, START + DAY), Move(S.OFFERED, NOW))


def test_nothing_gives_nothing() -> None:
    assert [one.reached for one in funnel([], NOW).stages] == [0] * len(STAGES)
