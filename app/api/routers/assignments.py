"""Introductions for all open needs at once, or for an event, of the run that readers see now."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import Given, Reader
from app.api.schemas import Paged
from app.api.schemas_assignments import EVENT_NAME, AssignmentRunOut, AssignmentsOut, pair_of
from app.api.strict import StrictRoute
from app.usecases.assignment import ReadAssignment

router = APIRouter(prefix="/assignments", tags=["assignments"], route_class=StrictRoute)
EventName = Annotated[
    str | None, Query(pattern=EVENT_NAME, description="Name of an event; absent: the run over all open needs.")
]


@router.get("", response_model=AssignmentsOut)
def list_assignments(given: Given, caller: Reader, paged: Paged, event: EventName = None) -> Any:
    """Who is proposed for which need, need by need, best first, with the run's exposure. Every gate is applied again as
    of now: a pair that fails one is only counted. 404 before the first run of the job suggest_all."""
    run, rows = ReadAssignment(given.store, given.clock).page(caller, paged.one_more, event or "")
    page = paged.page(rows, key=lambda row: str(row.pair.id))
    shown = page["data"]
    withheld = Counter(row.withheld for row in shown if row.withheld is not None)
    data = [pair_of(row) for row in shown if row.withheld is None]
    return page | {"run": run, "data": data, "withheld": dict(sorted(withheld.items()))}


@router.get("/run", response_model=AssignmentRunOut)
def get_assignment_run(given: Given, caller: Reader, event: EventName = None) -> Any:
    """The run behind them: limits, how many needs found nobody or no free place, and who is shown how evenly."""
    return ReadAssignment(given.store, given.clock).run(caller, event or "")
