"""What the service says of itself: keys, the caller, algorithms, the graph's schema, the library of queries."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

import cypher
from app.api.deps import Admin, Given, Reader, SignedIn
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_service import (
    AlgorithmsOut,
    KeyIn,
    KeyOut,
    MeOut,
    NewKeyOut,
    QueriesOut,
    QueryOut,
    QueryTextOut,
    RowsOut,
    RunIn,
    SchemaOut,
)
from app.api.strict import StrictRoute
from app.domain.catalogue import catalogue
from app.domain.errors import BadInput, NotFound
from app.usecases.keys import CreateKey, RevokeKey

router = APIRouter(tags=["service"], route_class=StrictRoute)
Name = Annotated[str, Path(pattern="^[a-z_0-9]{1,64}$")]


@router.get("/me", response_model=MeOut)
def get_me(given: Given, caller: SignedIn) -> Any:
    """Who you are to the service, and what you may do."""
    return {"id": caller.id, "scopes": sorted(caller.scopes), "authentication": given.auth}


@router.get("/api-keys", response_model=Page[KeyOut])
def list_api_keys(given: Given, caller: Admin, paged: Paged) -> Any:
    """Keys by name and scopes; the keys themselves are not stored."""
    return paged.page(given.store.read(caller, lambda tx: tx.keys.page(paged.one_more)))


@router.post("/api-keys", response_model=NewKeyOut, status_code=201)
def create_api_key(given: Given, caller: Admin, body: KeyIn) -> Any:
    """A new key, shown this once: the service keeps only its SHA-256."""
    made = CreateKey(given.store, given.clock, given.new_id)(caller, body.name, body.scopes)
    return KeyOut.model_validate(made.key).model_dump() | {"key": made.secret}


@router.post("/api-keys/{id}/revoke", response_model=KeyOut)
def revoke_api_key(given: Given, caller: Admin, key_id: Annotated[str, path_id("key")]) -> Any:
    """From the next request on the key opens nothing."""
    return RevokeKey(given.store, given.clock)(caller, key_id)


@router.get("/algorithms", response_model=AlgorithmsOut)
def get_algorithms(caller: Reader) -> Any:
    """The catalogue of features: what each means and weighs, its unit, range and direction, and the sentences that a
    customer may read, {} standing for the fact behind them."""
    return {"method": "weighted reciprocal rank fusion", "features": catalogue()}


@router.get("/schema", response_model=SchemaOut)
def get_schema(caller: Reader) -> Any:
    """The published schema of the graph: labels, relationship types, properties."""
    return cypher.schema()


@router.get("/queries", response_model=QueriesOut)
def list_queries(caller: Reader) -> Any:
    """The library of questions for data teams."""
    return {"data": [_described(cypher.query(name)) for name in cypher.names("explore")]}


@router.get("/queries/{name}", response_model=QueryTextOut)
def get_query(caller: Reader, name: Name) -> Any:
    """One question: its text, parameters and columns."""
    query = _find(name)
    return {**_described(query).model_dump(), "text": query.text}


@router.post("/queries/{name}/run", response_model=RowsOut)
def run_query(given: Given, caller: Reader, name: Name, body: RunIn) -> Any:
    """Runs it, read-only, bounded in rows and time."""
    query = _find(name)
    missing, unknown = query.params - query.defaults.keys() - body.params.keys(), body.params.keys() - query.params
    if missing or unknown:
        raise BadInput(f"This query takes: {', '.join(sorted(query.params)) or 'nothing'}.", pointer="/params")
    return {"data": given.store.read(caller, lambda tx: tx.views.explore(name, dict(body.params)))}


def _described(query: cypher.Query) -> QueryOut:
    name, defaults = query.name.removeprefix("explore/"), dict(query.defaults)
    return QueryOut(
        name=name,
        about=query.about,
        params=sorted(query.params),
        returns=list(query.returns),
        defaults=defaults,
    )


def _find(name: str) -> cypher.Query:
    if f"explore/{name}" not in cypher.names("explore"):
        raise NotFound("There is no such query.", remedy="List them with GET /api/v1/queries.")
    return cypher.query(f"explore/{name}")
