"""The ladder of vetting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import BadInput
from app.domain.vetting import Check, Level, Verdict, Vetting, level_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def check(kind: Check, verdict: Verdict = Verdict.PASS, *, age: int = 1, ends: int | None = None) -> Vetting:
    at = NOW - age * DAY
    until = None if ends is None else NOW + ends * DAY
    officer = "Ann Officer" if kind is Check.OFFICER else None
    return Vetting(f"vet_{kind}{age}", "cus_1", kind, verdict, at, "key_v", "file 1", expires_at=until, officer=officer)


def level(*checks: Vetting, judged: int = 0, good: int = 0) -> int:
    return level_of(checks, NOW, judged=judged, good=good).level


IDENTITY, STANDING, OFFICER = check(Check.IDENTITY), check(Check.STANDING), check(Check.OFFICER)


def test_each_step_of_the_ladder_takes_what_is_below_it() -> None:
    assert level() == 0
    assert level(STANDING) == 0
    assert level(IDENTITY) == 1
    assert level(IDENTITY, OFFICER) == 1
    assert level(IDENTITY, STANDING) == 2
    assert level(IDENTITY, STANDING, judged=5, good=4) == 3
    assert level(IDENTITY, STANDING, judged=4, good=4) == 2
    assert level(IDENTITY, STANDING, judged=10, good=7) == 2
    assert level(IDENTITY, STANDING, OFFICER) == 4
    assert level(OFFICER, judged=50, good=50) == 0


def test_a_refusal_keeps_it_below_vetted_until_a_later_check_passes() -> None:
    for kind in (Check.KYC, Check.CREDIT, Check.LICENCE):
        assert level(IDENTITY, STANDING, check(kind, Verdict.FAIL, age=3)) == 1
        assert level(IDENTITY, STANDING, check(kind, Verdict.FAIL, age=3), check(kind, age=2)) == 2
    assert level(check(Check.IDENTITY, Verdict.FAIL, age=0), IDENTITY, STANDING) == 0


def test_it_carries_until_the_first_check_below_it_ends() -> None:
    found = level_of([check(Check.IDENTITY, ends=9), check(Check.STANDING, ends=5)], NOW, judged=0, good=0)
    assert found == Level(2, NOW + 5 * DAY)
    assert level_of(
        [check(Check.IDENTITY, ends=9), check(Check.STANDING, age=9, ends=-1)], NOW, judged=0, good=0
    ) == Level(1, NOW + 9 * DAY)


@given(
    st.lists(
        st.builds(
            check,
            st.sampled_from(Check),
            st.sampled_from(Verdict),
            age=st.integers(10, 30),
            ends=st.none() | st.integers(-5, 30),
        ),
        max_size=8,
    ),
    st.integers(0, 20),
)
def test_time_alone_never_lifts_anybody(checks: list[Vetting], days: int) -> None:
    now = level_of(checks, NOW, judged=9, good=9)
    later = level_of(checks, NOW + days * DAY, judged=9, good=9)
    assert later.level <= now.level
    if now.expires_at is None or NOW + days * DAY < now.expires_at:
        assert later.level == now.level


def test_what_does_not_fit_together_is_refused() -> None:
    for wrong, pointer in (
        (replace(IDENTITY, tier=1), "/tier"),
        (replace(IDENTITY, officer="Ann"), "/officer"),
        (replace(OFFICER, officer=None), "/officer"),
        (replace(IDENTITY, expires_at=IDENTITY.checked_at), "/expires_at"),
    ):
        with pytest.raises(BadInput) as refusal:
            wrong.verify()
        assert refusal.value.pointer == pointer
