"""What holds of every model of lifetime value: gradients, oracles, order, units, recovery from simulated customers."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyp2f1, hyperu
from scipy.stats import binom

from graph_algos import clv, clv_bg_nbd, clv_gamma_gamma, clv_history, clv_nodes, clv_pareto_nbd, clv_sbg
from graph_algos.clv_history import Histories, compress, histories
from graph_algos.value_checks import BadRecord

PURCHASES = [clv_bg_nbd, clv_pareto_nbd]
CDNOW = {clv_bg_nbd: np.array([0.243, 4.414, 0.793, 2.426]), clv_pareto_nbd: np.array([0.553, 10.578, 0.606, 11.669])}
quick = settings(max_examples=60, deadline=None)
positive = st.floats(0.05, 30.0)
parameters4 = st.tuples(positive, positive, positive, positive).map(np.array)


@st.composite
def some_histories(draw, largest=2000):
    rows = draw(st.lists(st.tuples(st.integers(0, largest), st.floats(0.01, 1), st.floats(0.1, 500)), min_size=1))
    return histories([x for x, _, _ in rows], [s * t if x else 0.0 for x, s, t in rows], [t for _, _, t in rows])


def simulate(rng, parameters, customers, weeks):
    """Histories of customers who do as BG/NBD says, drawn purchase by purchase."""
    r, alpha, a, b = parameters
    repeated, last, observed = np.zeros(customers), np.zeros(customers), rng.uniform(weeks / 2, weeks, customers)
    rate, leaving = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    for one in range(customers):
        now = rng.exponential(1 / rate[one])
        while now <= observed[one]:
            repeated[one], last[one] = repeated[one] + 1, now
            now = np.inf if rng.random() < leaving[one] else now + rng.exponential(1 / rate[one])
    return histories(repeated, last, observed)


def simulate_pareto(rng, parameters, customers, weeks):
    r, alpha, s, beta = parameters
    observed = rng.uniform(weeks / 2, weeks, customers)
    lives = np.minimum(rng.exponential(1 / rng.gamma(s, 1 / beta, customers)), observed)
    repeated = rng.poisson(rng.gamma(r, 1 / alpha, customers) * lives)
    last = np.where(repeated > 0, lives * rng.random(customers) ** (1 / np.maximum(repeated, 1)), 0.0)
    return histories(repeated, last, observed)


SIMULATED = {clv_bg_nbd: simulate, clv_pareto_nbd: simulate_pareto}


def slope(values, at, k):
    step = np.zeros(len(at))
    step[k] = 1e-5 * at[k]
    return (values(at + step) - values(at - step)) / (2e-5 * at[k])


@pytest.mark.parametrize("model", PURCHASES)
@quick
@given(some_histories(largest=50), parameters4)
def test_gradients_are_those_of_the_likelihood(model, rows, at):
    found = model.log_likelihoods(at, rows)[1]
    for k in range(4):
        wanted = slope(lambda p: model.log_likelihoods(p, rows)[0], at, k)
        assert np.allclose(found[:, k], wanted, rtol=1e-4, atol=1e-4)


def test_gradients_hold_where_one_scale_is_far_finer_than_the_other():
    """Found by the property above: most customers leave within an hour, and buy within a month."""
    rows = histories([0, 3], [0.0, 2.0], [215.7, 215.7])
    for at in ([2.7, 0.8, 22.6, 0.05], [0.05, 12.1, 20.2, 0.05], [20.0, 0.05, 0.3, 12.0]):
        found = clv_pareto_nbd.log_likelihoods(np.array(at), rows)[1]
        for k in range(4):
            wanted = slope(lambda p: clv_pareto_nbd.log_likelihoods(p, rows)[0], np.array(at), k)
            assert np.allclose(found[:, k], wanted, rtol=1e-5, atol=1e-5)


@quick
@given(st.lists(st.tuples(st.integers(1, 90), st.floats(0.01, 1e4)), min_size=1), parameters4.map(lambda p: p[:3]))
def test_gradients_of_gamma_gamma_are_those_of_its_likelihood(rows, at):
    data = clv_gamma_gamma.spend([x for x, _ in rows], [m for _, m in rows])
    for k in range(3):
        wanted = slope(lambda p: clv_gamma_gamma.log_likelihoods(p, data)[0], at, k)
        assert np.allclose(clv_gamma_gamma.log_likelihoods(at, data)[1][:, k], wanted, rtol=1e-4, atol=1e-4)


@quick
@given(st.tuples(positive, positive).map(np.array), st.integers(1, 30))
def test_sbg_likelihoods_of_a_cohort_are_a_distribution(at, periods):
    table = clv_sbg.Tenures(np.arange(periods + 1.0), np.arange(periods + 1) < periods, np.ones(periods + 1))
    values, slopes = clv_sbg.log_likelihoods(at, table)
    assert np.exp(values).sum() == pytest.approx(1.0)
    for k in range(2):
        wanted = slope(lambda p: clv_sbg.log_likelihoods(p, table)[0], at, k)
        assert np.allclose(slopes[:, k], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", PURCHASES)
@quick
@given(some_histories(), parameters4, st.floats(0.0001, 1), st.floats(0.1, 500))
def test_nothing_is_ever_nan_or_out_of_range(model, rows, at, discount, periods):
    alive = model.alive(at, rows)
    expected, discounted = model.expected(at, rows, periods), model.discounted(at, rows, discount)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    assert np.isfinite(discounted).all()
    assert (discounted >= 0).all()
    assert (model.expected(at, rows, periods * 2) >= expected * (1 - 1e-9)).all()
    assert (model.discounted(at, rows, discount * 2) <= discounted * (1 + 1e-9)).all()


@pytest.mark.parametrize("model", PURCHASES)
@quick
@given(parameters4, st.integers(1, 60), st.floats(1, 400))
def test_the_later_the_last_purchase_the_likelier_a_customer_is_there(model, at, count, length):
    last = np.linspace(0.01, 1, 30) * length
    found = model.alive(at, histories([count] * 30, last, [length] * 30))
    assert (np.diff(found) >= -1e-9).all()


@pytest.mark.parametrize("model", PURCHASES)
def test_of_two_who_fell_silent_the_busier_one_is_likelier_gone(model):
    found = model.alive(CDNOW[model], histories(np.arange(1, 60), [10.0] * 59, [39.0] * 59))
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("model", PURCHASES)
def test_of_two_who_bought_today_the_busier_one_buys_more(model):
    found = model.expected(CDNOW[model], histories(np.arange(1, 60), [39.0] * 59, [39.0] * 59), 10.0)
    assert (np.diff(found) > 0).all()


@quick
@given(some_histories(largest=60), st.tuples(positive, positive, st.floats(1.1, 9), positive).map(np.array))
def test_expected_purchases_are_the_closed_form_of_the_paper(rows, at):
    r, alpha, a, b = at
    x, base, t = rows.repeated, alpha + rows.observed, 13.0
    grown = (base / (base + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, t / (base + t))
    wanted = (a + b + x - 1) / (a - 1) * (1 - grown) * clv_bg_nbd.alive(at, rows)
    assert np.allclose(clv_bg_nbd.expected(at, rows, t), wanted, rtol=1e-6, atol=1e-9)


def test_expected_purchases_do_not_break_where_the_closed_form_divides_by_zero():
    rows = histories([3], [20.0], [30.0])
    near = [clv_bg_nbd.expected(np.array([0.2, 4.0, a, 2.0]), rows, 9.0)[0] for a in (0.999, 1.0, 1.001)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-6)
    near = [clv_pareto_nbd.expected(np.array([0.5, 10.0, s, 11.0]), rows, 9.0)[0] for s in (0.999, 1.0, 1.001)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-6)


@pytest.mark.parametrize("model", PURCHASES)
@pytest.mark.parametrize("history", [(0, 0.0, 39.0), (2, 30.0, 39.0), (40, 38.0, 39.0)])
def test_discounted_purchases_are_the_integral_of_expected_ones(model, history):
    """∫ e^(−δt) dE = δ ∫ e^(−δt) E(t) dt."""
    rows, delta = histories(*([value] for value in history)), 0.0027

    def present(t):
        return delta * np.exp(-delta * t) * model.expected(CDNOW[model], rows, t)[0]

    wanted = quad(present, 0, 500, epsrel=1e-10)[0] + quad(present, 500, 2e4, epsrel=1e-10, limit=500)[0]
    assert model.discounted(CDNOW[model], rows, delta)[0] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("s", [0.1, 0.5, 0.606, 1.5, 3.5])
def test_what_is_discounted_under_pareto_nbd_is_the_confluent_hypergeometric_function(s):
    z = 0.0027 * (11.0 + 77.86)
    found = (1 / (clv_nodes.gamma_nodes(s) + z)) @ clv_nodes.WEIGHTS
    assert found == pytest.approx(hyperu(1.0, 2.0 - s, z), rel=1e-4 if s < 0.3 else 1e-7)
    assert hyperu(1.0, 2.0 - s, z) == pytest.approx(z ** (s - 1) * hyperu(s, s, z), rel=1e-9)


def test_payments_to_come_are_the_sum_over_survival():
    at, later = np.array([0.668, 3.806]), np.arange(4000.0)
    for renewals in (0.0, 3.0):
        survives = clv_sbg.survival(at, renewals + 1 + later) / clv_sbg.survival(at, [renewals])
        wanted = (survives * 1.1**-later).sum()
        assert clv_sbg.residual(at, [renewals], 0.1)[0] == pytest.approx(wanted)
    assert clv_sbg.lifetime(at, 0.1) == pytest.approx(1 + clv_sbg.residual(at, [0.0], 0.1)[0] / 1.1)
    assert (np.diff(clv_sbg.retention(at, np.arange(20.0))) > 0).all()


@pytest.mark.parametrize("model", PURCHASES)
def test_the_parameters_of_simulated_customers_are_recovered(model):
    """Within 3.5 standard errors, three samples: other seeds would fail a right model once in 180 times."""
    true = CDNOW[model]
    for seed in range(3):
        fit = model.fit(compress(SIMULATED[model](np.random.default_rng(seed), true, 3000, 78.0)))
        assert (np.abs(fit.log_parameters - np.log(true)) < 3.5 * np.sqrt(np.diag(fit.covariance))).all()


def test_the_parameters_of_simulated_spenders_are_recovered():
    rng, true = np.random.default_rng(0), np.array([6.25, 3.74, 15.44])
    count, rate = rng.integers(1, 20, 5000), rng.gamma(true[1], 1 / true[2], 5000)
    fit = clv_gamma_gamma.fit(clv_gamma_gamma.spend(count, rng.gamma(true[0] * count, 1 / rate) / count))
    assert (np.abs(fit.log_parameters - np.log(true)) < 3 * np.sqrt(np.diag(fit.covariance))).all()


def test_the_parameters_of_simulated_contracts_are_recovered():
    rng, true = np.random.default_rng(0), np.array([0.668, 3.806])
    ends = rng.geometric(rng.beta(*true, 5000))  # the renewal at which it ends
    seen = rng.integers(0, 12, 5000)
    fit = clv_sbg.fit(clv_sbg.tenures(np.minimum(ends - 1, seen), ends <= seen))
    assert (np.abs(fit.log_parameters - np.log(true)) < 3 * np.sqrt(np.diag(fit.covariance))).all()


def test_intervals_of_the_estimate_hold_what_is_true():
    """95 % of 200 samples, one customer: between the binomial's 0.5 % and 99.5 % quantiles."""
    true, rows = np.array([0.668, 3.806]), [2.0]
    wanted, held = clv_sbg.residual(true, rows, 0.1)[0], 0
    rng = np.random.default_rng(3)
    for _ in range(200):
        ends, seen = rng.geometric(rng.beta(*true, 800)), 7
        fit = clv_sbg.fit(clv_sbg.tenures(np.minimum(ends - 1, seen), ends <= seen))
        found = clv.of_contract(fit, np.array(rows), np.ones(1), 0.1)
        held += int(found.low[0] <= wanted <= found.high[0])
    assert binom.ppf(0.005, 200, 0.95) <= held <= binom.ppf(0.995, 200, 0.95)


