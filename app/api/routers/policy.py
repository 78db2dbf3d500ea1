"""The policy of introductions: what is in force, and what another one would have done. It is changed by a sign-off."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import Given, Reader
from app.api.schemas_policy import PolicyOut, PreviewIn, PreviewOut
from app.api.strict import StrictRoute
from app.usecases.match_policy import PreviewPolicy, in_force

router = APIRouter(prefix="/policy", tags=["introductions"], route_class=StrictRoute)


@router.get("", response_model=PolicyOut)
def get_policy(given: Given, caller: Reader) -> Any:
    """Every switch as it is in force. POST /sign-offs with the subject policy proposes another."""
    found = given.store.read(caller, in_force)
    return found.policy.content() | {"version": found.policy.version, "signed_off": found.signed_off}


@router.post("/preview", response_model=PreviewOut)
def preview_policy(given: Given, caller: Reader, body: PreviewIn) -> Any:
    """What would have gone otherwise lately under other switches: who would have had to decide, and whom nobody would
    have asked. Writes nothing."""
    stated = body.policy.model_dump(exclude_unset=True)
    return PreviewPolicy(given.store, given.clock)(caller, stated, body.days)
