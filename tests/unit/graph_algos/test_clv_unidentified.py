"""What data cannot tell is refused with a sentence, never answered with a NaN."""

import numpy as np
import pytest

from graph_algos import clv_bg_nbd, clv_gamma_gamma, clv_pareto_nbd, clv_sbg
from graph_algos.clv_fit import Unidentified
from graph_algos.clv_history import compress, histories

PURCHASES = pytest.mark.parametrize("model", [clv_bg_nbd, clv_pareto_nbd])


def refusal(work):
    with pytest.raises(Unidentified) as caught:
        work()
    return str(caught.value)


@PURCHASES
def test_few_customers_are_too_few(model):
    data = compress(histories([1] * 49, [3.0] * 49, [9.0] * 49))
    assert refusal(lambda: model.fit(data)) == "There are 49 customers with a history; it takes 50."


@PURCHASES
def test_nobody_bought_again(model):
    data = compress(histories([0] * 500, [0.0] * 500, np.linspace(5, 9, 500)))
    assert refusal(lambda: model.fit(data)).startswith("0 customers bought again")


@PURCHASES
@pytest.mark.parametrize("kind", ["all alike", "one purchase each", "steady buyers"])
def test_customers_who_do_not_differ(model, kind):
    rng = np.random.default_rng(0)
    if kind == "all alike":
        data = compress(histories([4] * 300, [8.0] * 300, [9.0] * 300))
    elif kind == "one purchase each":
        data = compress(histories([1] * 300, rng.uniform(0.1, 30, 300), [39.0] * 300))
    else:
        last = rng.uniform(0.97, 1.0, 300) * 39
        data = compress(histories(rng.poisson(30, 300), last, [39.0] * 300))
    said = refusal(lambda: model.fit(data))
    assert said.startswith("The data do not tell")
    assert kind == "steady buyers" or said.endswith("the likelihood grows without end.")


@pytest.mark.parametrize(
    ("counts", "means", "reason"),
    [
        ([2] * 49, np.linspace(1, 9, 49), "There are 49 customers"),
        ([2] * 80, [7.0] * 80, "All mean margins are the same"),
        ([1] * 80, np.linspace(1, 9, 80), "Nobody has two purchases"),
    ],
)
def test_spend_that_tells_nothing(counts, means, reason):
    assert refusal(lambda: clv_gamma_gamma.fit(clv_gamma_gamma.spend(counts, means))).startswith(reason)


@pytest.mark.parametrize(
    ("renewals", "ended", "reason"),
    [
        ([1] * 49, [True] * 49, "There are 49 customers"),
        ([3] * 80, [False] * 80, "No contract has ended"),
        ([0] * 80, [True] * 80, "No contract was renewed"),
        ([0] * 40 + [1] * 40, [True] * 40 + [False] * 40, "Nobody came to a second renewal"),
    ],
)
def test_contracts_that_tell_nothing(renewals, ended, reason):
    assert refusal(lambda: clv_sbg.fit(clv_sbg.tenures(renewals, ended))).startswith(reason)


def test_customers_who_leave_all_at_one_rate_do_not_differ():
    table = np.round(100_000 * 0.8 ** np.arange(8))
    said = "The data do not tell alpha, beta apart: the likelihood is flat there."
    assert refusal(lambda: clv_sbg.fit(clv_sbg.survivors(table))) == said


def test_a_mean_of_all_that_is_infinite_is_no_answer():
    with pytest.raises(Unidentified, match="infinite"):
        clv_gamma_gamma.expected_mean(np.array([2.0, 0.9, 3.0]), np.zeros(1), np.zeros(1))
