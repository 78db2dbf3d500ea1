"""FindRings: suggestions that close to a ring. Every leg passes the gates of SuggestProviders by itself; a ring neither
makes nor saves one, it only adds a bonus."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput
from app.domain.need import SEEKING, Need, NeedStatus
from app.domain.ring import NeedRing, RingLeg, RingSet
from app.domain.suggestion import NeedQuery, Suggestion, SuggestionSet
from app.ports.analytics import Analytics
from app.ports.outside import Clock
from app.ports.store import PageOf, Store, Transaction
from app.usecases.portfolio import find_customer
from app.usecases.suggestions import BATCH, SuggestProviders
from graph_algos.rings import LONGEST, Ring, find_rings

MOST_RINGS = 20
MOST_NEEDS = 100  # suggested for in one question: 8 ms each, within the deadline of 2 s
FIRST_NEEDS = 40  # of a portfolio without a customer to begin with; the rest is for those that they lead to


@dataclass(frozen=True, slots=True)
class _Leg:
    need_id: str
    suggestion: Suggestion


@dataclass(slots=True)
class _Search:
    """What is known so far. `legs`: seeker → provider → the best suggestion between the two."""

    legs: dict[str, dict[str, _Leg]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    blocked: int = 0
    complete: bool = True

    def room(self, needs: Iterable[Need]) -> list[Need]:
        """Those that have not been asked about, as far as the budget goes; all count as asked from now on."""
        new = [need for need in needs if need.id not in self.asked and may_be_in_a_ring(need)]
        some = new[: MOST_NEEDS - len(self.asked)]
        self.complete = self.complete and len(some) == len(new)
        self.asked |= {need.id for need in some}
        return some

    def learn(self, answer: SuggestionSet) -> None:
        self.blocked += answer.blocked_by_consent
        if answer.need_id is None or answer.seeker_id is None:
            return
        for one in answer.suggestions:
            near = self.legs.setdefault(answer.seeker_id, {})
            known = near.get(one.customer_id)
            if known is None or (-one.score, answer.need_id) < (-known.suggestion.score, known.need_id):
                near[one.customer_id] = _Leg(answer.need_id, one)


def may_be_in_a_ring(need: Need) -> bool:
    """A ring tells each party of the needs of others: not of one that only the operator may know."""
    return need.status in SEEKING and need.ongoing and not need.confidential


class FindRings:
    def __init__(self, store: Store, analytics: Analytics, clock: Clock) -> None:
        self.store = store
        self.suggest = SuggestProviders(store, analytics, clock)

    def __call__(
        self, caller: Caller, *, customer_id: str | None = None, after: str | None = None, limit: int = 10
    ) -> RingSet:
        """Rings through one customer, or through the open needs that follow the need `after`. NotFound for an unknown
        customer; Misconfigured when there is no snapshot."""
        caller.require(Scope.READ)
        if not 1 <= limit <= MOST_RINGS:
            raise BadInput(f"A limit is 1 to {MOST_RINGS}.", pointer="limit")
        search = _Search()
        first, next_after = self._first(caller, customer_id, after)
        level = search.room(first)
        for depth in range(LONGEST):
            self._suggest(caller, search, level)
            if depth + 1 < LONGEST:
                level = self._next(caller, search, level)
        return _answer(search, customer_id, limit, next_after)

    def _first(self, caller: Caller, customer_id: str | None, after: str | None) -> tuple[list[Need], str | None]:
        def work(tx: Transaction) -> tuple[list[Need], str | None]:
            if customer_id is not None:
                find_customer(tx, customer_id)
                return tx.needs.seeking([customer_id], limit=FIRST_NEEDS), None
            page = tx.needs.page(PageOf(after, FIRST_NEEDS), status=NeedStatus.OPEN)
            return page, page[-1].id if len(page) == FIRST_NEEDS else None

        return self.store.read(caller, work)

    def _suggest(self, caller: Caller, search: _Search, needs: Sequence[Need]) -> None:
        for start in range(0, len(needs), BATCH):
            queries = [NeedQuery(need_id=need.id) for need in needs[start : start + BATCH]]
            for answer in self.suggest.each(caller, queries):
                if isinstance(answer, SuggestionSet):  # else the need went away meanwhile
                    search.learn(answer)

    def _next(self, caller: Caller, search: _Search, level: Sequence[Need]) -> list[Need]:
        """Open needs of those who were suggested for the level before."""
        seekers = {need.seeker_id for need in level}
        providers = sorted({provider for one in seekers for provider in search.legs.get(one, {})})
        if not providers or len(search.asked) >= MOST_NEEDS:
            search.complete = search.complete and not providers
            return []
        found = self.store.read(caller, lambda tx: tx.needs.seeking(providers, limit=MOST_NEEDS + 1))
        search.complete = search.complete and len(found) <= MOST_NEEDS
        return search.room(found)


def _answer(search: _Search, customer_id: str | None, limit: int, next_after: str | None) -> RingSet:
    names = sorted({*search.legs, *(provider for near in search.legs.values() for provider in near)})
    number = {name: index for index, name in enumerate(names)}
    scores = {
        number[seeker]: {number[provider]: leg.suggestion.score for provider, leg in near.items()}
        for seeker, near in search.legs.items()
    }
    through = None if customer_id is None else number.get(customer_id, -1)
    found = find_rings(scores, count=limit, through=through)
    rings = tuple(_ring(ring, names, search) for ring in found.rings)
    sentence = f"The {len(search.asked)} open needs looked at close to no ring of 2 to {LONGEST}."
    complete = search.complete and found.complete
    return RingSet(rings, len(search.asked), search.blocked, None if rings else sentence, complete, next_after)


def _ring(ring: Ring, names: Sequence[str], search: _Search) -> NeedRing:
    ids = [names[node] for node in ring.nodes]
    following = [*ids[1:], ids[0]]
    found = [search.legs[seeker][provider] for seeker, provider in zip(ids, following, strict=True)]
    # Whoever seeks in a ring was suggested by the leg before, whose gates it passed: only so it has a name here.
    seekers = [found[-1], *found[:-1]]
    legs = tuple(
        RingLeg(leg.need_id, seeker, before.suggestion.name, provider, leg.suggestion.name, score, round(more, 6))
        for leg, before, seeker, provider, score, more in zip(
            found, seekers, ids, following, ring.scores, ring.with_bonus, strict=True
        )
    )
    return NeedRing(legs, ring.weakest)
