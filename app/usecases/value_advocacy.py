"""Of each customer of a run how far it is on the way to bringing others: from the book and its value table."""

import heapq
from collections import Counter
from collections.abc import Iterable

import numpy as np

from app.domain.advocacy import NEAR, Advocacy, advocacy_of
from app.domain.value import CustomerValue
from app.usecases.value_book import Prepared
from app.usecases.value_ties import NOBODY, rows_of
from graph_algos import referral_value as engine
from graph_algos.value_columns import REALISED, Ints


class Advocacies:
    """O(outcomes + contributions). Business that begins after `valuation_day` has brought nobody anything yet. Deeds of
    a legal group are its first company's, as its credit is."""

    def __init__(self, prepared: Prepared, table: engine.ValueTable, valuation_day: int) -> None:
        book, shares = prepared.book, prepared.book.contributions
        size = book.customer_count
        seeker = rows_of(prepared.place, [one.seeker_id for one in prepared.outcomes])
        provider = rows_of(prepared.place, [one.provider_id for one in prepared.outcomes])
        introduced = np.asarray(book.outcomes.kind) == int(engine.OutcomeKind.INTRODUCTION)
        begun = introduced & (np.asarray(book.outcomes.start_day) <= valuation_day)
        helped = _marked(np.concatenate([seeker[begun], provider[begun]]), size)
        outcome, who = np.asarray(shares.outcome), np.asarray(shares.contributor)
        party = np.zeros(len(who), np.bool_)
        for side in (seeker, provider):
            speaker = np.where(side >= 0, prepared.speaker[np.maximum(side, 0)], NOBODY)
            party |= who == speaker[outcome]
        others = (who >= 0) & (np.asarray(shares.beta) > 0.0) & ~(party & introduced[outcome])
        acted = _marked(np.concatenate([who[others], np.asarray(book.acquisitions.referrer)]), size)
        came = table.outcomes.parts_minor[:, :, REALISED].sum(axis=1) > 0
        deeds = np.bincount(who[others & came[outcome]], minlength=size)
        signs = zip(helped.tolist(), acted.tolist(), deeds.tolist(), strict=True)
        self.stages = [advocacy_of(helped=one, acted=two, deeds=three) for one, two, three in signs]

    def counts(self) -> tuple[int, ...]:
        """Of customers in each stage, in the order of Advocacy."""
        found = Counter(self.stages)
        return tuple(found[stage] for stage in Advocacy)


def nearest(values: Iterable[CustomerValue], most: int) -> list[CustomerValue]:
    """Advocates in the making: the nearest stage first, in it those of the highest lifetime value and then credit."""
    chosen = (one for one in values if one.advocacy in NEAR)
    return heapq.nsmallest(most, chosen, key=_order)


def _order(one: CustomerValue) -> tuple[int, int, int, str]:
    clv = one.clv.minor if one.clv is not None and one.clv.currency == one.currency else 0
    return NEAR.index(one.advocacy or Advocacy.NONE), -clv, -one.both.minor, one.customer_id


def _marked(rows: Ints, size: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    out = np.zeros(size, np.bool_)
    out[rows[rows >= 0]] = True
    return out
