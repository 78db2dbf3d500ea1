"""Foreign money into the reporting currency, at rates that are dated facts; a missing rate is an error, never 1.

What is realised is converted at its own day, what is expected at the spot known. Integers throughout: equal to Decimal
with ROUND_HALF_EVEN.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph_algos.value_checks import BadRecord, Rule, breaches, outside
from graph_algos.value_columns import FIRST_DAY, LARGEST_AMOUNT, LAST_DAY, Bools, Flows, Ints, Minor

MOST_DIGITS = 15  # significant ones of a rate: what a float64 keeps of a decimal
MOST_DECIMALS = 14  # of a rate: with MOST_EXPONENT more, a power of ten that fits into int64
MOST_EXPONENT = 4  # ISO 4217
LARGEST_RATE = 1e9
LEAST_RATE = 10.0**-MOST_DECIMALS
DAY_BITS = 22  # LAST_DAY < 2²²
OLDEST_DAYS = 3_660  # ten years, for rates that a policy fixes; below the distance of two currencies' keys


@dataclass(frozen=True, slots=True)
class Rates:
    """Dated facts known at k, one for each currency and day: `rate` units of the reporting currency for one unit of
    `currency` (a code into `Terms.exponents`), read as the decimal that it prints as, to 15 digits and 14 decimals."""

    currency: Ints
    day: Ints
    rate: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """`exponents` of each currency code by ISO 4217, `reporting` the code converted to. `spot_day`: the day at which
    facts are known. A rate serves for `oldest_days` after its own day: 7 spans the longest closings of markets, such as
    over Easter or at the turn of a year."""

    exponents: Ints
    reporting: int
    valuation_day: int
    spot_day: int
    oldest_days: int = 7

    def __post_init__(self) -> None:
        if outside(np.asarray(self.exponents), 0, MOST_EXPONENT).any():
            raise ValueError(f"terms.exponents: expected whole numbers from 0 to {MOST_EXPONENT}")
        if not 0 <= self.reporting < len(self.exponents):
            raise ValueError("terms.reporting: expected the code of a currency")
        if not 0 <= self.oldest_days <= OLDEST_DAYS:
            raise ValueError(f"terms.oldest_days: expected 0 to {OLDEST_DAYS}")


def converted(flows: Flows, currency: Ints, rates: Rates, terms: Terms) -> Flows:
    """The same flows in minor units of the reporting currency, each rounded half-even; `currency` int[k] codes.

    A flow on or before the valuation day takes the latest rate on or before its day, a later one the latest on or
    before `spot_day`. Amounts already in the reporting currency stay as they are whatever the table says. Raises the
    first of `unconvertible`. O((flows + rates) · log rates).
    """
    for problem in _unsound(flows, currency, rates, terms):
        raise problem
    quoted = _quote(flows, currency, rates, terms)
    for problem in _unquoted(quoted, terms):
        raise problem
    amount = np.array(flows.amount_minor, np.int64)
    amount[quoted.flow] = quoted.amount
    return replace(flows, amount_minor=amount)


def unconvertible(flows: Flows, currency: Ints, rates: Rates, terms: Terms) -> Iterator[BadRecord]:
    """Every breach, rates before flows; flows are looked at once all rates and all their columns are sound."""
    sound = True
    for problem in _unsound(flows, currency, rates, terms):
        sound = False
        yield problem
    if sound:
        yield from _unquoted(_quote(flows, currency, rates, terms), terms)


def _unsound(flows: Flows, currency: Ints, rates: Rates, terms: Terms) -> Iterator[BadRecord]:
    return breaches((*_rate_rules(rates, terms), *_flow_rules(flows, currency, terms)))


class _Quoted(NamedTuple):
    """Foreign flows: their places, amounts in the reporting currency, and which lack a rate or are too large."""

    flow: NDArray[np.int64]
    amount: Minor
    unknown: Bools
    too_large: Bools


def _quote(flows: Flows, currency: Ints, rates: Rates, terms: Terms) -> _Quoted:
    table = _table(rates)
    foreign = np.flatnonzero(np.asarray(currency, np.int64) != terms.reporting)
    codes = np.asarray(currency, np.int64)[foreign]
    place, found = _latest(table, codes, _asked(flows, terms)[foreign], terms)
    amount, fits = np.asarray(flows.amount_minor, np.int64)[foreign], np.ones(len(foreign), np.bool_)
    amount[found], fits[found] = _scaled(amount[found], codes[found], place[found], table, terms)
    return _Quoted(foreign, amount, ~found, ~fits)


def _unquoted(quoted: _Quoted, terms: Terms) -> Iterator[BadRecord]:
    for index in quoted.flow[quoted.unknown]:
        yield BadRecord("flows", int(index), "currency", f"a rate at most {terms.oldest_days} days older than its day")
    for index in quoted.flow[quoted.too_large]:
        yield BadRecord("flows", int(index), "amount_minor", "at most 2^53 minor units of the reporting currency")


def _rate_rules(rates: Rates, terms: Terms) -> Iterator[Rule]:
    if not len(rates.currency) == len(rates.day) == len(rates.rate):
        raise ValueError("rates: expected columns of equal length")
    yield "rates", "currency", outside(rates.currency, 0, len(terms.exponents) - 1), "the code of a currency"
    yield "rates", "day", outside(rates.day, FIRST_DAY, LAST_DAY), "a date's ordinal"
    usable = (rates.rate >= LEAST_RATE) & (rates.rate <= LARGEST_RATE)
    yield "rates", "rate", np.asarray(~usable, np.bool_), f"a number from {LEAST_RATE:g} to {LARGEST_RATE:g}"
    keys = np.stack([rates.currency, rates.day])
    _, first = np.unique(keys, axis=1, return_index=True)
    again = np.ones(len(rates.day), np.bool_)
    again[first] = False
    yield "rates", "day", again, "one rate for each currency and day"


def _flow_rules(flows: Flows, currency: Ints, terms: Terms) -> Iterator[Rule]:
    if np.shape(currency) != np.shape(flows.day):
        raise ValueError("flows: expected one currency a row")
    yield "flows", "currency", outside(currency, 0, len(terms.exponents) - 1), "the code of a currency"
    yield "flows", "day", outside(flows.day, FIRST_DAY, LAST_DAY), "a date's ordinal"
    amount = outside(flows.amount_minor, -LARGEST_AMOUNT, LARGEST_AMOUNT)
    yield "flows", "amount_minor", amount, "a finite whole number of minor units, at most 2^53"


class _Table(NamedTuple):
    key: NDArray[np.int64]  # currency and day, ascending
    units: Minor  # a rate is units · 10^−decimals
    decimals: NDArray[np.int64]


def _table(rates: Rates) -> _Table:
    key = np.asarray(rates.currency, np.int64) << DAY_BITS | np.asarray(rates.day, np.int64)
    order = np.argsort(key)
    read = [_decimal(rate) for rate in np.asarray(rates.rate, np.float64)[order].tolist()]
    return _Table(key[order], np.array([u for u, _ in read], np.int64), np.array([d for _, d in read], np.int64))


def _decimal(rate: float) -> tuple[int, int]:
    """
    >>> _decimal(1.0843), _decimal(25000.0)
    ((10843, 4), (25000, 0))
    """
    number = round(Decimal(f"{rate:.{MOST_DIGITS}g}"), MOST_DECIMALS).normalize()
    decimals = max(0, -int(number.as_tuple().exponent))
    return int(number.scaleb(decimals)), decimals


def _asked(flows: Flows, terms: Terms) -> NDArray[np.int64]:
    """The day whose rate each flow takes."""
    day = np.asarray(flows.day, np.int64)
    return np.where(day <= terms.valuation_day, day, terms.spot_day)


def _latest(table: _Table, currency: Ints, day: NDArray[np.int64], terms: Terms) -> tuple[NDArray[np.int64], Bools]:
    """Place of the latest rate on or before each day, and whether it is of that currency and young enough."""
    wanted = currency.astype(np.int64) << DAY_BITS | day
    place = np.searchsorted(table.key, wanted, side="right") - 1
    if len(table.key) == 0:
        return place, np.zeros(len(place), np.bool_)
    age = wanted - table.key[place]  # of one currency: in days; of another: 2²² − LAST_DAY or more, or negative
    return place, np.asarray((place >= 0) & (age >= 0) & (age <= terms.oldest_days), np.bool_)


def _scaled(
    amount: Minor, currency: Ints, place: NDArray[np.int64], table: _Table, terms: Terms
) -> tuple[Minor, Bools]:
    """amount · units / 10^s, half-even, and whether it is at most 2⁵³; s = decimals + the exponents' difference.

    The quotient is estimated in float64 to a few units; the remainder amount · units − quotient · 10^s is then exact in
    int64 although its terms overflow, for it is small and both wrap modulo 2⁶⁴.
    """
    exponents = np.asarray(terms.exponents, np.int64)
    digits = table.decimals[place] + exponents[currency] - exponents[terms.reporting]
    units = table.units[place] * 10 ** np.maximum(-digits, 0)
    step = 10 ** np.maximum(digits, 0)
    estimate = np.rint(amount.astype(np.float64) * units / step)
    fits = np.abs(estimate) <= LARGEST_AMOUNT
    out = np.where(fits, estimate, 0.0).astype(np.int64)
    rest = np.where(fits, amount * units - out * step, 0)
    whole = np.floor_divide(rest, step)
    out, rest = out + whole, rest - whole * step  # now 0 ≤ rest < step
    twice = 2 * rest
    up = (twice > step) | ((twice == step) & (out % 2 != 0))
    out = out + up
    return out, np.asarray(fits & (np.abs(out) <= LARGEST_AMOUNT), np.bool_)
