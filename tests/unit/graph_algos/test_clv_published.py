"""Published lifetime values, to the digits that the papers print (VALUE.md, worked example 5)."""

import numpy as np
import pytest

from graph_algos import clv, clv_bg_nbd, clv_gamma_gamma, clv_pareto_nbd, clv_sbg
from graph_algos.clv_history import compress, histories


def printed(values, digits):
    return [round(float(value), digits) for value in values]


def test_bg_nbd_on_cdnow_as_fader_hardie_lee_print_it(cdnow):
    data = compress(histories(*cdnow[:3]))
    fit = clv_bg_nbd.fit(data)
    assert (fit.customers, len(data.rows)) == (2357, 1016)
    assert printed(fit.parameters, 3) == [0.243, 4.414, 0.793, 2.426]
    assert printed(fit.parameters, 4) == [0.2426, 4.4136, 0.7929, 2.4259]
    assert round(fit.log_likelihood, 2) == -9582.43


def test_pareto_nbd_on_cdnow_as_fader_hardie_lee_print_it(cdnow):
    fit = clv_pareto_nbd.fit(compress(histories(*cdnow[:3])))
    assert printed(fit.parameters, 3) == [0.553, 10.578, 0.606, 11.669]
    assert round(fit.log_likelihood, 1) == -9595.0


def test_gamma_gamma_on_cdnow_as_fader_hardie_print_it(cdnow):
    again = cdnow[0] > 0
    fit = clv_gamma_gamma.fit(clv_gamma_gamma.spend(cdnow[0][again], cdnow[3][again]))
    assert fit.customers == 946
    assert printed(fit.parameters, 2) == [6.25, 3.74, 15.44]
    assert printed(clv_gamma_gamma.expected_mean(fit.parameters, np.zeros(1), np.zeros(1)), 0) == [35]


def test_expected_purchases_of_the_first_customer_as_fader_hardie_lee_print_them():
    """x = 2, t_x = 30.43, T = 38.86: 1.226 in the next 39 weeks (Implementing the BG/NBD model in Excel, 2005)."""
    rows = histories([2], [30.43], [38.86])
    assert printed(clv_bg_nbd.expected(np.array([0.243, 4.414, 0.793, 2.426]), rows, 39.0), 3) == [1.226]


@pytest.mark.parametrize(
    ("table", "parameters"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], [0.668, 3.806]),
        ([1000, 631, 468, 382, 326, 289, 262, 241], [0.704, 1.182]),
    ],
    ids=["high end", "regular"],
)
def test_sbg_as_fader_hardie_print_it(table, parameters):
    assert printed(clv_sbg.fit(clv_sbg.survivors(table)).parameters, 3) == parameters


def test_discounted_purchases_under_pareto_nbd_as_fader_hardie_lee_print_them():
    """15 % a year is δ = .0027 a week; T = 77.86 weeks (J. Marketing Research 42(4), 2005)."""
    given = {(0, 0): 0.18, (1, 30): 1.43, (7, 35): 0.89, (9, 40): 1.07, (1, 77): 3.12, (7, 70): 14.07, (14, 77): 29.19}
    rows = histories([x for x, _ in given], [t for _, t in given], [77.86] * len(given))
    found = clv_pareto_nbd.discounted(np.array([0.553, 10.578, 0.606, 11.669]), rows, 0.0027)
    assert printed(found, 2) == list(given.values())


def test_a_lifetime_value_is_margin_times_purchases_and_lies_in_its_interval(cdnow):
    repeated, last, observed, mean = cdnow
    data, again = compress(histories(repeated, last, observed)), repeated > 0
    spend = clv_gamma_gamma.fit(clv_gamma_gamma.spend(repeated[again], mean[again]))
    fitted = clv.Repeated(clv.PARETO_NBD, clv_pareto_nbd.fit(data), spend)
    found = clv.of_repeated(fitted, data, mean, 0.0027)
    margin = clv_gamma_gamma.expected_mean(spend.parameters, repeated, mean)
    assert np.allclose(found.value, margin * found.purchases, rtol=1e-12)
    assert ((found.low < found.value) & (found.value < found.high)).all()
    least = compress(histories([0], [0.0], [float(observed.min())]))
    alone = clv.of_repeated(fitted, least, np.zeros(1), 0.0027)
    assert alone.value[0] == pytest.approx(found.value[(repeated == 0) & (observed == observed.min())][0])
