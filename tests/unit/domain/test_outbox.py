"""What becomes of a message: its waits, when it is held, and that the same event is the same message."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import IllegalMove
from app.domain.outbox import DELAYS_S, JITTER, MessageState, Topic, in_vain, message, sent, tried_again

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE = message(Topic.JOB_FAILED, "job_1", NOW, {"b": 1, "a": 2})


def test_the_same_event_is_the_same_message() -> None:
    assert message(Topic.JOB_FAILED, "job_1", NOW, {"a": 2, "b": 1}) == ONE
    other = message(Topic.JOB_FAILED, "job_2", NOW, {})
    later = message(Topic.JOB_FAILED, "job_1", NOW + timedelta(seconds=1), {})
    assert len({ONE.id, other.id, later.id}) == 3
    assert ONE.id < later.id  # in the order of time
    assert ONE.payload == '{"data":{"a":2,"b":1},"timestamp":"2026-01-01T00:00:00+00:00","type":"job.failed"}'


def test_each_wait_is_longer_until_it_is_held() -> None:
    one, waits = ONE, []
    while (one := in_vain(one, NOW, "why")).state is MessageState.WAITING:
        waits.append((one.next_at - NOW).total_seconds())
        assert one.lease_until is None
    for wait, stated in zip(waits, DELAYS_S, strict=True):
        assert abs(wait / stated - 1) <= JITTER
    assert (one.state, one.tries, one.problem) == (MessageState.HELD, len(DELAYS_S) + 1, "why")
    assert in_vain(ONE, NOW, "gone", final=True).state is MessageState.HELD


def test_by_hand_it_begins_anew_unless_it_was_delivered() -> None:
    held = in_vain(ONE, NOW, "gone", final=True)
    again = tried_again(held, NOW + timedelta(days=1))
    assert (again.state, again.tries, again.next_at, again.problem) == ("waiting", 0, NOW + timedelta(days=1), None)
    with pytest.raises(IllegalMove):
        tried_again(sent(ONE, NOW), NOW)
