"""BridgeValue: the value of all outcomes from one run to a later one, by sequential substitution.

One cause after another takes its later state, in the order of `STEPS`, and everything is scored again; a cause's share
is the change from the score before. Shares add up by construction, and depend on that order, which is fixed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.access import Caller, Scope
from app.domain.bridge import (
    CORRECTIONS,
    DISCOUNT,
    METHOD,
    PI,
    RATES,
    RECOMPUTED,
    TIME,
    VOLUME,
    Bridge,
    BridgeStep,
    OutcomeChange,
    RunEnd,
)
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.money import Money
from app.domain.value import ValueRun
from app.ports.outside import Progress, silent
from app.ports.store import Store, Transaction
from app.usecases.value_book import prepare
from app.usecases.value_cash import Bookkeeping
from app.usecases.value_facts import Facts, OutcomeRow, ReferralRow, micros, read_facts
from app.usecases.value_scoring import ScoreParameters, parameters_of
from app.usecases.value_ties import scored

MOST_NAMED = 5  # outcomes of a step
Values = NDArray[np.int64]
Version = TypeVar("Version", ReferralRow, OutcomeRow)


@dataclass(frozen=True, slots=True)
class BridgeValue:
    """Reads all facts once and scores eight times: for a job. Facts that were recorded until the later run only."""

    store: Store

    def __call__(
        self, caller: Caller, before_id: str | None = None, after_id: str | None = None, progress: Progress = silent
    ) -> Bridge:
        """From the run before the one that readers see to that one, unless they are named. NotFound for runs that are
        not kept; BadInput where their currencies differ or the first knew more."""
        caller.require(Scope.RUN)
        before, after = self.store.read(caller, lambda tx: _ends(tx, before_id, after_id))
        if before.currency != after.currency:
            raise BadInput("Only runs of one currency can be compared.", pointer="before")
        if before.known_at > after.known_at:
            raise BadInput("The first run knew more than the second one.", pointer="before", remedy="Swap them.")
        progress("reading facts", 0, 0)
        facts = self.store.read(caller, read_facts, patient=True)
        return bridge(facts, before, after, progress)


def _ends(tx: Transaction, before_id: str | None, after_id: str | None) -> tuple[ValueRun, ValueRun]:
    current = tx.values.current()
    after = current if after_id is None else tx.values.run(after_id)
    if after is None:
        raise NotFound("There is no such run of values.", remedy="Score values; the latest seven runs are kept.")
    if before_id is None:
        earlier = tx.values.old(after, keep=0)
        before_id = earlier[-1] if earlier else None
    before = None if before_id is None else tx.values.run(before_id)
    if before is None:
        raise NotFound("There is no run to compare with.", remedy="Score values twice; the latest seven runs are kept.")
    if before.id == after.id:
        raise Conflict("A run is not compared with itself.")
    return before, after


@dataclass(frozen=True, slots=True)
class _State:
    """As of when each cause stands. `known`: facts about outcomes that were corrected, evidence, exchange rates, what
    is new."""

    corrections: datetime
    evidence: datetime
    rates: datetime
    volume: datetime
    valuation_at: datetime
    parameters: ScoreParameters


def bridge(facts: Facts, before: ValueRun, after: ValueRun, progress: Progress = silent) -> Bridge:
    """O(8 scores)."""
    kept = _Kept(facts, before.known_at, after.known_at)
    states = list(_states(before, after))
    totals: list[Values] = []
    for number, (name, state) in enumerate(states):
        progress(name, number, len(states))
        totals.append(kept.scored(state))
    sums = [int(one.sum()) for one in totals]
    money = after.currency
    outside = (sums[0] - before.outcomes_minor) + (after.outcomes_minor - sums[-1])
    steps = [BridgeStep(RECOMPUTED, Money(outside, money), 0, ())]
    for (name, _), one, other in zip(states[1:], totals, totals[1:], strict=False):
        steps.append(_step(name, other - one, facts.outcome_ids, money))
    return Bridge(_end(before), _end(after), tuple(steps))


def _end(run: ValueRun) -> RunEnd:
    return RunEnd(run.id, run.valuation_at, run.known_at, Money(run.outcomes_minor, run.currency))


def _states(before: ValueRun, after: ValueRun) -> Iterator[tuple[str, _State]]:
    old, new = parameters_of(before), parameters_of(after)
    k = before.known_at
    state = _State(k, k, k, k, before.valuation_at, old)
    yield RECOMPUTED, state
    for name, change in (
        (CORRECTIONS, {"corrections": after.known_at}),
        (RATES, {"rates": after.known_at}),
        (PI, {"evidence": after.known_at}),
        (TIME, {"valuation_at": after.valuation_at}),
        (DISCOUNT, {"parameters": replace(old, annual_rate=new.annual_rate)}),
        (METHOD, {"parameters": new}),
        (VOLUME, {"volume": after.known_at}),
    ):
        state = replace(state, **change)
        yield name, state


def _step(name: str, change: Values, ids: Sequence[str], currency: str) -> BridgeStep:
    order = np.argsort(-np.abs(change), kind="stable")[:MOST_NAMED]
    largest = [OutcomeChange(ids[at], Money(int(change[at]), currency)) for at in order.tolist() if change[at]]
    return BridgeStep(name, Money(int(change.sum()), currency), int((change != 0).sum()), tuple(largest))


class _Kept:
    """The facts, and of each which cause it belongs to.

    Of outcomes and referrals known before, those whose record was saved anew since, or of which money was taken back
    since, are corrected: everything new about them is a correction, also the payment that came in the place of another.
    What is new about the others, and new outcomes, are volume.
    """

    def __init__(self, facts: Facts, before: datetime, after: datetime) -> None:
        self.facts, self.after = facts, after
        since, until = micros(before), micros(after)
        flows = facts.flows
        place = {key: at for at, key in enumerate(facts.outcome_ids)}
        taken_back = (flows.recorded_at > since) & (flows.recorded_at <= until) & (flows.amount_minor < 0)
        self.corrected = np.zeros(len(place) + 1, np.bool_)  # the last for flows of no outcome
        self.corrected[flows.outcome[taken_back]] = True
        first = _first(facts.outcomes)
        saved = [place[one.id] for one in facts.outcomes if since < one.recorded_at <= until]
        self.corrected[saved] = True
        new = [place[key] for key, at in first.items() if at > since]
        self.corrected[new] = False
        self.place = place
        self.old_referrals = {key for key, at in _first(facts.referrals).items() if at <= since}

    def scored(self, state: _State) -> Values:
        """int64[outcomes]: what each is worth, 0 for one that is not there."""
        rules = Bookkeeping(
            state.parameters.currency, self.after, state.valuation_at, state.parameters.margin_rate, state.rates
        )
        prepared = prepare(self._facts(state), rules)
        wanted = state.parameters.rules(state.valuation_at)
        table = scored(prepared.book, prepared.ties, wanted)
        found = np.zeros(len(self.place), np.int64)
        found[[self.place[one.id] for one in prepared.outcomes]] = table.outcomes.value_minor
        return found

    def _facts(self, state: _State) -> Facts:
        facts, flows = self.facts, self.facts.flows
        until = np.where(self.corrected, micros(state.corrections), micros(state.volume))
        known = flows.recorded_at <= until[flows.outcome]
        columns = {
            name: getattr(flows, name)[known]
            for name in ("outcome", "kind", "of_operator", "amount_minor", "currency", "valid_at", "recorded_at")
        }
        return replace(
            facts,
            outcomes=[one for one in facts.outcomes if one.recorded_at <= until[self.place[one.id]]],
            referrals=[one for one in facts.referrals if one.recorded_at <= self._until(one, state)],
            flows=replace(flows, **columns),
            evidence=[one for one in facts.evidence if one.recorded_at <= micros(state.evidence)],
            rates=[one for one in facts.rates if one.recorded_at <= micros(state.rates)],
        )

    def _until(self, one: ReferralRow, state: _State) -> int:
        return micros(state.corrections if one.id in self.old_referrals else state.volume)


def _first(rows: Sequence[Version]) -> Mapping[str, int]:
    """When each was recorded first; rows are in the order of ids and then of times."""
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row.id, row.recorded_at)
    return found
