"""S14 on every engine: power is shown before the pilot starts, its log repairs what a naive comparison gets wrong, and
π comes from the best evidence that the graph holds."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.cli import run
from app.domain.access import OPERATOR_CLI as ME
from app.domain.access import Caller, Scope
from app.domain.customer import Customer
from app.domain.decision import Decision, Policy, Ranked, decided
from app.domain.errors import BadInput, NotAllowed
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.money import Money
from app.domain.referral import CashFlow, FlowKind, Ledger, Outcome, OutcomeKind
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.evidence import Asked, EvidenceReport, ReadEvidence
from graph_algos.pilot_evidence import Grade, Survey

NOW = datetime(2026, 4, 1, tzinfo=UTC)
START = NOW - timedelta(days=500)
RANKED = [(f"cus_p{place}", 1.0 - place / 10) for place in range(6)]
STRATA = ["--stratum", "0.5,0.06,0.09,0.8", "--stratum", "0.5,0.20,0.24,0.1"]


def decision(
    number: int, hold_out: float, *, at: datetime = START, exempt: bool = False, ranked: Ranked = RANKED
) -> Decision:
    draft = Decision(
        id=f"dec_{number:05}",
        need_id=f"need_{number:05}",
        seeker_id=f"cus_s{number:05}",
        decided_at=at,
        decided_by="cli",
        day=f"{at:%Y-%m-%d}",
        policy="",
        policy_version="",
        ranker="fusion",
        seed=0,
        exempt=exempt,
        shown_limit=3,
        threshold=0.0,
        snapshot_watermark=1,
        snapshot_at=at,
        gates_hash="",
        candidates_hash="",
        held_out=False,
        explored=False,
        eligible_ids=(),
        shown_ids=(),
        ranks=(),
        scores=(),
        propensities=(),
        inputs="",
    )
    return decided(draft, Policy(exploration=0.0, hold_out=hold_out), ranked)


def business(number: int, provider: str, at: datetime, seeker: int | None = None) -> Outcome:
    kind, key = OutcomeKind.INTRODUCTION, f"out_{number:05}"
    party = f"cus_s{number if seeker is None else seeker:05}"
    return Outcome(key, kind, at, at, "crm", key, seeker_id=party, provider_id=provider)


def flow(number: int, at: datetime) -> CashFlow:
    amount = Money(100, "USD")
    return CashFlow(f"flow_{number}", f"out_{number:05}", FlowKind.MARGIN, Ledger.OPERATOR, amount, at, NOW)


def filled(
    runner: GraphRunner,
    decisions: Sequence[Decision] = (),
    outcomes: Sequence[Outcome] = (),
    flows: Sequence[CashFlow] = (),
    introductions: Sequence[Introduction] = (),
) -> GraphStore:
    store = GraphStore(runner)
    named = {key for one in (*outcomes, *introductions) for key in (one.seeker_id, one.provider_id) if key is not None}
    customers = [Customer(key, key, "crm", key) for key in sorted(named)]
    store.write(ME, lambda tx: tx.customers.save(customers), patient=True)
    for start in range(0, len(decisions), 1000):
        some = decisions[start : start + 1000]
        store.write(ME, lambda tx, some=some: tx.decisions.save(some), patient=True)
    store.write(ME, lambda tx: tx.introductions.save(introductions), patient=True)
    store.write(ME, lambda tx: tx.outcomes.save(outcomes), patient=True)
    store.write(ME, lambda tx: tx.flows.save(flows), patient=True)
    return store


def evidence(store: GraphStore, asked: Asked | None = None, hold_out: float = 0.1) -> EvidenceReport:
    return ReadEvidence(store, lambda: NOW, hold_out)(ME, asked or Asked())


def test_a_confounded_pilot_is_called_misleading_and_repaired_from_its_log(runner: GraphRunner) -> None:
    """VALUE.md, worked example 6: hard needs are introduced with probability .8, easy ones with .1."""
    rng = np.random.default_rng(3)
    decisions, outcomes = [], []
    for number in range(4_000):
        hard = number % 2 == 0
        one = decision(number, 0.2 if hard else 0.9)
        rate = {(True, True): 0.06, (True, False): 0.09, (False, True): 0.20, (False, False): 0.24}[hard, one.held_out]
        decisions.append(one)
        if rng.random() < rate:
            outcomes.append(business(number, one.shown_ids[0], START + timedelta(days=30)))
    found = evidence(filled(runner, decisions, outcomes))
    effect = found.effect
    assert effect is not None
    assert effect.misleading
    assert effect.naive.value == pytest.approx(-0.068, abs=0.03)
    assert not effect.naive.low <= 0.035 <= effect.naive.high
    assert effect.weighted.low <= 0.035 <= effect.weighted.high
    assert effect.doubly_robust.low <= 0.035 <= effect.doubly_robust.high
    assert found.sentences[-1].startswith("Comparing the two arms as they are misleads")
    assert found.grade is Grade.HOLD_OUT
    truth = (1_600 * 0.06 + 200 * 0.20) / (1_600 * 0.09 + 200 * 0.24)  # of the introduced
    assert found.pi.low <= truth <= found.pi.high


def test_only_what_began_in_the_window_between_those_who_were_decided_about_counts(runner: GraphRunner) -> None:
    decisions = [decision(number, 0.5) for number in range(400)]
    shown = [number for number, one in enumerate(decisions) if not one.held_out]
    held = [number for number, one in enumerate(decisions) if one.held_out]
    late = [decision(number, 0.5, at=NOW - timedelta(days=364)) for number in range(500, 510)]
    ours = [decision(number, 0.5, exempt=True) for number in range(600, 610)]
    ours.append(decision(700, 0.5, ranked=()))  # nobody passed the gates
    ours += [decision(number, float(number > 805)) for number in range(800, 811)]  # chance decided nothing
    again = [replace(decision(number, 0.0, at=START + timedelta(days=9)), id=f"dec_9{number:04}") for number in held]
    day = timedelta(days=1)
    outcomes = [business(number, "cus_p0", START + 365 * day) for number in shown[:40]]
    outcomes += [business(number, "cus_p2", START) for number in held[:10]]
    outcomes += [
        business(shown[40], "cus_p0", START - day),  # before
        business(shown[41], "cus_p0", START + 366 * day),  # after
        business(shown[42], "cus_p3", START + day),  # next in line: not shown
        business(shown[43], "cus_p1", START + day),  # promised: its cash has yet to come
        business(shown[44], "cus_p1", START + day),  # its cash came
        business(shown[45], "cus_p1", NOW + day),  # has yet to begin
    ]
    flows = [flow(shown[43], NOW + day), flow(shown[44], NOW - day)]
    found = evidence(filled(runner, [*decisions, *late, *ours, *again], outcomes, flows))
    needs, introductions, pairs = found.lines
    assert (needs.introduced.count, needs.introduced.business) == (len(shown), 41)
    assert (needs.without.count, needs.without.business) == (pytest.approx(len(held)), pytest.approx(10))
    assert (needs.waiting, needs.enough) == (10, True)
    assert found.grade is Grade.HOLD_OUT
    assert found.pi.value == pytest.approx((10 / len(held)) / (41 / len(shown)))
    assert introductions.pi is None
    assert (pairs.introduced.count, pairs.introduced.business) == (3 * (len(shown) + 6), 41)
    assert (pairs.without.count, pairs.without.business) == (pytest.approx(3 * (len(shown) + 6)), pytest.approx(1))
    assert evidence(filled(runner), Asked(window_days=30)).lines[0].introduced.business == 1
    assert found.effect is not None
    assert found.effect.naive.value == pytest.approx(41 / len(shown) - 10 / len(held))


def introduction(number: int, status: IntroductionStatus) -> Introduction:
    return Introduction(f"int_{number:05}", None, f"cus_s{number:05}", "cus_p0", status, START, START)


def test_introductions_held_out_elsewhere_are_evidence_too(runner: GraphRunner) -> None:
    status = IntroductionStatus
    made = [introduction(number, status.COMPLETED if number % 3 else status.DECLINED) for number in range(90)]
    made += [introduction(number, status.HELD_OUT) for number in range(100, 140)]
    made += [introduction(number, status.PROPOSED) for number in range(200, 205)]
    outcomes = [business(number, "cus_p0", START + timedelta(days=5)) for number in [*range(30), *range(100, 104)]]
    found = evidence(filled(runner, outcomes=outcomes, introductions=made))
    line = found.lines[1]
    assert (line.introduced.count, line.introduced.business) == (90, 30)
    assert (line.without.count, line.without.business) == (pytest.approx(40), pytest.approx(4))
    assert found.grade is Grade.HOLD_OUT
    assert found.pi.value == pytest.approx(0.3)
    assert found.effect is None


def test_without_a_hold_out_the_next_in_line_the_survey_or_the_prior_speak(runner: GraphRunner) -> None:
    nothing = evidence(filled(runner), hold_out=0.0)
    assert (nothing.grade, nothing.pi.value) == (Grade.PRIOR, 0.5)
    assert nothing.plan.assumed
    assert "ICRM_HOLD_OUT=0.1" in " ".join(nothing.sentences)
    asked = evidence(filled(runner), Asked(survey=Survey(40, 10)))
    assert (asked.grade, asked.pi.value) == (Grade.SURVEY, pytest.approx(12 / 44))
    with pytest.raises(BadInput):
        evidence(filled(runner), Asked(survey=Survey(4, 5)))
    decisions = [decision(number, 0.0) for number in range(60)]
    outcomes = [business(number, "cus_p1", START) for number in range(30)]
    outcomes += [business(number + 1_000, "cus_p4", START, seeker=number) for number in range(30, 36)]
    matched = evidence(filled(runner, decisions, outcomes), Asked(survey=Survey(40, 10)))
    assert matched.grade is Grade.MATCHED
    assert matched.pi.value == pytest.approx(6 / 30)
    assert matched.lines[0].pi is None
    assert matched.plan.rate == pytest.approx(30 / 180)
    with pytest.raises(NotAllowed):
        ReadEvidence(GraphStore(runner), lambda: NOW, 0.1)(Caller("writer", frozenset({Scope.WRITE})), Asked())


def test_power_is_shown_before_the_start_for_this_design_and_for_a_coin_toss(tmp_path: Path) -> None:
    place = tmp_path / "power.json"
    assert run(["pilot", "power", *STRATA, "--json", str(place)]) == 0
    found = json.loads(place.read_text())
    assert [one["power"] for one in found["sizes"]] == pytest.approx([0.14, 0.44, 0.94, 1.00], abs=0.03)
    assert [one["power_even"] for one in found["sizes"]] == pytest.approx([0.35, 0.88, 1.00, 1.00], abs=0.03)
    assert (found["effect"], found["naive"]) == (pytest.approx(0.035), pytest.approx(-0.068, abs=0.001))
    assert found["needed"] > 2 * found["needed_even"]
    assert run(["pilot", "power", "--stratum", "0.5,0.06,0.09,0.8"]) != 0
