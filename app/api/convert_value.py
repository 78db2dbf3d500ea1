"""Referral value as the wire shows it."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from app.domain.advocacy import MISSING
from app.domain.money import Money
from app.domain.quadrant import NEXT_MOVES
from app.domain.statement import ValueStatement
from app.domain.value import GRADES, KINDS, TIMES, CustomerValue, Interval, ValueRun, ValueTotals


def value_of(made: ValueRun | ValueStatement, value: CustomerValue) -> dict[str, Any]:
    return {
        "customer_id": value.customer_id,
        "run_id": value.run_id or None,
        "valuation_at": made.valuation_at,
        "known_at": made.known_at,
        "assumptions": made.assumptions,
        **_share(value),
        "attributed_away": Money(value.attributed_away, value.currency),
        "network_value": value.network_value,
        "quadrant": value.quadrant,
        "next_move": None if value.quadrant is None else NEXT_MOVES[value.quadrant],
        "advocacy": value.advocacy,
        "advocacy_missing": MISSING.get(value.advocacy) or None if value.advocacy is not None else None,
        "clv": value.clv,
        "clv_source": value.clv_source,
        "clv_at": value.clv_at,
        "clv_is_estimate": value.clv_is_estimate,
        "clv_low": value.clv_low,
        "clv_high": value.clv_high,
    }


def statement_of(made: ValueStatement) -> dict[str, Any]:
    names = ("credited_to", "lines", "others", "stages", "not_known")
    return {name: getattr(made, name) for name in names} | {"value": value_of(made, made.value)}


def totals_of(totals: ValueTotals) -> dict[str, Any]:
    run = totals.run
    names = ("valuation_at", "known_at", "currency", "customer_count", "outcome_count", "assumptions", "problems")
    return {name: getattr(run, name) for name in names} | {
        "run_id": run.id,
        "customers": _share(totals.customers),
        "operator": _share(totals.operator),
        "unattributed": _share(totals.unattributed),
        "outcomes": totals.outcomes,
        "outcomes_interval": _interval(run.interval()),
        "clv_cut": _cut(run.clv_cut_minor, run.currency),
        "crv_cut": _cut(run.crv_cut_minor, run.currency),
        "conserved": totals.conserved,
    }


def _share(value: CustomerValue) -> dict[str, Any]:
    credit = sum(value.credit_by_grade)
    return {
        "referral": value.referral,
        "referral_interval": _interval(value.interval(value.quantiles_referral)),
        "referral_parts": _parts(value, value.crv_referral, value.quantiles_referral),
        "introduction": value.introduction,
        "introduction_interval": _interval(value.interval(value.quantiles_introduction)),
        "introduction_parts": _parts(value, value.crv_introduction, value.quantiles_introduction),
        "evidence": {grade: one / credit for grade, one in zip(GRADES, value.credit_by_grade, strict=False) if one},
    }


def _parts(value: CustomerValue, minors: Sequence[int], quantiles: Sequence[int]) -> list[dict[str, Any]]:
    """In the order of KINDS × TIMES, as CustomerValue keeps them."""
    return [
        {
            "kind": kind,
            "time": time,
            "money": Money(minor, value.currency),
            "interval": _interval(value.interval(quantiles, cell)),
        }
        for cell, ((kind, time), minor) in enumerate(zip(product(KINDS, TIMES), minors, strict=True))
    ]


def _interval(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else {"low": found.low, "median": found.median, "high": found.high}


def _cut(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
