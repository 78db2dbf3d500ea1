"""The operator's answers to the open questions of introductions, as data: who decides, whom to ask how often, and when.

Every figure is a default of DOMAIN.md; `decided_by` in each introduction's events names the version that was in force.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo, available_timezones

from app.domain.errors import BadInput
from app.domain.facts import Party
from app.domain.money import Money
from app.domain.need import Need
from app.domain.packed import canonical

DAYS = 366  # the longest that a number of days may be
_WEEKEND = 5  # Saturday's and Sunday's weekday are not below


class ApprovalMode(StrEnum):
    """Who makes the final decision, from least to most hands-on."""

    AUTOMATIC = "automatic"
    VETTED = "vetted"
    SENIOR = "senior"


class FeedbackVisibility(StrEnum):
    ADMINISTRATOR = "administrator"
    AGGREGATE = "aggregate"
    PARTICIPANTS = "participants"


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """`opt_in` False lets match and contact without a recorded yes, never the reveal of identity and never what was
    said in social sources. `automatic_most`: deal in whole units of `currency` up to which nobody has to look; 0:
    always somebody. `senior_categories`: dotted codes, with what is below them. Quiet hours are in `zone` unless a
    customer has its own; `holidays` are the operator's."""

    opt_in: bool = True
    automatic_most: int = 5_000
    currency: str = "USD"
    automatic_vetting: int = 2
    vouch_most: int = 4
    senior_categories: tuple[str, ...] = ("finance",)
    approval_days: int = 7
    asks_in_30_days: int = 1
    asks_a_year: int = 4
    quiet_from: int = 20
    quiet_until: int = 8
    quiet_weekends: bool = True
    zone: str = "UTC"
    holidays: tuple[str, ...] = ()
    offer_days: int = 14
    reminder_days: int = 5
    rest_after_decline_days: int = 90
    rest_after_not_now_days: int = 30
    undo_hours: int = 24
    dispute_answer_days: int = 2
    dispute_hold_severity: int = 2
    feedback_visibility: FeedbackVisibility = FeedbackVisibility.AGGREGATE
    feedback_least: int = 5

    def content(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def version(self) -> str:
        """The same for equal policies, on every machine."""
        return "pol_" + hashlib.sha256(canonical(self.content()).encode()).hexdigest()[:16]

    def check(self) -> None:
        """BadInput with the name of the first switch that is out of range."""
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise BadInput(f"This switch lies from {low} to {high}.", pointer=f"policy/{name}")
        if self.zone not in available_timezones():
            raise BadInput("A time zone is named such as Europe/Zurich.", pointer="policy/zone")
        for one in self.holidays:
            _holiday(one)

    def is_quiet(self, at: datetime, zone: str | None = None) -> bool:
        """Whether nobody is to be written to now, where the customer lives."""
        there = at.astimezone(ZoneInfo(zone or self.zone))
        if there.date().isoformat() in self.holidays or (self.quiet_weekends and there.weekday() >= _WEEKEND):
            return True
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= there.hour < self.quiet_until
        return there.hour >= self.quiet_from or there.hour < self.quiet_until

    def next_open(self, at: datetime, zone: str | None = None) -> datetime:
        """The first moment from `at` on that is not quiet; looks at most a month ahead, hour by hour."""
        moment = at
        for _ in range(31 * 24):
            if not self.is_quiet(moment, zone):
                return moment
            there = moment.astimezone(ZoneInfo(zone or self.zone))
            moment = datetime.combine(there.date(), time(there.hour), there.tzinfo).astimezone(at.tzinfo)
            moment += timedelta(hours=1)
        return moment


_RANGES: Mapping[str, tuple[int, int]] = {
    "automatic_most": (0, 10**9),
    "automatic_vetting": (0, 4),
    "vouch_most": (0, 4),
    "approval_days": (1, DAYS),
    "asks_in_30_days": (0, 1_000),
    "asks_a_year": (0, 10_000),
    "quiet_from": (0, 23),
    "quiet_until": (0, 23),
    "offer_days": (1, DAYS),
    "reminder_days": (1, DAYS),
    "rest_after_decline_days": (0, DAYS),
    "rest_after_not_now_days": (0, DAYS),
    "undo_hours": (0, 24 * DAYS),
    "dispute_answer_days": (1, DAYS),
    "dispute_hold_severity": (1, 4),
    "feedback_least": (1, 1_000),
}
SWITCHES = tuple(one.name for one in fields(MatchPolicy))
_HINTS = get_type_hints(MatchPolicy)


def policy_from(stated: Mapping[str, Any], base: MatchPolicy) -> MatchPolicy:
    """`base` with the switches that are stated; BadInput for one that is unknown, of another type or out of range.
    Switches that a policy of an older version does not have are as in `base`."""
    values = base.content()
    for name, value in stated.items():
        if name not in _HINTS:
            raise BadInput("There is no such switch.", pointer="policy", remedy=f"Name some of {', '.join(SWITCHES)}.")
        values[name] = _typed(name, value)
    made = MatchPolicy(**values)
    made.check()
    return made


def _typed(name: str, value: Any) -> Any:
    hint = _HINTS[name]
    kind = tuple if get_args(hint) else hint
    if kind is tuple and isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value in list(kind):
            return kind(value)
    elif type(value) is kind:
        return value
    raise BadInput("This switch has a value of another type.", pointer=f"policy/{name}")


def _holiday(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("A holiday is a date such as 2026-12-25.", pointer="policy/holidays") from error


@dataclass(frozen=True, slots=True)
class Approval:
    """`because`: of what the mode was chosen, in words for whoever decides."""

    mode: ApprovalMode
    because: tuple[str, ...]


def approval(policy: MatchPolicy, need: Need | None, parties: Sequence[Party | None], at: datetime) -> Approval:
    """Senior for what is confidential or regulated; automatic only for a small deal of two vetted parties that is
    neither; vetted otherwise, also where something is not known."""
    senior = list(_senior(policy, need))
    if senior:
        return Approval(ApprovalMode.SENIOR, tuple(senior))
    missing = list(_not_automatic(policy, need, parties, at))
    if missing:
        return Approval(ApprovalMode.VETTED, tuple(missing))
    return Approval(ApprovalMode.AUTOMATIC, ("A small deal of two vetted customers, nothing sensitive.",))


def _senior(policy: MatchPolicy, need: Need | None) -> list[str]:
    found = []
    if need is not None and need.confidential:
        found.append("The need is confidential.")
    if need is not None and _below(need.category_id, policy.senior_categories):
        found.append("Its category is regulated.")
    return found


def _not_automatic(policy: MatchPolicy, need: Need | None, parties: Sequence[Party | None], at: datetime) -> list[str]:
    found = []
    budget = None if need is None else need.budget
    if need is None:
        found.append("There is no recorded need.")
    elif budget is None:
        found.append("What the deal is worth is not known.")
    elif budget.currency != policy.currency:
        found.append(f"The deal is not in {policy.currency}.")
    elif budget.minor > Money.parse(str(policy.automatic_most), policy.currency).minor:
        found.append("The deal is larger than what goes out unseen.")
    for one in parties:
        expired = one is not None and one.vetting_expires_at is not None and one.vetting_expires_at <= at
        if one is None or one.vetting < policy.automatic_vetting or expired:
            found.append(f"Not both are vetted at V{policy.automatic_vetting} or higher.")
            break
    return found


def _below(category: str | None, codes: Sequence[str]) -> bool:
    return category is not None and any(category == code or category.startswith(f"{code}.") for code in codes)
