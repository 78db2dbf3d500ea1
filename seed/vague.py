"""S10: a maker of chilled food looks for a carrier in words that name no category."""

from typing import Any

from app.domain.ids import derived_id
from seed.draft import Draft
from seed.portfolio import Portfolio
from seed.taxonomy import categories

SOURCE = "vague"
CHILLED = "logistics.chilled"
HERE: dict[str, Any] = {"country": "US", "region": "Riverside", "vetting": 2}
VAGUE = "Our chilled product has to go out in the night shift, and we do not want to be tied to a giant"
CLEAR = "Chilled product by night"
# key, name, what it offers, and its category
_OFFERS: tuple[tuple[str, str, str, str], ...] = (
    ("night", "Night Carrier", "Chilled product by night, in every shift", CHILLED),
    ("giant", "Giant Carrier", "Chilled transport and storage on every continent", CHILLED),
    ("day", "Day Carrier", "Chilled transport by day", CHILLED),
    ("printer", "Printer", "Cartons and labels, printed", "manufacturing.packaging"),
)


def vague_id(kind: str, key: str) -> str:
    return derived_id(kind, SOURCE, key)


def vague_story() -> Portfolio:
    """The same records every time. The need `vague` has no category, the need `clear` says what is meant."""
    draft = Draft(SOURCE)
    draft.categories.extend(categories())
    for key, name, offers, category in _OFFERS:
        draft.capability(key, draft.customer(key, name, **HERE), offers, category=category, open_slots=2)
    full = draft.customer("full", "Full Carrier", **HERE)
    draft.capability("full", full, "Chilled product by night, in every shift", category=CHILLED, open_slots=0)
    silent = draft.customer("silent", "Silent Carrier", consent=False, **HERE)
    draft.capability("silent", silent, "Chilled product by night", category=CHILLED)
    maker = draft.customer("maker", "Maker of Salads", **HERE)
    draft.need("vague", maker, VAGUE, category=None)
    draft.need("clear", maker, CLEAR, category=CHILLED)
    return draft.finished()
