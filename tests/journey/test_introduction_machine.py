"""A state machine over introductions: it holds, it reaches every transition, and it finds bugs that are planted.

`make chaos` runs it at full count, where each transition has to be reached a hundred times."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.domain.contact import ContactState
from app.domain.introduction import MOVES, IntroductionStatus
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.last_look import Look
from tests.engines import Engine
from tests.journey.introduction_model import REACHED, IntroductionMachine, World

S = IntroductionStatus
EXAMPLES = int(os.environ.get("ICRM_MODEL_EXAMPLES", "15"))
FULL = 1_000  # examples from which on each transition is reached so often
LEAST = 100
PLANTED = 120  # examples at most until a planted bug is found
STEPS = 40
# A hold-out is drawn before anything is proposed; proposals do not expire; what is disputed is decided by a finding.
ELSEWHERE = {(S.PROPOSED, S.EXPIRED), (S.DISPUTED, S.WITHDRAWN)}
TRANSITIONS = {
    (str(before), str(after))
    for before, some in MOVES.items()
    for after in some
    if after is not S.HELD_OUT and (before, after) not in ELSEWHERE
}


def run(runner: GraphRunner, examples: int) -> None:
    world = World()
    world.store, world.runner = GraphStore(runner), runner
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("Machine", (IntroductionMachine,), {"world": world}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_holds_and_gets_around(session_runner: GraphRunner) -> None:
    REACHED.clear()
    run(session_runner, EXAMPLES)
    print({" → ".join(pair): count for pair, count in sorted(REACHED.items())})  # noqa: T201  read with -s
    assert REACHED.keys() <= TRANSITIONS
    if EXAMPLES >= FULL:
        assert {pair: REACHED[pair] for pair in TRANSITIONS if REACHED[pair] < LEAST} == {}


def _nothing(*_: object, **__: object) -> None:
    return None


def _goes(tx: object, one: object, now: object) -> Look:
    left = replace(one, state=ContactState.LEAVING)  # type: ignore[type-var]
    tx.letters.report(left)  # type: ignore[attr-defined]
    return Look(True, left, now)  # type: ignore[arg-type]


BUGS: dict[str, Callable[..., object]] = {
    "app.usecases.moving.check_consents": _nothing,
    "app.usecases.moving.count_slot": _nothing,
    "app.usecases.moving._check_approver": _nothing,
    "app.usecases.moving._check_budget": _nothing,
    "app.usecases.letters._call_back": _nothing,
    "app.usecases.consents.cancel_without_consent": lambda *_: (),
    "app.mailer.last_look": _goes,
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(
    engine: Engine, session_runner: GraphRunner, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    monkeypatch.setattr(bug, BUGS[bug])
    with pytest.raises(BaseException) as found:
        run(session_runner, PLANTED)
    assert "AssertionError" in repr(found.value) or isinstance(found.value, AssertionError | BaseExceptionGroup)
