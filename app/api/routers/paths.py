"""Who can introduce whom: paths, rings of needs, and the chain around a need or a customer."""

from typing import Annotated, Any

from fastapi import APIRouter

from app.api.deps import Given, Reader
from app.api.schemas import path_id
from app.api.schemas_paths import (
    FromEnd,
    HopLimit,
    NeedChainOut,
    OptionLimit,
    PathLimit,
    PathsOut,
    RingAfter,
    RingCustomer,
    RingLimit,
    RingsOut,
    ToEnd,
    ValueChainOut,
)
from app.api.strict import StrictRoute
from app.usecases.chains import FindIntroducers, ReadValueChain
from app.usecases.paths import FindPaths
from app.usecases.rings import FindRings
from graph_algos.paths import MOST_HOPS

router = APIRouter(tags=["paths"], route_class=StrictRoute)


@router.get("/paths", response_model=PathsOut)
def find_paths(
    given: Given, caller: Reader, start: FromEnd, end: ToEnd, limit: PathLimit = 3, hops: HopLimit = MOST_HOPS
) -> Any:
    """Who can introduce the two: the strongest fresh paths over officers, people and customers, with what speaks for
    each hop and how old it is. A customer who may not be named is on no path and only counted."""
    return FindPaths(given.store, given.clock)(caller, start, end, limit=limit, most_hops=hops)


@router.get("/rings", response_model=RingsOut)
def find_rings(
    given: Given, caller: Reader, customer: RingCustomer = None, after: RingAfter = None, limit: RingLimit = 10
) -> Any:
    """Rings of needs: two to four customers who can each fill the need of the one before. Each leg is a suggestion that
    passes every gate by itself; the ring only adds a bonus. Confidential needs are in none."""
    use_case = FindRings(given.store, given.analytics, given.clock)
    return use_case(caller, customer_id=customer, after=after, limit=limit)


@router.get("/needs/{id}/introducers", response_model=NeedChainOut)
def find_introducers(
    given: Given, caller: Reader, need_id: Annotated[str, path_id("need")], limit: OptionLimit = 3
) -> Any:
    """Need → capability → introducer: who fits, what they would do it with, and who can introduce the two."""
    return FindIntroducers(given.store, given.analytics, given.clock)(caller, need_id, limit=limit)


@router.get("/customers/{id}/value-chain", response_model=ValueChainOut)
def get_value_chain(given: Given, caller: Reader, customer_id: Annotated[str, path_id("cus")]) -> Any:
    """Who this customer creates value with: suppliers, buyers, who brought whom, its people and the officers who know
    them. Recorded ties only, nothing inferred; who may not be named is only counted."""
    return ReadValueChain(given.store, given.clock)(caller, customer_id)
