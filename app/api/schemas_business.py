"""Introductions, referrals, outcomes, value and communities, on the wire."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.api.schemas import (
    Body,
    CustomerId,
    Flag,
    IntroductionId,
    MoneyIn,
    MoneyOut,
    NeedId,
    Out,
    ReferralId,
    Short,
    Time,
    TimeOut,
    Whole,
)
from app.domain.introduction import IntroductionStatus
from app.domain.policy import ApprovalMode
from app.domain.referral import FlowKind, Ledger, OutcomeKind

_CUS = "cus_0123456789abcdefghjkmnpqrs"
_OTHER = "cus_0123456789abcdefghjkmnpqrt"
_PAID: JsonDict = {"amount": "1200.00", "currency": "USD"}
_FLOW: JsonDict = {"kind": "margin", "money": _PAID, "valid_at": "2026-03-01T00:00:00Z"}
Share = Annotated[float, Field(strict=True, ge=0, le=1)]


class IntroductionIn(Body):
    """A decided match: who is to meet whom, for which need."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"need_id": "need_0123456789abcdefghjkmnpqrs", "seeker_id": _CUS, "provider_id": _OTHER}]
        },
    )

    seeker_id: CustomerId
    provider_id: CustomerId
    need_id: NeedId | None = None
    owner: Short | None = None
    due_at: Time | None = None
    reason: Short | None = None
    score: Share | None = None
    rank: Annotated[Whole, Field(ge=1, le=1000)] | None = None


class MoveIn(Body):
    """What goes with a move. `reason` is needed to reject, decline, withdraw or cancel; `no_conflict` to approve what a
    senior manager decides: you declare to have no interest of your own in it. `note`: your own words to
    the party that this step writes to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "The seeker chose another."}]})

    reason: Short | None = None
    owner: Short | None = None
    due_at: Time | None = None
    no_conflict: Flag = False
    note: Short | None = None


class AssignIn(Body):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"owner": "key_of_a_colleague"}]})

    owner: Short


class SnoozeIn(Body):
    """Nothing is done before `until`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"until": "2027-03-01T00:00:00Z"}]})

    until: Time


class MoveOut(Out):
    status: IntroductionStatus
    at: TimeOut


class IntroductionOut(Out):
    """`moves`: every state it came into, where that is known. `approval`: who makes the final decision."""

    id: str
    need_id: str | None
    seeker_id: str
    provider_id: str
    status: IntroductionStatus
    created_at: TimeOut
    changed_at: TimeOut
    owner: str | None
    next_step: str | None
    due_at: TimeOut | None
    reason: str | None
    score: float | None
    rank: int | None
    source: str
    moves: list[MoveOut]
    approval: ApprovalMode | None
    proposed_by: str | None
    snoozed_until: TimeOut | None
    version: int


class TimelineEventOut(Out):
    """`number` within its introduction. `details.inputs`: what was known of both sides. `seal`: keyed hash of it and of
    the event before."""

    id: str
    number: int
    type: str
    at: TimeOut
    actor: str
    reason: str | None
    details: dict[str, Any]
    seal: str


class TimelineOut(Out):
    data: list[TimelineEventOut]


class ReferralIn(Body):
    """`referrer_id` brought `referred_id`. `pi`: the probability that it would have come anyway."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"referrer_id": _CUS, "referred_id": _OTHER, "at": "2026-01-15T00:00:00Z", "pi": 0.3}]
        },
    )

    referrer_id: CustomerId
    referred_id: CustomerId
    at: Time
    pi: Share = 0.5
    source: Short = "api"
    introduction_id: IntroductionId | None = None


class ReferralOut(Out):
    id: str
    referrer_id: str
    referred_id: str
    at: TimeOut
    pi: float
    source: str
    introduction_id: str | None
    version: int


class ContributionIn(Body):
    """`contributor_id`: a customer, OPERATOR or UNATTRIBUTED."""

    contributor_id: Annotated[str, Field(pattern=r"^(cus_[0-9a-z_]{1,60}|OPERATOR|UNATTRIBUTED)$")]
    beta: Share


class FlowIn(Body):
    """Positive as its kind names it; a reversal is negative and names what it reverses."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FLOW]})

    kind: FlowKind
    ledger: Ledger = Ledger.OPERATOR
    money: MoneyIn
    valid_at: Time
    reverses: Annotated[str, Field(pattern=r"^flow_[0-9a-z_]{1,60}$")] | None = None


