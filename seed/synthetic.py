"""A portfolio of n invented customers, shaped like an operator's own: communities by place and trade, heavy-tailed
dealings, needs that were met and needs that are open, consents, referral chains, and dated margins.

Everything is drawn at once in numpy from one seed and turned into records in batches, so that a million relationships
fit in little memory: `synthetic_batches` streams what `synthetic` collects.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.capability import Capability
from app.domain.customer import Consent, Customer, LegalGroup
from app.domain.money import Money
from app.domain.need import Need, NeedStatus
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.domain.relationship import Relationship, RelationshipKind
from seed.draft import AGREEMENT, ALL_PURPOSES, REFUSAL, TODAY
from seed.identities import derived_ids
from seed.portfolio import Portfolio
from seed.taxonomy import categories, leaves
from seed.world import REGIONS, World, draw

SOURCE = "synthetic"
BATCH = 5000  # records a batch: one write transaction of an import
CURRENCY = "USD"
_LEAVES = leaves()
_SIZES = ("small", "medium", "large")
_OPENINGS = ("Looking for", "In need of", "Wanted:", "Searching for", "Request:")
_TURNS = ("for a new site", "on short notice", "as a long-term partner", "for the coming season", "for our branches")
_FORMS = ("Works", "Partners", "Group", "Associates", "Brothers", "Trading", "Services", "House")

Batch = tuple[str, list[Any]]


def synthetic(customers: int, *, seed: int = 0, relationships: int | None = None) -> Portfolio:
    """`customers` invented customers; the same arguments give the same records. Without `relationships`: five each."""
    rows: dict[str, list[Any]] = {}
    for kind, batch in synthetic_batches(customers, seed=seed, relationships=relationships):
        rows.setdefault(kind, []).extend(batch)
    return Portfolio(**{kind: tuple(records) for kind, records in rows.items()})


def synthetic_batches(customers: int, *, seed: int = 0, relationships: int | None = None) -> Iterator[Batch]:
    """(kind, at most 5,000 records) in the order in which they can be saved."""
    world = draw(customers, relationships if relationships is not None else customers * 5, seed)
    ids = derived_ids("Customer", SOURCE, _keys(seed, "c", customers))
    groups = derived_ids("LegalGroup", SOURCE, _keys(seed, "g", world.groups))
    yield "categories", list(categories())
    yield "groups", [LegalGroup(row_id, f"Holding {n + 1}") for n, row_id in enumerate(groups)]
    yield from _customers(world, ids, groups, seed)
    yield from _consents(world, ids)
    need_ids = derived_ids("Need", SOURCE, _keys(seed, "n", len(world.need_seeker)))
    yield from _needs(world, ids, need_ids, seed)
    yield from _capabilities(world, ids, seed)
    yield from _relationships(world, ids)
    referral_ids = derived_ids("Referral", SOURCE, _keys(seed, "r", len(world.referred)))
    yield from _referrals(world, ids, referral_ids)
    yield from _outcomes(world, ids, (need_ids, referral_ids), seed)


def _keys(seed: int, letter: str, size: int) -> list[str]:
    return [f"{seed}-{letter}{number}" for number in range(size)]


def _spans(size: int) -> Iterator[slice]:
    return (slice(at, min(at + BATCH, size)) for at in range(0, size, BATCH))


def _days(values: NDArray[np.integer[Any]]) -> list[Any]:
    return [_DAYS[day] for day in values.tolist()]


_DAYS = [TODAY - timedelta(days=day) for day in range(3000)]  # one shared object a day, not one a record


def _customers(world: World, ids: Sequence[str], groups: Sequence[str], seed: int) -> Iterator[Batch]:
    for span in _spans(len(ids)):
        rows = zip(
            range(span.start, span.stop),
            ids[span],
            world.region[span].tolist(),
            world.latitude[span].tolist(),
            world.longitude[span].tolist(),
            world.group[span].tolist(),
            world.vetting[span].tolist(),
            world.lifetime_value[span].tolist(),
            world.trade[span].tolist(),
            _days(world.joined[span]),
            strict=True,
        )
        yield (
            "customers",
            [
                Customer(
                    row_id,
                    f"{_LEAVES[trade][1]} {_FORMS[n % len(_FORMS)]} {n + 1}",
                    SOURCE,
                    f"{seed}-c{n}",
                    segment=_SIZES[n % 3],
                    country=REGIONS[region][1],
                    region=REGIONS[region][0],
                    latitude=latitude,
                    longitude=longitude,
                    group_id=groups[group] if group >= 0 else None,
                    vetting=vetting,
                    lifetime_value=Money(value, CURRENCY) if value else None,
                    lifetime_value_source="operator's own model" if value else None,
                    created_at=at,
                    updated_at=at,
                )
                for n, row_id, region, latitude, longitude, group, vetting, value, trade, at in rows
            ],
        )


def _consents(world: World, ids: Sequence[str]) -> Iterator[Batch]:
    """One line each for those who answered; -1 in `world.consent` never did."""
    answered = np.flatnonzero(world.consent >= 0)
    for span in _spans(len(answered)):
        who = answered[span].tolist()
        customer_ids = [ids[n] for n in who]
        row_ids = derived_ids("Consent", SOURCE, customer_ids)
        rows = zip(row_ids, customer_ids, world.consent[who].tolist(), _days(world.joined[who]), strict=True)
        yield (
            "consents",
            [
                Consent(row_id, customer_id, ALL_PURPOSES, bool(yes), AGREEMENT if yes else REFUSAL, SOURCE, at)
                for row_id, customer_id, yes, at in rows
            ],
        )


def _needs(world: World, ids: Sequence[str], need_ids: Sequence[str], seed: int) -> Iterator[Batch]:
    for span in _spans(len(need_ids)):
        rows = zip(
            range(span.start, span.stop),
            need_ids[span],
            world.need_seeker[span].tolist(),
            world.need_trade[span].tolist(),
            world.need_words[span].tolist(),
            world.need_met_by[span].tolist(),
            world.need_budget[span].tolist(),
            world.need_known[span].tolist(),
            strict=True,
        )
        yield (
            "needs",
            [
                Need(
                    row_id,
                    ids[seeker],
                    _need_text(trade, words),
                    SOURCE,
                    f"{seed}-n{n}",
                    _DAYS[known],
                    category_id=_LEAVES[trade][0],
                    status=NeedStatus.OPEN if met_by < 0 else NeedStatus.MET,
                    budget=Money(budget, CURRENCY),
                    met_by=None if met_by < 0 else ids[met_by],
                    met_at=None if met_by < 0 else _DAYS[max(known - 25, 0)],
                )
                for n, row_id, seeker, trade, words, met_by, budget, known in rows
            ],
        )


def _need_text(trade: int, words: int) -> str:
    _, name, vocabulary = _LEAVES[trade]
    terms = vocabulary.split()
    first, second = terms[words % len(terms)], terms[(words // 7) % len(terms)]
    return f"{_OPENINGS[words % 5]} {name.lower()}: {first} and {second} {_TURNS[(words // 5) % 5]}"


def _capabilities(world: World, ids: Sequence[str], seed: int) -> Iterator[Batch]:
    keys = _keys(seed, "k", len(world.provider))
    row_ids = derived_ids("Capability", SOURCE, keys)
    for span in _spans(len(row_ids)):
        rows = zip(
            row_ids[span],
            keys[span],
            world.provider[span].tolist(),
            world.provider_trade[span].tolist(),
            world.provider_words[span].tolist(),
            world.provider_slots[span].tolist(),
            strict=True,
        )
        yield (
            "capabilities",
            [
                Capability(
                    row_id,
                    ids[provider],
                    _capability_text(trade, words),
                    SOURCE,
                    key,
                    category_id=_LEAVES[trade][0],
                    radius_km=None if words % 3 else 50.0 + words % 400,
                    open_slots=slots if slots >= 0 else None,
                    smallest=Money(50_000, CURRENCY),
                    largest=Money(50_000_000, CURRENCY),
                    valid_from=_DAYS[-1],
                )
                for row_id, key, provider, trade, words, slots in rows
            ],
        )


def _capability_text(trade: int, words: int) -> str:
    _, name, vocabulary = _LEAVES[trade]
    terms = vocabulary.split()
    at = words % len(terms)
    return f"{name}: {', '.join(terms[at:] + terms[:at])}; {_SIZES[words % 3]} orders"


def _relationships(world: World, ids: Sequence[str]) -> Iterator[Batch]:
    for span in _spans(len(world.buyer)):
        buyers = [ids[n] for n in world.buyer[span].tolist()]
        sellers = [ids[n] for n in world.seller[span].tolist()]
        row_ids = derived_ids("Relationship", SOURCE, RelationshipKind.DEALS_WITH, buyers, sellers)
        columns = (world.dealings[span].tolist(), _days(world.first_dealt[span]), _days(world.last_dealt[span]))
        yield (
            "relationships",
            [
                Relationship(
                    row_id,
                    RelationshipKind.DEALS_WITH,
                    buyer,
                    seller,
                    SOURCE,
                    count=count,
                    first_at=first,
                    last_at=last,
                )
                for row_id, buyer, seller, count, first, last in zip(row_ids, buyers, sellers, *columns, strict=True)
            ],
        )


def _referrals(world: World, ids: Sequence[str], row_ids: Sequence[str]) -> Iterator[Batch]:
    for span in _spans(len(row_ids)):
        rows = zip(
            row_ids[span],
            world.referrer[span].tolist(),
            world.referred[span].tolist(),
            _days(world.joined[world.referred[span]]),
            world.pi[span].tolist(),
            strict=True,
        )
        yield (
            "referrals",
            [
                Referral(row_id, ids[referrer], ids[referred], at, pi, SOURCE)
                for row_id, referrer, referred, at, pi in rows
            ],
        )


def _outcomes(world: World, ids: Sequence[str], of: tuple[Sequence[str], Sequence[str]], seed: int) -> Iterator[Batch]:
    """Each referral's conversion and each reported introduction, then their flows: half-yearly margins, falling."""
    need_ids, referral_ids = of
    keys = _keys(seed, "o", len(referral_ids) + len(world.reported))
    row_ids = derived_ids("Outcome", SOURCE, keys)
    begun = np.concatenate([world.joined[world.referred], np.maximum(world.need_known[world.reported] - 25, 0)])
    outcomes: list[Outcome] = []
    for row_id, key, n, day in zip(row_ids, keys, range(len(keys)), begun.tolist(), strict=True):
        at, told = _DAYS[day], _DAYS[max(day - 7, 0)]
        if n < len(referral_ids):
            facts: dict[str, Any] = {"referral_id": referral_ids[n], "pi": float(world.pi[n])}
            outcomes.append(Outcome(row_id, OutcomeKind.REFERRAL, at, told, SOURCE, key, **facts))
            continue
        need = int(world.reported[n - len(referral_ids)])
        facts = {"seeker_id": ids[world.need_seeker[need]], "provider_id": ids[world.need_met_by[need]]}
        facts |= {"need_id": need_ids[need], "good": bool(world.good[n - len(referral_ids)])}
        outcomes.append(Outcome(row_id, OutcomeKind.INTRODUCTION, at, told, SOURCE, key, **facts))
    for span in _spans(len(outcomes)):
        yield "outcomes", outcomes[span]
    yield from _flows(world, row_ids, begun)


