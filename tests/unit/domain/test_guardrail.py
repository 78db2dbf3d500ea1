"""Guardrails of the programme."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.domain.funnel import Funnel, funnel
from app.domain.guardrail import Guardrail, Limits, broken_message, guardrails
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.report import Report, ReportKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = Limits(disputed=0.05, declined=0.5)
S = IntroductionStatus


def of(**counts: int) -> Funnel:
    names = [S(name) for name, count in counts.items() for _ in range(count)]
    made = [Introduction(f"int_{n}", None, "cus_a", "cus_b", name, NOW, NOW) for n, name in enumerate(names)]
    return funnel(made, NOW)


def states(rails: Sequence[Guardrail]) -> list[str]:
    return [str(one.state) for one in rails]


def test_a_guardrail_is_broken_only_beyond_chance() -> None:
    assert states(guardrails(of(introduced=9, disputed=1), None, LIMITS)) == ["open", "kept", "open"]
    assert states(guardrails(of(introduced=80, disputed=20), None, LIMITS)) == ["broken", "kept", "open"]
    assert states(guardrails(of(introduced=997, disputed=3), None, LIMITS))[0] == "kept"
    assert states(guardrails(of(declined=90, introduced=30), None, LIMITS))[1] == "broken"


def test_driving_seekers_away_breaks_one() -> None:
    assert states(guardrails(of(), (-0.1, -0.15, -0.05), LIMITS)) == ["open", "open", "broken"]
    assert states(guardrails(of(), (-0.1, -0.25, 0.05), LIMITS))[2] == "open"
    assert states(guardrails(of(), (0.1, 0.01, 0.2), LIMITS))[2] == "kept"


def test_the_operator_is_told_once_of_what_is_broken() -> None:
    report = Report("rep_1", ReportKind.PROGRAMME, NOW, "{}")
    told = broken_message(guardrails(of(introduced=80, disputed=20), (-0.1, -0.15, -0.05), LIMITS))(report)
    assert len(told) == 1
    assert "disputed of introduced" in told[0].payload
    assert "effect on staying" in told[0].payload
    assert "declined" not in told[0].payload
    assert broken_message(guardrails(of(introduced=10), None, LIMITS))(report) == []
