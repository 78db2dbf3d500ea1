"""Policy of introductions: who decides, and when a customer may be asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.asks import Ask, open_from, refused
from app.domain.errors import BadInput
from app.domain.facts import Party
from app.domain.money import Money
from app.domain.need import Need
from app.domain.policy import ApprovalMode, MatchPolicy, approval, policy_from

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
DEFAULT = MatchPolicy()
NEED = Need("need_1", "cus_s", "lights", "crm", "1", NOW, "construction.lighting", budget=Money(500_000, "USD"))
SEEKER, PROVIDER = Party("cus_s", "S", vetting=2), Party("cus_p", "P", vetting=2)


def mode(need: Need | None = NEED, seeker: Party = SEEKER, provider: Party = PROVIDER, **switches: Any) -> ApprovalMode:
    return approval(replace(DEFAULT, **switches), need, (seeker, provider), NOW).mode


def test_automatic_takes_everything_to_be_small_and_known() -> None:
    assert mode() is ApprovalMode.AUTOMATIC
    for need in (
        None,
        replace(NEED, budget=None),
        replace(NEED, budget=Money(500_001, "USD")),
        replace(NEED, budget=Money(100, "EUR")),
    ):
        assert mode(need) is ApprovalMode.VETTED
    assert mode(seeker=replace(SEEKER, vetting=1)) is ApprovalMode.VETTED
    assert mode(provider=replace(PROVIDER, vetting_expires_at=NOW)) is ApprovalMode.VETTED
    assert mode(automatic_most=0) is ApprovalMode.VETTED


def test_what_is_confidential_or_regulated_is_always_a_senior_decision() -> None:
    assert mode(replace(NEED, confidential=True)) is ApprovalMode.SENIOR
    assert mode(replace(NEED, category_id="finance.private_equity", budget=Money(1, "USD"))) is ApprovalMode.SENIOR
    assert mode(replace(NEED, category_id="finance")) is ApprovalMode.SENIOR
    assert mode(replace(NEED, category_id="financeers")) is not ApprovalMode.SENIOR
    assert mode(replace(NEED, category_id="finance"), senior_categories=()) is ApprovalMode.AUTOMATIC


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        (datetime(2026, 3, 4, 7, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 4, 8, tzinfo=UTC), False),
        (datetime(2026, 3, 4, 19, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 4, 20, tzinfo=UTC), True),
        (datetime(2026, 3, 7, 12, tzinfo=UTC), True),
    ],
)
def test_nights_and_weekends_are_quiet(at: datetime, quiet: bool) -> None:
    assert DEFAULT.is_quiet(at) is quiet


def test_quiet_is_where_the_customer_lives_and_on_the_operators_holidays() -> None:
    assert DEFAULT.is_quiet(NOW.replace(hour=19), "Asia/Tokyo")
    assert not DEFAULT.is_quiet(NOW.replace(hour=1), "Asia/Tokyo")
    assert replace(DEFAULT, holidays=("2026-03-04",)).is_quiet(NOW)
    friday = datetime(2026, 3, 6, 21, 30, tzinfo=UTC)
    assert DEFAULT.next_open(friday) == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert DEFAULT.next_open(NOW) == NOW


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)), st.sampled_from(
    ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
))  # fmt: skip
def test_the_next_open_moment_is_open_and_not_before(at: datetime, zone: str) -> None:
    found = DEFAULT.next_open(at, zone)
    assert found >= at
    assert not DEFAULT.is_quiet(found, zone)
    assert found - at <= 4 * DAY


def test_a_budget_says_from_when_on() -> None:
    assert open_from(DEFAULT, [], NOW) == NOW
    assert open_from(DEFAULT, [NOW - 10 * DAY], NOW) == NOW + 20 * DAY
    assert open_from(DEFAULT, [NOW - 31 * DAY], NOW) == NOW
    four = [NOW - days * DAY for days in (40, 80, 120, 300)]
    assert open_from(DEFAULT, four, NOW) == NOW + 65 * DAY
    assert open_from(replace(DEFAULT, asks_in_30_days=0), [], NOW) > NOW


@given(st.lists(st.integers(0, 800), max_size=40))
def test_asks_that_the_budget_lets_through_keep_to_it(days: list[int]) -> None:
    asks = [Ask("cus_a", NOW + day * DAY) for day in sorted(days)]
    kept = list(asks)
    for one in refused(DEFAULT, asks):
        kept.remove(one)
    for one in kept:
        assert sum(one.at - 30 * DAY < other.at <= one.at for other in kept) <= DEFAULT.asks_in_30_days
        assert sum(one.at - 365 * DAY < other.at <= one.at for other in kept) <= DEFAULT.asks_a_year


def test_switches_are_checked_and_named() -> None:
    assert policy_from({"automatic_most": 0, "holidays": ["2026-12-25"]}, DEFAULT).holidays == ("2026-12-25",)
    for name, value in (
        ("automatic_most", -1),
        ("automatic_most", True),
        ("automatic_most", None),
        ("zone", "Mars/Olympus"),
        ("holidays", ["25.12.2026"]),
        ("feedback_visibility", "everybody"),
        ("opt_in", 1),
        ("quiet_from", 24),
    ):
        with pytest.raises(BadInput) as refusal:
            policy_from({name: value}, DEFAULT)
        assert refusal.value.pointer == f"policy/{name}"
    with pytest.raises(BadInput):
        policy_from({"pay_for_rank": True}, DEFAULT)


def test_equal_policies_have_one_version() -> None:
    assert MatchPolicy().version == policy_from(DEFAULT.content(), DEFAULT).version
    assert replace(DEFAULT, offer_days=15).version != DEFAULT.version
