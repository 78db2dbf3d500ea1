"""Invariant 16 of VALUE.md: parts of an observed flow, the baseline's included, sum to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_algos.referral_value import BadRecord
from graph_algos.value_partition import Claims, Ledger, split_flows
from tests.unit.graph_algos.value_books import DAY, betas, quick


@quick
@given(st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_16_parts_of_each_observed_flow_sum_to_it(k, seed):
    rng = np.random.default_rng(seed)
    ledger = Ledger(rng.integers(0, 6, k), rng.integers(-(10**9), 10**9, k), np.full(k, DAY))
    flow = np.repeat(np.arange(k), rng.integers(0, 5, k))
    share = betas(rng, flow) * rng.choice([0.5, 1.0], k)[flow]
    claims = Claims(flow, rng.integers(0, 3, len(flow)), share)
    flows, baseline = split_flows(ledger, claims)
    sums = baseline.copy()
    np.add.at(sums, flow, flows.amount_minor)
    assert np.array_equal(sums, ledger.amount_minor)
    assert (np.abs(baseline - ledger.amount_minor * (1 - np.bincount(flow, share, k))) < 1 + 1e-6).all()


def test_16_claims_beyond_the_whole_flow_are_refused():
    ledger = Ledger(np.array([0]), np.array([100]), np.array([DAY]))
    with pytest.raises(BadRecord, match=r"^ledger\[0\]\.share"):
        split_flows(ledger, Claims(np.array([0, 0]), np.array([0, 1]), np.array([0.75, 0.5])))
