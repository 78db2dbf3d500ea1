"""Disputes: opened, both heard, a finding, an appeal."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.convert import dispute_document
from app.api.deps import ExpectedVersion, Given, Reader, Vetter, Writer
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_disputes import DisputeIn, DisputeOut, FindingIn, StatementIn
from app.api.strict import StrictRoute
from app.domain.dispute import DisputeState
from app.usecases.disputes import Complaint, HandleDispute, find_dispute

router = APIRouter(tags=["introductions"], route_class=StrictRoute)
Id = Annotated[str, path_id("dsp")]


def _handle(given: Given) -> HandleDispute:
    return HandleDispute(given.store, given.clock, given.new_id, given.trail)


@router.post("/introductions/{id}/dispute", response_model=DisputeOut, status_code=201)
def open_dispute(
    given: Given,
    caller: Writer,
    introduction_id: Annotated[str, path_id("int")],
    version: ExpectedVersion,
    body: DisputeIn,
) -> Any:
    """Freezes the pair; from the policy's severity on the provider's introductions are held. It has an owner, and is to
    be answered in two days."""
    complaint = Complaint(body.side, body.severity, body.text, body.owner)
    return dispute_document(_handle(given).open(caller, introduction_id, version, complaint))


@router.get("/disputes", response_model=Page[DisputeOut])
def list_disputes(
    given: Given, caller: Reader, paged: Paged, state: Annotated[DisputeState | None, Query()] = None
) -> Any:
    """Disputes in the order of ids, which is that of opening."""
    found = given.store.read(caller, lambda tx: tx.disputes.page(paged.one_more, state))
    return paged.page([dispute_document(one) for one in found], key=lambda row: row["id"])


@router.get("/disputes/{id}", response_model=DisputeOut)
def get_dispute(given: Given, caller: Reader, dispute_id: Id) -> Any:
    """One dispute with what both sides have stated."""
    return dispute_document(given.store.read(caller, lambda tx: find_dispute(tx, dispute_id)))


@router.post("/disputes/{id}/statements", response_model=DisputeOut, status_code=201)
def create_statement(given: Given, caller: Writer, dispute_id: Id, body: StatementIn) -> Any:
    """What a side says. 409 once a finding was made."""
    return dispute_document(_handle(given).state(caller, dispute_id, body.side, body.text))


@router.post("/disputes/{id}/finding", response_model=DisputeOut)
def find_fault(given: Given, caller: Vetter, dispute_id: Id, body: FindingIn) -> Any:
    """Who was at fault. Nobody: everything is as it was before. Whoever was is vouched for by one step less for a year.
    409 before both were heard; 403 for who has found once and is appealed against."""
    one = _handle(given).find(caller, dispute_id, body.fault, body.text, goes_on=body.goes_on)
    return dispute_document(one)


@router.post("/disputes/{id}/appeal", response_model=DisputeOut)
def appeal_finding(given: Given, caller: Writer, dispute_id: Id, body: StatementIn) -> Any:
    """By whoever was found at fault, within 14 days; somebody else decides about it."""
    return dispute_document(_handle(given).appeal(caller, dispute_id, body.side, body.text))