@pytest.mark.parametrize("model", PURCHASES)
def test_compressed_and_single_customers_give_the_same_fit(model):
    rows = simulate(np.random.default_rng(5), CDNOW[clv_bg_nbd], 900, 60.0)
    rows = histories(rows.repeated, np.ceil(rows.last), np.ceil(rows.observed))
    data = compress(rows)
    assert len(data.rows) < 700
    order = np.random.default_rng(1).permutation(900)
    shuffled = Histories(rows.repeated[order], rows.last[order], rows.observed[order])
    single = clv_history.Compressed(shuffled, np.ones(900), np.arange(900))
    one, other = model.fit(data), model.fit(single)
    assert np.allclose(one.log_parameters, other.log_parameters, atol=1e-7)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    found = model.alive(one.parameters, data.rows)[data.place]
    assert np.allclose(found[order], model.alive(one.parameters, shuffled), rtol=1e-12)


@pytest.mark.parametrize("model", PURCHASES)
def test_weeks_or_days_change_the_unit_and_nothing_else(model):
    rows = simulate(np.random.default_rng(6), CDNOW[clv_bg_nbd], 900, 60.0)
    days = Histories(rows.repeated, rows.last * 7, rows.observed * 7)
    one, other = model.fit(compress(rows)), model.fit(compress(days))
    scales = other.parameters / one.parameters
    assert np.allclose(scales, [1, 7, 1, 1] if model is clv_bg_nbd else [1, 7, 1, 7], rtol=1e-6)
    weekly, daily = model.expected(one.parameters, rows, 4.0), model.expected(other.parameters, days, 28.0)
    assert np.allclose(weekly, daily, rtol=1e-6)
    assert other.log_likelihood == pytest.approx(one.log_likelihood - rows.repeated.sum() * np.log(7), rel=1e-9)


