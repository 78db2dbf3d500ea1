"""What all referrals and introductions are worth, and to whom it went."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.adapters.value_files import csv_pages
from app.api.convert_value import totals_of
from app.api.deps import Given, Reader
from app.api.schemas_value import AdvocatesOut, ValueTotalsOut
from app.api.strict import StrictRoute
from app.usecases.advocates import ReadAdvocates
from app.usecases.reading import ReadTotals
from app.usecases.value_export import ExportValues


class CsvStream(StreamingResponse):
    media_type = "text/csv"


router = APIRouter(prefix="/value", tags=["value"], route_class=StrictRoute)


@router.get("", response_model=ValueTotalsOut)
def get_value(given: Given, caller: Reader) -> Any:
    """The current run with its assumptions, and its totals: customers + operator + unattributed = outcomes. 404 before
    the first run; GET /customers/{id}/value has one customer's."""
    return totals_of(ReadTotals(given.store)(caller))


@router.get("/advocates", response_model=AdvocatesOut)
def get_advocates(given: Given, caller: Reader) -> Any:
    """Customers who bring others, by what they did and what came of it in cash: how many in each stage, who is nearest
    to being an advocate, and what is missing. 404 before the first run."""
    return ReadAdvocates(given.store)(caller)


@router.get("/export", response_class=CsvStream)
def export_values(given: Given, caller: Reader) -> CsvStream:
    """Every customer's value of the current run as CSV, one row a customer, in the order of ids; docs/crm.md has the
    columns. The whole file is of one run, also when readers are switched meanwhile. 404 before the first run."""
    table = ExportValues(given.store)(caller)
    about = {"Content-Disposition": f'attachment; filename="{table.run.id}.csv"'}
    return CsvStream(csv_pages(table), headers=about)
