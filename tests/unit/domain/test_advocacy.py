"""The way to bringing others: by what was done and what came of it."""

from itertools import product

import pytest

from app.domain.advocacy import MISSING, NEAR, Advocacy, advocacy_of


@pytest.mark.parametrize(
    ("helped", "acted", "deeds", "stage"),
    [
        (False, False, 0, Advocacy.NONE),
        (True, False, 0, Advocacy.HELPED),
        (False, True, 0, Advocacy.ACTED),
        (True, True, 0, Advocacy.ACTED),
        (False, True, 1, Advocacy.BROUGHT),
        (True, True, 2, Advocacy.ADVOCATE),
    ],
)
def test_each_stage(helped: bool, acted: bool, deeds: int, stage: Advocacy) -> None:
    assert advocacy_of(helped=helped, acted=acted, deeds=deeds) is stage


def test_more_never_leads_back() -> None:
    order = list(Advocacy)
    for helped, acted, deeds in product((False, True), (False, True), range(3)):
        now = order.index(advocacy_of(helped=helped, acted=acted, deeds=deeds))
        assert order.index(advocacy_of(helped=True, acted=acted, deeds=deeds)) >= now
        assert order.index(advocacy_of(helped=helped, acted=True, deeds=deeds)) >= now
        assert order.index(advocacy_of(helped=helped, acted=acted, deeds=deeds + 1)) >= now


def test_every_stage_on_the_way_says_what_is_missing() -> None:
    assert set(MISSING) == set(Advocacy)
    assert all(MISSING[stage] for stage in (*NEAR, Advocacy.NONE))
    assert not MISSING[Advocacy.ADVOCATE]
