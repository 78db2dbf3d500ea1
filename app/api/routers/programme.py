"""What the programme has come to, as the latest job has found it."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import Given, Reader
from app.api.schemas_programme import EvidenceOut, ProgrammeReportOut
from app.api.strict import StrictRoute
from app.domain.report import ReportKind
from app.usecases.reports import ReadReport

router = APIRouter(prefix="/programme", tags=["value"], route_class=StrictRoute)


@router.get("/report", response_model=ProgrammeReportOut)
def get_programme_report(given: Given, caller: Reader) -> Any:
    """Introductions and where they are lost, outcomes, value with its intervals, evidence beside the hold-out, cash,
    return, and demand that nobody meets; as the latest job `programme_report` found it. 404 before the first."""
    return ReadReport(given.store)(caller, ReportKind.PROGRAMME).document


@router.get("/evidence", response_model=EvidenceOut)
def get_evidence(given: Given, caller: Reader) -> Any:
    """π, the chance that business would have happened anyway, by the best evidence at hand with its grade, what would
    make it better, and how many decided needs that takes; of the latest programme report. Promised business counts 0.
    404 before the first."""
    return ReadReport(given.store)(caller, ReportKind.PROGRAMME).document["evidence"]
