"""S06: twelve house owners and sixty firms had additions built, mostly well; a house owner, a firm and a customer of
unknown kind now ask for the same."""

from typing import Any

from app.domain.ids import derived_id
from app.domain.money import Money
from seed.draft import Draft, Past
from seed.portfolio import Portfolio
from seed.taxonomy import categories

SOURCE = "peers"
ADDITION = "construction.home_addition"
HERE: dict[str, Any] = {"country": "US", "region": "Riverside", "vetting": 2}
KINDS = ("household", "company")  # of customers; of each kind one builder has served nobody else
SERVED = {"household": (12, 11), "company": (60, 59)}  # outcomes, good ones
JOBS = {"household": "Second floor for a family house", "company": "Second floor for an office building"}


def peers_id(kind: str, key: str) -> str:
    return derived_id(kind, SOURCE, key)


def peers_story() -> Portfolio:
    """The same records every time. Needs `household`, `company` and `unknown` are open, of seekers of that name."""
    draft = Draft(SOURCE)
    draft.categories.extend(categories())
    for kind in KINDS:
        builder = draft.customer(f"builder-{kind}", f"Builder for each {kind}", segment="contractor", **HERE)
        draft.capability(builder, builder, "Additions: second floors and bedrooms", category=ADDITION)
        total, good = SERVED[kind]
        served = [draft.customer(f"{kind}-{n}", f"Served {kind} {n}", segment=kind, **HERE) for n in range(total)]
        draft.met_needs(kind, builder, served, Past(ADDITION, (JOBS[kind],), total, good, Money(90_000, "USD")))
    for kind in (*KINDS, "unknown"):
        seeker = draft.customer(kind, f"Asking {kind}", segment=None if kind == "unknown" else kind, **HERE)
        draft.need(kind, seeker, "A second floor with a bedroom", category=ADDITION)
    return draft.finished()
