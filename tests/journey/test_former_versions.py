"""Outcomes and referrals that are saved again: as of an earlier day what they said then applies, on every engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cypher
from app.adapters.native import NativeFolder
from app.domain.access import OPERATOR_CLI as ME
from app.domain.job import ImportRun
from app.domain.referral import OPERATOR, Contribution, Outcome, Referral
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.imports import ImportPortfolio, UndoImport
from app.usecases.value_scoring import ScoreParameters
from app.usecases.value_statement import AsOf
from tests.journey.value_chains import DAY, NAMES, NOW, USD, cus, explained, filled, run_of

FORMER = cypher.parse(
    "system/count_former",
    "// Former\n// mode: read\n// params:\n// returns: outcomes, referrals, ties\n"
    "OPTIONAL MATCH (o:FormerOutcome) WITH count(o) AS outcomes OPTIONAL MATCH (r:FormerReferral) "
    "WITH outcomes, count(r) AS referrals OPTIONAL MATCH (:Customer)-[t:CONTRIBUTED_TO|REFERRED_BEFORE]->() "
    "WHERE t.by CONTAINS '@' WITH outcomes, referrals, count(t) AS ties "
    "OPTIONAL MATCH (:Outcome)-[c:CAME_FROM_BEFORE]->() WITH outcomes, referrals, ties, count(c) AS came "
    "RETURN outcomes, referrals, ties + came AS ties",
)


def outcome(store: GraphStore, key: str) -> Outcome:
    return store.read(ME, lambda tx: tx.outcomes.get([key]))[0]


def referral(store: GraphStore, key: str) -> Referral:
    return store.read(ME, lambda tx: tx.referrals.get([key]))[0]


def save(store: GraphStore, *rows: Outcome | Referral) -> None:
    def work(tx) -> None:  # type: ignore[no-untyped-def]
        tx.referrals.save([one for one in rows if isinstance(one, Referral)])
        tx.outcomes.save([one for one in rows if isinstance(one, Outcome)])

    store.write(ME, work)


def everybody(store: GraphStore, known_at: datetime) -> dict[str, object]:
    return {name: explained(store, name, AsOf(NOW, known_at)).value for name in NAMES}


def agrees(store: GraphStore, parameters: ScoreParameters, number: int) -> bool:
    """One customer's own facts with a run of everybody."""
    assert parameters.known_at is not None
    values, alone = run_of(store, parameters, number), everybody(store, parameters.known_at)
    return all(
        replace(values[cus(name)], run_id="", quadrant=None) == replace(alone[name], quadrant=None)  # type: ignore[type-var]
        for name in NAMES
    )


def test_an_outcome_that_says_when_more_was_learned_counts_from_then(runner: GraphRunner) -> None:
    """Other parties, another π, other influence: each customer keeps what it had as of the day before."""
    store = filled(runner)
    run_of(store, USD, 1)
    before = everybody(store, NOW)
    met, learned = outcome(store, "out_met"), NOW + 2 * DAY
    by = (Contribution(cus("b"), 0.5), Contribution(OPERATOR, 0.5))
    save(store, replace(met, recorded_at=learned, pi=0.9, provider_id=cus("g"), contributions=by))
    assert everybody(store, NOW) == before == everybody(store, learned - DAY)
    assert agrees(store, replace(USD, known_at=NOW), 2)
    after = everybody(store, learned)
    assert {name for name in NAMES if after[name] != before[name]} >= {"a", "b", "d", "e", "g"}
    assert agrees(store, replace(USD, known_at=learned), 3)


def test_what_does_not_say_when_it_was_learned_counts_from_when_it_was_saved(runner: GraphRunner) -> None:
    store = filled(runner)
    run_of(store, USD, 1)
    before, began = everybody(store, NOW), datetime.now(UTC)
    save(store, replace(outcome(store, "out_met"), pi=0.9))
    saved = datetime.now(UTC)
    assert everybody(store, NOW) == everybody(store, began) == before
    assert everybody(store, saved) != before
    # Once more within the same instants: each content has a time of its own.
    save(store, replace(outcome(store, "out_met"), pi=0.1))
    save(store, replace(outcome(store, "out_met"), pi=0.3))
    again = datetime.now(UTC)
    assert everybody(store, again) == before
    assert everybody(store, saved) != before
    assert agrees(store, replace(USD, known_at=saved), 2)


