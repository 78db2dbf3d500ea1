"""FindIntroducers: need → capability → introducer as one object. ReadValueChain: who a customer creates value with."""

from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.capability import Capability
from app.domain.chain import ChainLink, ChainRole, Introducible, NeedChain, ValueChain
from app.domain.gates import fits_category
from app.domain.need import Need
from app.domain.path import IntroductionPath, LinkKind, Stop, StopKind, kind_of
from app.domain.suggestion import NeedQuery, Suggestion
from app.ports.analytics import Analytics
from app.ports.outside import Clock
from app.ports.store import PageOf, Store, Transaction
from app.usecases.needs import find_need
from app.usecases.paths import (
    MOST_LINKS,
    Around,
    FindPaths,
    NamedNow,
    customer_of,
    hop_of,
    hops_of,
    read_named,
    spoken_name,
    stop_of,
)
from app.usecases.portfolio import find_customer
from app.usecases.suggestions import SuggestProviders

MOST_CHAIN = 200  # links of a value chain: more than a person reads
_LISTED = 200  # capabilities of one provider that are looked at


class FindIntroducers:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.suggest = SuggestProviders(store, analytics, clock)

    def __call__(self, caller: Caller, need_id: str, *, limit: int = 3) -> NeedChain:
        """NotFound for an unknown need; Misconfigured when there is no snapshot. Everybody here passes the gates of
        SuggestProviders, and everybody on a path may be named."""
        answer = self.suggest(caller, [NeedQuery(need_id=need_id, limit=limit)])[0]
        providers = [one.customer_id for one in answer.suggestions]

        def work(tx: Transaction) -> tuple[Need, dict[str, Capability | None]]:
            need = find_need(tx, need_id)
            return need, {one: _capability(tx, need, one) for one in providers}

        need, capabilities = self.store.read(caller, work)
        ways = FindPaths(self.store, self.clock).each(caller, need.seeker_id, providers, limit=1) if providers else []
        options = tuple(
            _option(one, capabilities[one.customer_id], way.paths[0] if way.paths else None, way.none_because)
            for one, way in zip(answer.suggestions, ways, strict=True)
        )
        return NeedChain(need.id, need.seeker_id, options, answer.none_because, answer.blocked_by_consent)


def _option(
    one: Suggestion, capability: Capability | None, path: IntroductionPath | None, none_because: str | None
) -> Introducible:
    if path is None:
        return Introducible(one, capability, None, None, none_because)
    between = path.stops[1:-1]
    officers = [stop for stop in between if stop.kind is StopKind.STAFF]
    customers = [stop for stop in between if stop.kind is StopKind.CUSTOMER]
    introducer = next(iter((*officers, *customers)), None)
    return Introducible(one, capability, introducer, path, None if introducer else "The two know each other already.")


def _capability(tx: Transaction, need: Need, provider_id: str) -> Capability | None:
    """What the provider would fill the need with: of the same category before one that fits, then by id."""
    offered = tx.capabilities.page(PageOf(None, _LISTED), provider_id=provider_id)
    fitting = [one for one in offered if fits_category(need.category_id, one.category_id)]
    return min(fitting, key=lambda one: (one.category_id != need.category_id, one.id), default=None)


@dataclass(frozen=True, slots=True)
class ReadValueChain:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, customer_id: str) -> ValueChain:
        """NotFound for an unknown customer. Recorded ties only; third persons carry a name and a role, no profile."""
        caller.require(Scope.READ)
        at = self.clock()

        def work(tx: Transaction) -> ValueChain:
            find_customer(tx, customer_id)
            own = tx.links.around([customer_id], limit=MOST_LINKS)
            people = [one for one, person in own.people.items() if person.employer_id == customer_id]
            known = tx.links.around(people, limit=MOST_LINKS)
            links = {*own.links, *known.links}
            everybody = {**own.people, **known.people}
            around = Around(hops_of(sorted(links, key=repr), at), everybody, own.complete and known.complete)
            pairs = _pairs(customer_id, people, around)
            named = read_named(tx, around, {customer_id, *(end for ends, _ in pairs for end in ends)}, at)
            return _chain(customer_id, pairs, around, named)

        return self.store.read(caller, work)


Pair = tuple[tuple[str, str], ChainRole]


def _pairs(customer_id: str, people: list[str], around: Around) -> list[Pair]:
    found: list[Pair] = []
    for start in (customer_id, *people):
        for other, (_, link) in around.hops.get(start, {}).items():
            forward = link.from_id == start
            role = {
                LinkKind.DEALS_WITH: ChainRole.SUPPLIER if forward else ChainRole.BUYER,
                LinkKind.REFERRED: ChainRole.REFERRED if forward else ChainRole.REFERRER,
                LinkKind.WORKS_FOR: ChainRole.PERSON,
                LinkKind.KNOWS: ChainRole.OFFICER,
            }[link.kind]
            if start == customer_id or role is ChainRole.OFFICER:
                found.append(((start, other), role))
    return found


def _chain(customer_id: str, pairs: list[Pair], around: Around, named: NamedNow) -> ValueChain:
    """A customer that may not be named itself gets an empty chain: its ties would tell of it."""
    hidden = {other for (_, other), _ in pairs if not named.may_be_named(customer_of(around, other))}
    if not named.may_be_named(customer_id):
        return ValueChain(customer_id, (), 1 + len({one for one in hidden if kind_of(one) is StopKind.CUSTOMER}), True)
    links = []
    for ends, role in pairs:
        if ends[1] not in hidden:
            stops: dict[str, Stop] = {end: stop_of(end, around, named) for end in ends}
            spoken = {end: spoken_name(stop) for end, stop in stops.items()}
            links.append(ChainLink(role, stops[ends[1]], hop_of(ends, around, named, spoken)))
    order = list(ChainRole)
    links.sort(key=lambda link: (order.index(link.role), -link.hop.strength, link.stop.id, link.hop.from_id))
    complete = around.complete and len(links) <= MOST_CHAIN
    return ValueChain(customer_id, tuple(links[:MOST_CHAIN]), len(hidden), complete)
