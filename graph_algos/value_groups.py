"""A legal group is one contributor and one link of a chain: no share is won by splitting oneself into companies.

Shares along a chain are not proof against it, geometric ones least of all (Emek, Karidi, Tennenholtz & Zohar,
*Mechanisms for multi-level marketing*, EC 2011); so companies are collapsed before anything is split.
"""

from dataclasses import replace

import numpy as np

from graph_algos.value_columns import Acquisitions, Book, Contributions, Ints


def collapse(book: Book, group: Ints) -> Book:
    """`book` with each legal group in the place of its smallest customer, to whose row its credit goes.

    `group` int[n]: customers with the same number are one group. A member's acquisition by another member is no
    dependence on anybody else and goes; those of several members by others count in equal parts. Whose own value a
    margin is in stays with that customer. Totals of outcomes are kept. O(records).
    """
    if np.shape(group) != (book.customer_count,):
        raise ValueError("group: expected one number a customer")
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    speaker = first[inverse]
    rows = book.contributions
    return replace(
        book,
        contributions=Contributions(rows.outcome, _renamed(rows.contributor, speaker), rows.beta),
        acquisitions=_collapsed(book.acquisitions, speaker),
    )


def _renamed(people: Ints, speaker: Ints) -> Ints:
    customers = np.asarray(people) >= 0
    out = np.array(people, np.int64)
    out[customers] = speaker[out[customers]]
    return out


def _collapsed(rows: Acquisitions, speaker: Ints) -> Acquisitions:
    customer, referrer = _renamed(rows.customer, speaker), _renamed(rows.referrer, speaker)
    outside = customer != referrer
    customer, referrer, beta = customer[outside], referrer[outside], np.asarray(rows.beta, np.float64)[outside]
    sums = np.bincount(customer, weights=beta, minlength=len(speaker))[customer]
    counted = sums > 0.0
    return Acquisitions(
        customer[counted],
        referrer[counted],
        beta[counted] / sums[counted],
        np.asarray(rows.dependence, np.float64)[outside][counted],
    )
