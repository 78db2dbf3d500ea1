"""Ranked, explained providers for needs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.api.convert import query_of
from app.api.deps import Given, Reader
from app.api.problems import of_error, request_id_of
from app.api.schemas import path_id
from app.api.schemas_service import SuggestionSetOut, SuggestionsIn, SuggestionsOut
from app.api.strict import StrictRoute
from app.domain.errors import BadInput, NotFound
from app.domain.suggestion import NeedQuery
from app.usecases.suggestions import SuggestProviders

router = APIRouter(tags=["suggestions"], route_class=StrictRoute)


@router.post("/suggestions", response_model=SuggestionsOut)
def suggest(given: Given, caller: Reader, body: SuggestionsIn, request: Request) -> Any:
    """Who fits best, with reasons, or why nobody does: up to 20 named queries at once, by recorded need or by free
    text. Nothing is stored. A query that cannot be answered has its problem in its place; the others are answered."""
    use_case = SuggestProviders(given.store, given.analytics, given.clock)
    results: dict[str, Any] = {}
    for name, query in body.queries.items():
        try:
            results[name] = use_case(caller, [query_of(query)])[0]
        except (BadInput, NotFound) as error:
            results[name] = of_error(error, request_id_of(request))
    return {"results": results}


@router.get("/needs/{id}/suggestions", response_model=SuggestionSetOut)
def suggest_for_need(
    given: Given,
    caller: Reader,
    need_id: Annotated[str, path_id("need")],
    limit: Annotated[int, Query(ge=1, le=20)] = 3,
    threshold: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Any:
    """Who fits this need best, with reasons; or why nobody does."""
    query = NeedQuery(need_id=need_id, limit=limit, threshold=threshold)
    return SuggestProviders(given.store, given.analytics, given.clock)(caller, [query])[0]
