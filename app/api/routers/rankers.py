"""Which version of the learned ranker puts candidates in order; the job train_ranker makes them."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import Given, Reader, Runner
from app.api.schemas_rankers import RankersOut, UseRankerIn
from app.api.strict import StrictRoute
from app.domain.decision import FUSION
from app.domain.ranker import ranker_document

router = APIRouter(prefix="/rankers", tags=["rankers"], route_class=StrictRoute)


@router.get("", response_model=RankersOut)
def list_rankers(given: Given, caller: Reader) -> Any:
    """Versions, the latest first, how each did beside rank fusion in each block of time, and who serves."""
    serving = given.analytics.ranked_by()
    versions = [ranker_document(one) for one in given.rankers.versions()]
    return {"serves": serving.version or FUSION, "because": serving.because, "versions": versions}


@router.post("/use", response_model=RankersOut)
def use_ranker(given: Given, caller: Runner, body: UseRankerIn) -> Any:
    """Lets this version serve from the next question on, or rank fusion, whether or not it passed its gate."""
    given.rankers.use(None if body.version == FUSION else body.version)
    return list_rankers(given, caller)


@router.post("/rollback", response_model=RankersOut)
def roll_back_ranker(given: Given, caller: Runner) -> Any:
    """Lets the version before the current one serve again that had passed its gate, else rank fusion. 404 when rank
    fusion serves already."""
    given.rankers.roll_back()
    return list_rankers(given, caller)
