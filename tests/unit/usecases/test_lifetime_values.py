"""Who gets a modelled lifetime value, from which facts, and what is said where there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.domain.customer import Customer, Standing
from app.domain.money import Money
from app.usecases.lifetime_values import EstimateLifetimeValues, imported
from graph_algos import clv_bg_nbd, clv_gamma_gamma, clv_sbg
from graph_algos.clv_history import compress, histories
from tests.purchases import START, buyers, contracts

NOW = datetime(2026, 4, 1, tzinfo=UTC)
ESTIMATE = EstimateLifetimeValues("EUR", 0.15, NOW)


def test_a_buyers_value_is_its_expected_margin_times_its_discounted_purchases():
    customers = buyers()
    found = ESTIMATE(customers)
    assert found.problems == ()
    assert found.values.keys() == {one.id for one in customers}
    x = [one.purchases_repeated for one in customers]
    last = [0.0 if not one.last_purchase_at else (one.last_purchase_at - START).days for one in customers]
    rows = histories(x, last, [(one.observed_until - START).days for one in customers])
    means = np.array([one.mean_margin.minor if one.mean_margin else 0.0 for one in customers])
    fit, again = clv_bg_nbd.fit(compress(rows)), rows.repeated > 0
    spend = clv_gamma_gamma.fit(clv_gamma_gamma.spend(rows.repeated[again], means[again]))
    wanted = clv_bg_nbd.discounted(fit.parameters, rows, np.log(1.15) / 365)
    wanted *= clv_gamma_gamma.expected_mean(spend.parameters, rows.repeated, means)
    got = [found.values[one.id] for one in customers]
    assert np.allclose([one.money.minor for one in got], wanted, atol=0.6)
    assert all(one.low.minor < one.money.minor < one.high.minor for one in got if one.money.minor > 100)
    assert {(one.at, one.money.currency, one.source[:33]) for one in got} == {
        (NOW, "EUR", "modelled by bg_nbd and gamma_gamm")
    }
    assert "from 400 purchase histories: bg_nbd (r 0." in found.assumptions[0]


def test_a_contracts_value_is_margin_times_payments_to_come_and_ended_ones_have_none():
    customers = contracts()
    found = ESTIMATE(customers)
    running = [one for one in customers if not one.contract_ended]
    assert sorted(found.values) == sorted(one.id for one in running)
    renewals = [one.contract_renewals for one in customers]
    fit = clv_sbg.fit(clv_sbg.tenures(renewals, [one.contract_ended for one in customers]))
    one = running[0]
    wanted = 10_000 * clv_sbg.residual(fit.parameters, [one.contract_renewals], 1.15**0.5 - 1)[0]
    assert abs(found.values[one.id].money.minor - wanted) <= 0.5
    assert found.values[one.id].source.startswith("modelled by sbg, ")
    assert "300 contracts of 6 months" in found.assumptions[0]


def test_an_imported_value_is_kept_and_its_facts_still_teach_the_model():
    customers = buyers()
    own = replace(customers[0], lifetime_value=Money(7, "EUR"), lifetime_value_source="ledger", lifetime_value_at=START)
    found, before = ESTIMATE([own, *customers[1:]]), ESTIMATE(customers)
    assert own.id not in found.values
    assert {key: value for key, value in before.values.items() if key != own.id} == found.values
    said = imported(own)
    assert said is not None
    assert (said.money, said.source, said.at, said.low) == (Money(7, "EUR"), "ledger", START, None)
    assert imported(replace(own, lifetime_value_source=None)).source == "imported"
    assert imported(customers[1]) is None


def test_the_hash_names_the_model_and_changes_with_it():
    sources = [
        next(iter(estimate(customers).values.values())).source
        for estimate, customers in (
            (ESTIMATE, buyers()),
            (replace(ESTIMATE, at=START), buyers()),
            (replace(ESTIMATE, annual_rate=0.1), buyers()),
            (ESTIMATE, buyers(seed=1)),
        )
    ]
    assert sources[0] == sources[1]
    assert len(set(sources)) == 3


def test_whoever_left_is_worth_nothing_more_and_still_teaches():
    customers = buyers()
    left = [replace(customers[0], standing=Standing.LEFT), *customers[1:]]
    found = ESTIMATE(left)
    assert customers[0].id not in found.values
    assert found.assumptions == ESTIMATE(customers).assumptions


@pytest.mark.parametrize(
    "change",
    [
        {"observed_until": None},
        {"first_purchase_at": None},
        {"observed_until": START},
        {"purchases_repeated": -1},
        {"purchases_repeated": 2_000_000},
        {"purchases_repeated": 2, "last_purchase_at": None},
        {"purchases_repeated": 2, "last_purchase_at": START},
        {"purchases_repeated": 2, "last_purchase_at": NOW + timedelta(days=900)},
        {"purchases_repeated": 0, "last_purchase_at": START + timedelta(days=3)},
    ],
)
def test_a_history_that_cannot_be_is_counted_and_left_out(change):
    customers = buyers()
    found = ESTIMATE([replace(customers[0], **change), *customers[1:]])
    assert found.problems == ("1 purchase histories lack a time or contradict themselves.",)
    assert len(found.values) == 399


@pytest.mark.parametrize("change", [{"contract_renewals": -1}, {"contract_renewals": 10_001}, {"contract_months": 0}])
def test_a_contract_that_cannot_be_is_counted_and_left_out(change):
    customers = contracts()
    found = ESTIMATE([replace(customers[0], **change), *customers[1:]])
    assert found.problems == ("1 contracts have renewals or months that cannot be.",)


def test_no_margin_or_one_in_another_currency_gives_no_value():
    customers = buyers()
    again = [number for number, one in enumerate(customers) if one.purchases_repeated]
    for money in (None, Money(500, "USD"), Money(-500, "EUR")):
        changed = list(customers)
        changed[again[0]] = replace(changed[again[0]], mean_margin=money)
        found = ESTIMATE(changed)
        assert customers[again[0]].id not in found.values
        assert found.problems[0].startswith("1 customers who bought again have no mean margin above 0 in EUR")
    found = ESTIMATE([replace(one, mean_margin=None) for one in contracts()])
    assert found.values == {}
    assert "have no mean margin in EUR" in found.problems[0]


def test_what_cannot_be_told_is_said():
    assert ESTIMATE([]) == ESTIMATE([Customer("cus_1", "x", "test", "1")])
    found = ESTIMATE(buyers(30) + contracts(20))
    assert found.values == {}
    none = "No lifetime value is modelled from"
    assert found.problems == (
        f"{none} purchases. There are 30 customers with a history; it takes 50.",
        f"{none} contracts of 6 months. There are 20 customers with a contract; it takes 50.",
    )
    without_rate = replace(ESTIMATE, annual_rate=0.0)(buyers())
    assert without_rate.values == {}
    assert "infinite" in without_rate.problems[0]
