"""From records to the columns of the value engine, and what has to be left out on the way.

Rules of VALUE.md: only the operator's ledger counts; payments between customers enter as margin only at a stated rate;
an outcome with money in another currency is not scored, for there is no rate; a legal group is one contributor.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain

import numpy as np

from app.domain.customer import Customer
from app.domain.introduction import Introduction
from app.domain.referral import OPERATOR, UNATTRIBUTED, CashFlow, FlowKind, Ledger, Outcome, OutcomeKind, Referral
from graph_algos import referral_value as engine
from graph_algos.value_columns import Floats, Minor

CODES = {OPERATOR: engine.OPERATOR, UNATTRIBUTED: engine.UNATTRIBUTED}


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known, each kind in the order of its ids."""

    customers: Sequence[Customer]
    referrals: Sequence[Referral]
    outcomes: Sequence[Outcome]
    flows: Sequence[CashFlow]
    introductions: Mapping[str, Introduction]
    watermark: int


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """`known_at`: facts recorded later do not exist. `margin_rate`: the operator's margin on payments, assumed."""

    currency: str
    known_at: datetime
    margin_rate: float | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """`assumed`: outcomes whose margin is the stated rate of their payments. `shared`: outcomes whose influence was
    split evenly for want of evidence."""

    book: engine.Book
    problems: tuple[str, ...]
    margins: int
    assumed: int
    shared: int


def prepare(facts: Facts, rules: Bookkeeping) -> Prepared:
    """The book of all outcomes that can be scored, and one sentence for each kind of what cannot."""
    place = {customer.id: index for index, customer in enumerate(facts.customers)}
    known = [outcome for outcome in facts.outcomes if outcome.recorded_at <= rules.known_at]
    flows, foreign, assumed, margins = _flows(facts.flows, rules)
    parties = _Parties(facts, place)
    scored = [outcome for outcome in known if outcome.id not in foreign and parties.are_known(outcome)]
    number = {outcome.id: index for index, outcome in enumerate(scored)}
    shares = [(index, *share) for index, outcome in enumerate(scored) for share in parties.shares(outcome)]
    rows = [(number[flow[0]], *flow[1:]) for flow in flows if flow[0] in number]
    book = engine.Book(
        customer_count=len(facts.customers),
        outcomes=_outcomes(scored, parties),
        contributions=engine.Contributions(
            _ints(row[0] for row in shares), _ints(row[1] for row in shares), _floats(row[2] for row in shares)
        ),
        flows=engine.Flows(*(_ints(row[column] for row in rows) for column in range(4))),
        acquisitions=_acquisitions(facts.referrals, place, rules.known_at),
    )
    strangers = len(known) - len([one for one in known if parties.are_known(one)])
    return Prepared(
        book=book,
        problems=tuple(_problems(rules, sorted(foreign), strangers)),
        margins=margins,
        assumed=len(assumed & number.keys()),
        shared=sum(not outcome.contributions and outcome.kind is OutcomeKind.INTRODUCTION for outcome in scored),
    )


MOST_NAMED = 20  # outcomes named in a problem


def _problems(rules: Bookkeeping, foreign: Sequence[str], strangers: int) -> Iterable[str]:
    if foreign:
        named = ", ".join(foreign[:MOST_NAMED]) + (" and more" if len(foreign) > MOST_NAMED else "")
        yield (
            f"{len(foreign)} outcomes have money in another currency than {rules.currency} and are not scored, for no "
            f"exchange rate is recorded: {named}."
        )
    if strangers:
        yield f"{strangers} outcomes name a party, referral or contributor that is not recorded; they are not scored."


FlowRow = tuple[str, int, int, int]  # outcome id, kind, minor units, day


def _flows(flows: Sequence[CashFlow], rules: Bookkeeping) -> tuple[list[FlowRow], set[str], set[str], int]:
    """Rows of the operator's ledger, outcomes with foreign money, outcomes with assumed margin, recorded margins."""
    known = [flow for flow in flows if flow.recorded_at <= rules.known_at]
    operators = [flow for flow in known if flow.ledger is Ledger.OPERATOR and flow.kind is not FlowKind.PAYMENT]
    with_margin = {flow.outcome_id for flow in operators if flow.kind is FlowKind.MARGIN}
    rate, payments = rules.margin_rate, list[CashFlow]()
    if rate is not None:
        payments = [one for one in known if one.kind is FlowKind.PAYMENT and one.outcome_id not in with_margin]
    foreign = {flow.outcome_id for flow in chain(operators, payments) if flow.money.currency != rules.currency}
    rows = [(one.outcome_id, _KIND[one.kind], one.money.minor, day(one.valid_at)) for one in operators]
    share = Decimal(str(rate or 0.0))
    for one in payments:
        margin = int((one.money.minor * share).to_integral_value(ROUND_HALF_EVEN))
        rows.append((one.outcome_id, int(engine.FlowKind.MARGIN), margin, day(one.valid_at)))
    return rows, foreign, {one.outcome_id for one in payments}, len(with_margin)


