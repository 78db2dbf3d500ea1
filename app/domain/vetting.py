"""What was checked about a customer, and how far that carries: the ladder V0 listed, V1 identity, V2 vetted, V3 proven
by outcomes here, V4 vouched for by a named officer.

Invariant: nothing but pass, fail or a tier of a check is kept, never its data (identity papers, credit figures).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import BadInput

PROVEN_COUNT = 5  # judged outcomes from which on "proven" means something (as for feedback: below that it tells whose)
PROVEN_SHARE = 0.8  # of them that went well


class Check(StrEnum):
    IDENTITY = "identity"
    LICENCE = "licence"
    STANDING = "standing"  # no proceedings, no sanctions
    KYC = "kyc"
    CREDIT = "credit"
    OFFICER = "officer"  # a named officer vouches


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  a verdict
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Vetting:
    """One check. `tier`: of a credit or KYC check that grades, 1 best. `evidence`: where its papers are, never the
    papers. `officer`: who vouches."""

    id: str
    customer_id: str
    check: Check
    verdict: Verdict
    checked_at: datetime
    checked_by: str
    evidence: str
    tier: int | None = None
    expires_at: datetime | None = None
    officer: str | None = None

    def verify(self) -> None:
        """BadInput for what does not fit together."""
        if self.tier is not None and self.check not in (Check.CREDIT, Check.KYC):
            raise BadInput("Only credit and KYC have a tier.", pointer="/tier")
        if (self.officer is not None) is not (self.check is Check.OFFICER):
            raise BadInput("An officer is named where one vouches, and only there.", pointer="/officer")
        if self.expires_at is not None and self.expires_at <= self.checked_at:
            raise BadInput("It ends before it was made.", pointer="/expires_at")


@dataclass(frozen=True, slots=True)
class Level:
    """`expires_at`: when the first check that it rests on ends."""

    level: int
    expires_at: datetime | None


_LADDER: Sequence[frozenset[Check]] = (
    frozenset(),
    frozenset({Check.IDENTITY}),
    frozenset({Check.IDENTITY, Check.STANDING}),
)


_REFUSING = (Check.KYC, Check.CREDIT, Check.LICENCE)


def level_of(checks: Iterable[Vetting], at: datetime, *, judged: int, good: int) -> Level:
    """As the latest of each kind says. A failed or expired check carries nothing; a failed one of KYC, credit or
    licence keeps it below V2: what was asked and refused is no vetting. `judged` outcomes as provider, and how many of
    them were good."""
    latest: dict[Check, Vetting] = {}
    for one in sorted(checks, key=lambda each: (each.checked_at, each.id)):
        if one.checked_at <= at:
            latest[one.check] = one
    holds = {kind: one for kind, one in latest.items() if _holds(one, at)}
    failed = any(kind in latest and latest[kind].verdict is Verdict.FAIL for kind in _REFUSING)
    level = max(step for step, needed in enumerate(_LADDER) if needed <= holds.keys() and not (step > 1 and failed))
    rests_on = set(_LADDER[level])
    if level == len(_LADDER) - 1:
        if judged >= PROVEN_COUNT and good >= PROVEN_SHARE * judged:
            level = 3
        if Check.OFFICER in holds:
            level, rests_on = 4, rests_on | {Check.OFFICER}
    ends = [holds[kind].expires_at for kind in rests_on]
    return Level(level, min((end for end in ends if end is not None), default=None))


def _holds(one: Vetting, at: datetime) -> bool:
    return one.verdict is Verdict.PASS and (one.expires_at is None or one.expires_at > at)
