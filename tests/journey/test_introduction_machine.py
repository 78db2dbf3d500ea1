"""A state machine over introductions: it reaches every transition, and finds bugs that are planted."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.store.runner import GraphRunner
from app.store.store import GraphStore
from tests.journey.introduction_model import REACHED, IntroductionMachine, World

EXAMPLES = int(os.environ.get("ICRM_MODEL_EXAMPLES", "12"))
STEPS = 40


def machine(runner: GraphRunner) -> type[IntroductionMachine]:
    world = World()
    world.store, world.runner = GraphStore(runner), runner
    return type("Machine", (IntroductionMachine,), {"world": world})


def run(runner: GraphRunner, examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine(runner),
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