_KIND = {
    FlowKind.MARGIN: int(engine.FlowKind.MARGIN),
    FlowKind.SERVING: int(engine.FlowKind.SERVING),
    FlowKind.ACQUISITION_SAVED: int(engine.FlowKind.ACQUISITION_SAVED),
    FlowKind.ACQUISITION_SAVED_ANYWAY: int(engine.FlowKind.ACQUISITION_SAVED_ANYWAY),
    FlowKind.FEE: int(engine.FlowKind.FEE),
    FlowKind.COST: int(engine.FlowKind.COST),
}


class _Parties:
    """Who stands behind an outcome: contributors with their β, the owner of the margin, the day it goes back to."""

    def __init__(self, facts: Facts, place: Mapping[str, int]) -> None:
        self.place = place
        self.groups = {one.id: one.group_id for one in facts.customers if one.group_id is not None}
        self.referrals = {referral.id: referral for referral in facts.referrals}
        self.introductions = facts.introductions

    def are_known(self, outcome: Outcome) -> bool:
        named = [share.contributor_id for share in outcome.contributions] + self._acted(outcome)
        named += [one for one in (outcome.seeker_id, outcome.provider_id) if one is not None]
        if outcome.kind is OutcomeKind.REFERRAL and outcome.referral_id not in self.referrals:
            return False
        return all(one in self.place or one in CODES for one in named)

    def shares(self, outcome: Outcome) -> list[tuple[int, float]]:
        """(customer, OPERATOR or UNATTRIBUTED; β), one for each legal group; Σβ = 1 as recorded, else equal parts."""
        if outcome.contributions:
            given = [(share.contributor_id, share.beta) for share in outcome.contributions]
        else:
            acted = self._one_for_each_group(self._acted(outcome))
            given = [(one, 1.0 / len(acted)) for one in acted]
        merged: dict[str, float] = defaultdict(float)
        speaks: dict[str, str] = {}
        for one, beta in sorted(given):
            merged[speaks.setdefault(self.groups.get(one, one), one)] += beta
        return [(CODES[one] if one in CODES else self.place[one], beta) for one, beta in merged.items()]

    def _acted(self, outcome: Outcome) -> list[str]:
        """Who had a part: the referrer of a new customer; provider, seeker and operator of an introduction."""
        if outcome.kind is OutcomeKind.REFERRAL:
            referral = self.referrals.get(outcome.referral_id or "")
            return [referral.referrer_id] if referral is not None else [UNATTRIBUTED]
        return [one for one in (outcome.provider_id, outcome.seeker_id) if one is not None] + [OPERATOR]

    def _one_for_each_group(self, ids: Sequence[str]) -> list[str]:
        first: dict[str, str] = {}
        for one in sorted(set(ids)):
            first.setdefault(self.groups.get(one, one), one)
        return list(first.values())

    def owner(self, outcome: Outcome) -> int:
        """In whose own value the margin is: the customer who came, or the provider who got the business."""
        if outcome.kind is OutcomeKind.REFERRAL:
            return self.place[self.referrals[outcome.referral_id or ""].referred_id]
        if outcome.provider_id is not None:
            return self.place[outcome.provider_id]
        return engine.UNATTRIBUTED

    def origin(self, outcome: Outcome) -> int:
        """The day of the referral or introduction, which the attribution window counts from."""
        if outcome.kind is OutcomeKind.REFERRAL:
            return day(self.referrals[outcome.referral_id or ""].at)
        introduction = self.introductions.get(outcome.introduction_id or "")
        return day(introduction.created_at if introduction is not None else outcome.valid_at)


def _outcomes(scored: Sequence[Outcome], parties: _Parties) -> engine.Outcomes:
    introduction, referral = int(engine.OutcomeKind.INTRODUCTION), int(engine.OutcomeKind.REFERRAL)
    return engine.Outcomes(
        kind=_ints(referral if one.kind is OutcomeKind.REFERRAL else introduction for one in scored),
        pi=_floats(one.pi for one in scored),
        origin_day=_ints(parties.origin(one) for one in scored),
        start_day=_ints(day(one.valid_at) for one in scored),
        owner=_ints(parties.owner(one) for one in scored),
    )


def _acquisitions(referrals: Sequence[Referral], place: Mapping[str, int], known_at: datetime) -> engine.Acquisitions:
    """Several referrers of one customer share it evenly; the dependence is that of each one's own referral."""
    brought: dict[int, dict[int, float]] = defaultdict(dict)
    for referral in sorted(referrals, key=lambda one: (one.at, one.id)):
        if referral.at <= known_at and referral.referrer_id in place and referral.referred_id in place:
            brought[place[referral.referred_id]].setdefault(place[referral.referrer_id], 1.0 - referral.pi)
    rows = [
        (customer, referrer, 1.0 / len(by), depends)
        for customer, by in sorted(brought.items())
        for referrer, depends in sorted(by.items())
    ]
    return engine.Acquisitions(
        _ints(row[0] for row in rows),
        _ints(row[1] for row in rows),
        _floats(row[2] for row in rows),
        _floats(row[3] for row in rows),
    )


def day(at: datetime) -> int:
    return at.astimezone(UTC).toordinal()


def _ints(values: Iterable[int]) -> Minor:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)
