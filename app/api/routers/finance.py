"""Finance: what takes two people, cash against the books, what moved the value between two runs, what it assumes."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from app.api.deps import Given, OptionalSignClaim, Reader, Signer
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_finance import (
    BridgeOut,
    ParametersOut,
    ProposeParametersIn,
    ReconciliationOut,
    SensitivityReportOut,
    SignOffIn,
    SignOffOut,
)
from app.api.schemas_policy import ProposePolicyIn
from app.api.strict import StrictRoute
from app.api.svg import SvgResponse
from app.domain.report import ReportKind
from app.domain.sign_off import Subject
from app.drawing.waterfall import bridge_picture
from app.usecases.reports import ReadReport
from app.usecases.scoring_parameters import asked_for, in_force
from app.usecases.sign_offs import Decide, Proposal, Propose, find_sign_off

router = APIRouter(tags=["finance"], route_class=StrictRoute)
Id = Annotated[str, path_id("sgn")]


@router.post("/sign-offs", response_model=SignOffOut, status_code=201)
def create_sign_off(given: Given, caller: Signer, claim: OptionalSignClaim, body: SignOffIn, response: Response) -> Any:
    """Proposes other parameters of scoring, the close of a month, or its reopening: another key with the scope `sign`
    approves it; or other switches of the policy of introductions, which an administrator approves. 409 where the state
    of things does not allow it, with what to do first."""
    if isinstance(body, ProposeParametersIn):
        stated = body.parameters.model_dump(exclude_unset=True)
        asked = Proposal(Subject.PARAMETERS, body.reason, parameters=stated)
    elif isinstance(body, ProposePolicyIn):
        asked = Proposal(Subject.POLICY, body.reason, parameters=body.policy.model_dump(exclude_unset=True))
    else:
        asked = Proposal(Subject(body.subject), body.reason, month=body.month)
    made = Propose(given.store, given.clock, given.new_id, given.parameters)(caller, asked, claim)
    response.headers["Location"] = f"/api/v1/sign-offs/{made.id}"
    return made


@router.get("/sign-offs", response_model=Page[SignOffOut])
def list_sign_offs(given: Given, caller: Reader, paged: Paged) -> Any:
    """What was ever proposed and how it was decided, in the order of ids, which is that of proposal."""
    return paged.page(given.store.read(caller, lambda tx: tx.sign_offs.page(paged.one_more)))


@router.get("/sign-offs/{id}", response_model=SignOffOut)
def get_sign_off(given: Given, caller: Reader, sign_off_id: Id) -> Any:
    """One of them, with what is signed."""
    return given.store.read(caller, lambda tx: find_sign_off(tx, sign_off_id))


@router.post("/sign-offs/{id}/approve", response_model=SignOffOut)
def approve_sign_off(given: Given, caller: Signer, sign_off_id: Id) -> Any:
    """Brings it into force. 403 for the key that proposed it; 409 for what was decided before, and where what it was
    proposed on has changed."""
    return Decide(given.store, given.clock)(caller, sign_off_id, approve=True)


@router.post("/sign-offs/{id}/reject", response_model=SignOffOut)
def reject_sign_off(given: Given, caller: Signer, sign_off_id: Id) -> Any:
    """Turns it down, or takes one's own proposal back. 409 for what was decided before."""
    return Decide(given.store, given.clock)(caller, sign_off_id, approve=False)


@router.get("/value/parameters", response_model=ParametersOut)
def get_value_parameters(given: Given, caller: Reader) -> Any:
    """What values are scored with: as two people have signed it, else as the settings say."""
    return asked_for(given.store.read(caller, in_force), given.parameters, {})


@router.get("/finance/reconciliation", response_model=ReconciliationOut)
def get_reconciliation(given: Given, caller: Reader) -> Any:
    """Each month's realised cash against the imported totals of the ledger, and which months are closed; as the latest
    job `reconcile_cash` found it. 404 before the first."""
    return ReadReport(given.store)(caller, ReportKind.RECONCILIATION).document


@router.get("/finance/bridge", response_model=BridgeOut)
def get_bridge(given: Given, caller: Reader) -> Any:
    """From one run's value to a later one's, cause by cause; as the latest job `bridge_value` found it. 404 before the
    first."""
    return ReadReport(given.store)(caller, ReportKind.BRIDGE).document


@router.get("/finance/bridge.svg", response_class=SvgResponse)
def draw_bridge(given: Given, caller: Reader) -> SvgResponse:
    """The same as a picture that stands alone."""
    return SvgResponse(bridge_picture(ReadReport(given.store)(caller, ReportKind.BRIDGE).document))


@router.get("/finance/sensitivity", response_model=SensitivityReportOut)
def get_sensitivity(given: Given, caller: Reader) -> Any:
    """How the value of all outcomes moves with what it assumes, and its break-even π; as the latest job
    `value_sensitivity` found it. 404 before the first; GET /customers/{id}/value/sensitivity has one customer's."""
    return ReadReport(given.store)(caller, ReportKind.SENSITIVITY).document