def _flows(world: World, outcome_ids: Sequence[str], begun: NDArray[np.int64]) -> Iterator[Batch]:
    outcome = np.repeat(np.arange(len(outcome_ids)), world.flows[: len(outcome_ids)])
    starts = np.repeat(np.cumsum(world.flows) - world.flows, world.flows)
    number = np.arange(len(outcome)) - starts  # 0, 1, … within its outcome
    day = np.maximum(begun[outcome] - 182 * (number + 1), 0)
    minor = (world.margin[outcome] * 0.85**number).astype(np.int64)
    keys = [f"{outcome_ids[o]}-{n}" for o, n in zip(outcome.tolist(), number.tolist(), strict=True)]
    row_ids = derived_ids("CashFlow", SOURCE, keys)
    for span in _spans(len(row_ids)):
        rows = zip(row_ids[span], outcome[span].tolist(), minor[span].tolist(), day[span].tolist(), strict=True)
        yield (
            "flows",
            [
                CashFlow(
                    row_id,
                    outcome_ids[o],
                    FlowKind.MARGIN,
                    Ledger.OPERATOR,
                    Money(amount, CURRENCY),
                    _DAYS[at],
                    _DAYS[max(at - 1, 0)],
                )
                for row_id, o, amount, at in rows
            ],
        )
