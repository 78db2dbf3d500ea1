"""Purchase histories as columns, and the few distinct rows that a likelihood needs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from graph_algos.clv_fit import FEWEST_CUSTOMERS, Fit, Unidentified, maximise
from graph_algos.value_checks import require
from graph_algos.value_columns import Floats, Ints

FEWEST_REPEATERS = 10  # without them nothing tells buying from leaving
LARGEST_COUNT = 1_000_000  # purchases of one customer


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """float64[n] each: purchases repeated x (the first is not one), time of the last of them t_x and time observed T,
    both counted from the first purchase in any one unit (weeks, say). x = 0 goes with t_x = 0."""

    repeated: Floats
    last: Floats
    observed: Floats

    def __len__(self) -> int:
        return len(self.repeated)


@dataclass(frozen=True, slots=True, eq=False)
class Compressed:
    """Distinct rows and how many customers have each: a likelihood costs what the rows cost. `place` int64[n] is the
    row of each customer."""

    rows: Histories
    counts: Floats
    place: Ints

    @property
    def customers(self) -> int:
        return int(self.counts.sum())


def histories(repeated: ArrayLike, last: ArrayLike, observed: ArrayLike) -> Histories:
    """Checked columns. Raises `BadRecord` for the first row that cannot be, ValueError for unequal lengths. O(n)."""
    columns = [np.asarray(column, np.float64) for column in (repeated, last, observed)]
    if any(column.ndim != 1 or len(column) != len(columns[0]) for column in columns):
        raise ValueError("histories: expected one-dimensional columns of equal length")
    x, t_x, length = columns
    rules = (
        ("repeated", ~((x >= 0) & (x <= LARGEST_COUNT)) | (x != np.rint(x)), "a whole number of 0 or more"),
        ("observed", ~((length > 0) & np.isfinite(length)), "a time after the first purchase"),
        ("last", ~((t_x >= 0) & (t_x <= length)), "a time between the first purchase and the end"),
        ("last", (x == 0) != (t_x == 0), "0 if and only if no purchase was repeated"),
    )
    require("histories", rules)
    return Histories(x, t_x, length)


def compress(given: Histories) -> Compressed:
    """Distinct rows in ascending order. O(n log n).

    >>> compress(histories([1, 0, 1], [2.0, 0.0, 2.0], [9.0, 9.0, 9.0])).counts.tolist()
    [1.0, 2.0]
    """
    table = np.stack([given.repeated, given.last, given.observed], axis=1)
    rows, place, counts = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    return Compressed(Histories(*(rows[:, c].copy() for c in range(3))), counts.astype(np.float64), place.reshape(-1))


def fit_histories(
    likelihoods: Callable[[Floats, Histories], tuple[Floats, Floats]],
    data: Compressed,
    names: tuple[str, ...],
    *,
    times: tuple[str, ...],
) -> Fit:
    """The fit of a model whose parameters `times` are in the unit of the histories, found with the mean time observed
    as that unit. Unidentified for too few customers or purchases, or a flat likelihood."""
    require_enough(data)
    rows, counts = data.rows, data.counts
    unit = float(np.average(rows.observed, weights=counts))
    scaled = Histories(rows.repeated, rows.last / unit, rows.observed / unit)
    start = np.zeros(len(names))
    found = maximise(lambda parameters: likelihoods(parameters, scaled), counts, names, start=start)
    scales = np.array([unit if name in times else 1.0 for name in names])
    return found.in_units(scales, -float(counts @ rows.repeated) * float(np.log(unit)))


def require_enough(data: Compressed) -> None:
    """Unidentified where no model of repeated purchases can be told from such data."""
    repeaters = int(data.counts[data.rows.repeated > 0].sum())
    if data.customers < FEWEST_CUSTOMERS:
        raise Unidentified(f"There are {data.customers} customers with a history; it takes {FEWEST_CUSTOMERS}.")
    if repeaters < FEWEST_REPEATERS:
        raise Unidentified(f"{repeaters} customers bought again; it takes {FEWEST_REPEATERS} to tell how often.")
