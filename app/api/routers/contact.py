"""Letters to parties: what waits, what is held, and the switch that stops them all."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import Given, Reader, Runner, Writer
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_contact import LetterOut, SwitchIn, SwitchOut
from app.api.strict import StrictRoute
from app.domain.contact import ContactState
from app.usecases.contact import RetryLetter, SetSwitch

router = APIRouter(prefix="/contact", tags=["introductions"], route_class=StrictRoute)


@router.get("/letters", response_model=Page[LetterOut])
def list_letters(
    given: Given, caller: Reader, paged: Paged, state: Annotated[ContactState | None, Query()] = None
) -> Any:
    """Letters to parties in the order of ids. Held ones need their owner."""
    return paged.page(given.store.read(caller, lambda tx: tx.letters.page(paged.one_more, state)))


@router.post("/letters/{id}/retry", response_model=LetterOut)
def retry_letter(given: Given, caller: Writer, letter_id: Annotated[str, path_id("ctm")]) -> Any:
    """Sends a held letter once more. Of one that left without an answer find out first whether it has arrived."""
    return RetryLetter(given.store)(caller, letter_id)


@router.get("/switch", response_model=SwitchOut)
def get_switch(given: Given, caller: Reader) -> Any:
    """Whether letters may leave."""
    found = given.store.read(caller, lambda tx: tx.letters.switch())
    return found or {"stopped": False, "reason": None, "changed_by": None, "changed_at": None}


@router.post("/switch", response_model=SwitchOut)
def set_switch(given: Given, caller: Runner, body: SwitchIn) -> Any:
    """Stops every letter at once, or lets them go again."""
    return SetSwitch(given.store, given.clock, given.trail)(caller, stopped=body.stopped, reason=body.reason)
