"""Customers and everything that hangs on one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.convert import customer_changes, customer_of, memberships_of, peers_of, vetting_of
from app.api.convert_value import statement_of, value_of
from app.api.deps import ExpectedVersion, Given, OptionalClaim, OptionalVetClaim, Reader, Vetter, Writer
from app.api.schemas import Page, Paged, Time, path_id, set_version
from app.api.schemas_business import IntroductionOut, MembershipsOut, PeersOut, ReferralOut
from app.api.schemas_finance import SensitivityOut
from app.api.schemas_programme import EarnedOut
from app.api.schemas_records import (
    CapabilityOut,
    CustomerIn,
    CustomerOut,
    CustomerPatch,
    EffectiveConsentsOut,
    LedgerOut,
    NeedOut,
    NetworkOut,
    RelationshipOut,
)
from app.api.schemas_value import StatementOut, ValueOut
from app.api.schemas_vetting import VettingIn, VettingOut, VettingsOut
from app.api.strict import StrictRoute
from app.api.svg import SvgResponse
from app.domain.customer import Customer
from app.domain.report import document
from app.drawing.waterfall import waterfall
from app.usecases.consents import ReadLedger
from app.usecases.customer_programme import ReadEarned
from app.usecases.peers import FindPeers
from app.usecases.portfolio import ChangeCustomer, CreateCustomer, find_customer
from app.usecases.reading import ReadValue, of_customer
from app.usecases.value_sensitivity import CustomerSensitivity
from app.usecases.value_statement import AsOf, ExplainValue
from app.usecases.vetting import ReadVettings, RecordVetting

router = APIRouter(prefix="/customers", tags=["customers"], route_class=StrictRoute)
Id = Annotated[str, path_id("cus")]
ValidAt = Annotated[Time | None, Query(description="Valued as of.")]
KnownAt = Annotated[Time | None, Query(description="Facts recorded later do not exist.")]


@router.get("", response_model=Page[CustomerOut])
def list_customers(
    given: Given,
    caller: Reader,
    paged: Paged,
    search: Annotated[str | None, Query(min_length=1, max_length=200, description="Part of the name.")] = None,
) -> Any:
    """Customers in the order of ids; `search` finds a part of the name in any case."""
    return paged.page(given.store.read(caller, lambda tx: tx.customers.page(paged.one_more, search=search)))


@router.post("", response_model=CustomerOut, status_code=201)
def create_customer(given: Given, caller: Writer, claim: OptionalClaim, body: CustomerIn, response: Response) -> Any:
    """A new customer. 409 when source and external_id are taken; send Idempotency-Key to be able to repeat."""
    made = CreateCustomer(given.store, given.clock, given.new_id)(caller, customer_of(body), claim)
    return set_version(response, made, "customers")


@router.get("/{id}", response_model=CustomerOut)
def get_customer(given: Given, caller: Reader, customer_id: Id, response: Response) -> Any:
    """One customer. The ETag is its version: send it as If-Match to change it."""
    return set_version(response, given.store.read(caller, lambda tx: find_customer(tx, customer_id)))


@router.patch("/{id}", response_model=CustomerOut)
def change_customer(
    given: Given, caller: Writer, customer_id: Id, version: ExpectedVersion, body: CustomerPatch, response: Response
) -> Any:
    """Changes the fields that are sent; null empties one."""
    changed: Customer = ChangeCustomer(given.store, given.clock)(caller, customer_id, customer_changes(body), version)
    return set_version(response, changed)


@router.get("/{id}/needs", response_model=Page[NeedOut])
def list_customer_needs(given: Given, caller: Reader, customer_id: Id, paged: Paged) -> Any:
    """What this customer needs."""
    work = of_customer(customer_id, lambda tx: tx.needs.page(paged.one_more, seeker_id=customer_id))
    return paged.page(given.store.read(caller, work))


@router.get("/{id}/capabilities", response_model=Page[CapabilityOut])
def list_customer_capabilities(given: Given, caller: Reader, customer_id: Id, paged: Paged) -> Any:
    """What this customer can provide."""
    work = of_customer(customer_id, lambda tx: tx.capabilities.page(paged.one_more, provider_id=customer_id))
    return paged.page(given.store.read(caller, work))


@router.get("/{id}/relationships", response_model=Page[RelationshipOut])
def list_customer_relationships(given: Given, caller: Reader, customer_id: Id, paged: Paged) -> Any:
    """Known ties with other customers, in either direction."""
    work = of_customer(customer_id, lambda tx: tx.relationships.page(paged.one_more, customer_id=customer_id))
    return paged.page(given.store.read(caller, work))


@router.get("/{id}/introductions", response_model=Page[IntroductionOut])
def list_customer_introductions(given: Given, caller: Reader, customer_id: Id, paged: Paged) -> Any:
    """Introductions of this customer, as seeker or provider."""
    work = of_customer(customer_id, lambda tx: tx.introductions.page(paged.one_more, customer_id=customer_id))
    return paged.page(given.store.read(caller, work))


@router.get("/{id}/referrals", response_model=Page[ReferralOut])
def list_customer_referrals(given: Given, caller: Reader, customer_id: Id, paged: Paged) -> Any:
    """Referrals that this customer made or that brought it."""
    work = of_customer(customer_id, lambda tx: tx.referrals.page(paged.one_more, customer_id=customer_id))
    return paged.page(given.store.read(caller, work))


@router.get("/{id}/consents", response_model=LedgerOut)
def get_customer_consents(given: Given, caller: Reader, customer_id: Id) -> Any:
    """The whole ledger, oldest first, and which purposes it grants now."""
    lines, granted = ReadLedger(given.store, given.clock)(caller, customer_id)
    return {"data": list(lines), "granted_now": granted}


@router.get("/{id}/consents/effective", response_model=EffectiveConsentsOut)
def get_effective_consents(
    given: Given,
    caller: Reader,
    customer_id: Id,
    at: Annotated[Time | None, Query(description="As the ledger stood then; now when left out.")] = None,
) -> Any:
    """Of each purpose what the ledger says, and by which line."""
    return {"data": ReadLedger(given.store, given.clock).effective(caller, customer_id, at)}


@router.post("/{id}/vettings", response_model=VettingOut, status_code=201)
def create_vetting(given: Given, caller: Vetter, claim: OptionalVetClaim, customer_id: Id, body: VettingIn) -> Any:
    """A check that was made: its verdict, never its data. The customer's level on the ladder follows at once."""
    record = RecordVetting(given.store, given.clock, given.new_id, given.trail)
    return record(caller, vetting_of(body, customer_id, given.clock()), claim)


