"""Paths on the wire."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.schemas import Out, TimeOut
from app.domain.path import LinkKind, StopKind
from app.usecases.paths import MOST_PATHS
from graph_algos.paths import MOST_HOPS

_END = r"^[^\x00-\x20\x7f]+$"
_ABOUT = "A customer (cus_…), a person (con_…), or an officer by your own key."

FromEnd = Annotated[str, Query(alias="from", min_length=1, max_length=200, pattern=_END, description=_ABOUT)]
ToEnd = Annotated[str, Query(alias="to", min_length=1, max_length=200, pattern=_END, description=_ABOUT)]
PathLimit = Annotated[int, Query(ge=1, le=MOST_PATHS, description="Paths at most, strongest first.")]
HopLimit = Annotated[int, Query(alias="hops", ge=1, le=MOST_HOPS, description="Hops at most.")]


class StopOut(Out):
    """`name` is null for a person whose customer has not consented to be contacted."""

    id: str
    kind: StopKind
    name: str | None
    role: str | None


class HopOut(Out):
    """From one stop to the next. `strength` counts dealings and their age; `age_days` is null without a date."""

    kind: LinkKind
    from_id: str
    to_id: str
    strength: float
    count: int
    last_at: TimeOut | None
    age_days: int | None
    sentence: str


class PathOut(Out):
    """`strength` is the product of its hops'."""

    strength: Annotated[float, Field(ge=0, le=1)]
    stops: list[StopOut]
    hops: list[HopOut]


class PathsOut(Out):
    """`none_because` is filled exactly when there is no path. Customers in between who may not be named are only
    counted. `complete` is false where a hub had more ties than are read: the strongest were looked at."""

    from_id: str
    to_id: str
    paths: Annotated[list[PathOut], Field(max_length=MOST_PATHS)]
    none_because: str | None
    without_consent: int
    complete: bool
