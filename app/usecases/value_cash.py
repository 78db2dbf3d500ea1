"""Which cash is the operator's, in the reporting currency: payments between customers are margin at a stated rate only,
foreign money takes the rate of its day, and an outcome with money that no rate converts is left out whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray

from app.domain.money import exponent
from app.domain.referral import FlowKind
from app.usecases.value_facts import PAYMENT, Facts, RateRow, day_of, days, micros
from graph_algos import referral_value as engine
from graph_algos.value_columns import FIRST_DAY, LAST_DAY
from graph_algos.value_exchange import LARGEST_RATE, LEAST_RATE, Rates, Terms, converted, unconvertible

MARGIN = tuple(FlowKind).index(FlowKind.MARGIN)


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """`known_at`: facts recorded later do not exist. `margin_rate`: the operator's margin on payments, assumed.
    `spot_at`: of the rates that expected money takes; as known when absent."""

    currency: str
    known_at: datetime
    valuation_at: datetime
    margin_rate: float | None = None
    spot_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cash:
    """`flows` name outcomes by their place in the facts' ids. `unpriced`: outcomes with money that no rate converts,
    each with the currency and the day of the first rate that is missing. `assumed`: outcomes whose margin is the stated
    rate of their payments. `margins`: outcomes with a recorded margin."""

    flows: engine.Flows
    unpriced: Mapping[int, tuple[str, date]]
    assumed: frozenset[int]
    margins: int


def operators_cash(facts: Facts, rules: Bookkeeping) -> Cash:
    flows = facts.flows
    known = (flows.recorded_at <= micros(rules.known_at)) & (flows.outcome >= 0)
    own = known & flows.of_operator & (flows.kind != PAYMENT)
    with_margin = np.zeros(len(facts.outcome_ids) + 1, np.bool_)  # the last for flows of no outcome
    with_margin[flows.outcome[own & (flows.kind == MARGIN)]] = True
    paid = np.zeros_like(own)
    if rules.margin_rate is not None:
        paid = known & (flows.kind == PAYMENT) & ~with_margin[flows.outcome]
    chosen = np.flatnonzero(own | paid)
    rows = engine.Flows(
        flows.outcome[chosen],
        np.where(paid[chosen], MARGIN, flows.kind[chosen]).astype(np.int8),
        flows.amount_minor[chosen],
        days(flows.valid_at[chosen]),
    )
    amount, unpriced = _converted(rows, flows.currency[chosen], facts, rules)
    amount = _margin_of(amount, paid[chosen], rules.margin_rate)
    kept = ~np.isin(rows.outcome, list(unpriced))
    return Cash(
        flows=engine.Flows(rows.outcome[kept], rows.kind[kept], amount[kept], rows.day[kept]),
        unpriced=unpriced,
        assumed=frozenset(flows.outcome[paid].tolist()),
        margins=int(with_margin.sum()),
    )


def _margin_of(amount: NDArray[np.int64], paid: NDArray[np.bool_], rate: float | None) -> NDArray[np.int64]:
    """Amounts, those that were paid at the stated rate, half-even."""
    share, out = Decimal(str(rate or 0.0)), amount.copy()
    out[paid] = [int((one * share).to_integral_value(ROUND_HALF_EVEN)) for one in amount[paid].tolist()]
    return out


def _converted(
    rows: engine.Flows, currency: NDArray[np.int16], facts: Facts, rules: Bookkeeping
) -> tuple[NDArray[np.int64], dict[int, tuple[str, date]]]:
    """Amounts in the reporting currency, and the outcomes with money that cannot be."""
    amount = np.array(rows.amount_minor, np.int64)
    codes = tuple(dict.fromkeys((*facts.flows.currencies, rules.currency)))
    reporting = codes.index(rules.currency)
    if (currency == reporting).all():
        return amount, {}
    rates = _rates(facts.rates, codes, rules)
    exponents = np.array([exponent(code) for code in codes])
    unpriced: dict[int, tuple[str, date]] = {}
    terms = Terms(
        exponents, reporting, day_of(micros(rules.valuation_at)), day_of(micros(rules.spot_at or rules.known_at))
    )
    left = np.arange(len(amount))  # a second round: flows are asked for rates once all of them are sound
    for _ in range(2):
        asked = engine.Flows(rows.outcome[left], rows.kind[left], amount[left], rows.day[left])
        bad = [problem.index for problem in unconvertible(asked, currency[left], rates, terms)]
        unpriced |= {
            int(rows.outcome[at]): (codes[currency[at]], _rate_date(rows.day[at], terms))
            for at in left[bad[::-1]].tolist()
        }
        left = np.delete(left, bad)
    sound = engine.Flows(rows.outcome[left], rows.kind[left], amount[left], rows.day[left])
    amount[left] = converted(sound, currency[left], rates, terms).amount_minor
    return amount, unpriced


def _rate_date(day: int, terms: Terms) -> date:
    """Of the rate that money of a day asks for."""
    asked = int(day) if day <= terms.valuation_day else terms.spot_day
    return date.fromordinal(min(max(asked, FIRST_DAY), LAST_DAY))


def _rates(rows: Sequence[RateRow], codes: Sequence[str], rules: Bookkeeping) -> Rates:
    """Of each currency and day the one that was recorded last."""
    known_at, latest = micros(rules.known_at), dict[tuple[int, int], tuple[int, str, float]]()
    place = {code: index for index, code in enumerate(codes)}
    for row in rows:
        usable = LEAST_RATE <= row.rate <= LARGEST_RATE and row.quote == rules.currency and row.currency in place
        if usable and row.recorded_at <= known_at:
            key = place[row.currency], day_of(row.valid_at)
            found = (row.recorded_at, row.id, row.rate)
            latest[key] = max(latest.get(key, found), found)
    keys = sorted(latest)
    return Rates(
        np.array([currency for currency, _ in keys], np.int64),
        np.array([at for _, at in keys], np.int64),
        np.array([latest[key][2] for key in keys], np.float64),
    )
