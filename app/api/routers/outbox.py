"""Messages to other systems: what waits, what was held, and trying it again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import Given, Runner
from app.api.schemas import Page, Paged, path_id
from app.api.schemas_service import MessageOut
from app.api.strict import StrictRoute
from app.domain.outbox import MessageState
from app.usecases.outbox import RetryMessage, find_message

router = APIRouter(prefix="/outbox", tags=["outbox"], route_class=StrictRoute)
Id = Annotated[str, path_id("msg")]
State = Annotated[MessageState | None, Query(description="Only messages in this state.")]


@router.get("", response_model=Page[MessageOut])
def list_messages(given: Given, caller: Runner, paged: Paged, state: State = None) -> Any:
    """Messages in the order of ids, which is that of their creation."""
    found = given.store.read(caller, lambda tx: tx.outbox.page(paged.one_more, state))
    return paged.page(found, key=lambda one: one.id)


@router.get("/{id}", response_model=MessageOut)
def get_message(given: Given, caller: Runner, message_id: Id) -> Any:
    """One message with its payload, and why it was not delivered yet."""
    return given.store.read(caller, lambda tx: find_message(tx, message_id))


@router.post("/{id}/retry", response_model=MessageOut)
def retry_message(given: Given, caller: Runner, message_id: Id) -> Any:
    """Tries a message again that waits or is held, at once and with all tries before it. 409 for a delivered one."""
    return RetryMessage(given.store)(caller, message_id)
