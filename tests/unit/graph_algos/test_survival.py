"""Median spans under censoring, against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.survival import Median, median_span

# Remission of leukaemia in weeks: Freireich et al., Blood 21 (1963), the textbook example of the estimate.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_IN_REMISSION = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_published_medians_and_their_intervals() -> None:
    over = [True] * len(TREATED) + [False] * len(STILL_IN_REMISSION)
    assert median_span(TREATED + STILL_IN_REMISSION, over) == Median(23.0, 13.0, None)
    assert median_span(PLACEBO, [True] * len(PLACEBO)) == Median(8.0, 4.0, 11.0)


def test_what_is_not_over_says_nothing_alone_and_pulls_the_median_up() -> None:
    assert median_span([1.0, 2.0], [False, False]) == Median(None, None, None)
    assert median_span([], []) == Median(None, None, None)
    assert median_span([1.0, 2.0, 3.0], [True, True, True]).value == 2.0
    assert median_span([1.0, 2.0, 3.0, 9.0, 9.0], [True, True, True, False, False]).value == 3.0
    assert median_span([1.0, 9.0, 9.0, 9.0], [True, False, False, False]).value is None


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=40), st.randoms())
def test_order_does_not_matter_and_the_interval_holds_the_median(rows: list[tuple[int, bool]], random) -> None:  # type: ignore[no-untyped-def]
    def of(some: list[tuple[int, bool]]) -> Median:
        return median_span([span for span, _ in some], [over for _, over in some])

    found = of(rows)
    mixed = list(rows)
    random.shuffle(mixed)
    assert of(mixed) == found
    if found.value is None:
        assert found.high is None
    else:
        assert found.low is not None
        assert found.low <= found.value
        assert found.high is None or found.high >= found.value


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
def test_without_censoring_it_is_the_lower_median(spans: list[int]) -> None:
    assert median_span(spans, [True] * len(spans)).value == pytest.approx(sorted(spans)[(len(spans) - 1) // 2])
