"""FindPaths: who can introduce whom. Four reads of a bounded neighbourhood, live, so that a tie or a consent of a
second ago counts; a customer who may not be named is on no path and only counted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from app.domain.access import Caller, Scope
from app.domain.customer import Purpose, has_consent
from app.domain.errors import BadInput, NotFound
from app.domain.facts import Pairing, ProviderFacts
from app.domain.gates import HOW_TO_RECORD_CONSENT
from app.domain.path import (
    COLLEAGUES,
    HALF_LIFE_DAYS,
    UNDATED_DAYS,
    Hop,
    IntroductionPath,
    Link,
    LinkKind,
    Links,
    PathSet,
    Person,
    Stop,
    StopKind,
    kind_of,
    may_be_asked,
    may_be_named,
    tell,
)
from app.ports.outside import Clock
from app.ports.store import Rows, Store, Transaction
from graph_algos.paths import MOST_HOPS, hop_strength, strongest_paths, within_reach

MOST_PATHS = 10
MOST_LINKS = 10_000  # ties of each part that one read brings, in 0.1 s; what two ends share is read from either end
MOST_NEIGHBOURS = 500  # of the ends, whose own ties are read: the strongest
MOST_ASKED = 200  # stops whose consents are read, those of the strongest walks: 50 customers take 4 ms
Hops = dict[str, dict[str, tuple[float, Link]]]


@dataclass(frozen=True, slots=True)
class Around:
    """What was read around the ends."""

    hops: Hops
    people: Mapping[str, Person]
    complete: bool


@dataclass(frozen=True, slots=True)
class NamedNow:
    """Customers as they are now, by id, and the moment of the question."""

    facts: Mapping[str, ProviderFacts]
    at: datetime

    def may_be_named(self, customer_id: str | None) -> bool:
        """Officers have no customer, and are the operator's own people."""
        if customer_id is None:
            return True
        found = self.facts.get(customer_id)
        return found is not None and may_be_named(found.consents, found.party.standing, self.at)

    def may_be_asked(self, customer_id: str | None) -> bool:
        return customer_id is None or may_be_asked(self.facts[customer_id].party.standing)


@dataclass(frozen=True, slots=True)
class FindPaths:
    store: Store
    clock: Clock

    def __call__(
        self, caller: Caller, from_id: str, to_id: str, *, limit: int = 3, most_hops: int = MOST_HOPS
    ) -> PathSet:
        """The strongest paths, strongest first. BadInput where the ends are one; NotFound for an unknown end."""
        return self.each(caller, from_id, [to_id], limit=limit, most_hops=most_hops)[0]

    def each(
        self, caller: Caller, from_id: str, to_ids: Sequence[str], *, limit: int, most_hops: int = MOST_HOPS
    ) -> list[PathSet]:
        """One answer for each end, in their order; all together take two reads more than there are ends."""
        caller.require(Scope.READ)
        if from_id in to_ids:
            raise BadInput("A path leads from one to another.", pointer="to", remedy="Name two different ends.")
        if not 1 <= limit <= MOST_PATHS:
            raise BadInput(f"A limit is 1 to {MOST_PATHS}.", pointer="limit")
        if not 1 <= most_hops <= MOST_HOPS:
            raise BadInput(f"A path has 1 to {MOST_HOPS} hops.", pointer="hops")
        at = self.clock()

        def work(tx: Transaction) -> list[PathSet]:
            around = _read_map(tx, [from_id, *to_ids], at)
            asked = [_within(around, from_id, to_id, most_hops) for to_id in to_ids]
            named = read_named(tx, around, {one for stops in asked for one in stops}, at)
            ends = zip(to_ids, asked, strict=True)
            return [_answer(_Asked(from_id, to_id, limit, most_hops), around, stops, named) for to_id, stops in ends]

        return self.store.read(caller, work)


@dataclass(frozen=True, slots=True)
class _Asked:
    from_id: str
    to_id: str
    limit: int
    most_hops: int


def _read_map(tx: Transaction, ends: Sequence[str], at: datetime) -> Around:
    """Ties of the ends and of their neighbours: every path of four hops lies within. NotFound for an unknown end."""
    # Each by itself: a star at one end would otherwise leave no room for the other's ties.
    near = _joined([tx.links.around([end], limit=MOST_LINKS) for end in dict.fromkeys(ends)])
    hops = hops_of(near.links, at)
    for end, pointer in zip(ends, ("from", *["to"] * len(ends)), strict=False):
        if end not in hops and not _exists(tx, end):
            raise NotFound(
                f"The end named by {pointer} is not known.", remedy="Name a customer, a person or an officer."
            )
    strongest: dict[str, float] = {}
    for end in ends:
        for other, (strength, _) in hops.get(end, {}).items():
            strongest[other] = max(strongest.get(other, 0.0), strength)
    wanted = sorted(strongest.keys() - set(ends), key=lambda one: (-strongest[one], one))
    if not wanted:
        return Around(hops, near.people, near.complete)
    both = _joined([near, tx.links.around(wanted[:MOST_NEIGHBOURS], limit=MOST_LINKS)])
    complete = both.complete and len(wanted) <= MOST_NEIGHBOURS
    return Around(hops_of(both.links, at), both.people, complete)


def _joined(parts: Sequence[Links]) -> Links:
    people = {name: person for part in parts for name, person in part.people.items()}
    links = tuple(dict.fromkeys(link for part in parts for link in part.links))
    return Links(links, people, complete=all(part.complete for part in parts))


def _exists(tx: Transaction, end: str) -> bool:
    by_kind: dict[StopKind, Rows[Any]] = {
        StopKind.CUSTOMER: tx.customers,
        StopKind.CONTACT: tx.contacts,
        StopKind.STAFF: tx.staff,
    }
    return bool(by_kind[kind_of(end)].get([end]))