class FlowsIn(Body):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"flows": [_FLOW]}]})

    flows: Annotated[list[FlowIn], Field(min_length=1, max_length=1000)]


class OutcomeIn(Body):
    """Append-only. Σ beta is 1; none means the default split."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "introduction",
                    "valid_at": "2026-03-01T00:00:00Z",
                    "seeker_id": _CUS,
                    "provider_id": _OTHER,
                    "good": True,
                    "flows": [_FLOW],
                }
            ]
        },
    )

    kind: OutcomeKind
    valid_at: Time
    source: Short = "api"
    external_id: Short | None = None
    seeker_id: CustomerId | None = None
    provider_id: CustomerId | None = None
    need_id: NeedId | None = None
    referral_id: ReferralId | None = None
    introduction_id: IntroductionId | None = None
    pi: Share = 0.5
    good: Annotated[bool, Field(strict=True)] | None = None
    contributions: Annotated[tuple[ContributionIn, ...], Field(max_length=50)] = ()
    flows: Annotated[tuple[FlowIn, ...], Field(max_length=1000)] = ()


class ContributionOut(Out):
    contributor_id: str
    beta: float


class OutcomeOut(Out):
    id: str
    kind: OutcomeKind
    valid_at: TimeOut
    recorded_at: TimeOut
    source: str
    external_id: str
    seeker_id: str | None
    provider_id: str | None
    need_id: str | None
    referral_id: str | None
    introduction_id: str | None
    pi: float
    good: bool | None
    contributions: list[ContributionOut]
    version: int


class FlowOut(Out):
    id: str
    outcome_id: str
    kind: FlowKind
    ledger: Ledger
    money: MoneyOut
    valid_at: TimeOut
    recorded_at: TimeOut
    reverses: str | None


class FlowsOut(Out):
    data: list[FlowOut]


class CommunityOut(Out):
    """`id` stays the same from run to run. `density`: share of the pairs inside that deal with or refer each other;
    `binding`: share of its members' ties that stays inside; `freshness`: share of the dated ties' weight inside that
    their age has left, null where none is dated."""

    id: str
    run_id: str
    size: int
    label: str
    density: float
    binding: float | None
    freshness: float | None


class CommunityRunOut(Out):
    """`stability`: share of the members of the run before who stayed; null for the first."""

    id: str
    layer: str
    method: str
    resolution: float
    seed: int
    modularity: float
    community_count: int
    customer_count: int
    snapshot_watermark: int
    finished_at: TimeOut
    stability: float | None
    half_life_days: float | None
    max_size: int | None
    oversized: int


class MembershipOut(Out):
    """`strength`: share of the customer's ties that goes into the community; `layers`: the same by layer. `is_member`:
    it is counted in this community; to others it only leans. `run_layer`: the layer of the run."""

    run_layer: str
    community_id: str
    label: str
    is_member: bool
    strength: float
    layers: dict[str, float]


class MembershipsOut(Out):
    data: list[MembershipOut]


class PartnerOut(Out):
    customer_id: str
    name: str


class PeerOut(Out):
    """`score`: share of the partners and categories of both that the two have in common, rare ones counting more."""

    customer_id: str
    name: str
    score: float
    reason: str
    partner_count: int
    category_count: int
    partners: list[PartnerOut]
    categories: list[str]


class PeersOut(Out):
    data: list[PeerOut]


class MemberOut(Out):
    customer_id: str
