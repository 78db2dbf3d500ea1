"""A run from facts: intervals, evidence, foreign money, the 2×2, and what the manifest says."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.customer import Customer
from app.domain.errors import BadInput
from app.domain.money import Money
from app.domain.quadrant import Quadrant
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from app.usecases.value_facts import EvidenceRow, Facts, RateRow, micros
from app.usecases.value_scoring import ScoreParameters, scored_run
from tests.unit.usecases.value_records import facts_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
A, B, C = (Customer(f"cus_{one}", one, "test", one) for one in "abc")
REFERRAL = Referral("ref_1", A.id, B.id, NOW, pi=0.5)
CONVERSION = Outcome("out_1", OutcomeKind.REFERRAL, NOW, NOW, "test", "1", referral_id=REFERRAL.id)
PARAMETERS = ScoreParameters("USD", 0.1, valuation_at=NOW)


def margin(minor: int, currency: str = "USD", at: datetime = NOW + YEAR) -> CashFlow:
    money = Money(minor, currency)
    return CashFlow(f"flow_{minor}", CONVERSION.id, FlowKind.MARGIN, Ledger.OPERATOR, money, at, NOW)


def facts(*flows: CashFlow, **changes: object) -> Facts:
    whole = facts_of((A, B, C), (REFERRAL,), (CONVERSION,), flows or (margin(22_000),))
    return replace(whole, **changes)


def rate(value: float, at: datetime = NOW, recorded: datetime = NOW, currency: str = "EUR") -> RateRow:
    return RateRow(currency, "USD", micros(at), micros(recorded), f"rate_{value}", value)


def test_an_opinion_about_pi_makes_the_interval_of_beta_2_2():
    run, values = scored_run(facts(), PARAMETERS, "run_1", NOW)
    by_id = {one.customer_id: one for one in values}
    found = by_id[A.id].interval(by_id[A.id].quantiles_referral)
    assert by_id[A.id].referral.minor == 10_000
    assert found is not None
    # Beta(2, 2) is above .135 and below .865 in 90 of 100 cases; 200 draws are that far off at most.
    assert 1_800 < found.low.minor < 4_500 < found.median.minor < 11_500 < 15_500 < found.high.minor < 18_200
    assert run.interval() == found  # the only outcome there is
    assert by_id[A.id].credit_by_grade == (0, 0, 0, 10_000)
    assert any("no evidence" in one for one in run.assumptions)


def test_evidence_comes_before_the_outcomes_own_pi_and_narrows_the_interval():
    known = EvidenceRow(CONVERSION.id, micros(NOW), "ev_1", 0.2, "A", 0.15, 0.25, (), ())
    _, values = scored_run(facts(evidence=[known]), PARAMETERS, "run_1", NOW)
    found = values[0].interval(values[0].quantiles_referral)
    assert values[0].referral.minor == 16_000
    assert found is not None
    assert 15_000 < found.low.minor < 16_000 < found.high.minor < 17_000
    assert values[0].credit_by_grade == (16_000, 0, 0, 0)


def test_evidence_recorded_later_than_known_changes_nothing():
    late = EvidenceRow(CONVERSION.id, micros(NOW) + 1, "ev_1", 0.2, "A", None, None, (), ())
    assert scored_run(facts(evidence=[late]), PARAMETERS, "run_1", NOW) == scored_run(facts(), PARAMETERS, "run_1", NOW)


def test_what_is_expected_in_foreign_money_takes_the_spot_rate_and_what_is_realised_that_of_its_day():
    expected = scored_run(facts(margin(22_000, "EUR"), rates=[rate(1.5)]), PARAMETERS, "run_1", NOW)[1]
    assert expected[0].referral.minor == 15_000
    day = NOW - timedelta(days=3)
    before = replace(CONVERSION, valid_at=day)
    cash = facts_of((A, B, C), (replace(REFERRAL, at=day),), (before,), (margin(20_000, "EUR", day),))
    at_par = replace(PARAMETERS, annual_rate=0.0)
    realised = scored_run(replace(cash, rates=[rate(1.5), rate(2.0, day)]), at_par, "run_1", NOW)[1]
    assert realised[0].referral.minor == 20_000


def test_money_without_a_rate_leaves_its_outcome_out_and_names_currency_and_day():
    run, values = scored_run(facts(margin(22_000, "EUR"), rates=[rate(1.5, NOW - YEAR)]), PARAMETERS, "run_1", NOW)
    assert values[0].customer_id not in {A.id, B.id}
    assert "EUR on 2026-01-01" in run.problems[0]  # of the day facts are known until, though expected in 2027
    assert "out_1" in run.problems[0]
    assert json.loads(run.manifest)["left_out"] == {"no_exchange_rate": 1, "not_recorded": 0, "out_of_range": 0}


def test_the_rate_that_is_named_as_missing_is_the_one_that_helps():
    day = NOW - timedelta(days=30)
    for paid, missing in ((NOW + YEAR, NOW), (day, day)):
        money = facts_of((A, B, C), (replace(REFERRAL, at=day),), (replace(CONVERSION, valid_at=day),), (
            margin(22_000, "EUR", paid),
        ))  # fmt: skip
        without, _ = scored_run(money, PARAMETERS, "run_1", NOW)
        assert f"EUR on {missing.date().isoformat()}" in without.problems[0]
        helped, _ = scored_run(replace(money, rates=[rate(1.5, missing)]), PARAMETERS, "run_1", NOW)
        assert (helped.problems, helped.outcome_count, without.outcome_count) == ((), 1, 0)


def test_a_record_out_of_range_costs_its_own_outcome_only():
    bad = replace(CONVERSION, id="out_0", external_id="0", pi=1.5)
    whole = facts_of((A, B, C), (REFERRAL,), (bad, CONVERSION), (margin(22_000),))
    run, values = scored_run(whole, PARAMETERS, "run_1", NOW)
    assert values[0].referral.minor == 10_000
    assert json.loads(run.manifest)["left_out"]["out_of_range"] == 1
    assert "out_0" in run.problems[0]


def test_a_company_is_credited_through_the_first_of_its_legal_group():
    group = (A, replace(B, group_id="grp_1"), replace(C, group_id="grp_1"))
    brought = (Referral("ref_1", C.id, A.id, NOW, pi=0.5),)
    _, values = scored_run(facts_of(group, brought, (CONVERSION,), (margin(22_000),)), PARAMETERS, "run_1", NOW)
    assert {one.customer_id: one.referral.minor for one in values[:2]} == {A.id: 0, B.id: 10_000}


def test_cuts_and_quadrants_stand_in_the_run():
    rich, poor = (replace(one, lifetime_value=Money(minor, "USD")) for one, minor in ((A, 900), (B, 100)))
    whole = replace(facts(), customers=[rich, poor, C])
    run, values = scored_run(whole, PARAMETERS, "run_1", NOW)
    assert (run.clv_cut_minor, run.crv_cut_minor) == (100, 10_000)
    assert [one.quadrant for one in values[:2]] == [Quadrant.CHAMPIONS, Quadrant.AFFLUENTS]
    stated, values = scored_run(whole, replace(PARAMETERS, clv_cut_minor=1_000), "run_1", NOW)
    assert (stated.clv_cut_minor, values[0].quadrant) == (1_000, Quadrant.ADVOCATES)


def test_network_values_sum_to_lifetime_values_and_what_is_in_none_of_them():
    known = [replace(one, lifetime_value=Money(30_000, "USD")) for one in (A, B, C)]
    _, values = scored_run(replace(facts(), customers=known), PARAMETERS, "run_1", NOW)
    networks = [one.network_value for one in values if one.clv is not None]
    assert sum(one.minor for one in networks if one is not None) == 90_000
    assert [one.minor for one in networks if one is not None] == [40_000, 20_000, 30_000]


def test_without_draws_there_is_no_interval():
    run, values = scored_run(facts(), replace(PARAMETERS, draws=0), "run_1", NOW)
    assert run.interval() is None
    assert values[0].interval(values[0].quantiles_referral) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"draws": 1_001},
        {"depth": 0},
        {"policy": "taken"},
        {"rho": 0.0},
        {"horizon_months": 0},
        {"model_sigma": 9.0},
        {"annual_rate": float("nan")},
        {"margin_rate": 2.0},
        {"known_at": datetime(2026, 1, 1)},
    ],
)
def test_parameters_out_of_range_are_named_and_not_echoed(wrong):
    with pytest.raises(BadInput) as caught:
        replace(PARAMETERS, **wrong).check()
    assert caught.value.pointer == next(iter(wrong))
    assert "9.0" not in str(caught.value)
    assert "taken" not in str(caught.value)
