"""Ranked, explained providers for needs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.api.convert import query_of
from app.api.deps import Given, Reader
from app.api.problems import of_error, request_id_of
from app.api.schemas import path_id
from app.api.schemas_suggestions import QueryIn, SuggestionSetOut, SuggestionsIn, SuggestionsOut
from app.api.strict import StrictRoute
from app.domain.access import Scope
from app.domain.errors import BadInput, IcrmError
from app.domain.suggestion import NeedQuery, SuggestionSet
from app.usecases.decisions import DecisionLog
from app.usecases.suggestions import SuggestProviders

router = APIRouter(tags=["suggestions"], route_class=StrictRoute)


@router.post("/suggestions", response_model=SuggestionsOut)
def suggest(given: Given, caller: Reader, body: SuggestionsIn, request: Request) -> Any:
    """Who fits best, with reasons, or why nobody does: up to 20 named queries at once, by recorded need or by free
    text. A query with `record` goes into the decision log, which needs the scope write; otherwise nothing is stored. A
    query that cannot be answered has its problem in its place; the others are answered."""
    log = DecisionLog(given.policy, given.new_id)
    use_case = SuggestProviders(given.store, given.analytics, given.clock, log)
    records = given.record_needs and Scope.WRITE in caller.scopes  # who may not write only ever gets previews
    asked = {name: _query(query, record_needs=records) for name, query in body.queries.items()}
    answers = iter(use_case.each(caller, [query for query in asked.values() if isinstance(query, NeedQuery)]))
    results = {name: next(answers) if isinstance(query, NeedQuery) else query for name, query in asked.items()}
    return {"results": {name: _shown(result, request) for name, result in results.items()}}


def _query(body: QueryIn, *, record_needs: bool) -> NeedQuery | BadInput:
    try:
        return query_of(body, record_needs=record_needs)
    except BadInput as error:  # an amount that its currency does not have
        return error


def _shown(result: SuggestionSet | IcrmError, request: Request) -> Any:
    return of_error(result, request_id_of(request)) if isinstance(result, IcrmError) else result


@router.get("/needs/{id}/suggestions", response_model=SuggestionSetOut)
def suggest_for_need(
    given: Given,
    caller: Reader,
    need_id: Annotated[str, path_id("need")],
    limit: Annotated[int, Query(ge=1, le=20)] = 3,
    threshold: Annotated[float, Query(ge=0, le=1)] = 0.0,
    least_chance: Annotated[float, Query(ge=0, le=1)] = 0.0,
) -> Any:
    """Who fits this need best, with reasons; or why nobody does. A preview: nothing is stored."""
    query = NeedQuery(need_id=need_id, limit=limit, threshold=threshold, least_chance=least_chance)
    return SuggestProviders(given.store, given.analytics, given.clock)(caller, [query])[0]
