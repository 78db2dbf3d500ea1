"""Which of a schedule's times are due, and that a time has one job."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Misconfigured
from app.domain.schedule import Schedule, schedules

NIGHTLY = Schedule("score_value", "0 2 * * *")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due", "following"),
    [
        ("2026-11-26T01:59:59", "2026-11-25T02:00", "2026-11-26T02:00"),
        ("2026-11-26T02:00:00", "2026-11-26T02:00", "2026-11-27T02:00"),
        ("2026-11-26T02:00:00.500000", "2026-11-26T02:00", "2026-11-27T02:00"),
        ("2026-12-31T23:59:59", "2026-12-31T02:00", "2027-01-01T02:00"),
    ],
)
def test_the_latest_time_is_due_from_its_second_on(now: str, due: str, following: str) -> None:
    assert (NIGHTLY.due(at(now)), NIGHTLY.following(at(now))) == (at(due), at(following))


def test_a_leap_day_comes_when_there_is_one() -> None:
    leap = Schedule("score_value", "0 0 29 2 *")
    assert leap.due(at("2027-05-01T00:00")) == at("2024-02-29T00:00")
    assert leap.following(at("2027-05-01T00:00")) == at("2028-02-29T00:00")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
    st.sampled_from(["*/7 * * * *", "0 2 * * *", "30 4 1 * *", "0 9-17 * * mon-fri"]),
    st.integers(-14, 14),
)
def test_between_the_latest_due_and_the_next_nothing_is_due_in_any_zone(now: datetime, cron: str, hours: int) -> None:
    one, moment = Schedule("score_value", cron), now.replace(tzinfo=UTC)
    due, following = one.due(moment), one.following(moment)
    assert due <= moment < following
    assert one.due(following) == following
    assert one.due(following - timedelta(seconds=1)) == due
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    assert one.job_id(one.due(elsewhere)) == one.job_id(due) != one.job_id(following)


def test_jobs_of_later_times_sort_later_and_each_kind_has_its_own() -> None:
    first, second = NIGHTLY.job_id(at("2026-11-26T02:00")), NIGHTLY.job_id(at("2026-11-27T02:00"))
    assert first.startswith("job_")
    assert first < second
    assert Schedule("suggest_all", NIGHTLY.cron).job_id(at("2026-11-26T02:00")) != first


@pytest.mark.parametrize("cron", ["", "0 2 * *", "0 0 2 * * *", "61 2 * * *", "never", "0 0 31 2 *"])
def test_a_text_that_is_no_cron_expression_is_refused_and_not_repeated(cron: str) -> None:
    with pytest.raises(Misconfigured, match="score_value is no cron expression") as caught:
        schedules({"score_value": cron})
    assert not cron or cron not in caught.value.message


def test_a_job_that_needs_parameters_cannot_be_scheduled() -> None:
    with pytest.raises(Misconfigured, match="cannot be scheduled"):
        schedules({"import": "0 2 * * *"})
    assert [one.job for one in schedules({"suggest_all": "0 3 * * *", "score_value": "0 2 * * *"})] == [
        "score_value",
        "suggest_all",
    ]
