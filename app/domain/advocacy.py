"""How far a customer is on the way to bringing others: by what it did and what came of it, never by what it promised.

(68 % and 81 % intended to refer, 30 to 33 % did, 12 to 14 % brought a customer: Kumar, Petersen & Leone, HBR 2007.)
"""

from collections.abc import Mapping
from enum import StrEnum


class Advocacy(StrEnum):
    """In the order of the way. A deed: having referred a customer, or vouched for or otherwise moved an introduction
    that is others' business; it counts once the operator's own value of it is above 0 in realised cash."""

    NONE = "none"
    HELPED = "helped"  # an introduction brought it business
    ACTED = "acted"  # did something for others; nothing has come of it yet
    BROUGHT = "brought"  # one deed counts
    ADVOCATE = "advocate"  # two or more do


DEEDS_OF_AN_ADVOCATE = 2  # once may be chance; whoever does it again is one
MISSING: Mapping[Advocacy, str] = {
    Advocacy.NONE: "Help first: no introduction has brought it business yet.",
    Advocacy.HELPED: "Ask for a first referral: introductions brought it business, it has brought nobody.",
    Advocacy.ACTED: "Follow up what it did for others: nothing has come of it in cash yet.",
    Advocacy.BROUGHT: "Thank it, tell it what came of it, and ask again: one more makes an advocate.",
    Advocacy.ADVOCATE: "",
}
NEAR = (Advocacy.BROUGHT, Advocacy.ACTED, Advocacy.HELPED)
"""Advocates in the making, the nearest first."""


def advocacy_of(*, helped: bool, acted: bool, deeds: int) -> Advocacy:
    """
    >>> advocacy_of(helped=True, acted=True, deeds=1)
    <Advocacy.BROUGHT: 'brought'>
    """
    if deeds:
        return Advocacy.ADVOCATE if deeds >= DEEDS_OF_AN_ADVOCATE else Advocacy.BROUGHT
    if acted:
        return Advocacy.ACTED
    return Advocacy.HELPED if helped else Advocacy.NONE
