"""The 2×2: where the cuts lie, who is where, and what is not known."""

import pytest

from app.domain.quadrant import NEXT_MOVES, Cuts, Quadrant, cuts_of, quadrant_of

CUTS = Cuts(clv_minor=100, crv_minor=50)


@pytest.mark.parametrize(
    ("clv", "crv", "quadrant"),
    [
        (100, 50, Quadrant.CHAMPIONS),
        (100, 49, Quadrant.AFFLUENTS),
        (99, 50, Quadrant.ADVOCATES),
        (99, 0, Quadrant.MISERS),
        (None, 50, None),
    ],
)
def test_at_the_cut_is_high(clv, crv, quadrant):
    assert quadrant_of(clv, crv, CUTS) is quadrant


def test_who_brings_nothing_is_never_high_however_low_the_cut():
    assert quadrant_of(100, 0, Cuts(100, -5)) is Quadrant.AFFLUENTS
    assert quadrant_of(100, 7, Cuts(100, None)) is Quadrant.AFFLUENTS


def test_nothing_is_cut_where_there_is_nothing():
    assert cuts_of([], [0, 0]) == Cuts(None, None)
    assert quadrant_of(5, 5, Cuts(None, 5)) is None


def test_each_part_has_its_next_move():
    assert set(NEXT_MOVES) == set(Quadrant)
