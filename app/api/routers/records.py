"""Needs, capabilities, consents, referrals, outcomes and their cash flows."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.convert import capability_of, consent_of, flows_of, need_of, outcome_of, referral_of
from app.api.deps import Given, OptionalClaim, Reader, Writer
from app.api.schemas import CustomerId, Page, Paged, path_id, set_version
from app.api.schemas_business import FlowsIn, FlowsOut, OutcomeIn, OutcomeOut, ReferralIn, ReferralOut
from app.api.schemas_records import (
    CapabilityIn,
    CapabilityOut,
    ConsentIn,
    ConsentOut,
    NeedIn,
    NeedOut,
    RecordedConsentOut,
)
from app.api.strict import StrictRoute
from app.domain.need import NeedStatus
from app.usecases.consents import RecordConsent
from app.usecases.needs import RecordNeed, find_need
from app.usecases.outcomes import AddFlows, RecordOutcome, RecordReferral, find_outcome, find_referral
from app.usecases.portfolio import RecordCapability, find_capability

router = APIRouter(route_class=StrictRoute)
OfCustomer = Annotated[CustomerId | None, Query(description="Only those of this customer.")]


@router.get("/needs", response_model=Page[NeedOut], tags=["needs"])
def list_needs(
    given: Given,
    caller: Reader,
    paged: Paged,
    seeker_id: OfCustomer = None,
    status: Annotated[NeedStatus | None, Query()] = None,
) -> Any:
    """Needs in the order of ids."""
    work = given.store.read(caller, lambda tx: tx.needs.page(paged.one_more, seeker_id=seeker_id, status=status))
    return paged.page(work)


@router.post("/needs", response_model=NeedOut, status_code=201, tags=["needs"])
def create_need(given: Given, caller: Writer, claim: OptionalClaim, body: NeedIn, response: Response) -> Any:
    """A need as it became known. `known_at` is now unless it is given."""
    made = RecordNeed(given.store, given.clock, given.new_id)(caller, need_of(body, given.clock()), claim)
    return set_version(response, made, "needs")


@router.get("/needs/{id}", response_model=NeedOut, tags=["needs"])
def get_need(given: Given, caller: Reader, need_id: Annotated[str, path_id("need")], response: Response) -> Any:
    """One need."""
    return set_version(response, given.store.read(caller, lambda tx: find_need(tx, need_id)))


@router.get("/capabilities", response_model=Page[CapabilityOut], tags=["capabilities"])
def list_capabilities(given: Given, caller: Reader, paged: Paged, provider_id: OfCustomer = None) -> Any:
    """Capabilities in the order of ids."""
    found = given.store.read(caller, lambda tx: tx.capabilities.page(paged.one_more, provider_id=provider_id))
    return paged.page(found)


@router.post("/capabilities", response_model=CapabilityOut, status_code=201, tags=["capabilities"])
def create_capability(
    given: Given, caller: Writer, claim: OptionalClaim, body: CapabilityIn, response: Response
) -> Any:
    """What a customer can provide."""
    made = RecordCapability(given.store, given.clock, given.new_id)(caller, capability_of(body), claim)
    return set_version(response, made, "capabilities")


@router.get("/capabilities/{id}", response_model=CapabilityOut, tags=["capabilities"])
def get_capability(
    given: Given, caller: Reader, capability_id: Annotated[str, path_id("cap")], response: Response
) -> Any:
    """One capability."""
    return set_version(response, given.store.read(caller, lambda tx: find_capability(tx, capability_id)))


@router.post("/consents", response_model=RecordedConsentOut, status_code=201, tags=["consents"])
def create_consent(given: Given, caller: Writer, claim: OptionalClaim, body: ConsentIn) -> Any:
    """Appends one line to a customer's ledger; read it at /customers/{id}/consents. A refusal is a line too: it ends
    every open introduction that rests on what it takes back, and the next in line follows. `leaving`: letters that were
    on their way out at that moment."""
    record = RecordConsent(given.store, given.clock, given.new_id, given.trail, given.post)
    recorded = record(caller, consent_of(body, given.clock()), claim)
    if recorded.cancelled:
        given.wake()
    fields = {name: getattr(recorded.consent, name) for name in ConsentOut.model_fields}
    return fields | {"cancelled": recorded.cancelled, "leaving": recorded.leaving}


@router.get("/referrals", response_model=Page[ReferralOut], tags=["referrals"])
def list_referrals(given: Given, caller: Reader, paged: Paged, customer_id: OfCustomer = None) -> Any:
    """Referrals in the order of ids."""
    found = given.store.read(caller, lambda tx: tx.referrals.page(paged.one_more, customer_id=customer_id))
    return paged.page(found)


@router.post("/referrals", response_model=ReferralOut, status_code=201, tags=["referrals"])
def create_referral(given: Given, caller: Writer, claim: OptionalClaim, body: ReferralIn, response: Response) -> Any:
    """Who brought whom."""
    made = RecordReferral(given.store, given.clock, given.new_id)(caller, referral_of(body), claim)
    return set_version(response, made, "referrals")


@router.get("/referrals/{id}", response_model=ReferralOut, tags=["referrals"])
def get_referral(given: Given, caller: Reader, referral_id: Annotated[str, path_id("ref")], response: Response) -> Any:
    """One referral."""
    return set_version(response, given.store.read(caller, lambda tx: find_referral(tx, referral_id)))


@router.get("/outcomes", response_model=Page[OutcomeOut], tags=["outcomes"])
def list_outcomes(given: Given, caller: Reader, paged: Paged, customer_id: OfCustomer = None) -> Any:
    """Outcomes in the order of ids."""
    found = given.store.read(caller, lambda tx: tx.outcomes.page(paged.one_more, customer_id=customer_id))
    return paged.page(found)


@router.post("/outcomes", response_model=OutcomeOut, status_code=201, tags=["outcomes"])
def create_outcome(given: Given, caller: Writer, claim: OptionalClaim, body: OutcomeIn, response: Response) -> Any:
    """Business that followed, with its first cash flows. Never changed afterwards, only added to."""
    at = given.clock()
    record = RecordOutcome(given.store, given.clock, given.new_id)
    made = record(caller, outcome_of(body, at), flows_of(body.flows, at), claim)
    return set_version(response, made, "outcomes")


@router.get("/outcomes/{id}", response_model=OutcomeOut, tags=["outcomes"])
def get_outcome(given: Given, caller: Reader, outcome_id: Annotated[str, path_id("out")], response: Response) -> Any:
    """One outcome."""
    return set_version(response, given.store.read(caller, lambda tx: find_outcome(tx, outcome_id)))


@router.get("/outcomes/{id}/flows", response_model=FlowsOut, tags=["outcomes"])
def list_flows(given: Given, caller: Reader, outcome_id: Annotated[str, path_id("out")]) -> Any:
    """The dated cash of one outcome."""
    given.store.read(caller, lambda tx: find_outcome(tx, outcome_id))
    return {"data": given.store.read(caller, lambda tx: tx.flows.of_outcomes([outcome_id]))}


@router.post("/outcomes/{id}/flows", response_model=FlowsOut, status_code=201, tags=["outcomes"])
def add_flows(
    given: Given, caller: Writer, claim: OptionalClaim, outcome_id: Annotated[str, path_id("out")], body: FlowsIn
) -> Any:
    """Appends cash flows; the answer is all of them. A mistake is taken back by a negative flow that names it."""
    add = AddFlows(given.store, given.clock, given.new_id)
    return {"data": add(caller, outcome_id, flows_of(body.flows, given.clock()), claim)}
