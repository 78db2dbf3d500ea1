"""What the value engine refuses: each bad record is named by table, index and field, never by its value."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_algos.value_columns import (
    FIRST_DAY,
    LARGEST_AMOUNT,
    LAST_DAY,
    UNATTRIBUTED,
    Book,
    Bools,
    Floats,
    FlowKind,
    Ints,
    OutcomeKind,
)

BETA_TOLERANCE = 1e-6  # of Σβ = 1: shares typed with six decimals pass, and are then normalised


class BadRecord(ValueError):
    """`table` and `field` name a column, `index` its row (for Σβ the outcome or customer), `expected` the rule."""

    def __init__(self, table: str, index: int, field: str, expected: str) -> None:
        super().__init__(f"{table}[{index}].{field}: expected {expected}")
        self.table = table
        self.index = index
        self.field = field
        self.expected = expected


Rule = tuple[str, str, Bools, str]  # table, field, which rows break it, what was expected


def breaches(rules: Iterable[Rule]) -> Iterator[BadRecord]:
    """Every row that breaks a rule, rule by rule."""
    for table, field, bad, expected in rules:
        for index in np.flatnonzero(bad):
            yield BadRecord(table, int(index), field, expected)


def require(table: str, rules: Iterable[tuple[str, Bools, str]]) -> None:
    """Raises the first breach of the rules (field, which rows break it, what was expected) of one table."""
    for problem in breaches((table, *rule) for rule in rules):
        raise problem


def check(book: Book) -> None:
    """Raises the first `BadRecord`; columns of unequal length are a plain ValueError. O(records)."""
    for problem in bad_records(book):
        raise problem


def bad_records(book: Book) -> Iterator[BadRecord]:
    """Every breach, column by column. Sums of β are looked at once all single records are sound."""
    _check_lengths(book)
    sound = True
    for rules in (_outcome_rules(book), _flow_rules(book), _contribution_rules(book), _acquisition_rules(book)):
        for problem in breaches(rules):
            sound = False
            yield problem
    if sound:
        yield from _bad_sums(book)


def _check_lengths(book: Book) -> None:
    if book.customer_count < 0:
        raise ValueError("book.customer_count: expected 0 or more")
    tables = (
        ("outcomes", book.outcomes),
        ("contributions", book.contributions),
        ("flows", book.flows),
        ("acquisitions", book.acquisitions),
    )
    for name, table in tables:
        columns = [np.asarray(getattr(table, column)) for column in type(table).__dataclass_fields__]
        if any(column.ndim != 1 or len(column) != len(columns[0]) for column in columns):
            raise ValueError(f"{name}: expected one-dimensional columns of equal length")


def _outcome_rules(book: Book) -> Iterator[Rule]:
    outcomes = book.outcomes
    yield "outcomes", "kind", outside(outcomes.kind, 0, len(OutcomeKind) - 1), "a code of OutcomeKind"
    yield "outcomes", "pi", _not_between(outcomes.pi), "a number from 0 to 1"
    yield "outcomes", "origin_day", outside(outcomes.origin_day, FIRST_DAY, LAST_DAY), "a date's ordinal"
    yield "outcomes", "start_day", outside(outcomes.start_day, FIRST_DAY, LAST_DAY), "a date's ordinal"
    yield "outcomes", "owner", outside(outcomes.owner, UNATTRIBUTED, book.customer_count - 1), PERSON


def _flow_rules(book: Book) -> Iterator[Rule]:
    flows = book.flows
    yield "flows", "outcome", outside(flows.outcome, 0, len(book.outcomes.kind) - 1), "the index of an outcome"
    yield "flows", "kind", outside(flows.kind, 0, len(FlowKind) - 1), "a code of FlowKind"
    amount = outside(flows.amount_minor, -LARGEST_AMOUNT, LARGEST_AMOUNT)
    yield "flows", "amount_minor", amount, "a finite whole number of minor units, at most 2^53"
    yield "flows", "day", outside(flows.day, FIRST_DAY, LAST_DAY), "a date's ordinal"


def _contribution_rules(book: Book) -> Iterator[Rule]:
    rows = book.contributions
    unknown = outside(rows.outcome, 0, len(book.outcomes.kind) - 1)
    yield "contributions", "outcome", unknown, "the index of an outcome"
    yield "contributions", "contributor", outside(rows.contributor, UNATTRIBUTED, book.customer_count - 1), PERSON
    yield "contributions", "beta", _negative(rows.beta), "a finite number of 0 or more"


def _acquisition_rules(book: Book) -> Iterator[Rule]:
    rows = book.acquisitions
    yield "acquisitions", "customer", outside(rows.customer, 0, book.customer_count - 1), "the index of a customer"
    yield "acquisitions", "referrer", outside(rows.referrer, UNATTRIBUTED, book.customer_count - 1), PERSON
    yield "acquisitions", "beta", _negative(rows.beta), "a finite number of 0 or more"
    yield "acquisitions", "dependence", _not_between(rows.dependence), "a number from 0 to 1"


PERSON = "the index of a customer, OPERATOR or UNATTRIBUTED"


def _bad_sums(book: Book) -> Iterator[BadRecord]:
    rows, bought = book.contributions, book.acquisitions
    for index in np.flatnonzero(_off_one(rows.outcome, rows.beta, len(book.outcomes.kind))):
        yield BadRecord("outcomes", int(index), "beta", "contributions that sum to 1")
    acquired = np.bincount(bought.customer, minlength=book.customer_count) > 0
    for index in np.flatnonzero(acquired & _off_one(bought.customer, bought.beta, book.customer_count)):
        yield BadRecord("customers", int(index), "beta", "acquisitions that sum to 1")


def _off_one(keys: Ints, weights: Floats, size: int) -> Bools:
    sums = np.bincount(keys, weights=weights, minlength=size)
    return np.asarray(np.abs(sums - 1.0) > BETA_TOLERANCE, np.bool_)


def outside(column: NDArray[Any], low: int, high: int) -> Bools:
    """Not a whole number from low to high; NaN and infinities of a float column included."""
    bad = ~((column >= low) & (column <= high))
    if column.dtype.kind == "f":
        bad |= column != np.rint(column)
    return np.asarray(bad, np.bool_)


def _not_between(column: Floats) -> Bools:
    return np.asarray(~((column >= 0.0) & (column <= 1.0)), np.bool_)


def _negative(column: Floats) -> Bools:
    return np.asarray(~((column >= 0.0) & np.isfinite(column)), np.bool_)