def hops_of(links: Collection[Link], at: datetime) -> Hops:
    """Both ways between two stops, by the strongest tie of the two; equals by kind."""
    ages = np.array([UNDATED_DAYS if link.last_at is None else days_since(link.last_at, at) for link in links])
    strengths = np.array([link.strength for link in links], dtype=np.float64)
    counts = np.array([link.count for link in links], dtype=np.float64)
    values = hop_strength(strengths, counts, ages, half_life=HALF_LIFE_DAYS).tolist()
    found: Hops = {}
    for link, value in zip(links, values, strict=True):
        strength = COLLEAGUES if link.kind is LinkKind.WORKS_FOR else value
        for one, other in ((link.from_id, link.to_id), (link.to_id, link.from_id)):
            known = found.setdefault(one, {}).get(other)
            if one != other and (known is None or strength > known[0]):
                found[one][other] = (strength, link)
    return found


def days_since(then: datetime, at: datetime) -> float:
    return max(0.0, (at - then) / timedelta(days=1))


def _numbered(hops: Hops, stops: Iterable[str]) -> tuple[list[str], dict[int, dict[int, float]]]:
    """Stops numbered in the order of their ids, so that ties of the kernel are decided by ids."""
    names = sorted(stops)
    number = {name: index for index, name in enumerate(names)}
    return names, {
        number[name]: {
            number[other]: strength for other, (strength, _) in hops.get(name, {}).items() if other in number
        }
        for name in names
    }


def _within(around: Around, from_id: str, to_id: str, most_hops: int) -> list[str]:
    """Stops that a path may have, those of the strongest walks first; the two ends always."""
    names, hops = _numbered(around.hops, {*around.hops, from_id, to_id})
    place = {name: index for index, name in enumerate(names)}
    reach = within_reach(hops, place[from_id], place[to_id], most_hops=most_hops)
    between = sorted(reach, key=lambda node: (-reach[node], node))
    ordered = dict.fromkeys((from_id, to_id, *(names[node] for node in between)))
    return list(ordered)[:MOST_ASKED]


def customer_of(around: Around, stop: str) -> str | None:
    """Whose consent a stop rests on."""
    if kind_of(stop) is StopKind.CUSTOMER:
        return stop
    person = around.people.get(stop)
    return None if person is None else person.employer_id


def read_named(tx: Transaction, around: Around, stops: Collection[str], at: datetime) -> NamedNow:
    customers = sorted({one for one in (customer_of(around, stop) for stop in stops) if one is not None})
    [facts] = tx.views.gate_facts([Pairing(None, customers)])
    return NamedNow({one.party.id: one for one in facts.providers}, at)


def _answer(asked: _Asked, around: Around, stops: Sequence[str], named: NamedNow) -> PathSet:
    customers = {stop: customer_of(around, stop) for stop in stops}
    ends = (asked.from_id, asked.to_id)
    if not all(named.may_be_named(customers[end]) for end in ends):
        sentence = f"No consent to be named is recorded for one of the two ends. {HOW_TO_RECORD_CONSENT}"
        return PathSet(*ends, (), sentence, 1, complete=around.complete)
    hidden = {customer for customer in customers.values() if not named.may_be_named(customer)}
    allowed = [
        stop
        for stop, customer in customers.items()
        if stop in ends or (customer not in hidden and named.may_be_asked(customer))
    ]
    names, hops = _numbered(around.hops, allowed)
    place = {name: index for index, name in enumerate(names)}
    numbers = (place[asked.from_id], place[asked.to_id])
    found = strongest_paths(hops, *numbers, count=asked.limit, most_hops=asked.most_hops)
    paths = tuple(_told([names[node] for node in path.nodes], path.strength, around, named) for path in found.paths)
    complete = around.complete and found.complete and len(stops) < MOST_ASKED
    return PathSet(*ends, paths, None if paths else _nobody(len(hidden), asked.most_hops), len(hidden), complete)


def _nobody(hidden: int, most_hops: int) -> str:
    sentence = f"Nobody is known who could introduce the two within {most_hops} hops."
    if not hidden:
        return sentence
    who = "customer" if hidden == 1 else "customers"
    return f"{sentence} For {hidden} {who} in between no consent to be named is recorded. {HOW_TO_RECORD_CONSENT}"


def _told(ids: Sequence[str], strength: float, around: Around, named: NamedNow) -> IntroductionPath:
    stops = tuple(stop_of(one, around, named) for one in ids)
    spoken = {stop.id: spoken_name(stop) for stop in stops}
    hops = tuple(hop_of((one, other), around, named, spoken) for one, other in pairwise(ids))
    return IntroductionPath(stops, hops, round(strength, 6))


def hop_of(ends: tuple[str, str], around: Around, named: NamedNow, spoken: Mapping[str, str]) -> Hop:
    value, link = around.hops[ends[0]][ends[1]]
    age = None if link.last_at is None else int(days_since(link.last_at, named.at))
    return Hop(link.kind, *ends, round(value, 6), link.count, link.last_at, age, tell(link, spoken, age))


def stop_of(stop_id: str, around: Around, named: NamedNow) -> Stop:
    kind = kind_of(stop_id)
    if kind is StopKind.CUSTOMER:
        return Stop(stop_id, kind, named.facts[stop_id].party.name)
    person = around.people[stop_id]
    facts = None if person.employer_id is None else named.facts[person.employer_id]
    shown = facts is None or has_consent(facts.consents, Purpose.CONTACT, named.at)
    return Stop(stop_id, kind, person.name if shown else None, person.role)


def spoken_name(stop: Stop) -> str:
    if stop.name is not None:
        return stop.name
    return f"A person there ({stop.role})" if stop.role else "A person there"
