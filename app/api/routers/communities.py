"""Communities of the run that readers see now."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from app.api.deps import Given, Reader
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_business import CommunityOut, CommunityRunOut, MemberOut
from app.api.strict import StrictRoute
from app.domain.errors import NotFound

Layer = Annotated[
    Literal["combined", "trade", "referral", "interest", "geography"],
    Query(description="Whose run: that of all layers."),
]
router = APIRouter(prefix="/communities", tags=["communities"], route_class=StrictRoute)


@router.get("", response_model=Page[CommunityOut])
def list_communities(given: Given, caller: Reader, paged: Paged, layer: Layer = "combined") -> Any:
    """Communities in the order of ids; none before the first run."""
    return paged.page(given.store.read(caller, lambda tx: tx.communities.page(paged.one_more, layer=layer)))


@router.get("/run", response_model=CommunityRunOut)
def get_community_run(given: Given, caller: Reader, layer: Layer = "combined") -> Any:
    """The run that made them: method, resolution, seed, modularity, stability and when."""
    run = given.store.read(caller, lambda tx: tx.communities.current(layer=layer))
    if run is None:
        raise NotFound("No communities have been detected.", remedy="Run the job detect_communities.")
    return run


@router.get("/{id}/members", response_model=Page[MemberOut])
def list_community_members(
    given: Given, caller: Reader, community_id: Annotated[str, path_id("com")], paged: Paged
) -> Any:
    """Ids of the customers in one community; of whichever layer; empty for one that no current run has."""
    found = given.store.read(caller, lambda tx: tx.communities.members(community_id, paged.one_more))
    return paged.page([{"customer_id": member} for member in found], key=lambda row: str(row["customer_id"]))
