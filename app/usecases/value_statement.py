"""ExplainValue: one customer's value as of any two times, outcome by outcome, from that customer's own facts alone.

Values are additive over outcomes (VALUE.md, invariant 5), so the part of the facts that a customer's figures depend on
gives what a run of everybody gives, to the minor unit. No scan: some four statements a link of the chain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from app.domain.access import Caller, Scope
from app.domain.customer import Customer
from app.domain.errors import TooLarge
from app.domain.money import Money
from app.domain.statement import OutcomeLine, Stage, ValueStatement
from app.domain.value import GRADES, CustomerValue, LifetimeValue, ValueRun
from app.ports.outside import Clock
from app.ports.store import Store, Transaction
from app.usecases.lifetime_values import imported
from app.usecases.portfolio import find_customer
from app.usecases.reading import current_run
from app.usecases.value_facts import Facts, gather, moment
from app.usecases.value_scoring import Scored, ScoreParameters, ValueRows, assumptions_of, parameters_of, score_facts
from graph_algos import referral_value as engine
from graph_algos.value_columns import EXPECTED, OWN_PARTS

MOST_AROUND = 5_000  # customers or outcomes that one statement looks at: about a second
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class AsOf:
    """`valid_at`: valued as of; `known_at`: facts recorded later do not exist. Now when absent."""

    valid_at: datetime | None = None
    known_at: datetime | None = None


class Around(NamedTuple):
    """One customer's facts, the run that readers see, and what it stored of the customer."""

    facts: Facts
    run: ValueRun
    stored: CustomerValue | None


