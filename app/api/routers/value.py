"""What all referrals and introductions are worth, and to whom it went."""

from typing import Any

from fastapi import APIRouter

from app.api.convert_value import totals_of
from app.api.deps import Given, Reader
from app.api.schemas_value import ValueTotalsOut
from app.api.strict import StrictRoute
from app.usecases.reading import ReadTotals

router = APIRouter(prefix="/value", tags=["value"], route_class=StrictRoute)


@router.get("", response_model=ValueTotalsOut)
def get_value(given: Given, caller: Reader) -> Any:
    """The current run with its assumptions, and its totals: customers + operator + unattributed = outcomes. 404 before
    the first run; GET /customers/{id}/value has one customer's."""
    return totals_of(ReadTotals(given.store)(caller))
