"""Who can introduce whom."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import Given, Reader
from app.api.schemas_paths import FromEnd, HopLimit, PathLimit, PathsOut, ToEnd
from app.api.strict import StrictRoute
from app.usecases.paths import FindPaths
from graph_algos.paths import MOST_HOPS

router = APIRouter(tags=["paths"], route_class=StrictRoute)


@router.get("/paths", response_model=PathsOut)
def find_paths(
    given: Given, caller: Reader, start: FromEnd, end: ToEnd, limit: PathLimit = 3, hops: HopLimit = MOST_HOPS
) -> Any:
    """Who can introduce the two: the strongest fresh paths over officers, people and customers, with what speaks for
    each hop and how old it is. A customer who may not be named is on no path and only counted."""
    return FindPaths(given.store, given.clock)(caller, start, end, limit=limit, most_hops=hops)
