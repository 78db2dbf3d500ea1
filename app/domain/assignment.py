"""Introductions proposed for a whole batch of needs, or for an event, under limits of both sides; nobody's decision
yet."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.errors import BadInput

ASKS_OUT, ASKS_IN = 5, 8  # of one customer: what a person can follow up in a day, and answer
PER_NEED = 3  # as a single suggestion: more than three names are a directory
PER_NEED_AT_EVENT = ASKS_OUT
MOST_PER_NEED, MOST_ASKS = 20, 1_000
MOST_ATTENDEES = 5_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AssignmentPolicy(StrEnum):
    TRANSFERABLE = "transferable"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Attendee:
    """A customer at an event: how many others it asks at most, and how many may ask it."""

    customer_id: str
    asks_out: int = ASKS_OUT
    asks_in: int = ASKS_IN


@dataclass(frozen=True, slots=True)
class Event:
    """Attendees are introduced to each other only. `name` is where its result is found again."""

    name: str
    attendees: tuple[Attendee, ...]


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """`per_need`: 1 to 3, at an event up to 20; None: the usual. `asks_out` of a seeker over all its needs, `asks_in`
    to a provider. `newcomer_minimum`: places kept for whoever was never introduced and never met a need.
    `acceptance_rate`: share of introductions that a provider is expected to accept, so that one with three free slots
    is named to 3 / rate needs. 1, the usual, assumes nothing: the calibrated chance counts where there is one."""

    per_need: int | None = None
    asks_out: int = ASKS_OUT
    asks_in: int = ASKS_IN
    newcomer_minimum: int = 1
    acceptance_rate: float = 1.0
    policy: AssignmentPolicy = AssignmentPolicy.TRANSFERABLE
    event: Event | None = None

    @property
    def places(self) -> int:
        """Of each need."""
        return self.per_need or (PER_NEED if self.event is None else PER_NEED_AT_EVENT)

    def check(self) -> None:
        """BadInput for a limit out of range, or an event that cannot be."""
        largest = PER_NEED if self.event is None else MOST_PER_NEED
        if not 1 <= self.places <= largest:
            raise BadInput(f"A need gets 1 to {largest} introductions.", pointer="per_need")
        for name in ("asks_out", "asks_in", "newcomer_minimum"):
            if not 0 <= getattr(self, name) <= MOST_ASKS:
                raise BadInput(f"This limit is 0 to {MOST_ASKS}.", pointer=name)
        if not 0.0 < self.acceptance_rate <= 1.0:
            raise BadInput("A rate of acceptance is above 0 and at most 1.", pointer="acceptance_rate")
        if self.event is not None:
            _check_event(self.event)


def rules_of(stated: Mapping[str, Any]) -> AssignmentRules:
    """From the fields as plain values; those left out are as usual. KeyError, TypeError or ValueError for others."""
    given = dict(stated)
    if (event := given.get("event")) is not None:
        given["event"] = Event(event["name"], tuple(Attendee(**one) for one in event["attendees"]))
    if "policy" in given:
        given["policy"] = AssignmentPolicy(given["policy"])
    return AssignmentRules(**given)


def _check_event(event: Event) -> None:
    if not _NAME.fullmatch(event.name):
        raise BadInput("A name has 1 to 64 letters, digits, - or _.", pointer="event/name")
    if not 2 <= len(event.attendees) <= MOST_ATTENDEES:
        raise BadInput(f"An event has 2 to {MOST_ATTENDEES} attendees.", pointer="event/attendees")
    count = Counter(one.customer_id for one in event.attendees)
    for index, one in enumerate(event.attendees):
        if count[one.customer_id] > 1:
            raise BadInput("An attendee is listed once.", pointer=f"event/attendees/{index}/customer_id")
        if not (0 <= one.asks_out <= MOST_ASKS and 0 <= one.asks_in <= MOST_ASKS):
            raise BadInput(f"An attendee's slots are 0 to {MOST_ASKS}.", pointer=f"event/attendees/{index}")


@dataclass(frozen=True, slots=True)
class Fit:
    """A provider that passes every gate. `related` is what its gates were told; `room`: introductions for this need
    that it can still take, None where no limit is recorded; `accepted`: calibrated chance that both sides accept."""

    provider_id: str
    score: float
    related: bool
    room: int | None
    accepted: float | None = None


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Everybody who may be suggested for a need, best first; `refused`: the need or its seeker gets none at all."""

    need_id: str
    seeker_id: str
    fits: tuple[Fit, ...]
    refused: bool


@dataclass(frozen=True, slots=True)
class AssignedPair:
    """`place` 1 is the best of its need. `score` in [0, 1] is how much the signals agree; it is not a probability.
    `reserved`: a place kept for a newcomer. `related` is what its gates are told when they are applied again."""

    id: str
    run_id: str
    need_id: str
    seeker_id: str
    provider_id: str
    place: int
    score: float
    reserved: bool
    related: bool
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignmentRun:
    """`event` is empty for a batch of all open needs; `record_id`: what it was computed from, empty
    for runs of icrm before it kept records. Of `need_count` needs `refused_count` get nothing at all,
    `nobody_count` fit nobody, `unplaced_count` found every fitting provider taken. `gini` of exposure over the
    `provider_count` who fit some need, 0 even to 1; `never_shown` share of them; `mutual_top` pairs in both sides' top
    three. `lists_…`: the same for lists of the best for each need without limits."""

    id: str
    event: str
    policy: AssignmentPolicy
    per_need: int
    asks_out: int
    asks_in: int
    newcomer_minimum: int
    acceptance_rate: float
    need_count: int
    refused_count: int
    nobody_count: int
    unplaced_count: int
    provider_count: int
    pair_count: int
    reserved_count: int
    gini: float
    never_shown: float
    mutual_top: int
    lists_gini: float
    lists_never_shown: float
    lists_mutual_top: int
    notes: tuple[str, ...]
    snapshot_watermark: int
    finished_at: datetime
    record_id: str = ""


def pair_id(run_id: str, need_id: str, place: int) -> str:
    """In the order of ids the pairs of a need stand together, best first."""
    return f"{run_id}:{need_id}:{place:02}"
