"""Introductions for many needs at once, on the wire."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from app.api.schemas import BadInputValue, Body, CustomerId, Number, Out, TimeOut, Whole
from app.domain.assignment import (
    ASKS_IN,
    ASKS_OUT,
    MOST_ASKS,
    MOST_ATTENDEES,
    MOST_PER_NEED,
    PER_NEED,
    AssignmentPolicy,
)

EVENT_NAME = r"^[A-Za-z0-9_-]{1,64}$"
Asks = Annotated[Whole, Field(ge=0, le=MOST_ASKS)]


class AttendeeIn(Body):
    """A customer with slots: asks that it makes at most, and asks to it."""

    customer_id: CustomerId
    asks_out: Asks = ASKS_OUT
    asks_in: Asks = ASKS_IN


class EventIn(Body):
    """Attendees are introduced to each other only; what they seek are their open needs. The result is found again under
    `name`; the next run of that name takes its place."""

    name: Annotated[str, Field(pattern=EVENT_NAME)]
    attendees: Annotated[list[AttendeeIn], Field(min_length=2, max_length=MOST_ATTENDEES)]


class SuggestAllIn(Body):
    """Introductions for all open needs at once, or for an event. `per_need`: 1 to 3, at an event up to 20; absent: 3,
    at an event 5. `asks_out` of a seeker, `asks_in` to a provider; at an event each attendee's own hold.
    `acceptance_rate`: the share of introductions that providers are assumed to accept."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"type": "suggest_all", "per_need": 2}]})

    type: Literal["suggest_all"]
    per_need: Annotated[Whole, Field(ge=1, le=MOST_PER_NEED)] | None = None
    asks_out: Asks = ASKS_OUT
    asks_in: Asks = ASKS_IN
    newcomer_minimum: Asks = 1
    acceptance_rate: Annotated[Number, Field(gt=0, le=1)] = 1.0
    policy: AssignmentPolicy = AssignmentPolicy.TRANSFERABLE
    event: EventIn | None = None

    @model_validator(mode="after")
    def _as_the_rules_say(self) -> "SuggestAllIn":
        if self.event is None:
            if self.per_need is not None and self.per_need > PER_NEED:
                raise BadInputValue(f"Without an event a need gets at most {PER_NEED} introductions.")
        elif len({one.customer_id for one in self.event.attendees}) < len(self.event.attendees):
            raise BadInputValue("An attendee is listed once.")
        return self


class AssignmentRunOut(Out):
    """Of `need_count` needs `refused_count` get nothing at all, `nobody_count` fit nobody, `unplaced_count` found every
    fitting provider taken. `gini`: inequality of exposure over the `provider_count` who fit some need, 0 even;
    `never_shown`: share of them; `mutual_top`: pairs in both sides' top three. `lists_…`: the same for lists of the
    best without limits. `notes` say what the figures rest on."""

    id: str
    event: str
    policy: AssignmentPolicy
    per_need: int
    asks_out: int
    asks_in: int
    newcomer_minimum: int
    acceptance_rate: float
    need_count: int
    refused_count: int
    nobody_count: int
    unplaced_count: int
    provider_count: int
    pair_count: int
    reserved_count: int
    gini: float
    never_shown: float
    mutual_top: int
    lists_gini: float
    lists_never_shown: float
    lists_mutual_top: int
    notes: list[str]
    snapshot_watermark: int
    finished_at: TimeOut


class AssignedPairOut(Out):
    """`score` in [0, 1]: how much the signals agree; not a probability. `reserved`: a place kept for a newcomer."""

    id: str
    need_id: str
    seeker_id: str
    seeker_name: str
    provider_id: str
    provider_name: str
    place: int
    score: float
    reserved: bool
    sentences: list[str]
    notes: list[str]


class AssignmentsOut(Out):
    """One page of the current run. Pairs that fail a gate by now are not shown, only counted by the gate's code in
    `withheld`; so a page may hold fewer than asked for."""

    run: AssignmentRunOut
    data: list[AssignedPairOut]
    withheld: dict[str, int]
    has_more: bool
    next_cursor: str | None


def pair_of(row: Any) -> dict[str, Any]:
    """A pair that passes every gate now, with both names."""
    names = ("id", "need_id", "seeker_id", "provider_id", "place", "score", "reserved", "sentences")
    found = {name: getattr(row.pair, name) for name in names}
    return found | {"seeker_name": row.seeker_name, "provider_name": row.provider_name, "notes": row.notes}
