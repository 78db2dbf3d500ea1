"""Customer referral value: what referrals and introductions were worth to the operator, without double counting.

Definition: Kumar, Petersen & Leone (HBR 2007; J. Marketing 74(5) 2010) for CRV and its two types; Kumar, Petersen &
Leone (J. Marketing 77(1) 2013) for the influence split β; Däs et al. 2017 for conservation; Rahwan et al.
(arXiv 1404.0542) for Shapley values in referral trees. Invariant: credits of an outcome sum to its value, in integer
minor units.

The steps are functions of arrays, so that a draw of π, of d or of an uplift repeats only what depends on it:
`present_values` (flows) → `value_parts` (π, uplift) → `round_parts` → `walk_chains` (β, d) → `settle`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_allocation import Scratch, largest_remainder, new_scratch, round_parts, split_cells
from graph_algos.value_chain import Walks, walk_chains
from graph_algos.value_checks import BadRecord, check
from graph_algos.value_columns import (
    KIND_OF_PART,
    OPERATOR,
    OWN_PARTS,
    UNATTRIBUTED,
    Acquisitions,
    Book,
    Contributions,
    Credits,
    Floats,
    FlowKind,
    Flows,
    Ints,
    Links,
    Minor,
    OutcomeKind,
    Outcomes,
    OutcomeValues,
    Parameters,
    Part,
    Policy,
    PolicyName,
    ValueTable,
)
from graph_algos.value_present import in_window, present_values, used_pi, value_parts
from graph_algos.value_threads import FEW_COPIES, in_ranges

__all__ = [
    "OPERATOR",
    "UNATTRIBUTED",
    "Acquisitions",
    "BadRecord",
    "Book",
    "Contributions",
    "Credits",
    "FlowKind",
    "Flows",
    "Links",
    "OutcomeKind",
    "OutcomeValues",
    "Outcomes",
    "Parameters",
    "Part",
    "Policy",
    "PolicyName",
    "ValueTable",
    "check",
    "score",
]


def score(book: Book, parameters: Parameters, *, uplift: Floats | None = None) -> ValueTable:
    """Values of all customers from all outcomes, flows and chains of one currency.

    uplift float64[m] is Σ U_c of each outcome, minor units; absent means HR = 1, no uplift claimed.
    Raises `BadRecord` (a ValueError) that names table, index and field of the first bad record.
    O(flows + links · depth + customers); the result depends on neither the order of records nor partitions.

    >>> day = 739252  # 2025-01-01
    >>> book = Book(
    ...     customer_count=2,
    ...     outcomes=Outcomes(*(np.array([x]) for x in (OutcomeKind.REFERRAL, 0.5, day, day, 1))),
    ...     contributions=Contributions(np.array([0]), np.array([0]), np.array([1.0])),
    ...     flows=Flows(*(np.array([x]) for x in (0, FlowKind.MARGIN, 22000, day + 365))),
    ...     acquisitions=Acquisitions.none(),
    ... )
    >>> table = score(book, Parameters(annual_rate=0.1, valuation_day=day))
    >>> table.crv_referral[0, :, 1].tolist(), table.attributed_away[1].tolist()
    ([10000, 0, 0, 0, 0], [0, 10000])
    """
    check(book)
    pi = used_pi(book.outcomes.pi, parameters)
    values = present_values(book.flows, book.outcomes, parameters)
    value, parts = round_parts(value_parts(values, pi, parameters, uplift=uplift))
    walks = walk_chains(book.contributions, book.acquisitions, book.customer_count, parameters)
    crv, credited, links = settle(parts, walks, book)
    return ValueTable(
        crv_referral=crv[OutcomeKind.REFERRAL],
        crv_introduction=crv[OutcomeKind.INTRODUCTION],
        attributed_away=_attributed_away(parts, book.outcomes.owner, book.customer_count),
        outcomes=OutcomeValues(value, parts, in_window(book.outcomes, parameters.window_months), pi),
        credits=credited,
        links=links,
    )


class _Bill(NamedTuple):
    """What is to be shared out: links of each outcome lie between `start[o]` and `start[o + 1]`."""

    start: NDArray[np.int64]
    row: NDArray[np.int64]  # of the table, one for each link
    position: NDArray[np.int32]
    weight: Floats
    cells: Minor  # [m, 12]: Part × time
    introduced: NDArray[np.int64]  # 0 referral, 1 introduction


class _Paid(NamedTuple):
    crv: Minor  # [2, n + 2, 5, 2]
    credit_row: NDArray[np.int64]
    credit_outcome: NDArray[np.int32]
    credit_position: NDArray[np.int32]
    credit_weight: Floats
    credit_amount: Minor
    link_amount: Minor


def settle(parts: Minor, walks: Walks, book: Book) -> tuple[Minor, Credits, Links]:
    """Shares out integer parts int64[m, 6, 2] along `walks`: crv int64[2, n + 2, 5, 2], credits, links.

    An outcome's parts go to its contributors by `split_cells`, a contributor's credit to its links by largest
    remainder. O(links · parts) on all cores.
    """
    n, m = book.customer_count, len(parts)
    outcome = np.asarray(book.contributions.outcome)[walks.row].astype(np.int32)
    start = np.zeros(m + 1, np.int64)
    np.cumsum(np.bincount(outcome, minlength=m), out=start[1:])
    bill = _Bill(
        start,
        _rows(walks.contributor, n),
        walks.position,
        walks.weight,
        parts.reshape(m, len(Part) * 2),
        np.asarray(book.outcomes.kind, np.int64),
    )
    size = walks.size
    crv = np.zeros((len(OutcomeKind), n + 2, int(KIND_OF_PART.max()) + 1, 2), np.int64)
    paid = _Paid(
        crv,
        np.empty(size, np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.float64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
    )
    room = int(np.diff(start).max()) if m else 0

    def pay(first: int, last: int) -> tuple[Minor, slice]:
        own = paid if first == 0 else paid._replace(crv=np.zeros_like(crv))
        until = _settle_range((first, last), bill, own, new_scratch(max(room, len(Part) * 2)))
        return own.crv, slice(int(start[first]), int(until))

    written = []
    for own, rows in in_ranges(pay, m, load=start, most=FEW_COPIES):
        written.append(rows)
        if own is not crv:
            crv += own
    return crv, _credits(paid, written, n), _links(walks, outcome, paid)


def _credits(paid: _Paid, written: list[slice], n: int) -> Credits:
    """Each range of outcomes left its credits together, with room behind them: fewer than its links."""
    row = np.concatenate([paid.credit_row[rows] for rows in written])
    contributor = np.where(row < n, row, n - 1 - row).astype(np.int32)
    columns = (paid.credit_outcome, paid.credit_position, paid.credit_weight, paid.credit_amount)
    outcome, position, weight, amount = (np.concatenate([column[rows] for rows in written]) for column in columns)
    return Credits(outcome, contributor, position, weight, amount)


def _links(walks: Walks, outcome: NDArray[np.int32], paid: _Paid) -> Links:
    return Links(outcome, walks.row, walks.contributor, walks.position, walks.parent, walks.weight, paid.link_amount)


def _rows(people: Ints, n: int) -> NDArray[np.int64]:
    """Customer → its row; OPERATOR (−1) → n, UNATTRIBUTED (−2) → n + 1."""
    wide = people.astype(np.int64)
    return np.where(wide >= 0, wide, n - 1 - wide)


@njit(cache=True, nogil=True)
def _settle_range(outcomes: tuple[int, int], bill: _Bill, paid: _Paid, scratch: Scratch) -> int:
    """Outcome by outcome of a range, credits from its first link on; answers where they end."""
    room = len(scratch.keys)
    shares = np.empty((room, bill.cells.shape[1]), np.int64)
    order = np.empty(room, np.int64)
    count = bill.start[outcomes[0]]
    for o in range(outcomes[0], outcomes[1]):
        first, last = bill.start[o], bill.start[o + 1]
        _sort_links(bill.row[first:last], order)
        merged = count
        for k in range(last - first):
            link = first + order[k]
            if count == merged or paid.credit_row[count - 1] != bill.row[link]:
                paid.credit_row[count] = bill.row[link]
                paid.credit_outcome[count] = o
                paid.credit_position[count] = bill.position[link]
                paid.credit_weight[count] = 0.0
                count += 1
            paid.credit_weight[count - 1] += bill.weight[link]
            paid.credit_position[count - 1] = min(paid.credit_position[count - 1], bill.position[link])
        split_cells(bill.cells[o], paid.credit_weight[merged:count], shares, scratch)
        k = 0
        for c in range(merged, count):
            table = paid.crv[bill.introduced[o], paid.credit_row[c]]
            paid.credit_amount[c] = _book_credit(shares[c - merged], table)
            until = k
            while until < last - first and bill.row[first + order[until]] == paid.credit_row[c]:
                until += 1
            if until == k + 1:
                paid.link_amount[first + order[k]] = paid.credit_amount[c]
            else:
                _pay_links(c, first + order[k:until], bill, paid, scratch)
            k = until
    return int(count)


@njit(cache=True, nogil=True)
def _sort_links(rows: NDArray[np.int64], order: NDArray[np.int64]) -> None:
    """Stable order of one outcome's links by table row; insertion, for they are few."""
    if len(rows) > 64:
        order[: len(rows)] = np.argsort(rows, kind="mergesort")
        return
    for k in range(len(rows)):
        at = k
        while at > 0 and rows[order[at - 1]] > rows[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k


@njit(cache=True, nogil=True)
def _book_credit(shares: Minor, table: Minor) -> int:
    total = 0
    for c in range(len(shares)):
        table[KIND_OF_PART[c // 2], c % 2] += shares[c]
        total += shares[c]
    return total


@njit(cache=True, nogil=True)
def _pay_links(credit: int, links: NDArray[np.int64], bill: _Bill, paid: _Paid, scratch: Scratch) -> None:
    amount, weight = paid.credit_amount[credit], paid.credit_weight[credit]
    if weight == 0.0:
        paid.link_amount[links] = 0
        paid.link_amount[links[0]] = amount
        return
    for k in range(len(links)):
        scratch.exact[k] = amount * (bill.weight[links[k]] / weight)
    largest_remainder(scratch.exact[: len(links)], amount, scratch.after, scratch.keys)
    for k in range(len(links)):
        paid.link_amount[links[k]] = scratch.after[k]


def _attributed_away(parts: Minor, owner: Ints, n: int) -> Minor:
    """int64[n + 2, 2]: margin, retention and serving cost of each outcome, to the owner in whose CLV they are."""
    own = np.ascontiguousarray(parts[:, OWN_PARTS, :].sum(axis=1), np.int64)
    away = np.zeros((n + 2, 2), np.int64)
    _add_rows(_rows(np.asarray(owner), n), own, away)
    return away


@njit(cache=True, nogil=True)
def _add_rows(rows: NDArray[np.int64], amounts: Minor, out: Minor) -> None:
    for i in range(len(rows)):
        out[rows[i]] += amounts[i]
