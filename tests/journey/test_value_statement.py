"""One customer's value from its own facts is what a run of everybody gives, on every engine, as of any two times."""

from dataclasses import replace

import pytest

import cypher
from app.domain.access import OPERATOR_CLI as ME
from app.domain.errors import NotFound
from app.domain.exchange_rate import ExchangeRate
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger
from app.store.migrations import migrate
from app.store.runner import GraphRunner
from app.usecases.value_statement import AsOf
from tests.journey.value_chains import DAY, NAMES, NOW, USD, cus, explained, filled, run_of


def test_the_facts_of_one_customer_give_what_a_run_of_everybody_gives(runner: GraphRunner) -> None:
    store = filled(runner)
    values = run_of(store, USD, 1)
    for name in NAMES:
        found = explained(store, name)
        assert found.value == replace(values[cus(name)], run_id=""), name
        assert found.stages[0].money == Money(50_000, "USD")
        assert sum(one.money.minor for one in found.stages[:-1]) == found.stages[-1].money.minor
        credit = sum(one.credit.minor for one in found.lines)
        assert credit == found.value.both.minor
        assert sum(one.away.minor for one in found.lines) == found.value.attributed_away


def test_a_line_says_by_which_chain_and_on_what_evidence(runner: GraphRunner) -> None:
    store = filled(runner)
    run_of(store, USD, 1)
    found = explained(store, "a")
    lines = {one.outcome_id: one for one in found.lines}
    assert set(lines) == {"out_ref_ab", "out_ref_bc", "out_ref_cd", "out_met", "out_ref_he", "out_dg"}
    assert lines["out_ref_he"].chain == (cus("d"), cus("c"), cus("b"), cus("a"))  # h is credited through d
    assert lines["out_met"].chain[-1] == cus("a")
    assert (lines["out_met"].grade, lines["out_met"].pi) == ("D", 0.3)
    assert explained(store, "h").credited_to == cus("d")


def test_what_is_recorded_later_changes_nothing_as_of_before(runner: GraphRunner) -> None:
    store = filled(runner)
    run_of(store, USD, 1)
    before = explained(store, "a")
    later = NOW + DAY
    late = CashFlow("flow_late", "out_met", FlowKind.MARGIN, Ledger.OPERATOR, Money(99_999, "USD"), later, later)
    store.write(ME, lambda tx: tx.flows.save([late]))
    assert explained(store, "a") == before
    after = explained(store, "a", AsOf(NOW, later))
    assert after.value.both.minor > before.value.both.minor
    assert after.value == replace(
        run_of(store, replace(USD, known_at=later), 2)[cus("a")], run_id="", quadrant=after.value.quadrant
    )


def test_foreign_money_takes_the_rates_that_were_known(runner: GraphRunner) -> None:
    """Only those of its own currency are read; a run reads all of them."""
    store = filled(runner)
    paid = CashFlow("flow_eur", "out_met", FlowKind.MARGIN, Ledger.OPERATOR, Money(50_000, "EUR"), NOW - DAY, NOW - DAY)
    worth = (
        ("EUR", "USD", 1.25, NOW),
        ("EUR", "USD", 2.5, NOW + DAY),
        ("JPY", "USD", 0.01, NOW),
        ("EUR", "CHF", 9.0, NOW),
    )
    rates = [
        ExchangeRate(f"rate_{n}", of, into, rate, NOW - DAY, known, "bank")
        for n, (of, into, rate, known) in enumerate(worth)
    ]
    store.write(ME, lambda tx: (tx.flows.save([paid]), tx.rates.save(rates)))
    for number, known_at in enumerate((NOW, NOW + DAY)):
        values = run_of(store, replace(USD, known_at=known_at), number)
        for name in "ae":
            found = explained(store, name, AsOf(NOW, known_at))
            assert found.value == replace(values[cus(name)], run_id="")
            assert not [one for one in found.not_known if "rate" in one]
    assert values[cus("e")].introduction.minor > 50_000  # half of 1,250.00, and more


def test_before_everything_there_is_nothing_and_strangers_are_refused(runner: GraphRunner) -> None:
    store = filled(runner)
    with pytest.raises(NotFound):
        explained(store, "a")
    run_of(store, USD, 1)
    long_ago = NOW - 2_000 * DAY
    assert explained(store, "a", AsOf(long_ago, long_ago)).lines == ()
    with pytest.raises(NotFound):
        explained(store, "unknown")


def test_outcomes_of_before_schema_5_are_tied_to_who_acted(runner: GraphRunner) -> None:
    """A voucher, who is no party, is found by the tie alone."""
    store = filled(runner)
    run_of(store, USD, 1)
    as_it_was = explained(store, "e")
    forget = cypher.parse(
        "system/forget_ties",
        "// Forgets\n// mode: write\n// params: version\n// returns: version\n"
        "MATCH (s:SchemaVersion {id: 'schema'}) SET s.version = $version WITH s\n"
        "OPTIONAL MATCH (:Customer)-[r:CONTRIBUTED_TO]->(:Outcome) DELETE r RETURN s.version AS version",
    )
    runner.write(lambda tx: tx.run(forget, version=4))
    assert "out_met" not in {one.outcome_id for one in explained(store, "e").lines}
    assert migrate(runner).before == 4
    assert explained(store, "e") == as_it_was


def test_ties_of_schema_5_say_who_says_so_and_stay_single(runner: GraphRunner) -> None:
    """They had no `by`, so that an outcome saved again would have kept them."""
    store = filled(runner)
    run_of(store, USD, 1)
    ties = cypher.parse(
        "system/find_ties",
        "// Ties\n// mode: read\n// params:\n// returns: who, outcome, by\n"
        "MATCH (c:Customer)-[r:CONTRIBUTED_TO]->(n:Outcome) "
        "RETURN c.id AS who, n.id AS outcome, r.by AS by ORDER BY who, outcome",
    )
    as_it_was = runner.read(lambda tx: tx.run(ties))
    assert [row["by"] for row in as_it_was] == [row["outcome"] for row in as_it_was] != []
    forget = cypher.parse(
        "system/forget_by",
        "// Forgets\n// mode: write\n// params: version\n// returns: version\n"
        "MATCH (s:SchemaVersion {id: 'schema'}) SET s.version = $version WITH s\n"
        "OPTIONAL MATCH (:Customer)-[r:CONTRIBUTED_TO]->(:Outcome) SET r.by = null RETURN s.version AS version",
    )
    runner.write(lambda tx: tx.run(forget, version=5))
    assert migrate(runner).before == 5
    assert runner.read(lambda tx: tx.run(ties)) == as_it_was
