"""Reading ahead changes nothing but the time it takes."""

import threading
from collections.abc import Iterator

import pytest

from app.usecases.ahead import ahead


def numbers(end: int, *, fails: bool = False) -> Iterator[int]:
    yield from range(end)
    if fails:
        raise KeyError


def readers() -> int:
    return sum(thread.name == "read-ahead" for thread in threading.enumerate())


def test_items_come_in_order_and_the_reader_ends() -> None:
    assert list(ahead(numbers(100), depth=2)) == list(range(100))
    assert readers() == 0


def test_an_error_comes_behind_the_items_before_it() -> None:
    found: list[int] = []
    with pytest.raises(KeyError):
        found.extend(ahead(numbers(5, fails=True), depth=2))
    assert found == [0, 1, 2, 3, 4]


def test_a_consumer_that_stops_ends_the_reader() -> None:
    items = ahead(numbers(10**9), depth=2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert readers() == 0


def test_no_more_than_the_depth_is_read_ahead() -> None:
    read: list[int] = []

    def noted() -> Iterator[int]:
        for number in range(50):
            read.append(number)
            yield number

    for item in ahead(noted(), depth=2):
        assert len(read) <= item + 4  # two waiting, one in each hand
