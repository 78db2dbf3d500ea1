"""What a run of an assignment was computed from, step by step, so that a killed run goes on where it stood and any run
is computed again from its record alone.

Invariant: a step never changes once it is written, and a run is computed from its steps as they were read back; so
whoever computes it, and however often, finds the same pairs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.domain.assignment import AssignmentPolicy, AssignmentRules, Attendee, Event, Fit, Shortlist
from app.domain.packed import damaged, pack, unpack

_END = "~"  # sorts after every id of a need


@dataclass(frozen=True, slots=True)
class AssignmentStep:
    """Shortlists of some needs, as they fitted at `recorded_at`; of the last step the rules, and who is a newcomer."""

    id: str
    record_id: str
    snapshot_watermark: int
    recorded_at: datetime
    inputs: str


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """`steps` in the order of ids; the last one closes it."""

    steps: tuple[AssignmentStep, ...]
    shortlists: tuple[Shortlist, ...]
    closing: Mapping[str, Any] | None

    @property
    def is_closed(self) -> bool:
        return self.closing is not None

    @property
    def newcomers(self) -> Sequence[str]:
        return [] if self.closing is None else self.closing["newcomers"]

    @property
    def rules(self) -> AssignmentRules:
        """Misconfigured for a record without its last step."""
        if self.closing is None:
            raise damaged()
        return _rules(self.closing["rules"])

    @property
    def watermarks(self) -> Collection[int]:
        return {one.snapshot_watermark for one in self.steps}


def step_of(record_id: str, shortlists: Sequence[Shortlist], watermark: int, at: datetime) -> AssignmentStep:
    """About 1 kB a need. Two workers that take up the same needs write the same step; the first one stays."""
    rows = [
        [
            one.need_id,
            one.seeker_id,
            one.refused,
            [[fit.provider_id, fit.score, fit.related, fit.room, fit.accepted] for fit in one.fits],
        ]
        for one in shortlists
    ]
    return AssignmentStep(f"{record_id}:{shortlists[0].need_id}", record_id, watermark, at, pack({"needs": rows}))


def closing_step(
    record_id: str, rules: AssignmentRules, newcomers: Collection[str], watermark: int, at: datetime
) -> AssignmentStep:
    inputs = pack({"rules": asdict(rules), "newcomers": sorted(newcomers)})
    return AssignmentStep(f"{record_id}:{_END}", record_id, watermark, at, inputs)


def record_of(steps: Sequence[AssignmentStep]) -> AssignmentRecord:
    """Misconfigured for a record that somebody has damaged. Of a need that two steps name the first counts."""
    closing, found = None, dict[str, Shortlist]()
    for step in sorted(steps, key=lambda one: one.id):
        try:
            held = unpack(step.inputs)
            if step.id.endswith(f":{_END}"):
                closing = {"rules": held["rules"], "newcomers": held["newcomers"]}
                continue
            for need_id, seeker_id, refused, fits in held["needs"]:
                found.setdefault(need_id, Shortlist(need_id, seeker_id, tuple(Fit(*one) for one in fits), refused))
        except (ValueError, TypeError, KeyError) as error:
            raise damaged() from error
    return AssignmentRecord(tuple(steps), tuple(found.values()), closing)


def _rules(held: Mapping[str, Any]) -> AssignmentRules:
    try:
        event = held["event"]
        who = None if event is None else Event(event["name"], tuple(Attendee(**one) for one in event["attendees"]))
        return AssignmentRules(**{**held, "policy": AssignmentPolicy(held["policy"]), "event": who})
    except (ValueError, TypeError, KeyError) as error:
        raise damaged() from error
