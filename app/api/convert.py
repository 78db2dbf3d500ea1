"""From requests to domain values and back, where field names alone do not do it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.api.schemas import money
from app.api.schemas_business import FlowIn, IntroductionIn, OutcomeIn, ReferralIn
from app.api.schemas_records import CapabilityIn, ConsentIn, CustomerIn, CustomerPatch, NeedIn
from app.api.schemas_suggestions import QueryIn
from app.api.schemas_vetting import VettingIn
from app.domain.audit import AuditEvent
from app.domain.capability import Capability
from app.domain.community import MemberOf
from app.domain.customer import Consent, Customer
from app.domain.decision import Decision, Inputs
from app.domain.dispute import Dispute
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.job import JobRun
from app.domain.need import Need
from app.domain.referral import CashFlow, Contribution, Outcome, Referral
from app.domain.shared_evidence import Evidence
from app.domain.suggestion import NeedQuery
from app.domain.vetting import Vetting
from app.usecases.jobs import ENDED
from app.usecases.peers import NamedPeer

# Use cases set ids and times; a draft needs something in their place.
_UNSET = ""


def customer_of(body: CustomerIn) -> Customer:
    fields = dict(body) | {
        "id": _UNSET,
        "external_id": body.external_id or _UNSET,
        "lifetime_value": money(body.lifetime_value, "/lifetime_value"),
        "mean_margin": money(body.mean_margin, "/mean_margin"),
        "monthly_margin": money(body.monthly_margin, "/monthly_margin"),
    }
    return Customer(**fields)


def customer_changes(body: CustomerPatch) -> dict[str, Any]:
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    for name in ("lifetime_value", "mean_margin", "monthly_margin"):
        if name in changes:
            changes[name] = money(getattr(body, name), f"/{name}")
    return changes


def need_of(body: NeedIn, at: datetime) -> Need:
    fields = dict(body) | {
        "id": _UNSET,
        "external_id": body.external_id or _UNSET,
        "known_at": body.known_at or at,
        "budget": money(body.budget, "/budget"),
    }
    return Need(**fields)


def event_document(event: AuditEvent) -> dict[str, Any]:
    details = event.document
    reason = details.pop("reason", None)
    names = ("id", "number", "type", "at", "actor", "seal")
    return {name: getattr(event, name) for name in names} | {"reason": reason, "details": details}


def evidence_document(one: Evidence) -> dict[str, Any]:
    names = ("about", "sentence", "owner", "use", "source", "at")
    return {name: getattr(one, name) for name in names} | {"share": sorted(one.share)}


def vetting_of(body: VettingIn, customer_id: str, at: datetime) -> Vetting:
    fields = dict(body) | {"checked_at": body.checked_at or at}
    return Vetting(id=_UNSET, customer_id=customer_id, checked_by=_UNSET, **fields)


def dispute_document(one: Dispute) -> dict[str, Any]:
    said = zip(one.sides, one.texts, one.said_at, strict=True)
    statements = [{"side": side, "text": text, "said_at": datetime.fromisoformat(at)} for side, text, at in said]
    names = (*_DISPUTE_FIELDS, "held_ids", "lowered_ids", "effect_until", "version")
    return {name: getattr(one, name) for name in names} | {"statements": statements}


_DISPUTE_FIELDS = (
    *("id", "introduction_id", "seeker_id", "provider_id", "opened_by", "opened_at", "severity", "owner", "due_at"),
    *("state", "fault", "finding", "found_by", "found_at"),
)


def capability_of(body: CapabilityIn) -> Capability:
    fields = dict(body) | {
        "id": _UNSET,
        "external_id": body.external_id or _UNSET,
        "smallest": money(body.smallest, "/smallest"),
        "largest": money(body.largest, "/largest"),
    }
    return Capability(**fields)


def consent_of(body: ConsentIn, at: datetime) -> Consent:
    return Consent(**dict(body) | {"id": _UNSET, "recorded_at": at, "purposes": tuple(dict.fromkeys(body.purposes))})


def introduction_of(body: IntroductionIn, at: datetime) -> Introduction:
    fields = dict(body) | {"id": _UNSET, "status": IntroductionStatus.PROPOSED, "created_at": at, "changed_at": at}
    return Introduction(**fields)


def referral_of(body: ReferralIn) -> Referral:
    return Referral(**dict(body) | {"id": _UNSET})


def outcome_of(body: OutcomeIn, at: datetime) -> Outcome:
    fields = dict(body) | {
        "id": _UNSET,
        "external_id": body.external_id or _UNSET,
        "recorded_at": at,
        "contributions": tuple(Contribution(part.contributor_id, part.beta) for part in body.contributions),
    }
    del fields["flows"]
    return Outcome(**fields)


def flows_of(bodies: Sequence[FlowIn], at: datetime) -> list[CashFlow]:
    return [
        CashFlow(
            id=_UNSET,
            outcome_id=_UNSET,
            kind=body.kind,
            ledger=body.ledger,
            money=body.money.to_domain_at(f"/flows/{index}/money"),
            valid_at=body.valid_at,
            recorded_at=at,
            reverses=body.reverses,
        )
        for index, body in enumerate(bodies)
    ]


def query_of(body: QueryIn, *, record_needs: bool) -> NeedQuery:
    """`record_needs`: what a query for a recorded need that does not say is taken to mean."""
    record = body.need_id is not None and record_needs if body.record is None else body.record
    return NeedQuery(**dict(body) | {"budget": money(body.budget, "/budget"), "record": record})


def job_of(job: JobRun) -> dict[str, Any]:
    fields = {name: getattr(job, name) for name in _JOB_FIELDS}
    return fields | {"result": None if job.result is None else json.loads(job.result)}


_JOB_FIELDS = (
    *("id", "type", "state", "stage", "done", "total", "error", "created_at", "created_by"),
    *("started_at", "finished_at", "cancel_requested"),
)


def decision_of(decision: Decision) -> dict[str, Any]:
    """Without the packed inputs; `shown` has a line for each place."""
    said = Inputs.unpack(decision.inputs).said
    names = ("feature", "value", "contribution", "sentence", "source")
    columns = zip(decision.shown_ids, decision.ranks, decision.scores, decision.propensities, said, strict=True)
    return {name: getattr(decision, name) for name in _DECISION_FIELDS} | {
        "policy": json.loads(decision.policy),
        "limit": decision.shown_limit,
        "eligible_ids": list(decision.eligible_ids),
        "shown": [
            {
                "customer_id": customer_id,
                "place": place,
                "rank": rank,
                "score": score,
                "propensity": propensity,
                "explanations": [dict(zip(names, why, strict=True)) for why in reasons],
            }
            for place, (customer_id, rank, score, propensity, reasons) in enumerate(columns, start=1)
        ],
    }


_DECISION_FIELDS = (
    *("id", "need_id", "seeker_id", "decided_at", "decided_by", "policy_version", "ranker", "seed", "exempt"),
    *("threshold", "snapshot_watermark", "snapshot_at", "candidates_hash", "gates_hash", "held_out", "explored"),
)


def has_ended(job: JobRun) -> bool:
    return job.state in ENDED


def memberships_of(found: Sequence[MemberOf]) -> dict[str, Any]:
    rows = [
        {
            "run_layer": one.run_layer,
            "community_id": one.membership.community_id,
            "label": one.label,
            "is_member": one.membership.is_member,
            "strength": one.membership.strength,
            "layers": dict(one.membership.layers),
        }
        for one in found
    ]
    return {"data": rows}


def peers_of(found: Sequence[NamedPeer]) -> dict[str, Any]:
    rows = [
        {
            "customer_id": one.peer.customer_id,
            "name": one.name,
            "score": one.peer.score,
            "reason": one.peer.reason,
            "partner_count": one.peer.partner_count,
            "category_count": one.peer.category_count,
            "partners": [{"customer_id": key, "name": name} for key, name in one.partners.items()],
            "categories": list(one.peer.categories),
        }
        for one in found
    ]
    return {"data": rows}