@router.get("/{id}/vettings", response_model=VettingsOut)
def list_vettings(given: Given, caller: Reader, customer_id: Id) -> Any:
    """Its checks, the latest first; at most 200."""
    return {"data": list(ReadVettings(given.store)(caller, customer_id))}


@router.get("/{id}/network", response_model=NetworkOut)
def get_customer_network(
    given: Given,
    caller: Reader,
    customer_id: Id,
    depth: Annotated[int, Query(ge=1, le=3, description="Steps from the customer.")] = 1,
    limit: Annotated[int, Query(ge=1, le=500, description="Nodes at most, the customer included.")] = 100,
) -> Any:
    """Who is around this customer, strongest ties first, with the ties among them."""
    return given.store.read(caller, lambda tx: tx.customers.network(customer_id, depth=depth, limit=limit))


@router.get("/{id}/communities", response_model=MembershipsOut)
def list_customer_communities(given: Given, caller: Reader, customer_id: Id) -> Any:
    """Communities of this customer in the run of each layer, its own first, then those it leans to, with its share."""
    work = of_customer(customer_id, lambda tx: tx.communities.of_customer(customer_id))
    return memberships_of(given.store.read(caller, work))


@router.get("/{id}/similar", response_model=PeersOut)
def list_similar_customers(
    given: Given,
    caller: Reader,
    customer_id: Id,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 10,
) -> Any:
    """Peers: customers with the same partners and categories, the most similar first, with what they share."""
    return peers_of(FindPeers(given.store, given.analytics)(caller, customer_id, count=limit))


@router.get("/{id}/value", response_model=ValueOut)
def get_customer_value(
    given: Given, caller: Reader, customer_id: Id, valid_at: ValidAt = None, known_at: KnownAt = None
) -> Any:
    """Referral value beside lifetime value, of the run that readers see now; 404 before the first run. With a time it
    is computed from this customer's facts as of then, by the parameters of that run."""
    if valid_at is None and known_at is None:
        return value_of(*ReadValue(given.store)(caller, customer_id))
    made = _explain(given)(caller, customer_id, AsOf(valid_at, known_at))
    return value_of(made, made.value)


@router.get("/{id}/value/waterfall", response_model=StatementOut)
def get_value_waterfall(
    given: Given, caller: Reader, customer_id: Id, valid_at: ValidAt = None, known_at: KnownAt = None
) -> Any:
    """From lifetime value through each outcome to network value: whose credit, by which chain, at which π and grade of
    evidence, and what is not known. Of now unless times are given, by the parameters of the run that readers see."""
    return statement_of(_explain(given)(caller, customer_id, AsOf(valid_at, known_at)))


@router.get("/{id}/value/waterfall.svg", response_class=SvgResponse)
def draw_value_waterfall(
    given: Given, caller: Reader, customer_id: Id, valid_at: ValidAt = None, known_at: KnownAt = None
) -> SvgResponse:
    """The same as a picture that stands alone."""
    return SvgResponse(waterfall(_explain(given)(caller, customer_id, AsOf(valid_at, known_at))))


@router.get("/{id}/value/sensitivity", response_model=SensitivityOut)
def get_customer_sensitivity(given: Given, caller: Reader, customer_id: Id) -> Any:
    """How this customer's referral value moves with what it assumes, and at which π nothing would be left of it; as of
    now, by the parameters of the run that readers see."""
    return document(CustomerSensitivity(given.store, given.clock)(caller, customer_id))


@router.get("/{id}/programme", response_model=EarnedOut)
def get_earned(given: Given, caller: Reader, customer_id: Id) -> Any:
    """What the programme has brought this customer: introductions, deals, what was paid, whom it helped. May be shown
    to the customer: nobody else is named, and nothing is said of what it is worth to the operator."""
    return ReadEarned(given.store, given.clock)(caller, customer_id)


def _explain(given: Given) -> ExplainValue:
    return ExplainValue(given.store, given.clock)