@dataclass(frozen=True, slots=True)
class ExplainValue:
    """By the parameters of the run that readers see."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller, customer_id: str, as_of: AsOf = AsOf()) -> ValueStatement:
        """NotFound for an unknown customer and before the first run; TooLarge where chains hold more than MOST_AROUND
        customers or outcomes."""
        caller.require(Scope.READ)
        now = self.clock()
        found = self.store.read(caller, lambda tx: read_around(tx, customer_id))
        parameters = parameters_of(found.run)
        as_of = AsOf(as_of.valid_at or now, as_of.known_at or now)
        replace(parameters, valuation_at=as_of.valid_at, known_at=as_of.known_at).check()
        return _Statement(found, parameters, as_of.valid_at or now, as_of.known_at or now).of(customer_id)


def read_around(tx: Transaction, customer_id: str) -> Around:
    """NotFound for an unknown customer and before the first run; TooLarge beyond MOST_AROUND."""
    find_customer(tx, customer_id)
    run = current_run(tx)
    stored = tx.values.get(run.id, [customer_id])
    watermark = tx.views.watermark()
    depth = parameters_of(run).depth
    around = tx.views.value_facts_around(customer_id, run.currency, depth=depth, limit=MOST_AROUND)
    if not around.complete:
        raise TooLarge(
            f"More than {MOST_AROUND} customers or outcomes stand in this customer's chains.",
            remedy="Score a run as of that time: the job score_value with valuation_at and known_at.",
        )
    facts = gather(tx.customers.get(around.customer_ids), around.rows, watermark)
    return Around(facts, run, stored[0] if stored else None)


class _Statement:
    def __init__(self, found: Around, parameters: ScoreParameters, valid_at: datetime, known_at: datetime) -> None:
        self.found, self.parameters = found, parameters
        self.valid_at, self.known_at = valid_at, known_at
        self.scored: Scored = score_facts(found.facts, parameters, valid_at, known_at)
        self.ids = [one.id for one in found.facts.customers]

    def of(self, customer_id: str) -> ValueStatement:
        row = self.ids.index(customer_id)
        first = self._first_of_group(row)
        own = self._lifetime(self.found.facts.customers[row])
        rows = ValueRows(self.scored, "", self.parameters, self.valid_at)
        value = rows.row(row, customer_id, own, self.found.run.cuts)
        places = self._by_size(row)
        shown = tuple(self._line(row, place) for place in places[:MOST_LINES])
        return ValueStatement(
            value=value,
            valuation_at=self.valid_at,
            known_at=self.known_at,
            credited_to=self.ids[first],
            lines=shown,
            others=len(places) - len(shown),
            stages=tuple(_stages(value, shown)),
            not_known=tuple(self._not_known(value, places)),
            assumptions=assumptions_of(self.parameters, self.scored.prepared),
        )

    def _first_of_group(self, row: int) -> int:
        customers = self.found.facts.customers
        group = customers[row].group_id
        members = (at for at, one in enumerate(customers) if group is not None and one.group_id == group)
        return next(members, row)

    def _lifetime(self, customer: Customer) -> LifetimeValue | None:
        """Imported, or modelled by the run that readers see; none from after `known_at`."""
        own, stored, run = imported(customer), self.found.stored, self.found.run
        if own is None and stored is not None and stored.clv is not None:
            own = LifetimeValue(
                stored.clv, stored.clv_source or "", stored.clv_at or run.valuation_at, stored.clv_low, stored.clv_high
            )
        return None if own is not None and own.at is not None and own.at > self.known_at else own

    def _by_size(self, row: int) -> list[int]:
        """Every outcome in which the customer has a credit, or whose margin is in its own value; the largest first."""
        table, prepared = self.scored.table, self.scored.prepared
        mine = table.credits.contributor == row
        owned = np.asarray(prepared.book.outcomes.owner) == row
        credit = np.zeros(len(owned), np.int64)
        np.add.at(credit, table.credits.outcome[mine], table.credits.amount_minor[mine])
        away = np.where(owned, table.outcomes.parts_minor[:, OWN_PARTS].sum(axis=(1, 2)), 0)
        size = np.abs(credit) + np.abs(away)
        places = {*table.credits.outcome[mine].tolist(), *np.flatnonzero(owned).tolist()}
        return sorted(places, key=lambda place: (-size[place], prepared.outcomes[place].id))

    def _line(self, row: int, place: int) -> OutcomeLine:
        prepared, table = self.scored.prepared, self.scored.table
        outcome, known = prepared.outcomes[place], prepared.influence[place]
        uplift = self.scored.uplift[place : place + 1]
        alone = engine.score(_only(prepared.book, place), self.parameters.rules(self.valid_at), uplift=uplift)
        crv = (alone.crv_referral + alone.crv_introduction)[row]
        away = alone.attributed_away[row]
        own = (table.credits.outcome == place) & (table.credits.contributor == row)
        return OutcomeLine(
            outcome_id=outcome.id,
            kind=outcome.kind,
            valid_at=moment(outcome.valid_at),
            seeker_id=outcome.seeker_id or None,
            provider_id=outcome.provider_id or None,
            referrer_id=self._referrer(outcome.referral_id),
            pi=known.pi,
            grade=known.grade,
            value=self._money(table.outcomes.value_minor[place]),
            credit=self._money(crv.sum()),
            credit_expected=self._money(crv[:, EXPECTED].sum()),
            away=self._money(away.sum()),
            away_expected=self._money(away[EXPECTED]),
            chain=self._chain(place, row),
            share=float(table.credits.weight[own].sum()),
        )

    def _referrer(self, referral_id: str) -> str | None:
        found = (one.referrer_id for one in reversed(self.found.facts.referrals) if one.id == referral_id)
        return next(found, None)

    def _chain(self, place: int, row: int) -> tuple[str, ...]:
        """The heaviest path from who acted up to the customer; empty where it has no credit."""
        links = self.scored.table.links
        ends = np.flatnonzero((links.outcome == place) & (links.contributor == row))
        if not len(ends):
            return ()
        path, at = [], int(ends[np.argmax(links.weight[ends])])
        while at >= 0:
            path.append(self.ids[links.contributor[at]])
            at = int(links.parent[at])
        return tuple(reversed(path))

    def _money(self, minor: int) -> Money:
        return Money(int(minor), self.parameters.currency)

    def _not_known(self, value: CustomerValue, places: Sequence[int]) -> Iterator[str]:
        if value.clv is None:
            yield "No lifetime value is known: import one, or what it can be modelled from (docs/lifetime-value.md)."
        opinions = sum(self.scored.prepared.influence[place].grade == GRADES[-1] for place in places)
        if opinions:
            yield (
                f"Whether {opinions} of {len(places)} outcomes would have come anyway: π has no evidence. A hold-out, "
                "pairs alike or a survey would narrow the interval (docs/pilot.md)."
            )
        yield from self.scored.prepared.problems


def _stages(value: CustomerValue, lines: Sequence[OutcomeLine]) -> Iterator[Stage]:
    """From lifetime value by what is expected of each outcome to network value: each bar is its own change, so that
    lifetime value and referral value are never one figure."""
    if value.clv is None or value.network_value is None:
        return
    currency = value.currency
    yield Stage("lifetime value", value.clv)
    for one in lines:
        if one.credit_expected.minor:
            yield Stage(f"credit: {one.outcome_id}", one.credit_expected)
        if one.away_expected.minor:
            yield Stage(f"own, credited away: {one.outcome_id}", Money(-one.away_expected.minor, currency))
    told = sum(one.credit_expected.minor - one.away_expected.minor for one in lines)
    rest = value.network_value.minor - value.clv.minor - told
    if rest:
        yield Stage("other outcomes", Money(rest, currency))
    yield Stage("network value", value.network_value)


def _only(book: engine.Book, place: int) -> engine.Book:
    """The book of one outcome."""
    outcomes, shares, flows = book.outcomes, book.contributions, book.flows
    by, cash = np.asarray(shares.outcome) == place, np.asarray(flows.outcome) == place
    one = slice(place, place + 1)
    return replace(
        book,
        outcomes=engine.Outcomes(
            outcomes.kind[one], outcomes.pi[one], outcomes.origin_day[one], outcomes.start_day[one], outcomes.owner[one]
        ),
        contributions=engine.Contributions(shares.outcome[by] * 0, shares.contributor[by], shares.beta[by]),
        flows=engine.Flows(flows.outcome[cash] * 0, flows.kind[cash], flows.amount_minor[cash], flows.day[cash]),
    )
