"""What a run of an assignment was computed from, step by step, so that a killed run goes on where it stood and any run
is computed again from its record alone.

Invariant: a step never changes once it is written, and a run is computed from its steps as they were read back; so
whoever computes it, and however often, finds the same pairs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.domain.assignment import AssignmentRules, Fit, Shortlist, rules_of
from app.domain.packed import pack, unpack

_THIS = "this run"
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
    """`rules` are None until the last step has closed it."""

    steps: tuple[AssignmentStep, ...]
    shortlists: tuple[Shortlist, ...]
    rules: AssignmentRules | None
    newcomers: tuple[str, ...]

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
    found: dict[str, Shortlist] = {}
    rules, newcomers = None, tuple[str, ...]()
    for step in sorted(steps, key=lambda one: one.id):
        if step.id.endswith(f":{_END}"):
            rules, newcomers = unpack(step.inputs, _closing, of=_THIS)
        else:
            for one in unpack(step.inputs, _shortlists, of=_THIS):
                found.setdefault(one.need_id, one)
    return AssignmentRecord(tuple(steps), tuple(found.values()), rules, newcomers)


def _shortlists(held: Mapping[str, Any]) -> list[Shortlist]:
    return [
        Shortlist(need_id, seeker_id, tuple(Fit(*one) for one in fits), refused)
        for need_id, seeker_id, refused, fits in held["needs"]
    ]


def _closing(held: Mapping[str, Any]) -> tuple[AssignmentRules, tuple[str, ...]]:
    return rules_of(held["rules"]), tuple(held["newcomers"])
