"""Live facts for the gates: two statements, however many seekers and providers are asked about at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from app.domain.customer import Purpose, Standing
from app.domain.facts import ConsentLine, GateFacts, Offer, Pairing, Party, ProviderFacts
from app.domain.introduction import OPEN, IntroductionStatus
from app.domain.money import Money
from app.store.repositories.session import batches
from app.store.rows import moment

Read = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A customer, whichever side it is on."""

    party: Party
    consents: tuple[ConsentLine, ...]
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class _Between:
    """One seeker's side: (kind, other) of its ties, and by other whether an introduction is open, when the last one
    moved, and when one was declined."""

    ties: frozenset[tuple[str, str]]
    introductions: Mapping[str, tuple[bool, datetime, datetime | None]]


_NOTHING = _Between(frozenset(), {})


def read_gate_facts(read: Read, pairings: Sequence[Pairing]) -> list[GateFacts]:
    """One answer for each pairing, in their order."""
    seekers = _distinct(pairing.seeker_id for pairing in pairings if pairing.seeker_id is not None)
    providers = _distinct(one for pairing in pairings for one in pairing.provider_ids)
    known: dict[str, _Known] = {}
    for ids in batches(_distinct([*seekers, *providers])):
        for row in read("views/get_gate_parties", ids=ids):
            known |= {line[0]: _known(line) for line in row["parties"]}
    between: dict[str, _Between] = {}
    if seekers and providers:
        wanted = dict.fromkeys(providers, True)
        for row in read("views/find_gate_pairs", ids=seekers, wanted=wanted):
            between[row["seeker_id"]] = _between(row)
    return [_facts(pairing, known, between.get(pairing.seeker_id or "", _NOTHING)) for pairing in pairings]


def _facts(pairing: Pairing, known: Mapping[str, _Known], between: _Between) -> GateFacts:
    seeker = known.get(pairing.seeker_id) if pairing.seeker_id is not None else None
    return GateFacts(
        seeker=None if seeker is None else seeker.party,
        seeker_consents=() if seeker is None else seeker.consents,
        providers=tuple(_provider(known[one], between) for one in _distinct(pairing.provider_ids) if one in known),
    )


def _provider(known: _Known, between: _Between) -> ProviderFacts:
    key = known.party.id
    is_open, last, declined = between.introductions.get(key, (False, None, None))
    return ProviderFacts(
        party=known.party,
        consents=known.consents,
        offers=known.offers,
        competes=("COMPETES_WITH", key) in between.ties,
        conflicts=("CONFLICTS_WITH", key) in between.ties,
        open_introduction=is_open,
        last_introduction_at=last,
        last_declined_at=declined,
    )


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _known(line: Sequence[Any]) -> _Known:
    """A row of get_gate_parties; consents and offers in the order of their ids."""
    key, name, group_id, region, latitude, longitude, vetting, expires, standing, slots, consents, offers = line
    place, checked = (region, latitude, longitude), (vetting, _time(expires))
    party = Party(key, name, group_id, *place, *checked, Standing(standing), slots)
    return _Known(party, tuple(map(consent_line, _by_id(consents))), tuple(map(_offer, _by_id(offers))))


def _by_id(lines: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return sorted(lines, key=itemgetter(0))


def consent_line(line: Sequence[Any]) -> ConsentLine:
    """Of a list of id, purposes, granted, recorded at, expires at."""
    key, purposes, granted, recorded, expires = line
    return ConsentLine(key, tuple(map(Purpose, purposes)), granted, moment(recorded), _time(expires))


def _offer(line: Sequence[Any]) -> Offer:
    key, category, licences, radius, smallest, smallest_in, largest, largest_in, slots, begins, ends = line
    bounds = _money(smallest, smallest_in), _money(largest, largest_in)
    return Offer(key, category, tuple(licences), radius, *bounds, slots, _time(begins), _time(ends))


def _between(row: Mapping[str, Any]) -> _Between:
    introductions: dict[str, tuple[bool, datetime, datetime | None]] = {}
    for other, status, changed in sorted(row["introductions"], key=lambda line: (line[0], line[2])):
        was_open, _, declined = introductions.get(other, (False, None, None))
        last = moment(changed)
        declined = last if status == IntroductionStatus.DECLINED else declined
        introductions[other] = (was_open or status in OPEN, last, declined)
    return _Between(frozenset((kind, other) for kind, other in row["ties"]), introductions)


def _time(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)
