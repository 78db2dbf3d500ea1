"""What a move of an introduction is: its verb, what is known when it is decided on, until when the next step is due,
and the event that tells of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.access import Caller
from app.domain.audit import Happening
from app.domain.customer import LedgerLine, Purpose, has_consent
from app.domain.errors import NotAllowed, NotFound, StaleVersion
from app.domain.facts import GateFacts, Pairing, Party
from app.domain.introduction import MOVES, Introduction, IntroductionStatus
from app.domain.need import Need
from app.domain.policy import Approval, MatchPolicy, approval
from app.ports.store import Transaction
from app.usecases.match_policy import in_force

STEP_DAYS = 7  # for steps that policy gives no time of its own
FEEDBACK_DAYS = 30
_S = IntroductionStatus
NEXT_STEP: Mapping[IntroductionStatus, str] = {
    _S.PROPOSED: "Approve or reject it.",
    _S.APPROVED: "Offer it to the seeker.",
    _S.OFFERED: "Wait for the seeker's answer.",
    _S.ACCEPTED_BY_ONE: "Wait for the provider's answer.",
    _S.ACCEPTED: "Introduce the two.",
    _S.INTRODUCED: "Ask both what came of it.",
    _S.DISPUTED: "Hear both sides.",
}
_VERBS: Mapping[str, IntroductionStatus] = {
    "approve": _S.APPROVED,
    "reject": _S.REJECTED,
    "offer": _S.OFFERED,
    "accept": _S.ACCEPTED_BY_ONE,
    "decline": _S.DECLINED,
    "introduce": _S.INTRODUCED,
    "complete": _S.COMPLETED,
    "withdraw": _S.WITHDRAWN,
    "cancel": _S.CANCELLED,
}
VERBS = tuple(_VERBS)
_BY_TIME: Mapping[str, IntroductionStatus] = {"expire": _S.EXPIRED}  # nobody's decision
WITH_REASON = frozenset({"reject", "decline", "withdraw", "cancel"})
Sides = tuple[tuple[Purpose, ...], tuple[Purpose, ...]]
MATCH: Sides = ((Purpose.SEEKER,), (Purpose.PROVIDER,))
CONTACT: Sides = ((Purpose.SEEKER, Purpose.CONTACT), (Purpose.PROVIDER, Purpose.CONTACT))
REVEAL: Sides = ((Purpose.SEEKER, Purpose.IDENTITY), (Purpose.PROVIDER, Purpose.IDENTITY))


def find_introduction(tx: Transaction, introduction_id: str) -> Introduction:
    found = tx.introductions.get([introduction_id])
    if not found:
        raise NotFound("There is no such introduction.")
    return found[0]


def find_version(tx: Transaction, introduction_id: str, expected_version: int) -> Introduction:
    """StaleVersion where somebody has changed it since it was read."""
    found = find_introduction(tx, introduction_id)
    if found.version != expected_version:
        raise StaleVersion("The introduction has changed since you read it.", remedy="Read it again.")
    return found


def target(verb: str, status: IntroductionStatus) -> IntroductionStatus:
    """Two parties accept, the seeker first: the second yes makes it accepted."""
    if verb == "accept" and status is _S.ACCEPTED_BY_ONE:
        return _S.ACCEPTED
    return _BY_TIME.get(verb) or _VERBS[verb]


def verbs_allowed(status: IntroductionStatus) -> tuple[str, ...]:
    return tuple(verb for verb in VERBS if target(verb, status) in MOVES.get(status, ()))


def due(policy: MatchPolicy, status: IntroductionStatus, at: datetime) -> datetime:
    """Until when the next step is to be done."""
    days = {
        _S.PROPOSED: policy.approval_days,
        _S.OFFERED: policy.offer_days,
        _S.ACCEPTED_BY_ONE: policy.offer_days,
        _S.INTRODUCED: FEEDBACK_DAYS,
        _S.DISPUTED: policy.dispute_answer_days,
    }.get(status, STEP_DAYS)
    return at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Step:
    """One move asked for: the verb and what goes with it. `no_conflict`: whoever approves declares to have no interest
    of his own in it. `note`: the operator's own words to the party that is written to."""

    verb: str
    expected_version: int
    reason: str | None = None
    owner: str | None = None
    due_at: datetime | None = None
    no_conflict: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a move is decided on, as it is now."""

    policy: MatchPolicy
    need: Need | None
    facts: GateFacts
    at: datetime

    @property
    def sides(self) -> tuple[tuple[str, Party | None, Sequence[LedgerLine]], ...]:
        provider = self.facts.providers[0] if self.facts.providers else None
        return (
            ("seeker", self.facts.seeker, self.facts.seeker_consents),
            ("provider", None, ()) if provider is None else ("provider", provider.party, provider.consents),
        )

    @property
    def approval(self) -> Approval:
        return approval(self.policy, self.need, [party for _, party, _ in self.sides], self.at)


def known(tx: Transaction, one: Introduction, at: datetime) -> Known:
    needs = tx.needs.get([one.need_id]) if one.need_id is not None else []
    facts = tx.views.gate_facts([Pairing(one.seeker_id, (one.provider_id,))])[0]
    return Known(in_force(tx).policy, needs[0] if needs else None, facts, at)


def check_consents(what: Known, needed: Sides) -> None:
    """By opt-out a recorded no still counts, and nobody's identity is revealed without a recorded yes."""
    for (side, _, ledger), purposes in zip(what.sides, needed, strict=True):
        missing = [one for one in purposes if not consents(what.policy, ledger, one, what.at)]
        if missing:
            raise NotAllowed(
                f"The {side} has not consented to this step.",
                remedy=f"It needs {' and '.join(purposes)}; record it with POST /api/v1/consents.",
            )


def consents(policy: MatchPolicy, ledger: Sequence[LedgerLine], purpose: Purpose, at: datetime) -> bool:
    lines = tuple(ledger)
    is_stated = any(purpose in line.purposes and line.recorded_at <= at for line in lines)
    if not policy.opt_in and purpose is not Purpose.IDENTITY and not is_stated:
        return True
    return has_consent(lines, purpose, at)


def happening(
    caller: Caller, before: Introduction | None, after: Introduction, what: Known, step: Step | None = None
) -> Happening:
    """The event of a move: its reason, what it left behind, and what was known of both when it was made."""
    decided = what.approval
    content = {
        "from": None if before is None else str(before.status),
        "to": str(after.status),
        "reason": after.reason,
        "owner": after.owner,
        "next_step": after.next_step,
        "due_at": after.due_at,
        "version": after.version,
        "policy_version": what.policy.version,
        "approval": {"mode": str(decided.mode), "because": list(decided.because)},
        "no_conflict": step is not None and step.no_conflict,
        "inputs": {side: _party(party, ledger) for side, party, ledger in what.sides if party is not None},
    }
    return Happening(after.id, f"introduction.{after.status}", after.changed_at, caller.id, content)


def _party(party: Party, ledger: Sequence[LedgerLine]) -> Mapping[str, Any]:
    return {
        "vetting": party.vetting,
        "standing": str(party.standing),
        "consents": sorted(line.id for line in ledger),
    }
