"""Who would stay longer thanks to an introduction, and what that is worth: the ties of its parties.

Of a party the operator states what it brings a month and how likely it leaves in one without any tie. Where either is
not known, or the other's chance to leave is not, no uplift is claimed. Referrals have no ties here: what the new
customer brings is in the outcome's own margin.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from app.domain.customer import Customer, Standing
from app.usecases.value_facts import OutcomeRow
from graph_algos import referral_value as engine
from graph_algos.value_columns import LAST_DAY, Floats, Ints, Ties
from graph_algos.value_retention import retention_uplift

NOBODY = -9  # no customer, and none of the engine's stand-ins


def rows_of(place: Mapping[str, int], ids: Sequence[str]) -> Ints:
    """Places of customers in the book, NOBODY for one that is not there."""
    return np.array([place.get(one, NOBODY) for one in ids], np.int64)


def ties_of(outcomes: Sequence[OutcomeRow], kinds: Ints, customers: Sequence[Customer], currency: str) -> Ties:
    """One for each party of an introduction of which everything is known. Who has left brings nothing any more, and
    keeps nobody. O(outcomes + customers)."""
    stays = np.array([one.standing is not Standing.LEFT for one in customers], np.bool_)
    hazard = np.array([np.nan if one.monthly_hazard is None else one.monthly_hazard for one in customers], np.float64)
    margin = np.array([_monthly(one, currency) for one in customers], np.float64)
    hazard[~stays] = np.nan
    place = {one.id: at for at, one in enumerate(customers)}
    sides = [rows_of(place, [getattr(one, name) for one in outcomes]) for name in ("seeker_id", "provider_id")]
    introduced = np.asarray(kinds) == int(engine.OutcomeKind.INTRODUCTION)
    both = np.flatnonzero(introduced & (sides[0] >= 0) & (sides[1] >= 0))
    outcome = np.concatenate([both, both])
    party = np.concatenate([sides[0][both], sides[1][both]])
    other = np.concatenate([sides[1][both], sides[0][both]])
    known = np.isfinite(hazard[party]) & np.isfinite(margin[party]) & np.isfinite(hazard[other])
    outcome, party, other = outcome[known], party[known], other[known]
    return Ties(
        outcome,
        margin[party][:, None],
        hazard[party][:, None],
        hazard[other][:, None],
        np.full(len(outcome), LAST_DAY, np.int64),
    )


def _monthly(one: Customer, currency: str) -> float:
    money = one.monthly_margin
    return np.nan if money is None or money.currency != currency else float(money.minor)


def scored(book: engine.Book, ties: Ties, rules: engine.Parameters) -> engine.ValueTable:
    """With the uplift of the ties."""
    return engine.score(book, rules, uplift=uplift_of(ties, book.outcomes, rules))


def uplift_of(ties: Ties, outcomes: engine.Outcomes, rules: engine.Parameters) -> Floats:
    """Σ U of each outcome, minor units, float64[m]."""
    if rules.hazard_ratio == 1.0 or not len(ties.outcome):
        return np.zeros(len(outcomes.kind))
    return retention_uplift(ties, outcomes, rules)
