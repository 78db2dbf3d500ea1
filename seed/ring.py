"""S15: three customers who can each fill the need of the one before, one who only seeks, and one without consent."""

from typing import Any

from seed.draft import Draft
from seed.portfolio import Portfolio
from seed.taxonomy import categories

SOURCE = "ring"
PACKAGING, CHILLED, WEBSITES = "manufacturing.packaging", "logistics.chilled", "information.websites"
HERE: dict[str, Any] = {"country": "US", "region": "Riverside", "vetting": 2}
# key, name, what it offers, and its category; key and category of what it needs
_MEMBERS: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "packer",
        "Packer",
        "Cartons, labels and film printing",
        "manufacturing.packaging",
        "chilled",
        "logistics.chilled",
    ),
    ("carrier", "Carrier", "Chilled transport at night", CHILLED, "shop", WEBSITES),
    (
        "studio",
        "Web Studio",
        "Websites, shop design and hosting",
        "information.websites",
        "cartons",
        "manufacturing.packaging",
    ),
)
_WORDS = {
    "chilled": "Chilled transport of pallets at night",
    "shop": "A website with a shop, design and hosting",
    "cartons": "Cartons and labels, printed",
}


def ring_story() -> Portfolio:
    """The same records every time."""
    draft = Draft(SOURCE)
    draft.categories.extend(categories())
    for key, name, offers, category, need, wanted in _MEMBERS:
        member = draft.customer(key, name, **HERE)
        draft.capability(key, member, offers, category=category)
        draft.need(need, member, _WORDS[need], category=wanted)
    seeker = draft.customer("grocer", "Grocer", **HERE)
    draft.need("grocer-cartons", seeker, _WORDS["cartons"], category=PACKAGING)
    silent = draft.customer("silent", "Silent Printer", consent=False, **HERE)
    draft.capability("silent", silent, "Cartons, labels and film printing", category=PACKAGING)
    draft.need("silent-shop", silent, _WORDS["shop"], category=WEBSITES)
    return draft.finished()
