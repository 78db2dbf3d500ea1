"""Checks of customers on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.schemas import Body, Out, Short, Time, TimeOut, Whole
from app.domain.vetting import Check, Verdict


class VettingIn(Body):
    """`evidence`: where the papers are, never the papers. `tier`: of credit or KYC, 1 best. `officer`: who vouches."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "check": "identity",
                    "verdict": "pass",
                    "evidence": "file 2026-114",
                    "expires_at": "2028-01-01T00:00:00Z",
                }
            ]
        },
    )

    check: Check
    verdict: Verdict
    evidence: Short
    checked_at: Time | None = None
    expires_at: Time | None = None
    tier: Annotated[Whole, Field(ge=1, le=5)] | None = None
    officer: Short | None = None


class VettingOut(Out):
    id: str
    customer_id: str
    check: Check
    verdict: Verdict
    evidence: str
    checked_at: TimeOut
    checked_by: str
    expires_at: TimeOut | None
    tier: int | None
    officer: str | None


class VettingsOut(Out):
    data: list[VettingOut]
