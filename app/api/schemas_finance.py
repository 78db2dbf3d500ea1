"""Finance on the wire: what two people sign, reconciliation, the bridge between runs, sensitivity."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.api.schemas import Body, Currency, Flag, Long, MoneyOut, Number, Out, TimeOut, Whole
from app.api.schemas_policy import ProposePolicyIn
from app.domain.money import LARGEST
from app.domain.reconciliation import Agreement, MonthState
from app.domain.referral import FlowKind
from app.domain.sign_off import SignOffState, Subject

Month = Annotated[str, Field(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", examples=["2026-01"])]
Months = Annotated[Whole, Field(ge=0, le=1200)]
Cut = Annotated[Whole, Field(ge=-LARGEST, le=LARGEST)]


class ParametersIn(Body):
    """What is to change of the parameters of scoring; the others stay as they are in force. `null` takes an assumed
    margin rate or a stated cut away."""

    currency: Currency | None = None
    annual_rate: Annotated[Number, Field(ge=0, le=10)] | None = None
    margin_rate: Annotated[Number, Field(ge=0, le=1)] | None = None
    strict: Flag | None = None
    horizon_months: Months | None = None
    window_months: Months | None = None
    policy: Literal["shapley", "direct", "geometric"] | None = None
    rho: Annotated[Number, Field(gt=0, le=1)] | None = None
    depth: Annotated[Whole, Field(ge=1, le=64)] | None = None
    draws: Annotated[Whole, Field(ge=0, le=1000)] | None = None
    seed: Annotated[Whole, Field(ge=0, le=2**63 - 1)] | None = None
    model_sigma: Annotated[Number, Field(ge=0, le=3)] | None = None
    hazard_ratio: Annotated[Number, Field(ge=0, le=100)] | None = None
    hazard_sigma: Annotated[Number, Field(ge=0, le=3)] | None = None
    clv_cut_minor: Cut | None = None
    crv_cut_minor: Cut | None = None


class ProposeParametersIn(Body):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"subject": "parameters", "parameters": {"annual_rate": 0.1}, "reason": "Cost of capital of 2026"}
            ]
        },
    )

    subject: Literal["parameters"]
    parameters: ParametersIn
    reason: Long


class ProposeMonthIn(Body):
    """A close signs what the latest reconciliation says of the month; a reopening takes a close back."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"subject": "close", "month": "2026-01", "reason": "Agrees with the books"}]},
    )

    subject: Literal["close", "reopen"]
    month: Month
    reason: Long


SignOffIn = Annotated[ProposeParametersIn | ProposeMonthIn | ProposePolicyIn, Field(discriminator="subject")]


class SignOffOut(Out):
    """`document`: what is signed. `proposed_by`, `decided_by`: ids of keys, never the same one where it is approved."""

    id: str
    subject: Subject
    month: str | None
    document: dict[str, Any]
    reason: str
    proposed_by: str
    proposed_at: TimeOut
    state: SignOffState
    decided_by: str | None
    decided_at: TimeOut | None


class ParametersOut(Out):
    """In force now. `signed_off` is null while nobody has signed any: then they are the settings'."""

    signed_off: str | None
    currency: str
    annual_rate: float
    margin_rate: float | None
    strict: bool
    horizon_months: int
    window_months: int
    policy: str
    rho: float
    depth: int
    draws: int
    seed: int
    model_sigma: float
    hazard_ratio: float
    hazard_sigma: float
    clv_cut_minor: int | None
    crv_cut_minor: int | None


class ReconciledLineOut(Out):
    """`ours`: realised cash, undiscounted; `books`: the ledger's; `difference`: ours less books. `signed`: ours as the
    month was closed; `since_close`: what facts recorded later have changed."""

    month: str
    kind: FlowKind
    ours: MoneyOut
    books: MoneyOut | None
    difference: MoneyOut
    agreement: Agreement
    flows: int
    signed: MoneyOut | None
    since_close: MoneyOut | None


class ReconciledMonthOut(Out):
    month: str
    state: MonthState
    agrees: bool
    lines: int
    sign_off_id: str | None
    changed: bool


class ReconciliationOut(Out):
    id: str
    made_at: TimeOut
    known_at: TimeOut
    months: list[ReconciledMonthOut]
    lines: list[ReconciledLineOut]
    notes: list[str]


class RunEndOut(Out):
    run_id: str
    valuation_at: TimeOut
    known_at: TimeOut
    value: MoneyOut


class OutcomeChangeOut(Out):
    outcome_id: str
    change: MoneyOut


class BridgeStepOut(Out):
    """`change` of the value of all outcomes; `outcomes`: how many changed; `largest` of them."""

    name: str
    change: MoneyOut
    outcomes: int
    largest: list[OutcomeChangeOut]


class BridgeOut(Out):
    """`before.value` and all changes add up to `after.value`, to the minor unit."""

    id: str
    made_at: TimeOut
    before: RunEndOut
    after: RunEndOut
    steps: list[BridgeStepOut]


class SwingOut(Out):
    """The value under a lower and a higher assumption, everything else as it is."""

    name: str
    low: str
    high: str
    value_low: MoneyOut
    value_high: MoneyOut


class BreakEvenOut(Out):
    """If every outcome had the same π: the value at π = 0 and at 1. `pi_now`: the one π that gives what it is; `pi`:
    at which nothing is left, null where there is none between 0 and 1."""

    at_none: MoneyOut
    at_certain: MoneyOut
    pi_now: float | None
    pi: float | None
    sentence: str


class SensitivityOut(Out):
    """Of one customer, or of all outcomes where `customer_id` is null. `swings`: the widest first."""

    customer_id: str | None
    valuation_at: TimeOut
    known_at: TimeOut
    value: MoneyOut
    break_even: BreakEvenOut
    swings: list[SwingOut]


class SensitivityReportOut(SensitivityOut):
    id: str
    made_at: TimeOut
