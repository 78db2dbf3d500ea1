"""Our cash against the books: nothing is left out on either side, and what a close signed stays visible."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import BadInput
from app.domain.ledger import LedgerTotal
from app.domain.money import Money
from app.domain.reconciliation import Agreement, Closed, MonthState, books_of, reconcile
from app.domain.referral import FlowKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MARGIN, COST = FlowKind.MARGIN, FlowKind.COST
A, B = ("2026-01", MARGIN, "USD"), ("2026-02", COST, "USD")


def total(number: int, minor: int, at: datetime = NOW, source: str = "books") -> LedgerTotal:
    return LedgerTotal(f"led_{number}", "2026-01", MARGIN, Money(minor, "USD"), at, source)


def test_every_line_of_either_side_is_there() -> None:
    found = reconcile({A: (500, 3), B: (20, 1)}, {A: 500, ("2026-02", MARGIN, "EUR"): 7}, {}, NOW)
    assert [(one.month, one.kind, one.agreement) for one in found.lines] == [
        ("2026-01", MARGIN, Agreement.AGREES),
        ("2026-02", MARGIN, Agreement.NOT_HERE),
        ("2026-02", COST, Agreement.NOT_IN_BOOKS),
    ]
    assert [one.difference for one in found.lines] == [Money(0, "USD"), Money(-7, "EUR"), Money(20, "USD")]
    assert [(one.month, one.agrees, one.state) for one in found.months] == [
        ("2026-01", True, MonthState.OPEN),
        ("2026-02", False, MonthState.OPEN),
    ]
    assert any("2026-02" in note for note in found.notes)


def test_a_cent_is_a_difference() -> None:
    (line,) = reconcile({A: (500, 3)}, {A: 501}, {}, NOW).lines
    assert (line.agreement, line.difference) == (Agreement.DIFFERS, Money(-1, "USD"))


def test_what_changed_since_a_close_is_named_and_nothing_else() -> None:
    closed = {"2026-01": Closed("sgn_1", {(MARGIN, "USD"): 500})}
    found = reconcile({A: (500, 3), B: (9, 1)}, {}, closed, NOW)
    assert [(one.signed, one.since_close) for one in found.lines] == [
        (Money(500, "USD"), Money(0, "USD")),
        (None, None),
    ]
    assert [(one.state, one.changed) for one in found.months] == [(MonthState.CLOSED, False), (MonthState.OPEN, False)]
    later = reconcile({A: (450, 4), ("2026-01", COST, "EUR"): (3, 1)}, {}, closed, NOW)
    assert [one.since_close for one in later.lines] == [Money(-50, "USD"), Money(3, "EUR")]
    assert later.months[0].changed
    gone = reconcile({}, {}, closed, NOW)
    assert gone.lines[0].since_close == Money(-500, "USD")


def test_the_total_recorded_last_counts_and_sources_add_up() -> None:
    day = timedelta(days=1)
    rows = [total(1, 100, NOW - 2 * day), total(2, 90, NOW - day), total(3, 1, NOW + day), total(4, 7, source="other")]
    assert books_of(rows, NOW) == {A: 97}
    assert books_of(rows, NOW + day) == {A: 8}
    assert books_of(rows, NOW - 3 * day) == {}


@given(st.dictionaries(st.sampled_from([A, B]), st.integers(-(10**9), 10**9)), st.permutations([1, 2, 3]))
def test_differences_add_up_to_the_difference_of_the_sums(books: dict, order: list[int]) -> None:  # type: ignore[type-arg]
    ours = {A: (5, 1), B: (7, 1)}
    found = reconcile(ours, books, {}, NOW)
    assert sum(one.difference.minor for one in found.lines) == 12 - sum(books.values())
    rows = [total(number, number) for number in order]
    assert books_of(rows, NOW) == {A: 3}  # of equal times the larger id


@pytest.mark.parametrize(
    ("month", "kind", "pointer"),
    [("2026-13", MARGIN, "month"), ("2026-1", MARGIN, "month"), ("2026-01", FlowKind.PAYMENT, "kind")],
)
def test_a_total_of_no_month_or_of_payments_is_refused(month: str, kind: FlowKind, pointer: str) -> None:
    with pytest.raises(BadInput) as caught:
        LedgerTotal("led_1", month, kind, Money(1, "USD"), NOW, "books")
    assert caught.value.pointer == pointer
