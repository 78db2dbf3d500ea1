"""The decision log: how recorded suggestions came about."""

from typing import Annotated, Any

from fastapi import APIRouter

from app.api.convert import decision_of
from app.api.deps import Given, Reader
from app.api.schemas import NeedId, Page, Paged, path_id
from app.api.schemas_decisions import DecisionOut
from app.api.strict import StrictRoute
from app.usecases.decisions import ReadDecision

router = APIRouter(prefix="/decisions", tags=["suggestions"], route_class=StrictRoute)


@router.get("", response_model=Page[DecisionOut])
def list_decisions(given: Given, caller: Reader, need_id: NeedId, paged: Paged) -> Any:
    """Decisions about one need, oldest first; none for a need that nobody asked for with `record`."""
    found = given.store.read(caller, lambda tx: tx.decisions.of_need(need_id, paged.one_more))
    return paged.page([decision_of(one) for one in found], key=lambda row: str(row["id"]))


@router.get("/{id}", response_model=DecisionOut)
def get_decision(given: Given, caller: Reader, decision_id: Annotated[str, path_id("dec")]) -> Any:
    """Who could be chosen, who was shown with which chance and which sentences, by which policy. `icrm decision replay`
    computes it again from the record alone."""
    return decision_of(ReadDecision(given.store, given.analytics)(caller, decision_id))
