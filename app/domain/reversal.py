"""What a flow that reverses another may take back."""

from collections.abc import Iterable
from typing import NamedTuple

from app.domain.referral import CashFlow


class Problem(NamedTuple):
    """`field` of the flow, and what is expected there."""

    field: str
    expected: str


UNKNOWN = Problem("reverses", "a flow of the same outcome")
UNLIKE = Problem("reverses", "a flow of the same kind, ledger and currency, with an amount below 0 here")
TOO_MUCH = Problem("money", "no more than is left of the flow that it reverses")


def reversal_problem(flow: CashFlow, known: Iterable[CashFlow]) -> Problem | None:
    """`known`: the flows of its outcome; what of them reverses the same flow has taken its part."""
    if flow.reverses is None:
        return None
    rows = [one for one in known if one.outcome_id == flow.outcome_id and one.id != flow.id]
    found = next((one for one in rows if one.id == flow.reverses), None)
    if found is None:
        return UNKNOWN
    alike = (flow.kind, flow.ledger, flow.money.currency) == (found.kind, found.ledger, found.money.currency)
    if not alike or flow.money.minor >= 0:
        return UNLIKE
    left = found.money.minor + sum(one.money.minor for one in rows if one.reverses == flow.reverses)
    return TOO_MUCH if -flow.money.minor > left else None