def test_cents_or_dollars_change_the_unit_and_nothing_else():
    rng = np.random.default_rng(2)
    count, mean = rng.integers(1, 9, 500), rng.gamma(3, 20, 500)
    one = clv_gamma_gamma.fit(clv_gamma_gamma.spend(count, mean))
    other = clv_gamma_gamma.fit(clv_gamma_gamma.spend(count, mean * 100))
    assert np.allclose(other.parameters / one.parameters, [1, 1, 100], rtol=1e-5)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (([-1], [0.0], [9.0]), "repeated"),
        (([1.5], [1.0], [9.0]), "repeated"),
        (([1], [1.0], [0.0]), "observed"),
        (([1], [1.0], [np.inf]), "observed"),
        (([1], [9.5], [9.0]), "last"),
        (([1], [np.nan], [9.0]), "last"),
        (([0], [1.0], [9.0]), "last"),
        (([1], [0.0], [9.0]), "last"),
    ],
)
def test_a_history_that_cannot_be_is_named_by_its_place(row, field):
    with pytest.raises(BadRecord) as caught:
        histories(*row)
    assert (caught.value.index, caught.value.field) == (0, field)


def test_doctests_of_the_models_hold():
    results = [doctest.testmod(module) for module in (clv_nodes, clv_history, clv_sbg)]
    assert [result.failed for result in results] == [0, 0, 0]
    assert all(result.attempted for result in results)
