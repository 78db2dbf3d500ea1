"""Paths, rings and chains on the wire."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.schemas import Out, TimeOut
from app.api.schemas_records import CapabilityOut
from app.api.schemas_suggestions import SuggestionOut
from app.domain.chain import ChainRole
from app.domain.ids import id_pattern
from app.domain.path import LinkKind, StopKind
from app.usecases.paths import MOST_PATHS
from app.usecases.rings import MOST_RINGS
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


RingCustomer = Annotated[
    str | None, Query(alias="customer_id", pattern=id_pattern("cus"), description="Only rings through this customer.")
]
RingAfter = Annotated[
    str | None, Query(alias="after", pattern=id_pattern("need"), description="`next_after` of the part before.")
]
RingLimit = Annotated[int, Query(ge=1, le=MOST_RINGS, description="Rings at most, the best first.")]
OptionLimit = Annotated[int, Query(ge=1, le=MOST_PATHS, description="Providers at most, the best first.")]


class RingLegOut(Out):
    """A suggestion that stands alone with `score`; the ring adds a bonus to it in `score_in_ring` and nothing else."""

    need_id: str
    seeker_id: str
    seeker_name: str
    provider_id: str
    provider_name: str
    score: float
    score_in_ring: float


class RingOut(Out):
    """Each provider seeks in the next leg, the last one in the first. `weakest`: the lowest score of its legs."""

    legs: Annotated[list[RingLegOut], Field(min_length=2, max_length=4)]
    weakest: float


class RingsOut(Out):
    """`none_because` is filled exactly when there is no ring. `needs`: how many were looked at; who has not consented
    is only counted, once for each need it could have filled. `next_after`: where the next part begins, or null."""

    rings: Annotated[list[RingOut], Field(max_length=MOST_RINGS)]
    needs: int
    blocked_by_consent: int
    none_because: str | None
    complete: bool
    next_after: str | None


class IntroducibleOut(Out):
    """Need → capability → introducer: a provider who fits, what it offers, and who can introduce the two. `note` says
    why there is no introducer."""

    suggestion: SuggestionOut
    capability: CapabilityOut | None
    introducer: StopOut | None
    path: PathOut | None
    note: str | None


class NeedChainOut(Out):
    """`none_because` is filled exactly when nobody fits. Who has not consented is only counted."""

    need_id: str
    seeker_id: str
    options: list[IntroducibleOut]
    none_because: str | None
    blocked_by_consent: int


class ChainLinkOut(Out):
    role: ChainRole
    stop: StopOut
    hop: HopOut


class ValueChainOut(Out):
    """Recorded ties only, strongest first in each role; who may not be named is only counted."""

    customer_id: str
    links: list[ChainLinkOut]
    without_consent: int
    complete: bool
