"""The stories S01–S04 as records: ten named customers, the ones around them, and the needs of each story.

Nothing elsewhere knows these records: who is suggested and who is left out follows from general rules alone. What each
record is there for stands beside it.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from app.domain.customer import BuyingRole, Customer, Standing
from app.domain.ids import derived_id
from app.domain.money import Money
from app.domain.referral import FlowKind
from app.domain.relationship import RelationshipKind
from seed.draft import Draft, Past, days_ago
from seed.portfolio import Portfolio
from seed.taxonomy import categories

SOURCE = "story"
CITY: dict[str, Any] = {"country": "US", "region": "Riverside", "latitude": 40.01, "longitude": -75.20}
JURA: dict[str, Any] = {"country": "CH", "region": "Jura", "latitude": 47.06, "longitude": 6.80}

BUILDER, ELECTRICIAN, INVESTMENTS, BAR = "residential_builder", "electrician", "collective_investments", "bar"


def need_id(key: str) -> str:
    return derived_id("Need", SOURCE, key)


def customer_id(key: str) -> str:
    return derived_id("Customer", SOURCE, key)


def contact_id(customer: str, title: str) -> str:
    return derived_id("Contact", SOURCE, customer_id(customer), title)


STORY_NEEDS: tuple[str, ...] = tuple(
    need_id(key) for key in ("S01-home-addition", "S02-lighting", "S03-investor", "S04-counsel")
)
NAMED: tuple[str, ...] = (
    "household",
    "builder",
    "bistro",
    "fixtures",
    "lamps",
    "equity",
    "watchmaker",
    "aircraft",
    "conflicted",
    "counsel",
)


def story() -> Portfolio:
    """The same records every time; ids follow from source and key (`need_id`, `customer_id`)."""
    draft = Draft(SOURCE)
    draft.categories.extend(categories())
    _home_addition(draft)
    _lighting(draft)
    _watches(draft)
    _counsel(draft)
    _referrals(draft)
    _officers(draft)
    return draft.finished()


def _usd(amount: int) -> Money:
    return Money(amount * 100, "USD")


def _chf(amount: int) -> Money:
    return Money(amount * 100, "CHF")


def _home_addition(draft: Draft) -> None:
    """S01: at most three contractors who bank here; each of the others is left out for one reason."""
    household = draft.customer("household", "Maple Row Household", segment="household", vetting=2, **CITY)
    draft.contact(household, "Owner of the house", BuyingRole.DECIDER)
    draft.signal(
        household,
        "So happy: we are adding a second floor and a bedroom for the twins this summer!",
        kind="need",
        source="social",
    )
    draft.need(
        "S01-home-addition",
        household,
        "Home addition: a second floor and a bedroom on a family house",
        category="construction.home_addition",
        licence=BUILDER,
        budget=_usd(180_000),
        parent_external_id="S01-post",
        latitude=40.01,
        longitude=-75.20,
    )
    draft.need(  # the operator's own product for the same post: linked, and nothing to introduce anybody for
        "S01-loan",
        household,
        "Home-equity loan for a home addition",
        category="finance.home_equity",
        budget=_usd(120_000),
        operator_can_fill=True,
        parent_external_id="S01-post",
    )
    for key, name, text, facts in _CONTRACTORS:
        _contractor(draft, key, name, text, dict(facts))
    lives = {**CITY, "segment": "household", "vetting": 1}
    owners = [draft.customer(f"owner-{n}", f"House Owner {n}", **lives) for n in (1, 2, 3)]
    texts = ("Second floor on a family house", "Home addition with a bedroom", "Bedroom and bathroom addition")
    for key, total, good in (("builder", 9, 9), ("contractor-2", 8, 7), ("contractor-3", 6, 5), ("contractor-4", 4, 2)):
        past = Past("construction.home_addition", texts, total, good, _usd(900), BUILDER)
        draft.met_needs(key, customer_id(key), owners, past)
    # Contractor 3 pays the operator 3 % of its last job; ranking has no way to see it.
    last = derived_id("Outcome", SOURCE, "contractor-3-past-06")
    draft.flow(last, FlowKind.FEE, _usd(5_400), days_ago(45))


_ADDITIONS = "Home additions: second floors, bedrooms and family rooms on family houses"
_CONTRACTORS: tuple[tuple[str, str, str, tuple[tuple[str, Any], ...]], ...] = (
    ("builder", "Harrow & Pine Builders", _ADDITIONS, ()),
    ("contractor-2", "Contractor 2", "Home additions and second floors", ()),
    ("contractor-3", "Contractor 3", "Home additions, bedrooms, porches", ()),
    ("contractor-4", "Contractor 4", "Additions to houses, garages", ()),  # fit as well, but a fourth is one too many
    ("contractor-full", "Contractor 5", _ADDITIONS, (("open_slots", 0),)),
    (
        "contractor-roofs",
        "Contractor 6",
        "Flat roofs of warehouses and offices",
        (("category", "construction.commercial_roofing"),),
    ),
    ("contractor-dispute", "Contractor 7", _ADDITIONS, (("standing", Standing.HELD),)),
    ("contractor-far", "Contractor 8", _ADDITIONS, (("latitude", 42.65), ("longitude", -73.76))),  # about 320 km
    ("contractor-unlicensed", "Contractor 9", _ADDITIONS, (("licences", ()),)),
    ("contractor-opted-out", "Contractor 10", _ADDITIONS, (("consent", False),)),
)


def _contractor(draft: Draft, key: str, name: str, text: str, facts: dict[str, Any]) -> None:
    category = facts.pop("category", "construction.home_addition")
    licences = facts.pop("licences", (BUILDER,))
    slots = facts.pop("open_slots", 4)
    customer = {**CITY, "segment": "contractor", "vetting": 3, **facts}
    provider = draft.customer(key, name, **customer)
    draft.capability(
        key,
        provider,
        text,
        category=str(category),
        licences=licences,
        open_slots=slots,
        radius_km=60.0,
        smallest=_usd(20_000),
        largest=_usd(400_000),
    )


def _lighting(draft: Draft) -> None:
    """S02: fixtures before commercial electrics, the unlicensed out, 21 good of 22 before 3 of 3."""
    bistro = draft.customer("bistro", "Old Ferry Bistro", segment="restaurant", vetting=2, **CITY)
    draft.contact(bistro, "Manager", BuyingRole.DECIDER)
    draft.signal(bistro, "The dining room is too dark since the renovation", kind="need", source="manager's note")
    draft.need(
        "S02-lighting",
        bistro,
        "Lighting fixtures for a dining room: pendant lights and dimmers",
        category="construction.lighting.fixtures",
        licence=ELECTRICIAN,
        budget=_usd(2_400),
        latitude=40.01,
        longitude=-75.20,
    )
    text = "Lighting fixtures for restaurants and shops: pendant lights, dimmers, fitting"
    fixtures, electrics = "construction.lighting.fixtures", "construction.lighting.commercial_electrics"
    shop: dict[str, Any] = {"open_slots": 6, "radius_km": 50.0, "smallest": _usd(500), "largest": _usd(40_000)}
    for key, name, words, category, licences in (
        ("fixtures", "Brightwell Fixtures", text, fixtures, (ELECTRICIAN,)),
        ("lamps", "Glimmer Lamp Studio", text, fixtures, (ELECTRICIAN,)),
        ("lights-unlicensed", "Lighting Shop 3", text, fixtures, ()),
        (
            "electrics",
            "Electrician 4",
            "Commercial electrics: wiring, panels, office lighting",
            electrics,
            (ELECTRICIAN,),
        ),
    ):
        provider = draft.customer(key, name, segment="trade", vetting=3, **CITY)
        draft.capability(key, provider, words, category=category, licences=licences, **shop)
    shops = [draft.customer(f"shop-{n}", f"Shop {n}", segment="retail", vetting=1, **CITY) for n in (1, 2, 3, 4)]
    texts = ("Pendant lights for a dining room", "Lighting fixtures for a shop", "Dimmers and lamps for a bar")
    for key, category, total, good in (
        ("fixtures", fixtures, 22, 21),
        ("lamps", fixtures, 3, 3),
        ("electrics", electrics, 5, 5),
    ):
        draft.met_needs(key, customer_id(key), shops, Past(category, texts, total, good, _usd(60), ELECTRICIAN))


def _watches(draft: Draft) -> None:
    """S03: the interest of a chief executive is known to the operator alone; two other requests get no introduction."""
    equity = draft.customer("equity", "Tallow Peak Capital", segment="private equity", vetting=4, **JURA)
    draft.contact(equity, "Chief executive", BuyingRole.DECIDER)
    draft.signal(
        equity,
        "The chief executive collects Swiss watches and would love to own a part of a maker",
        kind="interest",
        source="officer's note",
    )
    fund: dict[str, Any] = {"category": "finance.private_equity", "licences": (INVESTMENTS,)}
    text = "Growth capital for family-owned makers, as a long-term minority investor"
    draft.capability("equity", equity, text, smallest=_chf(10_000_000), largest=_chf(40_000_000), open_slots=2, **fund)
    large = draft.customer("fund-large", "Fund 2", segment="private equity", vetting=3, **JURA)
    draft.capability("fund-large", large, text, smallest=_chf(80_000_000), largest=_chf(500_000_000), **fund)
    rival = draft.customer("fund-rival", "Fund 3", segment="private equity", vetting=3, **JURA)
    draft.capability("fund-rival", rival, text, smallest=_chf(10_000_000), largest=_chf(60_000_000), **fund)
    maker = draft.customer("watchmaker", "Combe-Noire Watches", segment="manufacturer", vetting=3, **JURA)
    draft.contact(maker, "Chief financial officer", BuyingRole.DECIDER)
    draft.capability("watchmaker", maker, "Mechanical Swiss watches in small series", category="manufacturing.watches")
    draft.tie(RelationshipKind.COMPETES_WITH, rival, maker)  # owns another watch maker
    investment: dict[str, Any] = {"category": "finance.private_equity", "licence": INVESTMENTS}
    draft.need(
        "S03-investor",
        maker,
        "Long-term minority investor for a family-owned Swiss watch maker",
        budget=_chf(25_000_000),
        **investment,
    )
    straps = draft.customer("straps", "Strap Maker", segment="manufacturer", vetting=2, **JURA)
    draft.need(  # below every ticket
        "S03-small-investor",
        straps,
        "Investor for a family-owned maker of watch straps",
        budget=_chf(2_000_000),
        **investment,
    )
    collector = draft.customer("collector", "Collector", segment="household", vetting=2, **JURA)
    draft.need(  # an isolated transaction, which a market place serves better
        "S03-one-watch",
        collector,
        "Buyer for one Swiss watch",
        category="manufacturing.watches",
        budget=_chf(30_000),
        ongoing=False,
    )
    ventures = [draft.customer(f"venture-{n}", f"Family Company {n}", vetting=2, **JURA) for n in (1, 2)]
    past = Past("finance.private_equity", ("Minority investor for a family company",), 3, 3, _usd(12_000), INVESTMENTS)
    draft.met_needs("equity", equity, ventures, past)


def _counsel(draft: Draft) -> None:
    """S04: the firm of the adverse party is out, whatever it can do; of the second need nobody else has the licence."""
    aircraft = draft.customer("aircraft", "Skylark Aircraft Works", segment="manufacturer", vetting=3, **CITY)
    draft.contact(aircraft, "General counsel", BuyingRole.DECIDER)
    unhappy = "Unhappy with their counsel: slow, expensive, two filings late"
    draft.signal(aircraft, unhappy, kind="complaint", source="officer's note")
    aviation, arbitration = "professional.legal.aviation", "professional.legal.arbitration"
    draft.need(
        "S04-counsel",
        aircraft,
        "Counsel for aircraft certification and supplier disputes",
        category=aviation,
        licence=BAR,
        budget=_usd(400_000),
        confidential=True,
    )
    draft.need(
        "S04-arbitration",
        aircraft,
        "Counsel for an arbitration in Geneva",
        category=arbitration,
        licence="bar_geneva",
        budget=_usd(900_000),
        confidential=True,
    )
    conflicted = draft.customer("conflicted", "Ashgrove & Vale", segment="law firm", vetting=4, **CITY)
    counsel = draft.customer("counsel", "Fernhill Counsel", segment="law firm", vetting=3, **CITY)
    supplier = draft.customer("supplier", "Landing Gear Supplier", segment="manufacturer", vetting=2, **CITY)
    text = "Counsel for aviation: aircraft certification, supplier disputes, leasing"
    draft.capability("conflicted", conflicted, text, category=aviation, licences=(BAR, "bar_geneva"), open_slots=3)
    draft.capability(
        "conflicted-geneva", conflicted, "Arbitration in Geneva", category=arbitration, licences=("bar_geneva", BAR)
    )
    draft.capability("counsel", counsel, text, category=aviation, licences=(BAR,), open_slots=2)
    draft.tie(RelationshipKind.DEALS_WITH, supplier, conflicted, count=6, last_at=days_ago(60))
    draft.tie(RelationshipKind.CONFLICTS_WITH, conflicted, aircraft)  # represents the supplier against it
    texts = ("Counsel for a supplier dispute", "Aircraft leasing contract")
    draft.met_needs("conflicted", conflicted, [supplier], Past(aviation, texts, 6, 6, _usd(1_500), BAR))
    draft.met_needs("counsel", counsel, [supplier], Past(aviation, texts, 4, 4, _usd(1_200), BAR))


def _referrals(draft: Draft) -> None:
    """Who brought whom: a chain of three, and one branch; the values of the ten come from here."""
    chain = ("equity", "watchmaker", "straps", "collector")
    for number, (referrer, referred) in enumerate(pairwise(chain)):
        margins = [_usd(8_000 // (number + 1) - 500 * half_year) for half_year in range(3)]
        draft.referral(customer_id(referrer), customer_id(referred), days=900 - 150 * number, margins=margins)
    draft.referral(customer_id("builder"), customer_id("household"), days=800, margins=[_usd(700), _usd(650)])
    draft.referral(customer_id("fixtures"), customer_id("bistro"), days=650, margins=[_usd(400), _usd(380)])
    ties = (("bistro", "shop-1"), ("watchmaker", "straps"), ("aircraft", "supplier"), ("builder", "fixtures"))
    for buyer, seller in ties:
        draft.tie(
            RelationshipKind.DEALS_WITH,
            customer_id(buyer),
            customer_id(seller),
            count=12,
            first_at=days_ago(900),
            last_at=days_ago(25),
        )
    values = {
        "household": 6_500,
        "builder": 42_000,
        "bistro": 9_000,
        "equity": 310_000,
        "watchmaker": 120_000,
        "aircraft": 540_000,
        "conflicted": 88_000,
        "counsel": 61_000,
        "fixtures": 14_000,
        "lamps": 5_200,
    }
    by_key = {customer_id(key): _usd(amount) for key, amount in values.items()}
    draft.customers[:] = [_valued(row, by_key.get(row.id)) for row in draft.customers]


def _officers(draft: Draft) -> None:
    """S03 and S15: whom the operator's own people know. The officer of Riverside met the watch maker's finance
    chief once, years ago; through the strap maker, whom it talks to each month, the way is longer and far stronger."""
    owner = draft.contact(customer_id("straps"), "Owner", BuyingRole.DECIDER)
    chief, finance = contact_id("equity", "Chief executive"), contact_id("watchmaker", "Chief financial officer")
    senior = draft.officer("officer-senior", "Senior manager")
    local = draft.officer("officer-riverside", "Officer of the Riverside branch")
    draft.know(senior, chief, strength=0.9, count=14, last_at=days_ago(30))
    draft.know(senior, finance, strength=0.7, count=4, last_at=days_ago(120))
    draft.know(local, finance, strength=0.5, count=1, last_at=days_ago(1_400))
    draft.know(local, owner, strength=0.8, count=24, last_at=days_ago(20))
    draft.know(local, contact_id("bistro", "Manager"), strength=0.6, count=9, last_at=days_ago(45))


def _valued(row: Customer, value: Money | None) -> Customer:
    return row if value is None else replace(row, lifetime_value=value, lifetime_value_source="operator's own model")
