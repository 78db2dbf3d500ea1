"""Ranges of rows: they cover everything once, in order, whatever the load and the number of cores."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_algos import value_threads
from graph_algos.value_threads import in_ranges


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 9), st.none() | st.integers(1, 4))
def test_ranges_cover_all_rows_in_order_and_one_starts_at_0(monkeypatch, works, cores, most):
    monkeypatch.setattr(value_threads, "WORTH_A_THREAD", 3)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    load = np.concatenate([[0], np.cumsum(works)]).astype(np.int64)
    ranges = in_ranges(lambda first, last: (first, last), len(works), load=load, most=most)
    assert [row for first, last in ranges for row in range(first, last)] == list(range(len(works)))
    assert [first for first, _ in ranges].count(0) == 1
    assert len(ranges) <= min(cores, most or cores)


def test_an_error_in_a_range_is_raised(monkeypatch):
    monkeypatch.setattr(value_threads, "WORTH_A_THREAD", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        in_ranges(lambda first, _: 1 // (first == 0), 10)
