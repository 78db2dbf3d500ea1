"""The draws behind a synthetic portfolio: arrays of numbers, no records yet.

Customers belong to communities of heavy-tailed size, each with a region and a few trades of its own. Four of five
dealings stay inside the community; partners are chosen in proportion to a Pareto weight, which gives hubs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seed.taxonomy import leaves

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Region, country, latitude, longitude. Far from the places of the stories.
REGIONS: tuple[tuple[str, str, float, float], ...] = (
    ("Hanover", "DE", 52.37, 9.73),
    ("Swabia", "DE", 48.78, 9.18),
    ("Tyrol", "AT", 47.27, 11.39),
    ("Rhone", "FR", 45.76, 4.84),
    ("Lombardy", "IT", 45.46, 9.19),
    ("Catalonia", "ES", 41.39, 2.17),
    ("Flanders", "BE", 51.05, 3.73),
    ("Midlands", "GB", 52.48, -1.90),
    ("Silesia", "PL", 50.26, 19.02),
    ("Scania", "SE", 55.60, 13.00),
    ("Munster", "IE", 51.90, -8.47),
    ("Minho", "PT", 41.55, -8.43),
)
MEAN_COMMUNITY = 40  # customers; email-Eu-core has 24, CRM portfolios are a little coarser
INSIDE = 0.8  # share of dealings within the community: Leiden then finds them at the default resolution
TAIL = 1.6  # Pareto exponent of partners' weights: a few hubs, a finite mean


@dataclass(frozen=True, slots=True)
class World:
    """Indices are positions of customers; days count back from the last day of the data; -1 means none."""

    region: Ints
    latitude: Floats
    longitude: Floats
    group: Ints
    groups: int
    vetting: Ints
    lifetime_value: Ints
    trade: Ints
    joined: Ints
    consent: Ints
    need_seeker: Ints
    need_trade: Ints
    need_words: Ints
    need_met_by: Ints
    need_budget: Ints
    need_known: Ints
    provider: Ints
    provider_trade: Ints
    provider_words: Ints
    provider_slots: Ints
    buyer: Ints
    seller: Ints
    dealings: Ints
    first_dealt: Ints
    last_dealt: Ints
    referrer: Ints
    referred: Ints
    pi: Floats
    reported: Ints
    good: Ints
    flows: Ints
    margin: Floats


@dataclass(frozen=True, slots=True)
class _Places:
    """Customers sorted into communities: `start[c]` to `start[c + 1]` are the members of community c."""

    community: Ints
    start: Ints
    weight_ends: Floats  # running sum of Pareto weights, to draw a member in proportion to its weight


def draw(customers: int, relationships: int, seed: int) -> World:
    rng = np.random.default_rng(seed)
    places = _communities(rng, customers)
    facts = _facts(rng, customers, places)
    ties = _ties(rng, relationships, places)
    offers = _offers(rng, customers, facts["trade"])
    needs = _needs(rng, customers, ties, facts["trade"])
    return World(**facts, **ties, **offers, **needs, **_referrals(rng, customers, facts["joined"], places, needs))


def _communities(rng: Generator, customers: int) -> _Places:
    count = max(1, round(customers / MEAN_COMMUNITY))
    sizes = rng.lognormal(0.0, 0.7, count)
    start = np.concatenate([[0], np.floor(np.cumsum(sizes) / sizes.sum() * customers)]).astype(np.int64)
    start[-1] = customers
    community = np.repeat(np.arange(count), np.diff(start))
    return _Places(community, start, np.cumsum(rng.pareto(TAIL, customers) + 1))


def _facts(rng: Generator, customers: int, places: _Places) -> dict[str, Any]:
    count = len(places.start) - 1
    home = rng.integers(0, len(REGIONS), count)
    region = np.where(rng.random(customers) < 0.85, home[places.community], rng.integers(0, len(REGIONS), customers))
    centre = np.array([(latitude, longitude) for _, _, latitude, longitude in REGIONS])
    place = np.round(centre[region] + rng.normal(0, 0.3, (customers, 2)), 4)  # about 30 km around the centre
    trades = rng.integers(0, len(leaves()), (count, 3))
    trade = np.where(
        rng.random(customers) < 0.75,
        trades[places.community, rng.integers(0, 3, customers)],
        rng.integers(0, len(leaves()), customers),
    )
    groups = customers // 50
    in_group = rng.random(customers) < 0.06
    group = np.where(in_group & (groups > 0), rng.integers(0, max(groups, 1), customers), -1)
    value = np.round(rng.lognormal(8.5, 1.3, customers)).astype(np.int64) * 100  # median about 4,900 USD
    return {
        "region": region,
        "latitude": place[:, 0],
        "longitude": place[:, 1],
        "group": group,
        "groups": groups,
        "vetting": rng.choice(5, customers, p=[0.05, 0.25, 0.45, 0.2, 0.05]),
        "lifetime_value": np.where(rng.random(customers) < 0.6, value, 0),
        "trade": trade,
        "joined": rng.integers(60, 2900, customers),
        # 85 % opted in, 7 % refused, 8 % never asked
        "consent": rng.choice(np.array([1, 0, -1]), customers, p=[0.85, 0.07, 0.08]),
    }


def _ties(rng: Generator, wanted: int, places: _Places) -> dict[str, Any]:
    """`wanted` different ordered pairs; fewer only where the customers have no more."""
    customers = len(places.community)
    wanted = min(wanted, customers * (customers - 1) // 4)
    codes = np.empty(0, dtype=np.int64)
    for _ in range(20):  # duplicates are drawn again; two or three rounds in practice
        missing = wanted - len(codes)
        if missing <= 0:
            break
        buyer = _weighted(rng, places, np.zeros(1, np.int64), np.array([customers]), missing + missing // 4 + 8)
        inside = rng.random(len(buyer)) < INSIDE
        home = places.community[buyer]
        low = np.where(inside, places.start[home], 0)
        high = np.where(inside, places.start[home + 1], customers)
        seller = _weighted(rng, places, low, high, len(buyer))
        fresh = (buyer * customers + seller)[buyer != seller]
        codes = np.unique(np.concatenate([codes, fresh]))
    codes = np.sort(rng.permutation(codes)[:wanted])
    first = rng.integers(30, 2900, len(codes))
    return {
        "buyer": codes // customers,
        "seller": codes % customers,
        "first_dealt": first,
        "dealings": rng.zipf(2.0, len(codes)).clip(1, 500),
        "last_dealt": (first * rng.random(len(codes))).astype(np.int64),
    }


def _weighted(rng: Generator, places: _Places, low: Ints, high: Ints, size: int) -> Ints:
    """A member of each [low, high), in proportion to its weight: one search in the running sum."""
    ends = places.weight_ends
    below = np.where(low > 0, ends[low - 1], 0.0)
    drawn = below + rng.random(size) * (ends[high - 1] - below)
    return np.minimum(np.searchsorted(ends, drawn, side="right"), high - 1).astype(np.int64)


def _offers(rng: Generator, customers: int, trade: Ints) -> dict[str, Any]:
    """Two of three customers offer their own trade, a quarter of those a second one."""
    first = np.flatnonzero(rng.random(customers) < 0.67)
    second = first[rng.random(len(first)) < 0.25]
    provider = np.concatenate([first, second])
    trades = np.concatenate([trade[first], rng.integers(0, len(leaves()), len(second))])
    return {
        "provider": provider,
        "provider_trade": trades,
        "provider_words": rng.integers(0, 1 << 20, len(provider)),
        "provider_slots": rng.integers(-1, 8, len(provider)),
    }


def _needs(rng: Generator, customers: int, ties: dict[str, Any], trade: Ints) -> dict[str, Any]:
    """About 1.5 past needs a customer, each along a dealing and in the seller's trade; 0.3 open ones."""
    dealt = rng.permutation(len(ties["buyer"]))[: customers * 3 // 2]
    open_seekers = rng.integers(0, customers, customers * 3 // 10)
    seller = ties["seller"][dealt]
    size = len(dealt) + len(open_seekers)
    known = np.concatenate([rng.integers(30, 1000, len(dealt)), rng.integers(0, 120, len(open_seekers))])
    return {
        "need_seeker": np.concatenate([ties["buyer"][dealt], open_seekers]),
        "need_trade": np.concatenate([trade[seller], rng.integers(0, len(leaves()), len(open_seekers))]),
        "need_words": rng.integers(0, 1 << 20, size),
        "need_met_by": np.concatenate([seller, np.full(len(open_seekers), -1)]),
        "need_budget": np.round(rng.lognormal(9.0, 1.0, size)).astype(np.int64) * 100,
        "need_known": known,
    }


def _referrals(rng: Generator, customers: int, joined: Ints, places: _Places, needs: dict[str, Any]) -> dict[str, Any]:
    """One customer in six was brought by one who joined earlier: chains, never a cycle."""
    referred = np.flatnonzero(rng.random(customers) < 0.17)
    home = places.community[referred]
    referrer = _weighted(rng, places, places.start[home], places.start[home + 1], len(referred))
    earlier = (joined[referrer] > joined[referred]) & (referrer != referred)
    referrer, referred = referrer[earlier], referred[earlier]
    met = np.flatnonzero(needs["need_met_by"] >= 0)
    reported = met[rng.random(len(met)) < 0.4]
    size = len(referred) + len(reported)
    skill = rng.beta(8, 1.4, customers)  # each provider's own share of good outcomes, around 0.85
    return {
        "referrer": referrer,
        "referred": referred,
        "reported": reported,
        "pi": np.round(rng.beta(2, 2, len(referred)), 3),
        "good": (rng.random(len(reported)) < skill[needs["need_met_by"][reported]]).astype(np.int64),
        "flows": rng.integers(0, 4, size),
        "margin": np.round(rng.lognormal(10.5, 1.0, size)),
    }
