"""Proposing what is signed, and deciding about it: parameters of scoring, a month's close, its reopening, policy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

from app.domain.access import Caller, Scope
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.ledger import is_month
from app.domain.money import Money
from app.domain.packed import canonical
from app.domain.policy import SWITCHES, policy_from
from app.domain.reconciliation import Closed
from app.domain.report import Report, ReportKind
from app.domain.sign_off import ALONE, SignOff, Subject, decided
from app.ports.outside import Clock, NewId
from app.ports.store import Store, Transaction
from app.usecases import match_policy
from app.usecases.once import Claim, Once
from app.usecases.reconciliation import closed_months
from app.usecases.scoring_parameters import NAMES, content_of, in_force, parameters_of_content
from app.usecases.value_scoring import ScoreParameters

_HINTS = get_type_hints(ScoreParameters)
_RECONCILE = "Run the job reconcile_cash."


@dataclass(frozen=True, slots=True)
class Proposal:
    """`parameters`: those that are to change, of the parameters of scoring or of the policy's switches. `month` of a
    close and a reopening."""

    subject: Subject
    reason: str
    month: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def find_sign_off(tx: Transaction, sign_off_id: str) -> SignOff:
    found = tx.sign_offs.get(sign_off_id)
    if found is None:
        raise NotFound("There is no such sign-off.")
    return found


@dataclass(frozen=True, slots=True)
class Propose:
    """`defaults`: parameters that hold while nobody has signed any."""

    store: Store
    clock: Clock
    new_id: NewId
    defaults: ScoreParameters

    def __call__(self, caller: Caller, asked: Proposal, claim: Claim | None = None) -> SignOff:
        """BadInput for a month that is none or has not ended, and for parameters out of range; Conflict for what the
        state of things does not allow, each with what to do first."""
        caller.require(Scope.SIGN)
        now, sign_off_id = self.clock(), self.new_id("SignOff")
        if not asked.reason.strip():
            raise BadInput("Whoever approves it has to read a reason.", pointer="reason")
        if asked.subject in (Subject.CLOSE, Subject.REOPEN):
            _check_month(asked.month, now)

        def effect(tx: Transaction) -> SignOff:
            content = _CONTENTS[asked.subject](tx, asked, self.defaults)
            made = SignOff(
                sign_off_id, asked.subject, canonical(content), asked.reason, caller.id, now, month=asked.month
            )
            tx.sign_offs.create(made)
            return made

        once = Once(effect, find_sign_off, lambda one: one.id)
        return self.store.write(caller, lambda tx: once(tx, claim, now))


@dataclass(frozen=True, slots=True)
class Decide:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, sign_off_id: str, *, approve: bool) -> SignOff:
        """NotAllowed to approve what the same key has proposed, or policy without being an administrator; IllegalMove
        for what was decided before; Conflict where what it was proposed on has changed."""
        caller.require(Scope.SIGN)
        now = self.clock()

        def work(tx: Transaction) -> SignOff:
            one = decided(find_sign_off(tx, sign_off_id), caller, now, approve=approve)
            tx.sign_offs.lock(one.month or str(one.subject))
            if approve and one.subject in ALONE:
                caller.require(Scope.ADMIN)
            if approve:
                _CHECKS[one.subject](tx, one)
            if not tx.sign_offs.decide(one):
                raise Conflict("Somebody else has just decided about it.", remedy="Read it again.")
            return one

        return self.store.write(caller, work)


def _check_month(month: str | None, now: datetime) -> None:
    if month is None or not is_month(month):
        raise BadInput("A month is written such as 2026-01.", pointer="month")
    if month >= f"{now.astimezone(UTC):%Y-%m}":
        raise BadInput("This month has not ended.", pointer="month")


def _parameters(tx: Transaction, asked: Proposal, defaults: ScoreParameters) -> dict[str, Any]:
    """All of them, so that what is in force stands in one place; `base`: what was in force when it was proposed."""
    unknown = [name for name in asked.parameters if name not in NAMES]
    if unknown or not asked.parameters:
        raise BadInput(f"Name some of {', '.join(NAMES)}.", pointer="parameters")
    for name, value in asked.parameters.items():
        if not _fits(value, _HINTS[name]):
            raise BadInput("This parameter has a value of another type.", pointer=f"parameters/{name}")
    signed = in_force(tx)
    now = defaults if signed is None else parameters_of_content(signed)
    wanted = replace(now, **asked.parameters)
    wanted.check()
    return content_of(wanted) | {"base": None if signed is None else signed.id}


def _fits(value: Any, hint: Any) -> bool:
    """A whole number is a number too; yes and no are none."""
    kinds = get_args(hint) or (hint,)
    return type(value) in kinds or (type(value) is int and float in kinds)


def _close(tx: Transaction, asked: Proposal, _: ScoreParameters) -> dict[str, Any]:
    month = asked.month or ""
    _check_closed(tx, month, False)
    report = _latest_reconciliation(tx)
    if f"{report.made_at.astimezone(UTC):%Y-%m}" <= month:
        raise Conflict("The latest reconciliation is from before the month ended.", remedy=_RECONCILE)
    lines = [_signed(line) for line in report.document["lines"] if line["month"] == month]
    return {"report_id": report.id, "known_at": report.document["known_at"], "lines": lines}


def _signed(line: Mapping[str, Any]) -> dict[str, Any]:
    ours, books = (
        None if line[name] is None else Money.parse(line[name]["amount"], line[name]["currency"])
        for name in ("ours", "books")
    )
    assert ours is not None  # noqa: S101  a line has a sum of ours, which may be 0
    return {
        "kind": line["kind"],
        "currency": ours.currency,
        "ours_minor": ours.minor,
        "books_minor": None if books is None else books.minor,
        "agreement": line["agreement"],
    }


def _latest_reconciliation(tx: Transaction) -> Report:
    found = tx.reports.latest(ReportKind.RECONCILIATION)
    if not found:
        raise Conflict("Nothing has been reconciled yet.", remedy=_RECONCILE)
    return found[0]


def _reopen(tx: Transaction, asked: Proposal, _: ScoreParameters) -> dict[str, Any]:
    closed = _check_closed(tx, asked.month or "", True)
    return {"close": closed and closed.sign_off_id}


def _check_closed(tx: Transaction, month: str, wanted: bool) -> Closed | None:
    """What was signed of a month that is closed; Conflict unless it is as `wanted`."""
    closed = closed_months(tx).get(month)
    if (closed is not None) is not wanted:
        raise Conflict("This month is not closed." if wanted else "This month is closed.")
    return closed


def _policy(tx: Transaction, asked: Proposal, _: ScoreParameters) -> dict[str, Any]:
    """Every switch, so that what is in force stands in one place."""
    if not asked.parameters:
        raise BadInput(f"Name some of {', '.join(SWITCHES)}.", pointer="policy")
    now = match_policy.in_force(tx)
    return policy_from(asked.parameters, now.policy).content() | {"base": now.signed_off}


def _check_policy(tx: Transaction, one: SignOff) -> None:
    if one.document["base"] != match_policy.in_force(tx).signed_off:
        raise Conflict(
            "Another policy has come into force since this was proposed.", remedy="Propose it again on that one."
        )


def _check_parameters(tx: Transaction, one: SignOff) -> None:
    signed = in_force(tx)
    if one.document["base"] != (None if signed is None else signed.id):
        raise Conflict(
            "Other parameters have come into force since this was proposed.", remedy="Propose it again on those."
        )


_CONTENTS: Mapping[Subject, Callable[[Transaction, Proposal, ScoreParameters], dict[str, Any]]] = {
    Subject.PARAMETERS: _parameters,
    Subject.CLOSE: _close,
    Subject.REOPEN: _reopen,
    Subject.POLICY: _policy,
}
_CHECKS: Mapping[Subject, Callable[[Transaction, SignOff], object]] = {
    Subject.PARAMETERS: _check_parameters,
    Subject.CLOSE: lambda tx, one: _check_closed(tx, one.month or "", False),
    Subject.REOPEN: lambda tx, one: _check_closed(tx, one.month or "", True),
    Subject.POLICY: _check_policy,
}
