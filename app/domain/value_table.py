"""Values as a table for other systems: one row a customer. Columns may be added at the end, none is taken away."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product

from app.domain.customer import Customer
from app.domain.money import Money
from app.domain.value import GRADES, KINDS, TIMES, CustomerValue, Interval, ValueRun

Cell = str | int | datetime | None

_PARTS = tuple(product(KINDS, TIMES))
COLUMNS: dict[str, type[str] | type[int] | type[datetime]] = {
    "customer_id": str,
    "source": str,
    "external_id": str,
    "run_id": str,
    "valuation_at": datetime,
    "known_at": datetime,
    "currency": str,
    "crv_referral_minor": int,
    "crv_referral_low_minor": int,
    "crv_referral_high_minor": int,
    "crv_introduction_minor": int,
    "crv_introduction_low_minor": int,
    "crv_introduction_high_minor": int,
    **{f"referral_{kind}_{time}_minor": int for kind, time in _PARTS},
    **{f"introduction_{kind}_{time}_minor": int for kind, time in _PARTS},
    **{f"credit_grade_{grade.lower()}_minor": int for grade in GRADES},
    "attributed_away_minor": int,
    "attributed_away_expected_minor": int,
    "network_value_minor": int,
    "clv_minor": int,
    "clv_currency": str,
    "clv_low_minor": int,
    "clv_high_minor": int,
    "clv_source": str,
    "clv_at": datetime,
    "quadrant": str,
    "advocacy": str,
}
"""Name and kind, in order. Times in UTC; money in minor units of `currency`, lifetime value in its own."""


def value_row(run: ValueRun, value: CustomerValue, customer: Customer | None) -> tuple[Cell, ...]:
    """In the order of COLUMNS; None where nothing is known. `customer` is None once it is erased."""
    clv = value.clv
    return (
        value.customer_id,
        None if customer is None else customer.source,
        None if customer is None else customer.external_id,
        run.id,
        run.valuation_at,
        run.known_at,
        value.currency,
        value.referral.minor,
        *_ends(value.interval(value.quantiles_referral)),
        value.introduction.minor,
        *_ends(value.interval(value.quantiles_introduction)),
        *value.crv_referral,
        *value.crv_introduction,
        *_padded(value.credit_by_grade),
        value.attributed_away,
        value.attributed_away_expected,
        _minor(value.network_value),
        _minor(clv),
        None if clv is None else clv.currency,
        _minor(value.clv_low),
        _minor(value.clv_high),
        value.clv_source,
        value.clv_at,
        value.quadrant,
        value.advocacy,
    )


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _ends(found: Interval | None) -> tuple[int | None, int | None]:
    return (None, None) if found is None else (found.low.minor, found.high.minor)


def _padded(credit: Sequence[int]) -> tuple[int, ...]:
    """One credit a grade; where none was ever written there is none."""
    return tuple(credit) or (0,) * len(GRADES)
