"""The audit log: what happened to a record, by whom and why, chained so that any change of it shows.

The events of one subject (an introduction, say) are numbered 1, 2, 3, … and each is sealed:

    content_hash = HMAC(key, content)
    seal         = HMAC(key, [subject, number, id, type, at, actor, content_hash, seal before])

so that nobody without the key writes, changes, reorders or takes one out of the middle unseen (Schneier & Kelsey, ACM
TISSEC 2(2), 1999). A chain cannot show that its latest events are gone: anchors do, which are seals kept outside the
graph. Content may be erased: its hash stays, and the chain holds.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.domain.packed import canonical

FIRST_SEAL = "0" * 64
_DIGITS = 6  # of a number in a place, so that places sort: a million events of one subject


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be recorded. `type` is a past participle after its kind, such as `introduction.approved`."""

    subject_id: str
    type: str
    at: datetime
    actor: str
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """`place`: subject and number, unique. `content`: canonical JSON, None once it was erased. `anchored`: its seal has
    been handed on to be kept outside the graph."""

    id: str
    place: str
    subject_id: str
    number: int
    type: str
    at: datetime
    actor: str
    content: str | None
    content_hash: str
    seal: str
    anchored: bool = False

    @property
    def document(self) -> dict[str, Any]:
        return {} if self.content is None else dict(json.loads(self.content))


class Damage(StrEnum):
    MISSING = "missing"  # an event before this one, or this anchored one
    CHANGED = "changed"
    FORGED = "forged"  # in a place whose anchored seal is another


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a place of the log."""

    place: str
    damage: Damage


def place_of(subject_id: str, number: int) -> str:
    return f"{subject_id}:{number:0{_DIGITS}}"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Whoever holds the key can write the log anew: keep it from those who can write the graph."""

    key: bytes = field(repr=False)

    def sealed(self, before: AuditEvent | None, what: Happening, event_id: str) -> AuditEvent:
        """The next event of its subject."""
        number = 1 if before is None else before.number + 1
        content = canonical(what.content, default=datetime.isoformat)
        event = AuditEvent(
            id=event_id,
            place=place_of(what.subject_id, number),
            subject_id=what.subject_id,
            number=number,
            type=what.type,
            at=what.at,
            actor=what.actor,
            content=content,
            content_hash=self._mac(content),
            seal="",
        )
        return replace(event, seal=self._seal(event, before))

    def faults(self, events: Iterable[AuditEvent]) -> Iterator[Fault]:
        """Of all events in the order of their places."""
        before: AuditEvent | None = None
        for event in events:
            if before is not None and before.subject_id != event.subject_id:
                before = None
            yield from self._faults(event, before)
            before = event

    def _faults(self, event: AuditEvent, before: AuditEvent | None) -> Iterator[Fault]:
        expected = 1 if before is None else before.number + 1
        if event.number != expected:
            yield Fault(event.place, Damage.MISSING)
            return  # without the one before its seal cannot be checked; the anchors check it
        is_own = event.place == place_of(event.subject_id, event.number)
        holds = self._seal(event, before) == event.seal
        told = event.content is None or self._mac(event.content) == event.content_hash
        if not (is_own and holds and told):
            yield Fault(event.place, Damage.CHANGED)

    def _seal(self, event: AuditEvent, before: AuditEvent | None) -> str:
        at, seal = event.at.astimezone(UTC).isoformat(), FIRST_SEAL if before is None else before.seal
        parts = [event.subject_id, event.number, event.id, event.type, at, event.actor, event.content_hash, seal]
        return self._mac(canonical(parts))

    def _mac(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def seals(events: Sequence[AuditEvent]) -> dict[str, str]:
    """What an anchor holds: the seal of each place."""
    return {event.place: event.seal for event in events}


def against_anchors(seen: Mapping[str, str], anchored: Mapping[str, str]) -> Iterator[Fault]:
    """Places whose anchored seal is missing in the log, or another. `seen`: the seals of its places."""
    for place, kept in anchored.items():
        if place not in seen:
            yield Fault(place, Damage.MISSING)
        elif seen[place] != kept:
            yield Fault(place, Damage.FORGED)
