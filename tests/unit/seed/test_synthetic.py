"""A synthetic portfolio is the same every time, consistent, and has the shape of a real one."""

from collections import Counter

import pytest

from app.domain.ids import derived_id
from seed import synthetic, synthetic_batches
from seed.identities import derived_ids
from tests.unit.seed.test_story import unresolved

PORTFOLIO = synthetic(600, seed=3)


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    assert synthetic(600, seed=3) == PORTFOLIO
    assert synthetic(600, seed=4).relationships != PORTFOLIO.relationships


@pytest.mark.parametrize("customers", [1, 2, 7, 49, 600])
def test_every_record_names_only_records_before_it(customers: int) -> None:
    portfolio = synthetic(customers)
    assert len(portfolio.customers) == customers
    assert unresolved(portfolio) == set()


def test_ids_follow_from_source_and_key() -> None:
    row = PORTFOLIO.customers[17]
    assert row.id == derived_id("Customer", row.source, row.external_id)


def test_many_ids_at_once_equal_single_ones() -> None:
    keys = ["", "a", "é", "x" * 300]
    assert derived_ids("Need", "s", keys) == [derived_id("Need", "s", key) for key in keys]
    assert derived_ids("Need", keys, "tail") == [derived_id("Need", key, "tail") for key in keys]


def test_ids_are_unique_and_ties_are_different_pairs() -> None:
    for _, rows in PORTFOLIO.kinds():
        assert len({row.id for row in rows}) == len(rows)
    pairs = [(row.from_id, row.to_id) for row in PORTFOLIO.relationships]
    assert len(set(pairs)) == len(pairs) == 3000
    assert all(a != b for a, b in pairs)


def test_a_few_customers_have_many_times_the_ties_of_the_median() -> None:
    degrees = sorted(Counter(row.to_id for row in PORTFOLIO.relationships).values())
    assert degrees[-1] > 8 * degrees[len(degrees) // 2]


def test_referrals_form_chains_without_a_cycle() -> None:
    referrer = {row.referred_id: row.referrer_id for row in PORTFOLIO.referrals}
    assert any(row in referrer for row in referrer.values())
    joined = {row.id: row.created_at for row in PORTFOLIO.customers}
    assert all(joined[a] < joined[b] for b, a in referrer.items())


def test_consent_is_given_refused_or_absent() -> None:
    answers = Counter(line.granted for line in PORTFOLIO.consents)
    assert answers[True] > 450
    assert answers[False] > 20
    assert len(PORTFOLIO.consents) < 580


def test_batches_are_bounded() -> None:
    assert max(len(rows) for _, rows in synthetic_batches(6000)) == 5000
