"""How far a value moves with what it assumes, on every engine: each end is what a run under that assumption gives."""

from dataclasses import replace

import pytest

from app.domain.access import OPERATOR_CLI as ME
from app.domain.errors import NotFound
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.domain.sensitivity import Sensitivity, Swing
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.referral_value import ScoreValue
from app.usecases.value_scoring import ScoreParameters
from app.usecases.value_sensitivity import CustomerSensitivity, PortfolioSensitivity
from tests.journey.value_chains import DAY, NAMES, NOW, USD, cus, filled, run_of

COST = CashFlow("flow_c", "out_met", FlowKind.COST, Ledger.OPERATOR, Money(40_000, "USD"), NOW - DAY, NOW - DAY)


@pytest.fixture
def store(runner: GraphRunner) -> GraphStore:
    store = filled(runner)
    store.write(ME, lambda tx: tx.flows.save([COST]))
    run_of(store, USD, 1)
    return store


def of_all(store: GraphStore) -> Sensitivity:
    return PortfolioSensitivity(store, lambda: NOW)(ME)


def of_one(store: GraphStore, name: str) -> Sensitivity:
    return CustomerSensitivity(store, lambda: NOW)(ME, cus(name))


def swing(found: Sensitivity, name: str) -> Swing:
    return next(one for one in found.swings if one.name == name)


def total_of(store: GraphStore, parameters: ScoreParameters) -> int:
    name = f"run_{abs(hash(parameters))}"
    return ScoreValue(store, lambda: NOW, lambda kind: name)(ME, parameters).outcomes_minor


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("discount rate a year", {"annual_rate": 0.07}, {"annual_rate": 0.17}),
        ("horizon", {"horizon_months": 24}, {"horizon_months": 48}),
    ],
)
def test_each_end_is_what_a_run_under_that_assumption_gives(
    store: GraphStore, name: str, low: dict[str, float], high: dict[str, float]
) -> None:
    found = swing(of_all(store), name)
    ends = [total_of(store, replace(USD, **one)) for one in (low, high)]
    assert [found.value_low.minor, found.value_high.minor] == pytest.approx(ends, abs=1)


def test_a_tenth_of_the_costs_is_a_tenth_of_the_costs(store: GraphStore) -> None:
    found = swing(of_all(store), "costs")
    spent = 40_000 * 1.12 ** (1 / 365)
    assert found.value_low.minor - found.value_high.minor == pytest.approx(0.2 * spent, abs=2)


def test_at_the_break_even_nothing_is_left_and_the_widest_comes_first(store: GraphStore) -> None:
    found = of_all(store)
    even = found.break_even
    assert even.at_none.minor > 0 > even.at_certain.minor
    assert even.pi is not None
    share = even.at_none.minor + even.pi * (even.at_certain.minor - even.at_none.minor)
    assert share == pytest.approx(0.0, abs=1e-6)
    assert even.pi_now is not None
    now = even.at_none.minor + even.pi_now * (even.at_certain.minor - even.at_none.minor)
    assert now == pytest.approx(found.value.minor, abs=1e-6)
    assert f"{even.pi:.2f}" in even.sentence
    widths = [abs(one.value_high.minor - one.value_low.minor) for one in found.swings]
    assert widths == sorted(widths, reverse=True)


def test_customers_and_operator_add_up_to_all_in_every_assumption(store: GraphStore) -> None:
    everybody = [of_one(store, name) for name in NAMES]
    whole = of_all(store)
    operator = store.read(ME, lambda tx: tx.values.get("run_1", ["OPERATOR"]))[0].both.minor
    assert sum(one.value.minor for one in everybody) + operator == whole.value.minor
    at_certain = sum(one.break_even.at_certain.minor for one in everybody)
    assert at_certain > whole.break_even.at_certain.minor  # the operator bears its part of the cost


def test_who_brings_nothing_is_worth_nothing_whatever_pi_is(store: GraphStore) -> None:
    found = of_one(store, "f")
    assert found.value == Money(0, "USD")
    assert found.break_even.pi is None
    assert found.break_even.sentence == "It is worth nothing, whatever π is."


def test_before_the_first_run_there_is_nothing_to_vary(runner: GraphRunner) -> None:
    store = filled(runner)
    for ask in (lambda: of_all(store), lambda: of_one(store, "a")):
        with pytest.raises(NotFound):
            ask()
