"""Guardrails: figures that stay within a limit while introductions are tried, or the operator is told to pause.

Invariant: one is broken only where chance alone hardly explains it, so that looking at it every night breaks few by
chance: the whole 95 % interval lies beyond the limit.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.domain.funnel import Funnel
from app.domain.introduction import IntroductionStatus
from app.domain.outbox import Message, Topic, message
from app.domain.report import Report
from graph_algos.share import wilson


class GuardrailState(StrEnum):
    KEPT = "kept"
    OPEN = "open"  # too few to say
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of introductions that came about and end in a dispute, and of offers that are declined."""

    disputed: float
    declined: float


@dataclass(frozen=True, slots=True)
class Guardrail:
    """`value` with its 95 % interval, None where nothing is known yet; beyond `limit` is worse."""

    name: str
    limit: float
    value: float | None
    low: float | None
    high: float | None
    state: GuardrailState
    sentence: str


def guardrails(found: Funnel, staying: tuple[float, float, float] | None, limits: Limits) -> tuple[Guardrail, ...]:
    """`staying`: what showing suggestions added to the chance that a seeker stays, with its interval."""
    offered = next(stage for stage in found.stages if stage.name is IntroductionStatus.OFFERED)
    declined = sum(stage.lost.get(IntroductionStatus.DECLINED, 0) for stage in found.stages)
    introduced = found.reached(IntroductionStatus.INTRODUCED)
    return (
        _share("disputed of introduced", found.disputed, introduced, limits.disputed),
        _share("declined of offered", declined, offered.reached, limits.declined),
        _staying(staying),
    )


def broken_message(rails: Sequence[Guardrail]) -> Callable[[Report], list[Message]]:
    """From a report that is kept: one message to the operator that names every broken guardrail, if there is one."""
    broken = [_told(one) for one in rails if one.state is GuardrailState.BROKEN]

    def told(report: Report) -> list[Message]:
        data = {"report_id": report.id, "broken": broken}
        return [message(Topic.GUARDRAIL_BROKEN, report.id, report.made_at, data)] if broken else []

    return told


def _told(one: Guardrail) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if key != "state"}


def _share(name: str, count: int, total: int, limit: float) -> Guardrail:
    if not total:
        return Guardrail(name, limit, None, None, None, GuardrailState.OPEN, f"{name.capitalize()}: none yet.")
    low, high = map(float, wilson(count, total))
    told = f"{name.capitalize()}: {count / total:.1%} ({low:.1%} to {high:.1%}), at most {limit:.1%}"
    state = _state(beyond=low > limit, within=high <= limit)
    return Guardrail(name, limit, count / total, low, high, state, f"{told}: {_SAID[state]}.")


def _staying(found: tuple[float, float, float] | None) -> Guardrail:
    """No harm: showing may not drive seekers away."""
    name = "effect on staying"
    if found is None:
        sentence = "Effect on staying: not known before both arms have enough decided needs."
        return Guardrail(name, 0.0, None, None, None, GuardrailState.OPEN, sentence)
    value, low, high = found
    state = _state(beyond=high < 0.0, within=low >= 0.0)
    told = f"Effect on staying: {value:+.3f} ({low:+.3f} to {high:+.3f}), at least 0"
    return Guardrail(name, 0.0, value, low, high, state, f"{told}: {_SAID[state]}.")


def _state(*, beyond: bool, within: bool) -> GuardrailState:
    if beyond:
        return GuardrailState.BROKEN
    return GuardrailState.KEPT if within else GuardrailState.OPEN


_SAID = {
    GuardrailState.KEPT: "kept",
    GuardrailState.OPEN: "too few to say",
    GuardrailState.BROKEN: "broken, pause and find out why",
}
