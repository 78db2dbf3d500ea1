"""The policy of introductions on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.api.schemas import Body, Currency, Flag, Long, Out, Short, TimeOut, Whole
from app.domain.policy import DAYS, FeedbackVisibility

Days = Annotated[Whole, Field(ge=0, le=DAYS)]
Level = Annotated[Whole, Field(ge=0, le=4)]
Hour = Annotated[Whole, Field(ge=0, le=23)]
Count = Annotated[Whole, Field(ge=0, le=10**9)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=100, examples=["finance"])]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-12-25"])]


class PolicyIn(Body):
    """Switches that are to change; the others stay as they are in force. docs/policy.md says what each means."""

    opt_in: Flag | None = None
    automatic_most: Count | None = None
    currency: Currency | None = None
    automatic_vetting: Level | None = None
    vouch_most: Level | None = None
    senior_categories: Annotated[list[Code], Field(max_length=100)] | None = None
    approval_days: Days | None = None
    asks_in_30_days: Count | None = None
    asks_a_year: Count | None = None
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None
    quiet_weekends: Flag | None = None
    zone: Short | None = None
    holidays: Annotated[list[Day], Field(max_length=1000)] | None = None
    offer_days: Days | None = None
    reminder_days: Days | None = None
    rest_after_decline_days: Days | None = None
    rest_after_not_now_days: Days | None = None
    undo_hours: Annotated[Whole, Field(ge=0, le=24 * DAYS)] | None = None
    dispute_answer_days: Days | None = None
    dispute_hold_severity: Annotated[Whole, Field(ge=1, le=4)] | None = None
    feedback_visibility: FeedbackVisibility | None = None
    feedback_least: Annotated[Whole, Field(ge=1, le=1000)] | None = None


class ProposePolicyIn(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"subject": "policy", "policy": {"automatic_most": 0}, "reason": "Somebody always looks"}]
        },
    )

    subject: Literal["policy"]
    policy: PolicyIn
    reason: Long


class PreviewIn(Body):
    """What would have gone otherwise in the last `days`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"policy": {"automatic_most": 0}, "days": 90}]}
    )

    policy: PolicyIn
    days: Annotated[Whole, Field(ge=1, le=DAYS)] = 90


class PolicyOut(Out):
    """In force now. `version`: the same for equal policies, as events of introductions name it. `signed_off` is null
    while none was stated."""

    version: str
    signed_off: str | None
    opt_in: bool
    automatic_most: int
    currency: str
    automatic_vetting: int
    vouch_most: int
    senior_categories: list[str]
    approval_days: int
    asks_in_30_days: int
    asks_a_year: int
    quiet_from: int
    quiet_until: int
    quiet_weekends: bool
    zone: str
    holidays: list[str]
    offer_days: int
    reminder_days: int
    rest_after_decline_days: int
    rest_after_not_now_days: int
    undo_hours: int
    dispute_answer_days: int
    dispute_hold_severity: int
    feedback_visibility: FeedbackVisibility
    feedback_least: int


class ChangedOut(Out):
    introduction_id: str
    mode_before: str
    mode_after: str
    because: list[str]


class PreviewOut(Out):
    """Introductions proposed since `since` by mode of approval, as the policy in force has it and as the other would;
    `changed` lists the first of those that differ. Of all `asks` since then, how many the contact budget refuses.
    `not_known`: proposed before events were kept."""

    since: TimeOut
    introductions: int
    modes_before: dict[str, int]
    modes_after: dict[str, int]
    differing: int
    changed: list[ChangedOut]
    asks: int
    refused_before: int
    refused_after: int
    not_known: int
