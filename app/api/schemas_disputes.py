"""Disputes on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.schemas import Body, Flag, Long, Out, Short, TimeOut, Whole
from app.domain.contact import Side
from app.domain.dispute import DisputeState, Fault


class DisputeIn(Body):
    """`severity` 1 a nuisance, 2 a promise broken, 3 harm, 4 damage or deceit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"side": "seeker", "severity": 2, "text": "Nobody came on the agreed day."}]},
    )

    side: Side
    severity: Annotated[Whole, Field(ge=1, le=4)]
    text: Long
    owner: Short | None = None


class StatementIn(Body):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"side": "provider", "text": "The site was closed."}]}
    )

    side: Side
    text: Long


class FindingIn(Body):
    """`goes_on`: the introduction goes back to where it was; else it ends."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"fault": "nobody", "text": "A misunderstanding.", "goes_on": True}]},
    )

    fault: Fault
    text: Long
    goes_on: Flag = False


class StatementOut(Out):
    side: Side
    text: str
    said_at: TimeOut


class DisputeOut(Out):
    """For those who decide; never for the other side. `held_ids`: whose introductions are held because of it;
    `lowered_ids`: who is vouched for by one step less until `effect_until`."""

    id: str
    introduction_id: str
    seeker_id: str
    provider_id: str
    opened_by: Side
    opened_at: TimeOut
    severity: int
    owner: str
    due_at: TimeOut
    state: DisputeState
    fault: Fault | None
    finding: str | None
    found_by: str | None
    found_at: TimeOut | None
    held_ids: list[str]
    lowered_ids: list[str]
    effect_until: TimeOut | None
    statements: list[StatementOut]
    version: int
