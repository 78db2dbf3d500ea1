"""Referral value on the wire."""

from app.api.schemas import MoneyOut, Out, TimeOut
from app.domain.advocacy import Advocacy
from app.domain.quadrant import Quadrant


class IntervalOut(Out):
    """5 %, 50 % and 95 % of the draws of what is uncertain. Intervals of parts do not add up to that of their sum."""

    low: MoneyOut
    median: MoneyOut
    high: MoneyOut


class PartOut(Out):
    kind: str
    time: str
    money: MoneyOut
    interval: IntervalOut | None


class ValueOut(Out):
    """Referral value in its two kinds, each with its parts, beside lifetime value; as one run computed them, or, where
    `run_id` is null, from this customer's facts as of the times asked for.

    `clv` is the operator's own where it was imported. Otherwise it is an estimate: `clv_source` names the models and a
    hash of their parameters, `clv_low` and `clv_high` say how well these are known (95 %), not how far one customer may
    be from what is expected of it. `evidence`: the share of its credits, signs aside, by the grade of the evidence for
    π, A to D. `network_value` is that of expected business; null where no lifetime value is known. `advocacy`: by what
    the customer did for others and what came of it in cash; `advocacy_missing`: what makes the next stage, null for an
    advocate."""

    customer_id: str
    run_id: str | None
    valuation_at: TimeOut
    known_at: TimeOut
    assumptions: list[str]
    referral: MoneyOut
    referral_interval: IntervalOut | None
    referral_parts: list[PartOut]
    introduction: MoneyOut
    introduction_interval: IntervalOut | None
    introduction_parts: list[PartOut]
    evidence: dict[str, float]
    attributed_away: MoneyOut
    network_value: MoneyOut | None
    quadrant: Quadrant | None
    next_move: str | None
    advocacy: Advocacy | None
    advocacy_missing: str | None
    clv: MoneyOut | None
    clv_source: str | None
    clv_at: TimeOut | None
    clv_is_estimate: bool
    clv_low: MoneyOut | None
    clv_high: MoneyOut | None


class ShareOut(Out):
    referral: MoneyOut
    referral_interval: IntervalOut | None
    referral_parts: list[PartOut]
    introduction: MoneyOut
    introduction_interval: IntervalOut | None
    introduction_parts: list[PartOut]
    evidence: dict[str, float]


class ValueTotalsOut(Out):
    """Where the worth of all outcomes went: customers + operator + unattributed = outcomes, to the minor unit."""

    run_id: str
    valuation_at: TimeOut
    known_at: TimeOut
    currency: str
    customer_count: int
    outcome_count: int
    assumptions: list[str]
    problems: list[str]
    customers: ShareOut
    operator: ShareOut
    unattributed: ShareOut
    outcomes: MoneyOut
    outcomes_interval: IntervalOut | None
    clv_cut: MoneyOut | None
    crv_cut: MoneyOut | None
    conserved: bool


class StageOut(Out):
    name: str
    money: MoneyOut


class OutcomeLineOut(Out):
    """`value`: what all of the outcome is worth. `credit`: this customer's part; `away`: what of the customer's own
    value is credited to anybody. `chain`: from who acted up to this customer."""

    outcome_id: str
    kind: str
    valid_at: TimeOut
    seeker_id: str | None
    provider_id: str | None
    referrer_id: str | None
    pi: float
    grade: str
    value: MoneyOut
    share: float
    chain: list[str]
    credit: MoneyOut
    credit_expected: MoneyOut
    away: MoneyOut
    away_expected: MoneyOut


class StatementOut(Out):
    """How a value comes about. `stages` lead from lifetime value to network value, in what is expected; empty where no
    lifetime value is known. `others`: outcomes beyond those listed. `credited_to`: the first company of the legal
    group, in whose value the group's credit stands."""

    value: ValueOut
    credited_to: str
    lines: list[OutcomeLineOut]
    others: int
    stages: list[StageOut]
    not_known: list[str]


class NearAdvocateOut(Out):
    """`missing`: what makes the next stage. `credit`: all referral value, expected included."""

    customer_id: str
    name: str
    stage: Advocacy
    missing: str
    lifetime: MoneyOut | None
    credit: MoneyOut


class AdvocatesOut(Out):
    """`counts`: customers in each stage. `near`: advocates in the making, the nearest stage first, in it those of the
    highest lifetime value."""

    run_id: str
    counts: dict[str, int]
    near: list[NearAdvocateOut]
