"""Referrals, outcomes and their cash: what is recorded here is never changed, only added to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.ids import derived_id
from app.domain.referral import OPERATOR, UNATTRIBUTED, CashFlow, Outcome, Referral
from app.domain.reversal import TOO_MUCH, reversal_problem
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases.once import Claim, Once
from app.usecases.portfolio import refuse_second, require_named


def find_referral(tx: Transaction, referral_id: str) -> Referral:
    found = tx.referrals.get([referral_id])
    if not found:
        raise NotFound("There is no such referral.")
    return found[0]


def find_outcome(tx: Transaction, outcome_id: str) -> Outcome:
    found = tx.outcomes.get([outcome_id])
    if not found:
        raise NotFound("There is no such outcome.")
    return found[0]


@dataclass(frozen=True, slots=True)
class RecordReferral:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(self, caller: Caller, draft: Referral, claim: Claim | None = None) -> Referral:
        caller.require(Scope.WRITE)
        if draft.referrer_id == draft.referred_id:
            raise BadInput("Nobody refers itself.", pointer="/referred_id")
        at = self.clock()
        made = replace(draft, id=self.new_id("Referral"), version=1)

        def effect(tx: Transaction) -> Referral:
            require_named(tx.customers, made.referrer_id, "/referrer_id")
            require_named(tx.customers, made.referred_id, "/referred_id")
            require_named(tx.introductions, made.introduction_id, "/introduction_id")
            tx.referrals.save([made])
            return made

        once = Once(effect, find_referral, lambda referral: referral.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(
        self, caller: Caller, draft: Outcome, flows: Sequence[CashFlow], claim: Claim | None = None
    ) -> Outcome:
        """The outcome and its first cash flows, in one transaction."""
        caller.require(Scope.WRITE)
        _check_contributions(draft)
        at = self.clock()
        key = draft.external_id or self.new_id("Outcome")
        made = replace(draft, id=derived_id("Outcome", draft.source, key), external_id=key, recorded_at=at, version=1)
        cash = [replace(f, id=self.new_id("CashFlow"), outcome_id=made.id, recorded_at=at) for f in flows]

        def effect(tx: Transaction) -> Outcome:
            _check_named(tx, made)
            refuse_second(tx.outcomes.save([made]).created)
            _append(tx, made.id, cash)
            return made

        once = Once(effect, find_outcome, lambda outcome: outcome.id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


@dataclass(frozen=True, slots=True)
class AddFlows:
    store: Store
    clock: Clock
    new_id: NewId

    def __call__(
        self, caller: Caller, outcome_id: str, flows: Sequence[CashFlow], claim: Claim | None = None
    ) -> list[CashFlow]:
        """All flows of the outcome, the new ones included."""
        caller.require(Scope.WRITE)
        at = self.clock()
        cash = [replace(f, id=self.new_id("CashFlow"), outcome_id=outcome_id, recorded_at=at) for f in flows]

        def effect(tx: Transaction) -> list[CashFlow]:
            find_outcome(tx, outcome_id)
            _append(tx, outcome_id, cash)
            return tx.flows.of_outcomes([outcome_id])

        once = Once(effect, lambda tx, _: tx.flows.of_outcomes([outcome_id]), lambda _: outcome_id)
        return self.store.write(caller, lambda tx: once(tx, claim, at))


def _check_contributions(draft: Outcome) -> None:
    names = [part.contributor_id for part in draft.contributions]
    if len(set(names)) != len(names):
        raise BadInput("A contributor is named once.", pointer="/contributions")
    if names and not math.isclose(math.fsum(part.beta for part in draft.contributions), 1.0, abs_tol=1e-9):
        raise BadInput("The shares of the contributors add up to 1.", pointer="/contributions")


def _check_named(tx: Transaction, made: Outcome) -> None:
    require_named(tx.customers, made.seeker_id, "/seeker_id")
    require_named(tx.customers, made.provider_id, "/provider_id")
    require_named(tx.needs, made.need_id, "/need_id")
    require_named(tx.referrals, made.referral_id, "/referral_id")
    require_named(tx.introductions, made.introduction_id, "/introduction_id")
    for index, part in enumerate(made.contributions):
        if part.contributor_id not in (OPERATOR, UNATTRIBUTED):
            require_named(tx.customers, part.contributor_id, f"/contributions/{index}/contributor_id")


def _append(tx: Transaction, outcome_id: str, cash: Sequence[CashFlow]) -> None:
    """A reversal names a flow of the same outcome, kind and currency, and takes back no more than is left of it."""
    known = tx.flows.of_outcomes([outcome_id])
    for index, flow in enumerate(cash):
        pointer = f"/flows/{index}"
        if flow.reverses is None and flow.money.minor < 0:
            raise BadInput("An amount is positive; a negative one reverses another.", pointer=f"{pointer}/money")
        problem = reversal_problem(flow, known)
        if problem is TOO_MUCH:
            raise Conflict("More would be taken back than was recorded.")
        if problem is not None:
            raise BadInput(f"Expected {problem.expected}.", pointer=f"{pointer}/{problem.field}")
        known.append(flow)
    if cash:
        tx.flows.save(list(cash))
