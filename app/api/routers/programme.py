"""What the programme changed."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import Given, Reader
from app.api.schemas_programme import AnywayCount, AskedCount, EvidenceOut, WindowDays
from app.api.strict import StrictRoute
from app.domain.evidence import WINDOW_DAYS
from app.usecases.evidence import Asked, ReadEvidence
from graph_algos.pilot_evidence import Survey

router = APIRouter(prefix="/programme", tags=["value"], route_class=StrictRoute)


@router.get("/evidence", response_model=EvidenceOut)
def get_evidence(
    given: Given, caller: Reader, window_days: WindowDays = WINDOW_DAYS, asked: AskedCount = 0, anyway: AnywayCount = 0
) -> Any:
    """π, the chance that business would have happened anyway, by the best evidence at hand with its grade, what would
    make it better, and how many decided needs that takes. Reads the whole decision log; promised business counts 0."""
    use_case = ReadEvidence(given.store, given.clock, given.policy.hold_out)
    return use_case(caller, Asked(window_days, Survey(asked, anyway)))