def test_another_referrer_leaves_the_chains_of_before_as_they_were(runner: GraphRunner) -> None:
    """b was brought by a, it is said; then, that it was f, who has no other chain."""
    store = filled(runner)
    run_of(store, USD, 1)
    before = everybody(store, NOW)
    save(store, replace(referral(store, "ref_ab"), referrer_id=cus("f")))
    assert everybody(store, NOW) == before
    assert agrees(store, replace(USD, known_at=NOW), 2)
    now = datetime.now(UTC)
    assert explained(store, "a", AsOf(NOW, now)).value.referral.minor == 0
    assert explained(store, "f", AsOf(NOW, now)).value.referral.minor != 0
    assert agrees(store, replace(USD, known_at=now), 3)


def test_an_outcome_of_another_referral_is_found_from_either(runner: GraphRunner) -> None:
    store = filled(runner)
    run_of(store, USD, 1)
    before = everybody(store, NOW)
    save(store, replace(outcome(store, "out_ref_he"), referral_id="ref_gc"))
    assert everybody(store, NOW) == before
    assert agrees(store, replace(USD, known_at=NOW), 2)
    now = datetime.now(UTC)
    assert explained(store, "d", AsOf(NOW, now)).value != before["d"]  # h's too: they are one legal group
    assert agrees(store, replace(USD, known_at=now), 3)


def corrected(tmp_path: Path, **files: str) -> Callable[[GraphStore], ImportRun]:
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    def run(store: GraphStore) -> ImportRun:
        return ImportPortfolio(store, lambda: datetime.now(UTC))(ME, NativeFolder(tmp_path))  # type: ignore[return-value]

    return run


def test_a_correction_that_is_imported_can_be_taken_back_whole(runner: GraphRunner, tmp_path: Path) -> None:
    store = filled(runner)
    run_of(store, USD, 1)
    before = everybody(store, NOW)
    assert runner.read(lambda tx: tx.run(FORMER))[0] == {"outcomes": 0, "referrals": 0, "ties": 0}
    imported = corrected(
        tmp_path,
        outcomes="id,kind,valid_at,recorded_at,source,external_id,seeker_id,provider_id,pi\n"
        f"out_met,introduction,{NOW:%Y-%m-%dT%H:%M:%SZ},{NOW:%Y-%m-%dT%H:%M:%SZ},test,met,cus_f,cus_g,0.9\n",
        referrals="id,referrer_id,referred_id,at,source,pi\n"
        f"ref_ab,cus_f,cus_b,{NOW - 300 * DAY:%Y-%m-%dT%H:%M:%SZ},test,0.2\n",
    )(store)
    assert imported.updated == 2  # type: ignore[attr-defined]
    assert everybody(store, NOW - DAY) == before
    as_learned, now = everybody(store, NOW), datetime.now(UTC)
    assert as_learned != before
    assert everybody(store, now) not in (before, as_learned)  # the referral's correction counts from its saving
    kept = runner.read(lambda tx: tx.run(FORMER))[0]
    assert (kept["outcomes"], kept["referrals"]) == (1, 1)
    assert kept["ties"] == 5  # seeker, provider and two who acted; the referrer
    UndoImport(store, lambda: now)(ME, imported.import_id)  # type: ignore[attr-defined]
    assert runner.read(lambda tx: tx.run(FORMER))[0] == {"outcomes": 0, "referrals": 0, "ties": 0}
    assert everybody(store, NOW) == everybody(store, now) == before


@pytest.mark.parametrize("times", [1, 3])
def test_saving_the_same_again_keeps_nothing(runner: GraphRunner, times: int) -> None:
    store = filled(runner)
    for _ in range(times):
        save(store, outcome(store, "out_met"), referral(store, "ref_ab"))
    assert runner.read(lambda tx: tx.run(FORMER))[0] == {"outcomes": 0, "referrals": 0, "ties": 0}
