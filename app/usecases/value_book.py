"""From facts to the columns of the value engine, and what has to be left out on the way.

Rules of VALUE.md: only the operator's ledger counts; of an outcome its latest version and evidence known at the time
apply; a legal group is one contributor; a bad record costs its own outcome and no other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeVar

import numpy as np

from app.domain.customer import Customer
from app.domain.referral import OPERATOR, UNATTRIBUTED, OutcomeKind
from app.usecases.value_cash import Bookkeeping, Cash, operators_cash
from app.usecases.value_facts import EvidenceRow, Facts, OutcomeRow, ReferralRow, day_of, micros
from app.usecases.value_ties import ties_of
from graph_algos import referral_value as engine
from graph_algos.value_checks import bad_records
from graph_algos.value_columns import Floats, Ints, Minor, Ties
from graph_algos.value_draws import Chances, beta_of_interval, keys_of
from graph_algos.value_groups import collapse

CODES = {OPERATOR: engine.OPERATOR, UNATTRIBUTED: engine.UNATTRIBUTED}
PRIOR = "D"  # grade of a π that rests on no evidence
PRIOR_SIZE = 4.0  # a + b of Beta(2, 2): how much an opinion about π weighs
MOST_NAMED = 20  # outcomes named in a problem
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Influence(NamedTuple):
    """π of an outcome as it is known, the Beta(a, b) of its draws (0 when it is certain), and who acted."""

    pi: float
    grade: str
    a: float
    b: float
    contributor_ids: Sequence[str]
    betas: Sequence[float]


@dataclass(frozen=True, slots=True)
class Prepared:
    """`outcomes`: those in the book, in its order, each with its influence. `assumed`: outcomes whose margin is the
    stated rate of their payments. `shared`: outcomes whose influence was split evenly for want of evidence.
    `left_out`: how many outcomes, by reason. `place`: of each customer in the book; `speaker`: the place of the first
    company of its legal group. `ties`: of parties of whom it is known what they bring and how likely they leave."""

    book: engine.Book
    place: Mapping[str, int]
    speaker: Ints
    ties: Ties
    outcomes: Sequence[OutcomeRow]
    influence: Sequence[Influence]
    problems: tuple[str, ...]
    left_out: Mapping[str, int]
    margins: int
    assumed: int
    shared: int

    def chances(self) -> Chances:
        """What is known about each π."""
        return Chances(
            keys_of(one.id for one in self.outcomes),
            _floats(one.a for one in self.influence),
            _floats(one.b for one in self.influence),
        )


def prepare(facts: Facts, rules: Bookkeeping) -> Prepared:
    """The book of all outcomes that can be scored, and one sentence for each kind of what cannot."""
    known_at = micros(rules.known_at)
    outcomes, evidence = _latest(facts.outcomes, known_at), _evidence(facts.evidence, known_at)
    influence = {key: _influence(one, evidence.get(key)) for key, one in outcomes.items()}
    cash = operators_cash(facts, rules)
    parties = _Parties(facts.customers, _latest(facts.referrals, known_at))
    place = {key: index for index, key in enumerate(facts.outcome_ids)}
    unpriced = {facts.outcome_ids[index] for index in cash.unpriced}
    strangers = {key for key, one in outcomes.items() if not parties.are_known(one, influence[key])}
    draft = _Draft(cash, place, parties, influence)
    scored = [one for key, one in outcomes.items() if key not in unpriced | strangers]
    unsound = _unsound(draft.book(scored))
    named = [scored[index].id for index in sorted(unsound)]
    scored = [one for index, one in enumerate(scored) if index not in unsound]
    shared = [one.kind == OutcomeKind.INTRODUCTION and not influence[one.id].betas for one in scored]
    speaker = parties.group_numbers()
    book = collapse(draft.book(scored), speaker)
    return Prepared(
        book=book,
        ties=ties_of(scored, book.outcomes.kind, facts.customers, rules.currency),
        place=parties.place,
        speaker=speaker,
        outcomes=scored,
        influence=[influence[one.id] for one in scored],
        problems=tuple(_problems(facts, rules, cash, len(strangers), named)),
        left_out={"no_exchange_rate": len(unpriced), "not_recorded": len(strangers), "out_of_range": len(unsound)},
        margins=cash.margins,
        assumed=sum(place[one.id] in cash.assumed for one in scored),
        shared=sum(shared),
    )


Version = TypeVar("Version", ReferralRow, OutcomeRow)


def _latest(rows: Sequence[Version], known_at: int) -> dict[str, Version]:
    """Of each record its latest version that was known, in the order of ids."""
    return {row.id: row for row in rows if row.recorded_at <= known_at}


def _evidence(rows: Sequence[EvidenceRow], known_at: int) -> dict[str, EvidenceRow]:
    return {row.outcome_id: row for row in rows if row.recorded_at <= known_at}


def _problems(facts: Facts, rules: Bookkeeping, cash: Cash, strangers: int, unsound: Sequence[str]) -> Iterator[str]:
    if cash.unpriced:
        missing = Counter(cash.unpriced.values())
        rates = _named(f"{currency} on {at.isoformat()}" for currency, at in sorted(missing))
        ids = _named(facts.outcome_ids[index] for index in sorted(cash.unpriced))
        yield (
            f"{len(cash.unpriced)} outcomes have money that no recorded exchange rate converts into {rules.currency} "
            f"and are not scored: {ids}. Missing: {rates}."
        )
    if strangers:
        yield f"{strangers} outcomes name a party, referral or contributor that is not recorded; they are not scored."
    if unsound:
        yield (
            f"{len(unsound)} outcomes have an amount, a date, a π or a β out of range and are not scored: "
            f"{_named(unsound)}."
        )
    old = sorted({int(row) for row in cash.flows.outcome[np.asarray(cash.flows.day) < _EPOCH_DAY].tolist()})
    if old:
        yield (
            f"{len(old)} outcomes have money dated before 1970, which compounds over all the years since and counts "
            f"so: {_named(facts.outcome_ids[index] for index in old)}. Correct the dates if they are wrong."
        )


def _named(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:MOST_NAMED]) + (" and more" if len(every) > MOST_NAMED else "")


def _unsound(book: engine.Book) -> set[int]:
    """Outcomes with a record that the engine refuses; acquisitions come from checked columns."""
    owner = {"flows": book.flows.outcome, "contributions": book.contributions.outcome}
    found: set[int] = set()
    for problem in bad_records(book):
        rows = owner.get(problem.table)
        found.add(problem.index if rows is None else int(rows[problem.index]))
    return found


@dataclass(frozen=True, slots=True)
class _Draft:
    cash: Cash
    place: Mapping[str, int]  # of an outcome among the facts' ids
    parties: "_Parties"
    influence: Mapping[str, Influence]

    def book(self, scored: Sequence[OutcomeRow]) -> engine.Book:
        number = np.full(len(self.place) + 1, -1, np.int32)
        number[[self.place[one.id] for one in scored]] = np.arange(len(scored))
        flows = self.cash.flows
        kept = number[flows.outcome] >= 0
        shares = [(index, *row) for index, one in enumerate(scored) for row in self.shares(one)]
        return engine.Book(
            customer_count=len(self.parties.place),
            outcomes=self._outcomes(scored),
            contributions=engine.Contributions(
                _ints(row[0] for row in shares), _ints(row[1] for row in shares), _floats(row[2] for row in shares)
            ),
            flows=engine.Flows(
                number[flows.outcome][kept], flows.kind[kept], flows.amount_minor[kept], flows.day[kept]
            ),
            acquisitions=self.parties.acquisitions(),
        )

    def shares(self, outcome: OutcomeRow) -> list[tuple[int, float]]:
        """(customer, OPERATOR or UNATTRIBUTED; β): as recorded, else equal parts of who acted."""
        known = self.influence[outcome.id]
        if known.betas:
            given = list(zip(known.contributor_ids, known.betas, strict=True))
        else:
            acted = self.parties.acted(outcome)
            given = [(one, 1.0 / len(acted)) for one in acted]
        place = self.parties.place
        return [(CODES[one] if one in CODES else place[one], beta) for one, beta in sorted(given)]

    def _outcomes(self, scored: Sequence[OutcomeRow]) -> engine.Outcomes:
        introduction, referral = int(engine.OutcomeKind.INTRODUCTION), int(engine.OutcomeKind.REFERRAL)
        return engine.Outcomes(
            kind=_ints(referral if one.kind == OutcomeKind.REFERRAL else introduction for one in scored),
            pi=_floats(self.influence[one.id].pi for one in scored),
            origin_day=_ints(day_of(self.parties.origin(one)) for one in scored),
            start_day=_ints(day_of(one.valid_at) for one in scored),
            owner=_ints(self.parties.owner(one) for one in scored),
        )


def _influence(outcome: OutcomeRow, found: EvidenceRow | None) -> Influence:
    """Evidence comes before what the outcome itself says; without an interval π weighs as much as an opinion."""
    if found is None:
        return Influence(outcome.pi, PRIOR, *_opinion(outcome.pi), outcome.contributor_ids, outcome.betas)
    a, b = _opinion(found.pi)
    if found.low is not None and found.high is not None:
        fitted = beta_of_interval(*(_floats([x]) for x in (found.pi, found.low, found.high)))
        a, b = float(fitted[0][0]), float(fitted[1][0])
    by = found if found.betas else outcome
    return Influence(found.pi, found.grade, a, b, by.contributor_ids, by.betas)


def _opinion(pi: float) -> tuple[float, float]:
    """Beta(2, 2) for ½; the same weight around another figure; certain at 0 and 1."""
    return (PRIOR_SIZE * pi, PRIOR_SIZE * (1.0 - pi)) if 0.0 < pi < 1.0 else (0.0, 0.0)


class _Parties:
    """Who stands behind an outcome: who acted, the owner of the margin, the time it goes back to."""

    def __init__(self, customers: Sequence[Customer], referrals: Mapping[str, ReferralRow]) -> None:
        self.place = {one.id: index for index, one in enumerate(customers)}
        self.groups = {one.id: one.group_id for one in customers if one.group_id is not None}
        self.referrals = referrals

    def are_known(self, outcome: OutcomeRow, influence: Influence) -> bool:
        if outcome.kind == OutcomeKind.REFERRAL:
            referral = self.referrals.get(outcome.referral_id)
            if referral is None:
                return False
            named = [referral.referrer_id, referral.referred_id]
        else:
            named = [one for one in (outcome.seeker_id, outcome.provider_id) if one]
        return all(one in self.place or one in CODES for one in (*named, *influence.contributor_ids))

    def acted(self, outcome: OutcomeRow) -> list[str]:
        """The referrer of a new customer; provider, seeker and operator of an introduction, a legal group once."""
        if outcome.kind == OutcomeKind.REFERRAL:
            return [self.referrals[outcome.referral_id].referrer_id]
        first: dict[str, str] = {}
        for one in sorted({outcome.provider_id, outcome.seeker_id} - {""}):
            first.setdefault(self.groups.get(one, one), one)
        return [*first.values(), OPERATOR]

    def owner(self, outcome: OutcomeRow) -> int:
        """In whose own value the margin is: the customer who came, or the provider who got the business."""
        if outcome.kind == OutcomeKind.REFERRAL:
            return self.place[self.referrals[outcome.referral_id].referred_id]
        return self.place[outcome.provider_id] if outcome.provider_id else engine.UNATTRIBUTED

    def origin(self, outcome: OutcomeRow) -> int:
        """When the referral or introduction was made, which the attribution window counts from."""
        if outcome.kind == OutcomeKind.REFERRAL:
            return self.referrals[outcome.referral_id].at
        return outcome.introduced_at

    def acquisitions(self) -> engine.Acquisitions:
        """Several referrers of one customer share it evenly; the dependence is that of each one's own referral."""
        brought: dict[int, dict[int, float]] = defaultdict(dict)
        for one in sorted(self.referrals.values(), key=lambda row: (row.at, row.id)):
            if one.referrer_id in self.place and one.referred_id in self.place and 0.0 <= one.pi <= 1.0:
                by = brought[self.place[one.referred_id]]
                by.setdefault(self.place[one.referrer_id], 1.0 - one.pi)
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

    def group_numbers(self) -> Ints:
        """One number a customer; companies of one legal group share it."""
        first: dict[str, int] = {}
        return _ints(first.setdefault(self.groups.get(one, one), index) for one, index in self.place.items())


def day(at: datetime) -> int:
    return at.astimezone(UTC).toordinal()


def _ints(values: Iterable[int]) -> Minor:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)
